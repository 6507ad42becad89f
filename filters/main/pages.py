"""Pages as arrays, for the measure of main content: n text nodes and e elements of p pages.

Elements and parents count within their page. A unit is a text node, or several of one block that
only images divide: so images have no part in the scores of text.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from filters.main.names import CONCEPTS


class Outlines(NamedTuple):
    """Where the nodes of p pages stand: n text nodes, e elements and i images, in order."""

    held: np.ndarray  # int64 (p + 1,) where each page's elements begin
    tags: np.ndarray  # uint8 (e,) NUMBERS of filters.main.names
    names: np.ndarray  # uint8 (bytes,) class, id and role of all elements, as UTF-8
    starts: np.ndarray  # int64 (e + 1,) where the name of each begins
    parents: np.ndarray  # int32 (e,) -1 for none
    nodes: np.ndarray  # int64 (p + 1,) where each page's text nodes begin
    elements: np.ndarray  # int32 (n,) -1 for none
    linked: np.ndarray  # int32 (n,) characters in links
    joined: np.ndarray  # bool (n,) only images divide the node from the one before it
    images: np.ndarray  # int32 (i,) the element of each image, -1 for none


class Lexicon(NamedTuple):
    """How words and names of elements lean: above 0 towards main content, below it away from it.

    Open-addressing tables of `filters.main.text`, of uint32 keys and int8 values in 1/16 of a
    natural logarithm of odds.
    """

    words: tuple[np.ndarray, np.ndarray]
    names: tuple[np.ndarray, np.ndarray]


class Names(NamedTuple):
    """Names of elements, each different one once: q names, k tokens of them."""

    of: np.ndarray  # int64 (e,) the name of each element
    concepts: np.ndarray  # uint64 (q,)
    hashes: np.ndarray  # uint64 (q,)
    keys: np.ndarray  # uint32 (k,)
    begin: np.ndarray  # int64 (q + 1,) where each name's tokens begin


class Pages(NamedTuple):
    """What the features of text units are computed from."""

    counts: np.ndarray  # float32 (n, 12) COUNTS of filters.main.text
    words: np.ndarray  # uint64 (w,) hashes of all words
    begin: np.ndarray  # int64 (u + 1,) where the words of each unit begin
    singles: np.ndarray  # int8 (w,) what the lexicon says of each word
    doubles: np.ndarray  # int8 (w,) and of it with the next
    titled: np.ndarray  # float32 (u,) share of a unit's words that are in the page's title
    nodes: np.ndarray  # int64 (p + 1,) where each page's text nodes begin
    joined: np.ndarray  # bool (n,) only images divide the node from the one before it
    linked: np.ndarray  # int32 (n,) characters in links
    elements: np.ndarray  # int32 (n,) -1 for none
    held: np.ndarray  # int64 (p + 1,) where each page's elements begin
    parents: np.ndarray  # int32 (e,) -1 for none
    tags: np.ndarray  # uint8 (e,) NUMBERS of filters.main.names
    concepts: np.ndarray  # uint64 (e,) bits of filters.main.names
    names: np.ndarray  # uint64 (e,) hashes
    told: np.ndarray  # float32 (e, 4) what the lexicon says of the name


def pages_of(
    outlines: Outlines, texts: pa.Array, titles: pa.Array, lexicon: Lexicon | None
) -> Pages:
    """Pages as arrays: `texts` string (n,) of all text nodes, `titles` string (p,).

    Without a lexicon nothing is known of any word or name.
    """
    from filters.main import text as main_text
    from filters.main import tokens as main_tokens

    tables = classes()
    counts, words, begin = main_text.read_texts(*_utf8(texts), *tables)
    _, title_words, title_begin = main_text.read_texts(*_utf8(titles), *tables)
    nodes, joined = outlines.nodes, outlines.joined.copy()
    joined[nodes[:-1][np.diff(nodes) > 0]] = False
    first = np.flatnonzero(~joined)  # of each unit
    begin = np.append(begin[first], begin[-1])
    page = np.searchsorted(nodes, first, side="right") - 1
    names = names_of(outlines)
    singles = doubles = np.zeros(len(words), np.int8)
    said = np.zeros((len(names.hashes), 4), np.float32)
    if lexicon is not None:
        singles, doubles = main_text.leanings(words, begin, *lexicon.words)
        said = main_tokens.told(main_text.looked_up(names.keys, *lexicon.names), names.begin)
    return Pages(
        counts,
        words,
        begin,
        singles,
        doubles,
        main_text.titled(words, begin, page, title_words, title_begin),
        nodes,
        joined,
        outlines.linked,
        outlines.elements,
        outlines.held,
        outlines.parents,
        outlines.tags,
        names.concepts[names.of],
        names.hashes[names.of],
        said[names.of],
    )


def names_of(outlines: Outlines) -> Names:
    """The names of these pages' elements; publishers repeat them."""
    from filters.main import tokens as main_tokens

    data, starts = outlines.names, outlines.starts
    of, first, hashes = main_tokens.different(data, starts)
    keys, begin = main_tokens.tokens(data, starts, first)
    bits = main_tokens.concepts(data, starts, first, *_vocabulary())
    return Names(of, bits, hashes, keys, begin)


@cache
def _vocabulary() -> tuple[np.ndarray, np.ndarray]:
    """The words of CONCEPTS as a table of filters.main.tokens."""
    from filters.main import tokens as main_tokens

    bits: dict[str, int] = {}
    for number, words in enumerate(CONCEPTS.values()):
        for word in words.split():
            bits[word] = bits.get(word, 0) | 1 << number
    table = main_tokens.vocabulary(
        *_utf8(pa.array(list(bits))), np.array(list(bits.values()), np.uint64)
    )
    return table[0], table[1]


def _utf8(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Texts as bytes uint8 and where each begins int64 (n + 1,); null is empty."""
    column = texts.cast(pa.large_string())
    _, offsets, data = column.buffers()
    starts = np.frombuffer(offsets, np.int64, len(column) + 1, 8 * column.offset)
    return np.frombuffer(data or b"\0", np.uint8), starts


@cache
def classes() -> tuple[np.ndarray, np.ndarray]:
    """uint16 (0x110000,): the classes of filters.main.text; int32: folding to lower case."""
    from filters.compiled import characters as known
    from filters.main import text as to

    kinds, lower = known.classes(), known.folding()
    space, special, word = ((kinds & bit) != 0 for bit in (known.SPACE, known.SPECIAL, known.WORD))
    out = np.zeros(len(kinds), np.uint16)
    out[space] |= to.SPACE
    out[~special & ~space] |= to.LETTER
    out[special & word] |= to.DIGIT
    out[special & ~word & ~space] |= to.MARK
    out[lower != np.arange(len(lower))] |= to.CAPITAL
    for characters, bit in (
        (".!?\u2026\u3002\uff01\uff1f\u061f\u0964", to.END),
        (",;\u060c\u3001\uff0c\uff1b", to.COMMA),
        (":\uff1a", to.COLON),
        ("\u3002\uff01\uff1f", to.WIDE),
    ):
        out[[ord(character) for character in characters]] |= bit
    # Thai and its neighbours, kana, Han.
    for first, last in (
        (0xE00, 0xEFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF),
        (0xF900, 0xFAFF), (0x20000, 0x31FFF),
    ):  # fmt: skip
        out[first : last + 1] |= to.WIDE
    return out, lower
