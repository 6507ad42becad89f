"""Pictures in, scores out: a row a document, a score for each of its images, in their order."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from filters.images import IMAGE as SIZES
from filters.models import MODELS
from filters.signals import Measure, fields, measured
from pipeline.nested import Opened, opened
from pipeline.stage import Batches
from schemas.columns import column
from schemas.image import IMAGE, IMAGES

MEASURES = (*SIZES, *MODELS)


def scored(measures: tuple[Measure, ...]) -> pa.Schema:
    """The table that a judge with these measures writes."""
    members = [IMAGE.field("image_id"), *fields(measures)]
    images = pa.list_(pa.struct(members))
    return pa.schema(
        [IMAGES.field("doc_id"), column("scores", images, "one for each of the document's images")]
    )


JUDGED = scored(MEASURES)


@dataclass(frozen=True)
class Judge:
    """Measures every picture, `batch_images` at a time.

    `scores` has as many members as `images`, in the same order; those without a picture have
    null scores.
    """

    measures: tuple[Measure, ...] = MEASURES
    batch_images: int = 256

    @property
    def reads(self) -> pa.Schema:
        given = {signal.name for measure in self.measures for signal in measure.gives}
        wanted = [name for measure in self.measures for name in measure.reads if name not in given]
        names = dict.fromkeys(["image_id", "dropped", *wanted])
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
        for batch in batches:
            images = opened(batch.column("images"))
            parts = [
                self._judged(images.flat.slice(begin, self.batch_images), members)
                for begin in range(0, max(images.flat.num_rows, 1), self.batch_images)
            ]
            rows = pa.concat_batches(parts)
            scores = Opened(rows, images.lengths).closed()
            yield pa.RecordBatch.from_arrays([batch.column("doc_id"), scores], schema=self.adds)

    def _judged(self, images: pa.RecordBatch, members: pa.Schema) -> pa.RecordBatch:
        known = dict(zip(images.schema.names, images.columns, strict=True))
        there = pc.is_null(known["dropped"])
        found = measured(self.measures, known)
        columns = [
            known[name] if name == "image_id" else pc.if_else(there, found[name], None)
            for name in members.names
        ]
        return pa.RecordBatch.from_arrays(columns, schema=members)
