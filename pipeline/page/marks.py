"""What is known of a page's elements before it is read: which are hidden, which tell of it.

One compiled pass over the arrays of `pipeline.page.tree`. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import ROOM, being, first, within
from filters.compiled.compiling import borrowing
from filters.machine_links import PARAMETERS
from pipeline.page.elements import NAMED, TEXT, numbers
from pipeline.page.meta_names import OTHER, name_of
from pipeline.page.spans import found, holds, in_bytes, is_space, lower

_ONE = np.uint64(1)

# Bits of a row.
HIDDEN, BACKGROUND, CAPTION, FORMULA, TEX, LAYOUT = 1, 2, 4, 8, 16, 32

# Kinds of the elements that tell of a page.
META, CANONICAL, TITLE, BASE, JSON_LD, LICENCE, SOURCED = range(7)

MAX_TOLD = 512
"""Elements of one kind that are looked at."""

MAX_BODY = 64
"""First nodes of <body> among which <meta> and <link> count: markup may end <head> early."""

_CLASS, _STYLE, _HIDDEN, _HREF = (NAMED[name] for name in ("class", "style", "hidden", "href"))
_REL, _TYPE, _ROLE, _ALT = (NAMED[name] for name in ("rel", "type", "role", "alt"))
_BG = NAMED["data-bg"]
_SCRIPT, _TABLE, _P, _BR = numbers("script table p br")
_META, _LINK, _TITLE, _BASE, _HEAD, _BODY, _A = numbers("meta link title base head body a")


def _among(tags: str) -> np.ndarray:
    """True for the numbers of these elements. bool (TEXT + 1,)"""
    out = np.zeros(TEXT + 1, np.bool_)
    out[list(numbers(tags))] = True
    return out


_ALWAYS_SHOWN = _among("html body main")
# What scripts reveal stays: what holds the main content, and a formula that is drawn otherwise.
_REVEALED = _among("math main article h1")
_IMAGES = _among("img amp-img amp-anim")
# A table with one of these in it arranges a page.
_ARRANGED = _among(
    "table h1 h2 h3 h4 h5 h6 pre article section main header footer nav figure blockquote"
)


_NONE, _DISPLAY, _URL, _FOUND = in_bytes("none", "display", "url(", "until-found")
_CAPTION, _LICENSE, _COMMONS = in_bytes("caption", "license", "creativecommons.org/")
(_SELF,) = in_bytes("canonical")
_SOURCE, _REFERRER = in_bytes(*PARAMETERS)
_JSON, _MATH_TEX = in_bytes("application/ld+json", "math/tex")
_PRESENTATION, _NO_ROLE = in_bytes("presentation", "none")
# Where a page has the sources of its formulas, the letters that MathJax set are doubles, as are
# KaTeX's letters and Wikipedia's pictures beside their MathML.
_TYPESET = in_bytes(
    "MathJax", "MathJax_Display", "MathJax_Preview", "MathJax_CHTML", "MathJax_SVG"
)  # fmt: skip
_DOUBLES = in_bytes(
    "katex-html", "mwe-math-fallback-image-inline", "mwe-math-fallback-image-display"
)  # fmt: skip
_MATH_LETTERS = np.unique([word[0] for word in (*_TYPESET, *_DOUBLES)])
_FORMULAS = in_bytes("math", "tex", "latex")


@borrowing
def _is_among(data, begin, stop, words, fold):  # type: ignore[no-untyped-def]
    """True where one of the words between white space is one of `words`."""
    at = begin
    while at < stop:
        while at < stop and is_space(data[at]):
            at += 1
        end = at
        while end < stop and not is_space(data[end]):
            end += 1
        for word in words:
            if end - at == len(word) and found(data, at, end, word, fold) == at:
                return True
        at = end
    return False


@borrowing
def _may_be_set(data, begin, stop):  # type: ignore[no-untyped-def]
    """True where a word between white space begins as one of _TYPESET or _DOUBLES does."""
    at, before = begin, _ONE
    while at < stop:
        spaces = being(data, at, 0x20) | within(data, at, 0x09, 0x0D)
        letters = np.uint64(0)
        for letter in _MATH_LETTERS:
            letters |= being(data, at, letter)
        if letters & (spaces << _ONE | before) & first(stop - at):
            return True
        before = spaces >> np.uint64(63)
        at += ROOM
    return False


@borrowing
def _is_not_displayed(data, begin, stop):  # type: ignore[no-untyped-def]
    """True for a style that says display: none."""
    at = begin if holds(data, begin, stop, _DISPLAY, True) else stop
    while True:
        at = found(data, at, stop, _DISPLAY, True)
        if at < 0:
            return False
        before = data[at - 1] if at > begin else 0x3B
        at += len(_DISPLAY)
        if before != 0x3B and not is_space(before):
            continue
        here = at
        while here < stop and is_space(data[here]):
            here += 1
        if here >= stop or data[here] != 0x3A:
            continue
        here += 1
        while here < stop and is_space(data[here]):
            here += 1
        end = here + len(_NONE)
        if found(data, here, min(end, stop), _NONE, True) == here and (
            end >= stop or not (0x61 <= lower(data[end]) <= 0x7A or data[end] == 0x2D)
        ):
            return True


@borrowing
def _is_sourced(data, begin, stop):  # type: ignore[no-untyped-def]
    """True for an address that may have a chat program's parameter."""
    return holds(data, begin, stop, _SOURCE, True) or holds(data, begin, stop, _REFERRER, True)


@numba.njit(cache=True, nogil=True)
def marked(tags, parents, attributes, names, spans, data):  # type: ignore[no-untyped-def]
    """Bits of each row, uint8 (n,), and what tells of the page, int32 (k, 3).

    That are rows and kinds, and the names of <meta> by their numbers of `pipeline.page.meta_names`;
    those with other names are left out.
    """
    n = len(tags)
    bits = np.zeros(n, np.uint8)
    told = np.empty((7 * MAX_TOLD, 3), np.int32)
    counts = np.zeros(7, np.int32)
    count = 0
    typeset, double = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    revealed = np.zeros(n, np.bool_)
    last_child = np.zeros(n, np.uint8)  # tag of the element before, in the same parent
    had_p = np.zeros(n, np.bool_)
    table_of = np.full(n, -1, np.int32)
    sources, any_hidden, any_set, body_nodes = False, False, False, 0
    for row in range(n):
        tag, parent = tags[row], parents[row]
        in_body = parent >= 0 and tags[parent] == _BODY
        if in_body:
            body_nodes += 1
        if tag == TEXT:
            continue
        # Tables that arrange a page.
        if parent >= 0:
            table = parent if tags[parent] == _TABLE else table_of[parent]
            table_of[row] = table
            if table >= 0 and (
                _ARRANGED[tag]
                or (tag == _P and had_p[parent])
                or (tag == _BR and last_child[parent] == _BR)
            ):
                bits[table] |= LAYOUT
            last_child[parent] = tag
            if tag == _P:
                had_p[parent] = True
        if _REVEALED[tag]:
            above = parent
            while above >= 0 and not revealed[above]:
                revealed[above] = True
                above = parents[above]
        kind, called = -1, OTHER
        if tag == _TITLE:
            kind = TITLE
        in_front = (parent >= 0 and tags[parent] == _HEAD) or (in_body and body_nodes <= MAX_BODY)
        if tag == _META and in_front:
            called = name_of(row, attributes, names, spans, data)
            kind = -1 if called == OTHER else META
        is_image, is_formula, has_alt = _IMAGES[tag], False, False
        for i in range(attributes[row], attributes[row + 1]):
            name, begin, stop = names[i], spans[i, 2], spans[i, 3]
            if name == _CLASS:
                if holds(data, begin, stop, _CAPTION, False):
                    bits[row] |= CAPTION
                if is_image:
                    is_formula = _is_among(data, begin, stop, _FORMULAS, True)
                if _may_be_set(data, begin, stop):
                    double[row] = _is_among(data, begin, stop, _DOUBLES, False)
                    typeset[row] = _is_among(data, begin, stop, _TYPESET, False)
                    any_set |= double[row] or typeset[row]
            elif name == _STYLE:
                if holds(data, begin, stop, _URL, True):
                    bits[row] |= BACKGROUND
                if not _ALWAYS_SHOWN[tag] and _is_not_displayed(data, begin, stop):
                    bits[row] |= HIDDEN
                    any_hidden = True
            elif name == _HIDDEN:
                if not _ALWAYS_SHOWN[tag] and found(data, begin, stop, _FOUND, True) < 0:
                    bits[row] |= HIDDEN
                    any_hidden = True
            elif name == _BG:
                bits[row] |= BACKGROUND
            elif name == _ALT:
                has_alt = stop > begin
            elif name == _ROLE and tag == _TABLE:
                words = (_PRESENTATION, _NO_ROLE)
                if _is_among(data, begin, stop, words, True):
                    bits[row] |= LAYOUT
            elif name == _TYPE and tag == _SCRIPT:
                if found(data, begin, stop, _JSON, True) >= 0:
                    kind = JSON_LD
                elif found(data, begin, stop, _MATH_TEX, True) == begin:
                    bits[row] |= TEX
                    sources = True
            elif name == _HREF:
                if tag == _BASE and stop > begin:
                    kind = BASE
                elif kind < 0 and holds(data, begin, stop, _COMMONS, True):
                    kind = LICENCE
                elif kind < 0 and tag == _A and _is_sourced(data, begin, stop):
                    kind = SOURCED
            elif name == _REL and kind != BASE:
                if _is_among(data, begin, stop, (_LICENSE,), True):
                    kind = LICENCE
                elif tag == _LINK and in_front and _is_among(data, begin, stop, (_SELF,), True):
                    kind = CANONICAL
        if is_formula and has_alt:
            bits[row] |= FORMULA
        if kind >= 0 and counts[kind] < MAX_TOLD:
            counts[kind] += 1
            told[count, 0], told[count, 1], told[count, 2] = row, kind, called
            count += 1
    if any_hidden or any_set:
        for row in range(n):
            if revealed[row]:
                bits[row] &= ~np.uint8(HIDDEN)
            if double[row] or (typeset[row] and sources):
                bits[row] |= HIDDEN
    return bits, told[:count].copy()
