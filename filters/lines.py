"""Signals of a text node's lines: what C4's and RefinedWeb's line rules would keep or cut.

n is the number of nodes. These rules cut single lines of a page. Our unit is the node, which is one
line on most pages, and some lines in a list, a table or a text with breaks: a node rule drops a
node of which no line is kept, and a node with some kept lines stays whole. Documents are judged by
the lines that are kept, so a decision on a document is that of the line rules.
"""

import pyarrow as pa

from filters.signals import Measure, Signal
from filters.text import buffers, columns

_C4 = "C4, arXiv 1910.10683, 2.2, as datatrove c4_filters.py"
_REFINEDWEB = "RefinedWeb, arXiv 2306.01116, G.2, as DCLM baselines/mappers/modifiers.py"


def _count(name: str, meaning: str, source: str) -> Signal:
    return Signal(name, pa.int32(), meaning, "count", source)


COUNTS = (
    _count("node_lines", "lines that are not blank", _C4),
    _count("c4_open_lines", "lines that C4 keeps where a line may end in any character", _C4),
    _count("c4_lines", "lines that C4 keeps", _C4),
    _count("c4_open_fatal_lines", "lines of placeholder text or code, whatever they end in", _C4),
    _count("c4_fatal_lines", "lines of placeholder text or code that C4 sees", _C4),
    _count("line_words", "words between white space", _REFINEDWEB),
    _count(
        "cut_line_words",
        "words that RefinedWeb's line rules cut: lines of capitals, of figures, of one word, "
        "counters, and phrases of page furniture in short lines",
        _REFINEDWEB,
    ),
    _count("cut_lines", "lines that these rules cut whole", _REFINEDWEB),
)


def counts(text: pa.Array) -> tuple[pa.Array, ...]:
    """COUNTS of each text. string (n,) -> 8 times int32 (n,); null for null."""
    from filters.compiled.line_reading import line_classes  # numba: only workers that count pay
    from filters.compiled.line_verdicts import count_line_verdicts

    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    return columns(count_line_verdicts(*buffers(text), line_classes()), text)


NODE = Measure(counts, ("text",), COUNTS)
