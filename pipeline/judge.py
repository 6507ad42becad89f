"""Pictures in, scores out: a row a document, a score for each of its images, in their order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from filters.pictures import benchmark_images
from filters.pictures.images import IMAGE as SIZES
from filters.pictures.looks import LOOKS, Look, columns
from filters.pictures.models import MODELS
from filters.pictures.nsfw_mobilenet import MODELS as NSFW_MOBILENET
from filters.pictures.views import VIEWS, View
from filters.signals import IMAGES as EACH_IMAGE
from filters.signals import Measure, fields, measured
from pipeline.nested import Opened, opened
from pipeline.pictures.apart import Apart, CrashedError
from pipeline.stage import Batches
from schemas.columns import column
from schemas.image import IMAGE, IMAGES

MEASURES = (*SIZES, *MODELS, *NSFW_MOBILENET, benchmark_images.measure())
BROKEN = column(
    "broken", pa.string(), "why the picture cannot be looked at: decode_failed; or null"
)


def scored(measures: tuple[Measure, ...]) -> pa.Schema:
    """The table that a judge with these measures writes."""
    seen = [signal.shaped(EACH_IMAGE) for signal in LOOKS]
    members = [IMAGE.field("image_id"), BROKEN, *seen, *fields(measures, EACH_IMAGE)]
    images = pa.list_(pa.struct(members))
    return pa.schema(
        [IMAGES.field("doc_id"), column("scores", images, "one for each of the document's images")]
    )


JUDGED = scored(MEASURES)


@dataclass(frozen=True)
class Judge:
    """Looks at every picture and measures it, `batch_images` at a time.

    Looking (`filters.pictures.views`) decodes in processes apart, `threads` at once: what
    `measures` read besides the columns of an image are looks and views. A picture that cannot be
    looked at, or kills its decoder, is `broken`, and `measures` get null for its bytes and views.
    `scores` has as many members as `images`, in the same order; those without a picture have
    null scores.
    """

    measures: tuple[Measure, ...] = MEASURES
    batch_images: int = 64
    threads: int = 2

    @property
    def reads(self) -> pa.Schema:
        given = {signal.name for measure in self.measures for signal in measure.gives}
        given |= {signal.name for signal in LOOKS} | {view.name for view in VIEWS}
        wanted = [name for measure in self.measures for name in measure.reads if name not in given]
        names = dict.fromkeys(["image_id", "dropped", "bytes", *wanted])
        members = pa.struct([IMAGE.field(name) for name in names])
        return pa.schema([IMAGES.field("doc_id"), pa.field("images", pa.list_(members))])

    @property
    def adds(self) -> pa.Schema:
        return scored(self.measures)

    @property
    def replaces(self) -> bool:
        return True

    def stream(self, batches: Batches) -> Batches:
        """Scores of each batch's images."""
        members = pa.schema(self.adds.field("scores").type.value_type)
        with Apart("filters.pictures.views:answered", self.threads) as apart:
            for batch in batches:
                images = opened(batch.column("images"))
                parts = [
                    self._judged(images.flat.slice(begin, self.batch_images), members, apart)
                    for begin in range(0, max(images.flat.num_rows, 1), self.batch_images)
                ]
                rows = pa.concat_batches(parts)
                scores = Opened(rows, images.lengths).closed()
                yield pa.RecordBatch.from_arrays([batch["doc_id"], scores], schema=self.adds)

    def _judged(self, images: pa.RecordBatch, members: pa.Schema, apart: Apart) -> pa.RecordBatch:
        known = dict(zip(images.schema.names, images.columns, strict=True))
        there = pc.is_null(known["dropped"])
        pictures = pc.if_else(there, known["bytes"], None)
        looked = self._looked(pictures.to_pylist(), apart)
        looks = columns([look for look, _ in looked])
        found = {signal.name: array for signal, array in zip(LOOKS, looks, strict=True)}
        broken = pc.and_(pc.is_valid(pictures), pc.is_null(found["pdq"]))
        known |= found | {"bytes": pc.if_else(broken, None, pictures)}
        begin = 0
        for view in self._views:
            seen = [pixels[begin : begin + view.size] or None for _, pixels in looked]
            known[view.name] = pa.array(seen, pa.large_binary())
            begin += view.size
        found |= measured(self.measures, known)
        found[BROKEN.name] = pc.if_else(broken, "decode_failed", pa.nulls(len(there), pa.string()))
        out = [
            known[name] if name == "image_id" else pc.if_else(there, found[name], None)
            for name in members.names
        ]
        return pa.RecordBatch.from_arrays(out, schema=members)

    @property
    def _views(self) -> list[View]:
        """What the measures want of VIEWS."""
        read = {name for measure in self.measures for name in measure.reads}
        return [view for view in VIEWS if view.name in read]

    def _looked(
        self, pictures: list[bytes | None], apart: Apart
    ) -> list[tuple[Look | None, bytes]]:
        """The look of each picture, and its views one behind the other."""
        wanted = {"views": [view.name for view in self._views]}

        def one(picture: bytes | None) -> tuple[Look | None, bytes]:
            if picture is None:
                return None, b""
            try:
                facts, views = apart.ask(picture, wanted)
            except CrashedError:
                return None, b""
            return (Look(**facts), views) if facts else (None, b"")

        with ThreadPoolExecutor(self.threads, "look") as pool:
            return list(pool.map(one, pictures))
