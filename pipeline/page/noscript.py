"""The image elements written in <noscript>, where the markup is plain.

If scripts run, <noscript> holds one raw text, and only a parser knows its elements. Most of these
texts are a few tags around an image, or one that counts visits: these are read here, in one
compiled pass, as Lexbor would read them. All others are left to it. Importing this module imports
numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import MARGIN
from filters.compiled.compiling import borrowing
from pipeline.page.elements import NAMES, NUMBER, TEXT, fnv
from pipeline.page.spans import begins, in_bytes
from pipeline.page.tree_memory import LONGEST_VALUE

UNREAD = -1
"""In place of a number of images: the markup is not plain."""

# In these an image is an image, and none of them says how what follows is to be read.
_WRAPPERS = in_bytes("a", "p", "div", "span", "br", "strong", "em", "b", "i", "center")
_IMG, _AMP = in_bytes("img", "amp-")
_REFERENCES = in_bytes("amp", "quot", "lt", "gt")
_REFERRED = np.frombuffer(b'&"<>', np.uint8)
_IMG_NUMBER = NUMBER["img"]
_NAMES = np.array([fnv(name) for name in NAMES], np.uint64)
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@borrowing
def _is_space(byte):  # type: ignore[no-untyped-def]
    return byte == 0x20 or byte == 0x09 or byte == 0x0A or byte == 0x0C


@borrowing
def _is_letter(byte):  # type: ignore[no-untyped-def]
    return 0x61 <= byte | 0x20 <= 0x7A


@borrowing
def _letter(data, begin, stop):  # type: ignore[no-untyped-def]
    """The character that a name between "&" and ";" stands for, if a common one; else 0."""
    for number in range(len(_REFERENCES)):
        word = _REFERENCES[number]
        same = stop - begin == len(word)
        for k in range(len(word)):
            same = same and data[begin + k] == word[k]
        if same:
            return _REFERRED[number]
    return np.uint8(0)


@borrowing
def _numbered(data, at, stop):  # type: ignore[no-untyped-def]
    """Where what follows "&#" ends, and its code point; -1 for all but ";" after one of Unicode's.

    Some below U+00A0 stand for others, as surrogates do.
    """
    value, base, first = 0, 10, at
    if at < stop and data[at] | 0x20 == 0x78:
        base, first = 16, at + 1
    at = first
    while at < stop and at - first < 6:
        byte = data[at]
        if 0x30 <= byte <= 0x39:
            value = base * value + byte - 0x30
        elif base == 16 and 0x61 <= byte | 0x20 <= 0x66:
            value = base * value + (byte | 0x20) - 0x57
        else:
            break
        at += 1
    if at == first or at >= stop or data[at] != 0x3B:
        return at, -1
    plain = 0x20 <= value < 0x7F or 0xA0 <= value < 0xD800
    return at + 1, value if plain else -1


@borrowing
def _written(value, out, at):  # type: ignore[no-untyped-def]
    """Write a code point in UTF-8; where it ends."""
    if value < 0x80:
        out[at] = value
        return at + 1
    if value < 0x800:
        out[at], out[at + 1] = 0xC0 | value >> 6, 0x80 | value & 0x3F
        return at + 2
    out[at], out[at + 1] = 0xE0 | value >> 12, 0x80 | value >> 6 & 0x3F
    out[at + 2] = 0x80 | value & 0x3F
    return at + 3


@borrowing
def _value(data, begin, stop, out, at):  # type: ignore[no-untyped-def]
    """Write an attribute's value to `out`; where it ends, or -1 for what is not plain.

    "&" is itself where no letter follows, or "=" ends those that do (WHATWG HTML 13.2.5.73).
    """
    if stop - begin > LONGEST_VALUE:
        return -1
    while begin < stop:
        byte = data[begin]
        if byte == 0x3C or byte == 0x0D or byte == 0:
            return -1
        out[at] = byte
        at += 1
        begin += 1
        if byte != 0x26 or begin == stop:
            continue
        end = begin
        while end < stop and (_is_letter(data[end]) or 0x30 <= data[end] <= 0x39):
            end += 1
        if end < stop and data[end] == 0x3B and end > begin:
            letter = _letter(data, begin, end)
            if letter == 0:
                return -1
            out[at - 1] = letter
            begin = end + 1
        elif data[begin] == 0x23:
            begin, value = _numbered(data, begin + 1, stop)
            if value < 0:
                return -1
            at = _written(value, out, at - 1)
        elif end > begin and (end == stop or data[end] != 0x3D):
            return -1
    return at


@borrowing
def _attribute(data, at, stop, name, out, filled):  # type: ignore[no-untyped-def]
    """One attribute of a tag: where its name ends, and where its value does and where in `out`.

    `name` and `filled` say where these begin. The first is -1 for what is not plain.
    """
    while at < stop and not _is_space(data[at]) and data[at] != 0x2F:
        byte = data[at]
        if byte == 0x3D or byte == 0x3E:
            break
        if byte < 0x20 or byte >= 0x7F or byte == 0x22 or byte == 0x27 or byte == 0x3C:
            return -1, at, filled
        at += 1
    end = at
    if end == name:
        return -1, at, filled
    while at < stop and _is_space(data[at]):
        at += 1
    if at == stop or data[at] != 0x3D:
        return end, at, filled
    at += 1
    while at < stop and _is_space(data[at]):
        at += 1
    if at == stop or data[at] == 0x3E:
        return -1, at, filled
    quote = data[at]
    if quote == 0x22 or quote == 0x27:
        at += 1
        begin = at
        while at < stop and data[at] != quote:
            at += 1
        if at + 1 >= stop:
            return -1, at, filled
        filled = _value(data, begin, at, out, filled)
        at += 1
        if not _is_space(data[at]) and data[at] != 0x2F and data[at] != 0x3E:
            return -1, at, filled
    else:
        begin = at
        while at < stop and not _is_space(data[at]) and data[at] != 0x3E:
            if data[at] == 0x22 or data[at] == 0x27 or data[at] == 0x60:
                return -1, at, filled
            at += 1
        filled = _value(data, begin, at, out, filled)
    return (end if filled >= 0 else -1), at, filled


@borrowing
def _number_of(data, begin, stop, out, filled):  # type: ignore[no-untyped-def]
    """Write an attribute's name in small letters to `out`; its number of `elements`."""
    value = _SEED
    for i in range(begin, stop):
        byte = data[i]
        if 0x41 <= byte <= 0x5A:
            byte |= 0x20
        out[filled + i - begin] = byte
        value = (value ^ np.uint64(byte)) * _PRIME
    for number in range(1, len(_NAMES)):
        if _NAMES[number] == value:
            return np.uint8(number)
    return np.uint8(0)


@borrowing
def _tag(data, at, stop):  # type: ignore[no-untyped-def]
    """Where the name of the tag at `at` ends, or -1; and whether it is an image's."""
    begin = at
    while at < stop and (_is_letter(data[at]) or data[at] == 0x2D or 0x30 <= data[at] <= 0x39):
        at += 1
    if at == stop or not (_is_space(data[at]) or data[at] == 0x2F or data[at] == 0x3E):
        return -1, False
    if at - begin == len(_IMG) and begins(data, begin, at, _IMG):
        return at, True
    for word in _WRAPPERS:
        if at - begin == len(word) and begins(data, begin, at, word):
            return at, False
    return -1, False


@borrowing
def _any_image(data, begin, stop):  # type: ignore[no-untyped-def]
    """True where a tag of an image begins."""
    for at in range(begin, stop - 3):
        if data[at] == 0x3C and (
            begins(data, at + 1, stop, _IMG) or begins(data, at + 1, stop, _AMP)
        ):
            return True
    return False


@numba.njit(cache=True, nogil=True)
def images_behind(rows, tree):  # type: ignore[no-untyped-def]
    """The image elements in the <noscript> of `rows`, as a tree of their own.

    Gives int32 (k, 2): the first image of each and how many there are, UNREAD for markup that is
    not plain; then the arrays of `pipeline.page.tree`.
    """
    tags, ends, begins_, stops = tree[0], tree[2], tree[4], tree[5]
    data = tree[9]
    inside = np.zeros((len(rows), 2), np.int32)
    size = 0
    for k in range(len(rows)):
        row = rows[k]
        if ends[row] == row + 2 and tags[row + 1] == TEXT:
            if _any_image(data, begins_[row + 1], stops[row + 1]):
                inside[k, 1] = UNREAD
                size += stops[row + 1] - begins_[row + 1]
        elif ends[row] > row + 1:
            inside[k, 1] = UNREAD
    out, names = np.empty(size + MARGIN, np.uint8), np.empty(size // 2 + 1, np.uint8)
    spans = np.empty((size // 2 + 1, 4), np.int32)
    attributes = np.zeros(size // 4 + 2, np.int32)
    count = held = filled = 0
    for k in range(len(rows)):
        if inside[k, 1] != UNREAD or ends[rows[k]] != rows[k] + 2:
            continue
        before = count, held, filled
        inside[k, 0] = count
        at, stop = begins_[rows[k] + 1], stops[rows[k] + 1]
        plain = True
        while plain and at < stop:
            if data[at] != 0x3C:
                plain = data[at] != 0 and data[at] != 0x0D
                at += 1
                continue
            closing = at + 1 < stop and data[at + 1] == 0x2F
            at, is_image = _tag(data, at + (2 if closing else 1), stop)
            is_image &= not closing
            first = held
            while at >= 0 and at < stop and data[at] != 0x3E:
                if _is_space(data[at]) or data[at] == 0x2F:
                    at += 1
                    continue
                name = at
                end, at, after = _attribute(data, at, stop, name, out, filled + 0)
                if end < 0:
                    at = -1
                    break
                if not is_image:
                    continue
                # The value is moved up to make room for the name before it.
                length = end - name
                for i in range(after - 1, filled - 1, -1):
                    out[i + length] = out[i]
                number = _number_of(data, name, end, out, filled)
                begin = filled + length
                again = False
                for i in range(first, held):
                    again |= names[i] == number and (
                        number > 0 or _same(out, spans, i, filled, begin)
                    )
                if again:
                    continue
                names[held] = number
                spans[held, 0], spans[held, 1] = filled, begin
                spans[held, 2], spans[held, 3] = begin, after + length
                held += 1
                filled = after + length
            if at < 0 or at >= stop:
                plain = False
                break
            at += 1
            if is_image:
                count += 1
                attributes[count] = held
        if plain:
            inside[k, 1] = count - inside[k, 0]
        else:
            count, held, filled = before
    parents = np.full(count, -1, np.int32)
    ends_ = np.arange(1, count + 1).astype(np.int32)
    return inside, (
        np.full(count, _IMG_NUMBER, np.uint8), parents, ends_, parents, parents, parents,
        attributes[: count + 1], names[:held], spans[:held], out[:filled],
    )  # fmt: skip


@borrowing
def _same(out, spans, i, begin, stop):  # type: ignore[no-untyped-def]
    """True where the name of an attribute is the one that lies from `begin` to `stop`."""
    if spans[i, 1] - spans[i, 0] != stop - begin:
        return False
    for k in range(stop - begin):
        if out[spans[i, 0] + k] != out[begin + k]:
            return False
    return True
