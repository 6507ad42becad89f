"""The image links of documents: which are asked for, and why the others are not."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from filters.urls import host_bucket
from pipeline.nested import opened
from pipeline.stage import Batches
from pipeline.web.addresses import Gate, RefusedError, Target
from pipeline.web.blocklist import Blocklist, Lists
from pipeline.web.downloads import Policy
from pipeline.web.rights import OF_PICTURES, TAGS, Verdict, tag_verdict
from pipeline.web.robots import product_token
from schemas.columns import column
from schemas.document import DOCUMENT, NODE, nodes_with
from schemas.rights import ORIGIN, PART, PERMIT

READS = pa.schema(
    [
        PART,
        column("doc_id", pa.string(), "identifier of the document"),
        DOCUMENT.field("robots_meta"),
        DOCUMENT.field("x_robots_tag"),
        column("copy_of", pa.string(), "the document that this one repeats; null for none"),
        column("repeated_links", pa.list_(pa.string()), "image_ids used by too many pages"),
        *nodes_with(*(NODE.field(name) for name in ("kind", "image_url", "image_id"))),
    ]
)

PERMITTED_BY = column(
    "permitted", pa.list_(pa.struct(list(PERMIT))), "what origins allow, each once a part"
)


@dataclass(frozen=True)
class Link:
    """An image of a document. `target` is None where nothing is asked, for reason `dropped`."""

    image_id: str
    url: str
    target: Target | None
    dropped: str | None = None
    evidence: str | None = None


@dataclass(frozen=True)
class LinkedDocument:
    """A document and its distinct image links, in the order of nodes."""

    doc_id: str
    links: list[Link]

    @property
    def wanted(self) -> list[Target]:
        """Distinct targets, in order."""
        return list(dict.fromkeys(link.target for link in self.links if link.target is not None))


class Links:
    """Reads the links of documents, and refuses those that need no question to anybody."""

    def __init__(self, policy: Policy, lists: Lists) -> None:
        self._gate = Gate(policy.allow)
        self._taken_down = Blocklist(lists.taken_down())
        self._blocked = Blocklist(lists.blocked())
        self._token = product_token(policy.user_agent)
        self._reads_tags = TAGS in policy.honours

    def documents(self, batch: pa.RecordBatch) -> Iterator[LinkedDocument]:
        """The documents of a batch; a copy of another has no links."""
        nodes = opened(batch["nodes"])
        kinds, urls, ids = (
            nodes.flat.column(n).to_pylist() for n in ("kind", "image_url", "image_id")
        )
        rows = batch.drop_columns(["nodes"]).to_pylist()
        begin = 0
        for row, length in zip(rows, nodes.lengths.tolist(), strict=True):
            end = begin + length
            found: dict[str, str] = {}
            if row["copy_of"] is None:
                for kind, url, image_id in zip(
                    kinds[begin:end], urls[begin:end], ids[begin:end], strict=True
                ):
                    if kind == "image" and url is not None and image_id is not None:
                        found.setdefault(image_id, url)
            begin = end
            repeated = frozenset(row["repeated_links"] or ())
            of_page = self._of_page(row["x_robots_tag"], row["robots_meta"])
            links = [
                Link(image_id, url, None, "repeated_link")
                if image_id in repeated
                else self._link(image_id, url, of_page)
                for image_id, url in found.items()
            ]
            yield LinkedDocument(row["doc_id"], links)

    def _of_page(self, header: str | None, meta: str | None) -> Verdict | None:
        """What the page forbids of its pictures alone."""
        if not self._reads_tags or not (header or meta):
            return None
        tags = (("X-Robots-Tag of the page", header or ""), ("meta robots", meta or ""))
        return tag_verdict(tags, self._token, OF_PICTURES)

    def _link(self, image_id: str, url: str, of_page: Verdict | None) -> Link:
        try:
            target = self._gate.target(url)
        except RefusedError as refused:
            return Link(image_id, url, None, refused.reason, str(refused))
        for word, entries in (("taken_down", self._taken_down), ("blocked", self._blocked)):
            entry = entries.entry(target.url)
            if entry is not None:
                return Link(image_id, url, None, word, entry)
        if of_page is not None:
            return Link(image_id, url, None, *of_page)
        return Link(image_id, url, target)


@dataclass(frozen=True)
class Origins:
    """The origins that a part's links lead to, each once, with the first document that does."""

    policy: Policy = field(default_factory=Policy)
    lists: Lists = field(default_factory=Lists)
    replaces = True
    reads = READS
    adds = ORIGIN

    def stream(self, batches: Batches) -> Batches:
        links = Links(self.policy, self.lists)
        seen: set[str] = set()
        for batch in batches:
            parts = batch["part"].to_pylist()
            rows = []
            for part, document in zip(parts, links.documents(batch), strict=True):
                for target in document.wanted:
                    if target.origin not in seen:
                        seen.add(target.origin)
                        bucket = host_bucket(target.host)
                        rows.append((part, document.doc_id, target.origin, bucket))
            columns = zip(*rows, strict=True) if rows else [()] * len(ORIGIN)
            arrays = [pa.array(c, f.type) for c, f in zip(columns, ORIGIN, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=ORIGIN)
