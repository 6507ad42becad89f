"""What an image element offers, in one compiled pass: `image_links.offers` over bytes.

srcset and sizes, the <source> of a <picture>, the attributes of late-loading scripts, src. What is
not printable ASCII, and numbers that are not written plainly, are left to
`pipeline.page.image_links`. Importing this module imports numba.
"""

import numpy as np

from filters.compiled.compiling import borrowing
from pipeline.page.elements import NAMED, NAMES, NUMBER, fnv
from pipeline.page.image_links import LAZY, MAX_IN_PICTURE, MAX_OFFERED
from pipeline.page.plain_addresses import NOTHING, UNUSUAL, stands_in
from pipeline.page.plain_srcset import from_set, least_width
from pipeline.page.spans import begins, found, in_bytes, is_plain, trimmed

# What a name of an attribute says.
SILENT, SRC, SET, DATA = 0, 1, 2, 3

_IMAGE, _DATA, _SET, _DYNAMIC = in_bytes("image/", "data-", "srcset", "data-a-dynamic-image")
# Of `image_links.DECODABLE`, what follows "image/"; and how the names of pictures end.
_DECODABLE = in_bytes("jpeg", "jpg", "pjpeg", "png", "webp", "avif", "gif")
_ENDINGS = in_bytes("jpg", "jpeg", "png", "webp", "avif", "gif")
_SOURCE, _PICTURE = NUMBER["source"], NUMBER["picture"]
_TYPE, _MEDIA = NAMED["type"], NAMED["media"]
_LAZY = np.array([fnv(name) for name in LAZY], np.uint64)
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_KIND = np.array(
    [
        SRC if name == "src" else SET if "srcset" in name else DATA if name[:5] == "data-" else 0
        for name in NAMES
    ],
    np.uint8,
)


@borrowing
def hashed(data, begin, stop):  # type: ignore[no-untyped-def]
    """FNV-1a of some bytes, capital letters taken for small ones."""
    value = _SEED
    for i in range(begin, stop):
        byte = data[i]
        if 0x41 <= byte <= 0x5A:
            byte |= 0x20
        value = (value ^ np.uint64(byte)) * _PRIME
    return value


@borrowing
def _kind_of(i, names, spans, data):  # type: ignore[no-untyped-def]
    """What the name of an attribute says of its value."""
    if names[i] != 0:
        return _KIND[names[i]]
    begin, stop = spans[i, 0], spans[i, 1]
    if found(data, begin, stop, _SET, False) >= 0:
        return np.uint8(SET)
    return np.uint8(DATA if begins(data, begin, stop, _DATA) else SILENT)


@borrowing
def _rank_of(i, names, spans, data):  # type: ignore[no-untyped-def]
    """The place of a name in `image_links.LAZY`, or one more than src has."""
    if names[i] == 0:
        value = hashed(data, spans[i, 0], spans[i, 1])
        for rank in range(len(_LAZY)):
            if _LAZY[rank] == value:
                return rank
    return len(_LAZY) + 1


@borrowing
def _ends_as_picture(data, begin, stop):  # type: ignore[no-untyped-def]
    """True where the name of a picture's format ends the path: `image_links._EXTENSION`."""
    for at in range(begin, stop):
        if data[at] != 0x2E:
            continue
        for word in _ENDINGS:
            if begins(data, at + 1, stop, word):
                end = at + 1 + len(word)
                if end == stop or data[end] == 0x3F or data[end] == 0x23:
                    return True
                if end == stop - 1 and data[end] == 0x0A:
                    return True
    return False


@borrowing
def _may_be_address(data, begin, stop, known):  # type: ignore[no-untyped-def]
    """As `image_links` says of the values of data-*."""
    slash = comma = False
    for at in range(begin, stop):
        slash |= data[at] == 0x2F
        comma |= data[at] == 0x2C
    if known and slash:
        return data[begin] != 0x7B and data[begin] != 0x5B
    return (known or not comma) and _ends_as_picture(data, begin, stop)


@borrowing
def _decodable(data, begin, stop):  # type: ignore[no-untyped-def]
    """True for the media type of a picture that can be decoded, or none."""
    if begin == stop:
        return True
    for at in range(begin, stop):
        if data[at] == 0x3B:
            stop = at
            break
    begin, stop = trimmed(data, begin, stop)
    if not begins(data, begin, stop, _IMAGE):
        return False
    begin += len(_IMAGE)
    for word in _DECODABLE:
        if stop - begin == len(word) and begins(data, begin, stop, word):
            return True
    return False


@borrowing
def _from_source(row, attributes, names, spans, data, count, offered, densities):  # type: ignore[no-untyped-def]
    """Note what a <source> offers; the new count, or -1."""
    least = 0
    for i in range(attributes[row], attributes[row + 1]):
        begin, stop = spans[i, 2], spans[i, 3]
        if names[i] == _TYPE and not _decodable(data, begin, stop):
            return count
        if names[i] == _MEDIA:
            if not is_plain(data, begin, stop):
                return -1
            least = least_width(data, begin, stop)
    for i in range(attributes[row], attributes[row + 1]):
        if spans[i, 3] > spans[i, 2] and _kind_of(i, names, spans, data) == SET:
            begin, stop = spans[i, 2], spans[i, 3]
            count = from_set(data, begin, stop, least, count, offered, densities)
            if count < 0:
                return -1
    return count


@borrowing
def offers(row, tree, late, offered, densities):  # type: ignore[no-untyped-def]
    """How many real pictures an image offers, the best first; -1 for what is unusual.

    `tree`: the arrays of `pipeline.page.tree`. Fills `offered` int32 (MAX_OFFERED, 3): where an
    address lies in the tree's data, and its width; `late` int32 (MAX_OFFERED, 3) and `densities`
    float64 (MAX_OFFERED,) are room to work in.
    """
    tags, parents, ends, attributes = tree[0], tree[1], tree[2], tree[6]
    names, spans, data = tree[7], tree[8], tree[9]
    count = lates = 0
    src = -1
    for i in range(attributes[row], attributes[row + 1]):
        kind, begin, stop = _kind_of(i, names, spans, data), spans[i, 2], spans[i, 3]
        if kind == SRC:
            src = i
        elif kind == SET:
            count = from_set(data, begin, stop, 0, count, offered, densities)
            if count < 0:
                return -1
        elif kind == DATA and stop > begin:
            if spans[i, 1] - spans[i, 0] == len(_DYNAMIC) and begins(
                data, spans[i, 0], spans[i, 1], _DYNAMIC
            ):
                return -1
            rank = _rank_of(i, names, spans, data)
            if _may_be_address(data, begin, stop, rank < len(_LAZY)):
                if lates == MAX_OFFERED - 1:
                    return -1
                late[lates, 0], late[lates, 1], late[lates, 2] = rank, begin, stop
                lates += 1
    parent = parents[row]
    if parent >= 0 and tags[parent] == _PICTURE and row - parent < MAX_IN_PICTURE:
        for each in range(parent, min(ends[parent], parent + MAX_IN_PICTURE)):
            if tags[each] == _SOURCE:
                count = _from_source(
                    each, attributes, names, spans, data, count, offered, densities
                )
                if count < 0:
                    return -1
    if src >= 0 and spans[src, 3] > spans[src, 2]:
        late[lates, 0], late[lates, 1], late[lates, 2] = len(_LAZY), spans[src, 2], spans[src, 3]
        lates += 1
    for rank in range(len(_LAZY) + 2):  # few are late
        if lates == 0:
            break
        for i in range(lates):
            if late[i, 0] == rank and count < MAX_OFFERED:
                offered[count, 0], offered[count, 1] = trimmed(data, late[i, 1], late[i, 2])
                offered[count, 2], densities[count] = 0, 1.0
                count += 1
    return _real(data, count, offered, densities)


@borrowing
def _real(data, count, offered, densities):  # type: ignore[no-untyped-def]
    """Leave out stand-ins, and put the widest first, then the densest; how many are left."""
    kept = 0
    for i in range(count):
        begin, stop, width, density = offered[i, 0], offered[i, 1], offered[i, 2], densities[i]
        state = stands_in(data, begin, stop)
        if state == NOTHING:
            continue
        if state == UNUSUAL:
            return -1
        at = kept
        while at > 0 and (
            offered[at - 1, 2] < width
            or (offered[at - 1, 2] == width and densities[at - 1] < density)
        ):
            for column in range(3):
                offered[at, column] = offered[at - 1, column]
            densities[at] = densities[at - 1]
            at -= 1
        offered[at, 0], offered[at, 1], offered[at, 2] = begin, stop, width
        densities[at] = density
        kept += 1
    return kept
