"""Write docs/signals.md: every signal that can be measured, from the tables of filters/.

python -m jobs.describe > docs/signals.md
"""

from collections.abc import Iterable, Iterator

from filters import alike, benchmark_images, images, measures, urls, wordlists
from filters.signals import Measure, Signal

_HEAD = """\
# Signals

Written by `python -m jobs.describe`; a test compares. A signal is a count wherever it can be, so
that it adds up and any bound can be moved; rules divide. A document's sums are over its kept nodes;
what does not add up is measured on the text of its kept nodes, an empty line between them. The base
is always measured, another set where a rule reads one of its signals, a recipe names it
(`signals = ["personal"]`) or a run asks for it (`--signals personal`, `--signals all`). A changed
measure has a new version.
"""


def page() -> str:
    """The page, in Markdown."""
    out = [_HEAD]
    for each in measures.chosen(measures.NAMES):
        out.append(f"\n## {each.name}\n\n{each.meaning[0].upper()}{each.meaning[1:]}.\n")
        if each.node:
            out.append(f"\n### {each.name}: of a node\n\n{_table(_given(each.node))}")
        if each.sums and each.name == "base":
            names = ", ".join(f"`{signal.name}`" for signal in each.sums)
            out.append(f"\n### {each.name}: summed over a document\n\n{names}\n")
        elif each.sums:
            out.append("\nA document has the same, summed over its nodes.\n")
        if each.document:
            out.append(f"\n### {each.name}: of a document\n\n{_table(_given(each.document))}")
    out.append("\n## image links\n\nAlways, of every image node.\n\n" + _table(_given(urls.LINK)))
    out.append(
        "\n## pictures\n\nAfter the fetch.\n\n"
        + _table(_given((*images.IMAGE, benchmark_images.measure())))
    )
    out.append(
        "\n## duplicates among pictures\n\nOf each picture that the other rules keep; a rule may"
        " read them.\n\n" + _table(alike.PICTURE)
    )
    out.append(
        "\n## documents alike in pictures\n\nOf each document that shows a picture; a rule may read"
        " them.\n\n" + _table(alike.DOCUMENT)
    )
    out.append("\n## word lists\n\n" + _lists())
    return "".join(out)


def _given(several: Iterable[Measure]) -> Iterator[Signal]:
    return (signal for measure in several for signal in measure.gives)


def _table(signals: Iterable[Signal]) -> str:
    lines = ["| signal | type | unit | meaning | source | version |", "|---|---|---|---|---|---|"]
    lines += [
        f"| `{signal.name}` | {signal.type} | {signal.unit} | {signal.meaning} | {signal.source} "
        f"| {signal.version} |"
        for signal in signals
    ]
    return "\n".join(lines) + "\n"


def _lists() -> str:
    lines = ["| list | words | source | licence | version |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['name']}.{row['language']} | {row['words']} | {row['source']} | {row['licence']} "
        f"| {row['version']} |"
        for row in wordlists.catalogue()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
