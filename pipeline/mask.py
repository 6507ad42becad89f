"""Write [EMAIL], [PHONE] and the like where text holds personal data.

A stage of the step `export`: what is released is masked, no table before it. Addresses of pages and
pictures are left as they are, since they say where things are.
"""

from dataclasses import dataclass

import pyarrow as pa

from filters.personal import KINDS, MOST_CHARS, spans, suspects
from pipeline.nested import opened, with_members
from pipeline.stage import Batches, with_columns
from schemas.document import DOCUMENT, NODE, nodes_with

MASKS = {
    "emails": "[EMAIL]",
    "cards": "[CARD]",
    "ibans": "[IBAN]",
    "public_ips": "[IP]",
    "phones": "[PHONE]",
}
# What of a node is released as text.
MEMBERS = ("text", "alt", "caption")
# A longer text is masked stretch by stretch, each with so many characters of the next.
OVERLAP = 1 << 12


@dataclass(frozen=True)
class Mask:
    """Documents with a mark for each piece of personal data of these `kinds` in their words.

    Those are the title, and MEMBERS of every node. Counts that were measured before stay those of
    the text as it was. Masking is stable: a masked text has nothing left to mask.
    """

    kinds: tuple[str, ...] = tuple(KINDS)
    replaces = False

    @property
    def reads(self) -> pa.Schema:
        members = nodes_with(*(NODE.field(name) for name in MEMBERS))
        return pa.schema([DOCUMENT.field("title"), *members])

    @property
    def adds(self) -> pa.Schema:
        return self.reads

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            nodes = opened(batch["nodes"])
            words = {name: self.masked(nodes.flat[name]) for name in MEMBERS}
            columns = {"title": self.masked(batch["title"])}
            yield with_columns(batch, columns | {"nodes": with_members(nodes, words).closed()})

    def masked(self, text: pa.Array) -> pa.Array:
        """String (n,) -> string (n,); null for null."""
        rows = suspects(text).nonzero()[0].tolist()
        if not rows:
            return text
        out = text.to_pylist()
        for row in rows:
            out[row] = self._masked(out[row])
        return pa.array(out, text.type)

    def _masked(self, text: str) -> str:
        pieces, at = [], 0
        while at < len(text):
            stretch = text[at : at + MOST_CHARS]
            end = len(stretch) if at + MOST_CHARS >= len(text) else MOST_CHARS - OVERLAP
            done = 0
            for begin, stop, kind in spans(stretch):
                if kind in self.kinds and begin < end:
                    pieces += [stretch[done:begin], MASKS[kind]]
                    done = stop
            end = max(end, done)
            pieces.append(stretch[done:end])
            at += end
        return "".join(pieces)
