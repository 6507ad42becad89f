"""Links of documents in, resized pictures out: a row a document, in the same order.

Each link is asked for once a part, however many documents show it. A link that gives no picture
keeps its row and gains a reason.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import pyarrow as pa

from filters.pictures.image_markers import forbids_training, provenance
from pipeline.fetch_news import News, Tell, quiet
from pipeline.ledger import next_try_s
from pipeline.links import PERMITTED_BY, READS, Link, LinkedDocument, Links
from pipeline.pictures.decoding import Decoders
from pipeline.pictures.matching import Matching
from pipeline.pictures.resize import Resize, is_image
from pipeline.revisit import Earlier, Revisit
from pipeline.shelf import Opener, Shelf, no_shelf
from pipeline.stage import Batches
from pipeline.web.addresses import Target
from pipeline.web.blocklist import Lists
from pipeline.web.body import Held
from pipeline.web.downloads import Answer, Downloader, Policy
from pipeline.web.rights import TAGS
from pipeline.web.shares import Shares
from pipeline.web.threaded import Emit, drawn
from pipeline.web.turns import Turns, Wish
from schemas.columns import merged
from schemas.image import IMAGES
from schemas.rights import ASKED

BATCH_DOCUMENTS = 64
BATCH_BYTES = 64 << 20
# Pictures that wait for an earlier document. Beyond it only the document whose turn it is asks on.
HELD_BYTES = 256 << 20
PICTURE_BYTES = 256 << 10  # what one under way is reckoned to bring

# Where an earlier run has the images of a document: pipeline.recall.KNOWN.
PLACES = pa.field("known", pa.list_(pa.string()))

Row = dict[str, Any]


class Getter(Protocol):
    """What gives answers: a `Downloader`, or a stand-in. `came`: bytes so far."""

    @property
    def came(self) -> int: ...

    def get(
        self, target: Target, held: Held | None = None
    ) -> AbstractAsyncContextManager[Answer]: ...


def over_http(policy: Policy, known: Iterable[Row]) -> AbstractAsyncContextManager[Getter]:
    """The real thing: asks the servers. `known`: rows of `schemas.rights.PERMIT`."""
    return Downloader(policy, is_image, known=known)


@dataclass(frozen=True)
class Fetch:
    """Asks for the images of documents and resizes them; `threads` of them at once.

    `copy_of`: a document that repeats another asks for nothing and has no images.
    `repeated_links`: the image_ids of the document that are dropped without a request.
    `permitted`: what the robots.txt of an origin says, at the first document that links there.
    `shelf` keeps what has come, so that a part that was killed asks only for the rest.
    With an `earlier` run, `known` says where that has the images of the document. `tell` hears
    now and then what is waited for.
    """

    policy: Policy = field(default_factory=Policy)
    size: Resize = field(default_factory=Resize)
    threads: int = 2
    lists: Lists = field(default_factory=Lists)
    shelf: Opener = no_shelf
    earlier: Earlier | None = None
    tell: Tell = quiet
    opener: Callable[[Policy, Iterable[Row]], AbstractAsyncContextManager[Getter]] = over_http

    @property
    def reads(self) -> pa.Schema:
        reads = READS.append(PERMITTED_BY)
        return reads if self.earlier is None else reads.append(PLACES)

    @property
    def adds(self) -> pa.Schema:
        return merged(IMAGES, ASKED)

    @property
    def replaces(self) -> bool:
        return True

    def stream(self, batches: Batches) -> Batches:
        """Images of all documents of a part, whose links are all known before the first request."""
        links = Links(self.policy, self.lists)
        documents: list[LinkedDocument] = []
        known: list[Row] = []
        # Looks are compared with the file as sent: what nobody sends again cannot be kept.
        earlier = None if self.lists.looks() else self.earlier
        revisit = Revisit(earlier, self.lists.hashes())
        part = None
        for batch in batches:
            found = list(links.documents(batch.select(READS.names)))
            if self.earlier is not None:
                revisit.note(found, batch[PLACES.name].to_pylist())
            documents += found
            for permits in batch["permitted"].to_pylist():
                known += permits or ()
            part = batch["part"][0].as_py() if part is None and batch.num_rows else part
        shelf = self.shelf if part is not None else no_shelf
        revisit.open()
        with shelf(part or 0) as kept, closing(revisit):
            fetching = _Part(self, documents, known, kept, revisit)
            fetching.index = part or 0
            for rows in drawn(fetching.run):
                yield pa.RecordBatch.from_pylist(rows, schema=self.adds)


class _Part:
    """The documents of one part under way: what is asked, what is held, what is given out."""

    def __init__(
        self,
        stage: Fetch,
        documents: list[LinkedDocument],
        known: list[Row],
        shelf: Shelf,
        revisit: Revisit,
    ) -> None:
        self._stage = stage
        self._documents = documents
        self._known = known
        self._shelf = shelf
        self._revisit = revisit
        self._uses: Counter[Target] = Counter()
        shares = Shares.of(stage.policy, known)
        self._turns = Turns(shares.limit, stage.policy.total, shares.limits)
        self.index = 0
        self._late: str | None = None  # why nothing more is asked
        self._asking: set[asyncio.Task[None]] = set()
        self._held = 0
        self._head = 0
        for index, document in enumerate(documents):
            for target in document.wanted:
                if target not in self._uses:
                    self._turns.add(Wish(target, index))
                self._uses[target] += 1

    async def run(self, emit: Emit) -> None:
        """Ask for everything, and emit lists of rows of `IMAGES`, in the order of documents."""
        loop = asyncio.get_running_loop()
        self._pictures: dict[Target, asyncio.Future[Row]] = {
            target: loop.create_future() for target in self._uses
        }
        with (
            Decoders(self._stage.threads) as self._decoders,
            Matching(self._stage.lists, self._stage.threads) as self._matching,
            ThreadPoolExecutor(self._stage.threads, "resize") as self._threads,
        ):
            try:
                async with (
                    self._stage.opener(self._stage.policy, self._known) as self._getter,
                    asyncio.TaskGroup() as self._tasks,
                ):
                    end = loop.call_later(self._stage.policy.deadline_s, self._end, "deadline")
                    with News(self._stage.tell, self.index, len(self._uses), self._turns) as news:
                        self._news = news
                        await self._walk(emit)
                    end.cancel()
            except ExceptionGroup as failed:  # one fault is enough to tell
                raise failed.exceptions[0] from None

    async def _walk(self, emit: Emit) -> None:
        rows: list[Row] = []
        size = freed = 0
        for index, document in enumerate(self._documents):
            self._head = index
            self._start()
            images = [await self._image(link) for link in document.links]
            rows.append({"doc_id": document.doc_id, "images": images})
            size += sum(_size(image) for image in images)
            freed += self._released(document)
            if len(rows) >= BATCH_DOCUMENTS or size >= BATCH_BYTES:
                await emit(rows)
                self._held -= freed
                rows, size, freed = [], 0, 0
        if rows:
            await emit(rows)

    async def _image(self, link: Link) -> Row:
        named = {"image_id": link.image_id, "url": link.url}
        if link.target is None:
            return named | {"dropped": link.dropped, "evidence": link.evidence}
        return named | await self._pictures[link.target]

    def _released(self, document: LinkedDocument) -> int:
        """Let go of pictures that no later document shows: their size in bytes."""
        freed = 0
        for target in document.wanted:
            self._uses[target] -= 1
            if self._uses[target] == 0:
                freed += _size(self._pictures.pop(target).result())
        return freed

    def _start(self) -> None:
        """Ask for all that may be asked for now."""
        while not self._late:
            reckoned = self._held + self._turns.running * PICTURE_BYTES
            wish = self._turns.take(last=None if reckoned < HELD_BYTES else self._head)
            if wish is None:
                return
            task = self._tasks.create_task(self._fetched(wish))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    def _end(self, why: str) -> None:
        """The part's time or bytes are used up: what has not come by now does not come."""
        self._late = why
        for task in self._asking:
            task.cancel()
        for target, picture in self._pictures.items():
            if not picture.done():
                picture.set_result(self._shelf.get(target.url) or {"dropped": why})

    async def _fetched(self, wish: Wish) -> None:
        row = self._shelf.get(wish.target.url)
        if row is None:
            row = await self._asked(wish.target)
            self._shelf.put(wish.target.url, row)
        self._held += _size(row)
        self._news.ended(row)
        self._pictures[wish.target].set_result(row)
        self._turns.give_back(wish)
        most = self._stage.policy.part_bytes
        if most and not self._late and self._getter.came >= most:
            self._end("part_bytes")
        self._start()

    async def _asked(self, target: Target) -> Row:
        asked_us = int(datetime.now(UTC).timestamp() * 1_000_000)
        held = self._revisit.held(target)
        asking = self._getter.get(target, held) if held else self._getter.get(target)
        async with asking as answer:
            wait_s = next_try_s(answer.dropped, answer.wait_s)
            row: Row = {
                "http_status": answer.status,
                "dropped": answer.dropped,
                "attempts": answer.attempts,
                "evidence": answer.evidence,
                "asked_at": asked_us if answer.attempts else None,
                "next_try_at": None if wait_s is None else asked_us + int(wait_s * 1_000_000),
                "etag": answer.notes.get("ETag"),
                "last_modified": answer.notes.get("Last-Modified"),
                "answered_by": answer.answered_by,
            }
            if answer.unchanged:
                row = await self._revisit.kept(target, row)
            if answer.body is not None:
                loop, size = asyncio.get_running_loop(), self._stage.size
                row |= await loop.run_in_executor(
                    self._threads, _resized, self._decoders, answer.body, size, self._matching
                )
                if TAGS in self._stage.policy.honours and forbids_training(row.get("data_mining")):
                    row |= dict.fromkeys(("bytes", "original"))
                    row |= {"dropped": "mining_prohibited", "evidence": row["data_mining"]}
        return row


def _size(image: Row) -> int:
    return len(image.get("bytes") or b"") + len(image.get("original") or b"")


def _resized(decoders: Decoders, body: bytes, size: Resize, matching: Matching) -> Row:
    """Columns of `schemas.image.IMAGE` that the bytes themselves decide."""
    listed = matching.by_digest(body)
    if listed is not None:
        return listed
    sent, picture = decoders.resized(body, size)
    row: Row = {
        "original_format": sent.format,
        "original_width": sent.width,
        "original_height": sent.height,
        "original_bytes": sent.bytes,
        "sha256": sent.sha256,
        "exif_orientation": sent.orientation,
        "exif": sent.exif,
        "iptc": sent.iptc,
    }
    row |= provenance(body)
    if isinstance(picture, str):
        return row | {"dropped": picture}
    listed = matching.by_looks(body)
    if listed is not None:
        return listed
    return row | {
        "original": body if size.keep_original else None,
        "bytes": picture.bytes,
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        **dict(picture.found),
    }
