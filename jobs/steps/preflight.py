"""Before a step that drops duplicates takes effect: would it drop more than one should believe?

Every such step first writes down what it would drop (clusters, repeated paragraphs, older
captures); the documents themselves stay where they are. So the check comes after the finding and
before the next step, and costs a count. Rules of the recipe that read who else is like a picture
or a document are asked at the export: that is checked before the shards are packed.
"""

import pyarrow.compute as pc

from filters import alike
from jobs.plan import Pass, PlanError, Step
from pipeline.dedup import OTHER_CAPTURES
from pipeline.export import Choose

MOST_DROPPED = 0.5
# Reasons of a book that mean a duplicate.
REASONS = OTHER_CAPTURES | {"repeated_paragraph"}
COPY = "copy_of"


def check(step: Step, most: float) -> None:
    """Raises PlanError where a finished step drops more than the share `most` as duplicates."""
    for unit, dropped, taken in _counts(step):
        if taken and dropped > most * taken:
            share = dropped / taken
            raise PlanError(
                f"step '{step.name}' drops {dropped:,} of {taken:,} {unit} as duplicates "
                f"({share:.1%}), more than {most:.0%}; look at {step.output.name}/ in the store, "
                f"and if that is right go on with --allow-drop {min(1.0, share + 0.01):.2f}"
            )


def _counts(step: Step) -> list[tuple[str, int, int]]:
    """Unit, how many are dropped as duplicates, of how many that nothing else drops."""
    reasons = REASONS | _rules(step)
    found: dict[str, list[int]] = {}
    for receipt in step.output.receipts():
        for unit, book in receipt.books.items():
            count = sum(book.dropped.get(reason, 0) for reason in reasons)
            sums = found.setdefault(unit, [0, 0])
            sums[0] += count
            sums[1] += count + book.kept
    rows = [(unit, dropped, taken) for unit, (dropped, taken) in found.items()]
    if COPY in step.output.schema.names and not isinstance(step, Pass):
        copies = sum(
            pc.count(batch[COPY]).as_py()
            for part in step.output.parts()
            for batch in step.output.read(part, [COPY])
        )
        rows.append(("documents", copies, sum(r.rows for r in step.inputs[0][1].receipts())))
    return rows


def _rules(step: Step) -> set[str]:
    """Names of the rules that drop duplicates at this step."""
    stages = step.stages if isinstance(step, Pass) else ()
    choose = [stage for stage in stages if isinstance(stage, Choose)]
    rules = [rule for stage in choose for rule in (*stage.image, *stage.document)]
    return {rule.name for rule in rules if rule.reads(alike.NAMES)}
