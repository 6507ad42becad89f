"""Signals of a document: sums over its kept nodes, and what has to be measured on its joined text.

A document's text is that of its kept text nodes with an empty line between them. The separators
are in no sum: a rule that divides characters adds 2 * (text_nodes - 1) where it wants them.
"""

from filters import language, text
from filters.signals import Measure

# Added up over the kept nodes, under the names that the nodes have.
SUMS = text.COUNTS

# Measured over "text", the joined text: n-grams span nodes, languages do not add up.
DOCUMENT = (Measure(text.repetition, ("text",), text.REPETITION), language.MEASURE)
