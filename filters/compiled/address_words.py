"""Is a word of a text an address of the web, compiled: the tokenizer leaves it whole.

After spaCy's pattern (spacy/lang/tokenizer_exceptions.py): a scheme or none, a user or none, a host
of labels with dots that ends in small letters or four numbers, a port or none, a path or none.

Importing this module imports numba.
"""

from filters.compiled.compiling import borrowing
from filters.compiled.token_classes import DIGIT, LOWER, UPPER

_DOT, _MINUS, _COLON, _SLASH, _AT = 46, 45, 58, 47, 64
_ALPHA = UPPER | LOWER


@borrowing
def is_address(points, begin, end, kinds):  # type: ignore[no-untyped-def]
    """Is the word an address: a host that ends in a dot and small letters, and what is around?"""
    at = begin
    for i in range(begin, end - 3):
        if points[i] == _COLON and points[i + 1] == _SLASH and points[i + 2] == _SLASH:
            if i - begin < 2:
                return False
            at = i + 3
            break
    for i in range(at, end):
        if points[i] == _AT and i > at:
            at = i + 1
    host, dot = at, -1
    while at < end:
        point = points[at]
        if point == _DOT:
            if at == host or points[at - 1] in (_DOT, _MINUS, 95):
                return False
            dot = at
        elif not (kinds[point] & (DIGIT | _ALPHA) or point in (_MINUS, 95) or point >= 0xA1):
            break
        at += 1
    if dot < 0 or at - dot < 3:
        return _is_number_address(points, host, at, end, kinds)
    for i in range(dot + 1, at):
        if not kinds[points[i]] & LOWER:
            return _is_number_address(points, host, at, end, kinds)
    return _is_path(points, at, end, kinds)


@borrowing
def _is_number_address(points, begin, at, end, kinds):  # type: ignore[no-untyped-def]
    """Is it four numbers of at most three figures with dots between, and a path?"""
    numbers, figures = 0, 0
    for i in range(begin, at):
        if points[i] == _DOT:
            if figures == 0:
                return False
            numbers, figures = numbers + 1, 0
        elif kinds[points[i]] & DIGIT and figures < 3:
            figures += 1
        else:
            return False
    return numbers == 3 and figures > 0 and _is_path(points, at, end, kinds)


@borrowing
def _is_path(points, at, end, kinds):  # type: ignore[no-untyped-def]
    """Is what stands behind a host a port, a path, or nothing?"""
    if at < end and points[at] == _COLON:
        begin = at + 1
        at = begin
        while at < end and kinds[points[at]] & DIGIT:
            at += 1
        if at - begin < 2 or at - begin > 5:
            return False
    return at == end or points[at] in (_SLASH, 63, 35)
