"""What the person at the terminal sees of a run: a bar for each step, or a line for each part."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jobs.plan import Flow
from jobs.runs import Progress
from schemas.receipt import Receipt


@contextmanager
def watching(flow: Flow) -> Iterator[Callable[[Progress], None]]:
    """Bars on a terminal, one line per finished part elsewhere; both on standard error."""
    if not sys.stderr.isatty():
        yield _line
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bars

    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description:9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rows]}"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks = {
            step.name: bars.add_task(step.name, total=None, start=False, rows="")
            for step in flow.steps
        }
        counts = dict.fromkeys(tasks, 0)

        def show(progress: Progress) -> None:
            name = progress.step.name
            if progress.receipt is None:
                bars.start_task(tasks[name])
            else:
                counts[name] += progress.receipt.rows
            rows = f"{counts[name]:,} rows" if counts[name] else ""
            bars.update(tasks[name], total=progress.parts, completed=progress.done, rows=rows)

        yield show


def _line(progress: Progress) -> None:
    receipt = progress.receipt
    if receipt is None:
        return
    head = f"{receipt.step} {receipt.part} [{progress.done}/{progress.parts}]"
    print(f"{head} {_outcome(receipt)}", file=sys.stderr, flush=True)


def _outcome(receipt: Receipt) -> str:
    if receipt.error:
        return f"failed: {receipt.error}"
    return f"{receipt.rows} rows, {receipt.bytes} bytes, {receipt.seconds:.1f} s"
