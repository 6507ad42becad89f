"""Documents and pictures that their owners, or the user, want left out.

`Reserve` gives its verdict once captures are gathered, apart from the recipe's rules: those may
change, what an owner says does not. `Bury` gives it at the export, so that a takedown needs no
other step again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.nested import opened, with_members
from pipeline.prune import VERDICT
from pipeline.stage import Batches, with_columns
from pipeline.web.blocklist import Blocklist, Lists
from pipeline.web.rights import (
    DEFAULT,
    OF_PAGE,
    TAGS,
    TDM,
    USAGE,
    Verdict,
    reserved,
    tag_verdict,
    usage_forbids,
)  # fmt: skip
from pipeline.web.robots import product_token
from schemas.document import DOCUMENT
from schemas.image import IMAGE, IMAGES


def page_verdict(
    row: dict[str, str | None], token: str, honours: tuple[str, ...]
) -> Verdict | None:
    """What a page's headers and meta tags forbid of all of it: a word and its evidence.

    `row`: x_robots_tag, robots_meta, content_usage and tdm_reservation, in which the header stands
    before the page (TDMRep: the header is the stronger).
    """
    if TAGS in honours:
        tags = (
            ("X-Robots-Tag", row["x_robots_tag"] or ""),
            ("meta robots", row["robots_meta"] or ""),
        )
        found = tag_verdict(tags, token, OF_PAGE)
        if found:
            return found
    if TDM in honours and reserved(row["tdm_reservation"]):
        return "tdm_reserved", "tdm-reservation: 1"
    if USAGE in honours and usage_forbids(row["content_usage"]):
        return "content_usage", f"Content-Usage: {row['content_usage']}"
    return None


@dataclass(frozen=True)
class Reserve:
    """A document that its owner reserves, or that is on a list, gets a reason in `dropped`.

    It is asked of the newest capture of an address: what the owner says last counts.
    """

    user_agent: str = "interleaf"
    honours: tuple[str, ...] = DEFAULT
    lists: Lists = field(default_factory=Lists)
    replaces = False
    reads = pa.schema(
        [DOCUMENT.field(name) for name in ("url", "robots_meta", "x_robots_tag")]
        + [DOCUMENT.field(name) for name in ("tdm_reservation", "content_usage")]
    )
    adds = pa.schema([VERDICT[0]])

    def stream(self, batches: Batches) -> Batches:
        verdict = self.asked()
        for batch in batches:
            found = map(verdict, batch.select(self.reads.names).to_pylist())
            words = [each[0] if each else None for each in found]
            yield with_columns(batch, {"dropped": pa.array(words, pa.string())})

    def asked(self) -> Callable[[dict[str, str | None]], Verdict | None]:
        """The lists read, a function: page (the columns of `reads`) -> a word and its evidence."""
        token = product_token(self.user_agent)
        lists = (
            ("taken_down", Blocklist(self.lists.taken_down())),
            ("blocked", Blocklist(self.lists.blocked())),
        )

        def verdict(page: dict[str, str | None]) -> Verdict | None:
            for word, entries in lists:
                entry = entries.entry(page["url"] or "")
                if entry:
                    return word, entry
            return page_verdict(page, token, self.honours)

        return verdict


@dataclass(frozen=True)
class Bury:
    """Documents and images on the list of takedowns are dropped as `taken_down`."""

    lists: Lists = field(default_factory=Lists)
    replaces = False
    reads = pa.schema(
        [
            DOCUMENT.field("url"),
            pa.field("images", pa.list_(pa.struct([IMAGE.field("url"), IMAGE.field("dropped")]))),
        ]
    )
    adds = pa.schema([VERDICT[0], IMAGES.field("images")])

    def stream(self, batches: Batches) -> Batches:
        entries = Blocklist(self.lists.taken_down())
        for batch in batches:
            images = opened(batch["images"])
            gone = [entries.entry(url or "") is not None for url in images.flat["url"].to_pylist()]
            none = pa.nulls(len(gone), pa.string())
            verdicts = pc.if_else(pa.array(gone, pa.bool_()), "taken_down", none)
            dropped = pc.coalesce(verdicts, images.flat["dropped"])
            urls = batch["url"].to_pylist()
            documents = ["taken_down" if entries.entry(url or "") else None for url in urls]
            yield with_columns(
                batch,
                {
                    "images": with_members(images, {"dropped": dropped}).closed(),
                    "dropped": pa.array(documents, pa.string()),
                },
            )
