"""Addresses in a page's bytes, as compiled passes read them: stand-ins, and absolute forms.

What is written as browsers would write it is read here; all else is left to
`pipeline.page.image_links`, which is the one place that knows the rules. Importing this module
imports numba.
"""

import numpy as np

from filters.compiled.blocks import ROOM, above, being, first, lowest, within
from filters.compiled.compiling import borrowing, inlined
from pipeline.page.spans import begins, in_bytes, place_of, put

# What is known of an image or its address.
UNUSUAL, SHOWN, NOTHING = 0, 1, 2

LONGEST_URL = 4096


_HTTP, _HTTPS = in_bytes("http://", "https://")
_NO_PICTURE = in_bytes("#", "data:", "about:", "javascript:", "blob:")
# How the names of stand-ins end, but for a number: `image_links.is_placeholder`.
_STAND_INS = in_bytes(
    "blank", "spacer", "placeholder", "place-holder", "loading", "loader", "pre-loader",
    "preloader", "lazy", "lazyload", "lazy-load", "transparent", "noimage", "no-image",
)  # fmt: skip
_LAST = np.zeros(256, np.bool_)
_LAST[[word[-1] for word in _STAND_INS]] = True
_EXTENSIONS = in_bytes("gif", "png", "svg", "jpg", "jpeg", "webp")
# The names of GIFs of one colour, but for those of one letter: `image_links._DOT`.
_DOTS = in_bytes("dot", "clear", "gray", "grey", "white", "black", "pixel", "empty", "trans", "tr")

# Bytes of an address that stay as they are; of them, those of a host name.
_CLEAN, _HOST = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
for _letter in b"abcdefghijklmnopqrstuvwxyz0123456789":
    _HOST[_letter] = _CLEAN[_letter] = True
for _letter in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_!$%&'()*+,/:;=?@~.-":
    _CLEAN[_letter] = True

_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)


@borrowing
def _path_of(out, begin, stop):  # type: ignore[no-untyped-def]
    """Where the path of an absolute address begins; -1 for a host that is not written plainly.

    `stop` where nothing stands after the host.
    """
    at = begin
    for word in (_HTTP, _HTTPS):
        if stop - begin > len(word):
            here = 0
            while here < len(word) and out[begin + here] == word[here]:
                here += 1
            if here == len(word):
                at = begin + here
    if at == begin:
        return -1
    labels, length = 0, 0
    while at < stop and out[at] != 0x2F:
        if _HOST[out[at]]:
            length += 1
        elif (out[at] == 0x2E or out[at] == 0x2D) and length > 0:
            labels += 1
            length = 0
        else:
            return -1
        at += 1
    return -1 if labels == 0 or length == 0 else at


@inlined
def _clean(data, at):  # type: ignore[no-untyped-def]
    """Which of 64 bytes are of _CLEAN."""
    letters = within(data, at, 0x61, 0x7A) | within(data, at, 0x3F, 0x5A)
    rest = within(data, at, 0x24, 0x3B) | being(data, at, 0x21) | being(data, at, 0x3D)
    return letters | rest | being(data, at, 0x5F) | being(data, at, 0x7E)


@borrowing
def _is_clean(out, path, stop):  # type: ignore[no-untyped-def]
    """True for a path of _CLEAN in which no name begins with a dot."""
    odd = before = np.uint64(0)
    for at in range(path, stop, ROOM):
        slashes = being(out, at, 0x2F)
        hidden = being(out, at, 0x2E) & (slashes << np.uint64(1) | before)
        odd |= (hidden | ~_clean(out, at)) & first(stop - at)
        before = slashes >> np.uint64(63)
    return odd == 0


@borrowing
def _encoded(out, begin, stop, moved, doubled):  # type: ignore[no-untyped-def]
    """Make a whole address clean as `image_links.resolved` does; where it ends, or `begin`.

    Letters that no address has are percent-encoded; what else would change is left alone. `moved`:
    it is a path that climbed; `doubled`: one with "//" in it.
    """
    if stop - begin > LONGEST_URL:
        return begin
    path = _path_of(out, begin, stop)
    if path < 0:
        return begin
    if path == stop:
        out[stop] = 0x2F
        return stop + 1
    if not moved and _is_clean(out, path, stop):  # most of all
        return stop
    more, parted, query = 0, False, False
    for at in range(path, stop):
        byte = out[at]
        if not _CLEAN[byte]:
            if byte < 0x20 or byte >= 0x7F:
                return begin
            moved = True
            if byte != 0x5B and byte != 0x5D:
                more += 2
        elif byte == 0x3F:
            query = True
        elif byte == 0x3B:
            parted = True
        elif byte == 0x2E and out[at - 1] == 0x2F:
            moved = True
            end = at + 1
            if end < stop and out[end] == 0x2E:
                end += 1
            if not query and (end == stop or out[end] == 0x2F or out[end] == 0x3F):
                return begin
    # What `urllib` would change in passing.
    if moved and (out[stop - 1] == 0x3F or doubled or parted):
        return begin
    if stop - begin + more > LONGEST_URL:
        return begin
    if more > 0:
        end = stop + more
        for at in range(stop - 1, path - 1, -1):
            byte = out[at]
            if _CLEAN[byte] or byte == 0x5B or byte == 0x5D:
                end -= 1
                out[end] = byte
            else:
                end -= 3
                out[end], out[end + 1], out[end + 2] = 0x25, _HEX[byte >> 4], _HEX[byte & 15]
    return stop + more


@borrowing
def resolve(data, begin, stop, base, out, at):  # type: ignore[no-untyped-def]
    """Write an address made absolute to `out`; where it ends, or `at` for what is unusual.

    `base`: the page's folder, and how many of its letters scheme and origin are. There is room
    for three times the address, the folder and MARGIN bytes of `filters.compiled.blocks`.
    """
    folder, scheme, origin = base
    if begin >= stop or stop - begin > LONGEST_URL:
        return at
    stop = place_of(data, begin + 1, stop, 0x23)  # a fragment falls away
    here, moved, doubled = at, False, False
    if not begins(data, begin, stop, _HTTP) and not begins(data, begin, stop, _HTTPS):
        if data[begin] == 0x3F or data[begin] == 0x23 or data[stop - 1] == 0x3F:
            return at
        if place_of(data, begin, stop, 0x3B) < stop or place_of(data, begin, stop, 0x5C) < stop:
            return at
        for i in range(begin, stop):  # it may have a scheme
            if data[i] == 0x3A:
                return at
            if data[i] == 0x2F or data[i] == 0x3F:
                break
        if data[begin] == 0x2F:
            length = scheme if stop - begin > 1 and data[begin + 1] == 0x2F else origin
        else:
            length = len(folder) if len(folder) > origin else 0
            first = begin
            begin, length = _climbed(data, begin, stop, folder, origin, length)
            moved = begin > first
            for i in range(begin, stop):
                if data[i] == 0x3F:
                    break
                doubled |= data[i] == 0x2F and (i == begin or data[i - 1] == 0x2F)
        if length == 0 or begin >= stop:
            return at
        for k in range(length):
            out[here + k] = folder[k]
        here += length
    here = put(data, begin, stop, out, here)
    return _encoded(out, at, here, moved, doubled)


@borrowing
def _climbed(data, begin, stop, folder, origin, length):  # type: ignore[no-untyped-def]
    """Where a path goes on after its "./" and "../", and how much of the folder is left."""
    while begin < stop and data[begin] == 0x2E and length > 0:
        if begin + 1 < stop and data[begin + 1] == 0x2F:
            begin += 2
        elif begin + 2 < stop and data[begin + 1] == 0x2E and data[begin + 2] == 0x2F:
            begin += 3
            if length > origin + 1:
                length -= 1
                while folder[length - 1] != 0x2F:
                    length -= 1
        else:
            break
    return begin, length


@borrowing
def stands_in(data, begin, stop):  # type: ignore[no-untyped-def]
    """NOTHING for an address of a stand-in, SHOWN for one of a picture, else UNUSUAL.

    As `image_links.is_placeholder` says.
    """
    if begin == stop:
        return NOTHING
    end, slash, dot, plain = stop, begin - 1, begin - 1, True
    for at in range(begin, stop, ROOM):
        some = first(stop - at)
        if being(data, at, 0x7B) & some:
            return NOTHING
        plain &= ~within(data, at, 0x20, 0x7E) & some == 0
        cuts = (being(data, at, 0x3F) | being(data, at, 0x23)) & some
        if cuts and end == stop:
            end = at + lowest(cuts)
        slashes = being(data, at, 0x2F) & first(end - at)
        if slashes:
            slash = at + ROOM - 1 - above(slashes)
        dots = being(data, at, 0x2E) & first(end - at)
        if dots:
            dot = at + ROOM - 1 - above(dots)
    for word in _NO_PICTURE:
        if begins(data, begin, stop, word):
            return NOTHING
    if not plain:
        return UNUSUAL
    stop, begin = end, slash + 1
    if dot < begin:
        return SHOWN
    extension = -1
    for number in range(len(_EXTENSIONS)):
        word = _EXTENSIONS[number]
        if stop - dot == len(word) + 1 and begins(data, dot + 1, stop, word):
            extension = number
    if extension < 0:
        return SHOWN
    if extension == 0:
        letter = data[begin] | 0x20
        if dot - begin == 1 and (0x61 <= letter <= 0x7A or 0x30 <= data[begin] <= 0x39):
            return NOTHING
        for word in _DOTS:
            if dot - begin == len(word) and begins(data, begin, dot, word):
                return NOTHING
    if dot - begin >= 3 and data[dot - 1] == 0x31 == data[dot - 3] and data[dot - 2] | 0x20 == 0x78:
        if _is_word(data, begin, dot - 3):
            return NOTHING
    end = dot
    while end > begin and (0x30 <= data[end - 1] <= 0x39 or data[end - 1] | 0x20 == 0x78):
        end -= 1
    if _is_stand_in(data, begin, end):
        return NOTHING
    if end < dot and end > begin and _parts(data[end - 1]) and _is_stand_in(data, begin, end - 1):
        return NOTHING
    return SHOWN


@borrowing
def _parts(byte):  # type: ignore[no-untyped-def]
    """True for what divides the words of a file's name: "-", "_" and "."."""
    return byte == 0x2D or byte == 0x5F or byte == 0x2E


@borrowing
def _is_word(data, begin, at):  # type: ignore[no-untyped-def]
    """True where a word may begin at `at` of a name that begins at `begin`."""
    return at == begin or _parts(data[at - 1])


@borrowing
def _is_stand_in(data, begin, end):  # type: ignore[no-untyped-def]
    """True for a name whose last word is one of a stand-in's."""
    if end == begin or not _LAST[data[end - 1] | 0x20]:
        return False
    for word in _STAND_INS:
        at = end - len(word)
        if at >= begin and begins(data, at, end, word) and _is_word(data, begin, at):
            return True
    return False
