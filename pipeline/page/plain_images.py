"""The images of a page with nothing unusual about them, read in one compiled pass.

For these the pass gives what `pipeline.page.picture_reader` would say element by element; all
others it leaves to that. tests/pipeline/page/test_plain_images.py holds that both agree.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import MARGIN, eight
from filters.compiled.compiling import borrowing
from filters.compiled.hashing import mixed
from pipeline.page.elements import NAMED
from pipeline.page.image_columns import ABSENT, CANDIDATES, COLUMNS, LINK, UNKNOWN, URL
from pipeline.page.image_links import MAX_OFFERED, MAX_OFFERS
from pipeline.page.noscript import images_behind
from pipeline.page.plain_addresses import NOTHING, SHOWN, UNUSUAL, resolve
from pipeline.page.plain_attributes import described, state_of
from pipeline.page.plain_offers import offers
from pipeline.page.spans import begins, in_bytes, trimmed
from pipeline.page.walk import BY_ITSELF, IN_NOSCRIPT, pictured

MOST_LETTERS = 1 << 26
"""Where a page's images say more than this, the rest of them are read one by one. [bytes]"""

MOST_PROBES = 64
"""Where a page's addresses fall on one another like this, they are compared one by one."""

_HREF = NAMED["href"]
_NO_ADDRESS = in_bytes("javascript:", "mailto:", "tel:", "whatsapp:")


@borrowing
def _same(data, at, here, length):  # type: ignore[no-untyped-def]
    """True where the same bytes lie at both places."""
    for k in range(length):
        if data[at + k] != data[here + k]:
            return False
    return True


@borrowing
def _others(count, data, offered, base, out, at, url, others, seen):  # type: ignore[no-untyped-def]
    """Note the other sizes of the picture at `url`; where the letters end, and the new `seen`.

    The first is -1 where an address is unusual.
    """
    kept = seen
    for i in range(1, min(count, 2 * MAX_OFFERS)):
        end = resolve(data, offered[i, 0], offered[i, 1], base, out, at)
        if end == at:
            return -1, seen
        length = end - at
        again = length == url[1] - url[0] and _same(out, at, url[0], length)
        for k in range(seen, kept):
            if not again and others[k, 1] - others[k, 0] == length:
                again = _same(out, at, others[k, 0], length)
        if not again and kept - seen < MAX_OFFERS:
            others[kept, 0], others[kept, 1], others[kept, 2] = at, end, offered[i, 2]
            kept += 1
            at = end
    return at, kept


@numba.njit(cache=True, nogil=True)
def _with_room(array, used, need):  # type: ignore[no-untyped-def]
    """The array, or a longer one that begins with its first `used`."""
    if used + need <= len(array):
        return array
    longer = np.empty((2 * len(array) + need, *array.shape[1:]), array.dtype)
    longer[:used] = array[:used]
    return longer


@borrowing
def _target(link, attributes, names, spans, data, base, out, at):  # type: ignore[no-untyped-def]
    """Write what the <a> of a row links to; where it begins, or UNKNOWN or ABSENT, and ends."""
    for i in range(attributes[link], attributes[link + 1]):
        begin, stop = spans[i, 2], spans[i, 3]
        if names[i] != _HREF or begin == stop or data[begin] == 0x23:
            continue
        begin, stop = trimmed(data, begin, stop)
        for word in _NO_ADDRESS:
            if begins(data, begin, stop, word):
                return ABSENT, at
        end = resolve(data, begin, stop, base, out, at)
        return (UNKNOWN if end == at else at), end
    return ABSENT, at


@numba.njit(cache=True, nogil=True)
def _read(first, rows, tree, base, states, places, out, at, others, seen):  # type: ignore[no-untyped-def]
    """Read the images of `rows` (row, how, link) into `states` and `places` from `first` on.

    Gives the letters and where they end, and the other sizes and how many these are.
    """
    tags, attributes, names, spans, data = tree[0], tree[6], tree[7], tree[8], tree[9]
    offered, late = np.empty((MAX_OFFERED, 3), np.int32), np.empty((MAX_OFFERED, 3), np.int32)
    densities = np.empty(MAX_OFFERED, np.float64)
    longest = len(base[0])
    for number in range(len(rows)):
        row, how, link = rows[number, 0], rows[number, 1], rows[number, 2]
        k = first + number
        if how != BY_ITSELF or at > MOST_LETTERS:
            continue
        states[k] = state_of(row, tags[row], attributes, names, spans, data)
        if states[k] != SHOWN:
            continue
        states[k] = UNUSUAL
        count = offers(row, tree, late, offered, densities)
        if count <= 0:
            states[k] = NOTHING if count == 0 else UNUSUAL
            continue
        need = longest + MARGIN
        for i in range(attributes[row], attributes[row + 1]):
            need += spans[i, 3] - spans[i, 2]
        for i in range(min(count, 2 * MAX_OFFERS)):
            need += 3 * (offered[i, 1] - offered[i, 0]) + longest
        if link >= 0 and attributes[link + 1] > attributes[link]:
            need += longest
            need += 3 * (spans[attributes[link + 1] - 1, 3] - spans[attributes[link], 2])
        out, others = _with_room(out, at, need), _with_room(others, seen, MAX_OFFERS)
        end = resolve(data, offered[0, 0], offered[0, 1], base, out, at)
        if end == at:
            continue
        url = (at, end)
        place = places[k]
        filled = described(row, attributes, names, spans, data, out, end, place)
        if filled < 0:
            continue
        filled, noted = _others(count, data, offered, base, out, filled, url, others, seen)
        if filled < 0:
            continue
        at = filled
        place[URL, 0], place[URL, 1] = url
        if noted > seen:
            place[CANDIDATES, 0], place[CANDIDATES, 1] = seen, noted
        seen = noted
        if link >= 0:
            begin, at = _target(link, attributes, names, spans, data, base, out, at)
            place[LINK, 0], place[LINK, 1] = begin, at
        states[k] = SHOWN
    return out, at, others, seen


@numba.njit(cache=True, nogil=True)
def _firsts(states, places, letters):  # type: ignore[no-untyped-def]
    """The numbers of the images that are SHOWN, but for those with the address of an earlier one.

    Int64; none where a state is neither that nor NOTHING, or too many addresses fall together.
    """
    size = 16
    for state in states:
        if state == UNUSUAL:
            return np.empty(0, np.int64)
        size += 2 * (state == SHOWN)
    table = np.full(size, -1, np.int64)
    out, count = np.empty(size, np.int64), 0
    for number in range(len(states)):
        if states[number] != SHOWN:
            continue
        begin, stop = places[number, URL, 0], places[number, URL, 1]
        code = np.uint64(stop - begin)
        for at in range(begin, stop - 7, 8):
            code = mixed(code ^ eight(letters, at))
        code = mixed(code ^ eight(letters, stop - 8)) if stop - begin >= 8 else code
        slot = np.int64(code % np.uint64(size))
        probes = 0
        while table[slot] >= 0:
            probes += 1
            if probes > MOST_PROBES:  # addresses made for this
                return np.empty(0, np.int64)
            other = places[table[slot], URL, 0]
            length = places[table[slot], URL, 1] - other
            if length == stop - begin and _same(letters, begin, other, length):
                break
            slot = (slot + 1) % size
        else:
            table[slot], out[count] = number, number
            count += 1
    return out[:count]


@numba.njit(cache=True, nogil=True)
def plain_images(tree, bits, base, scripting):  # type: ignore[no-untyped-def]
    """What the images of a page show, and those in its <noscript>, where that is plain.

    `base`: as `plain_addresses.resolve` wants it.

    Gives the rows of `walk.pictured`, int32 (k, 3); for each that is IN_NOSCRIPT the number of
    its first image and how many it has, int32 (k, 2), UNREAD for markup that is not plain; the
    state of each row and then of each image in <noscript>, int8 (k + l,); where its strings lie,
    int32 (k + l, COLUMNS, 2), ABSENT for none; the letters, uint8; the other sizes of all, int32
    (c, 3): where an address lies, and its width; how often a LINK is UNKNOWN, for its address is
    unusual; and `_firsts` of the rows: what the page shows where all of them are plain.
    """
    page = (
        tree[0], tree[1], tree[2], tree[3], tree[4], tree[5], tree[6], tree[7], tree[8], tree[9]
    )  # fmt: skip
    rows = pictured(tree[0], tree[1], tree[2], bits, scripting)
    behind = np.flatnonzero(rows[:, 1] == IN_NOSCRIPT)
    found_, fragments = images_behind(rows[behind, 0], page)
    inside = np.zeros((len(rows), 2), np.int32)
    count = len(rows) + len(fragments[0])
    states = np.zeros(count, np.int8)
    places = np.full((count, COLUMNS, 2), ABSENT, np.int32)
    out, others = np.empty(4096, np.uint8), np.empty((64, 3), np.int32)
    out, at, others, seen = _read(0, rows, page, base, states, places, out, 0, others, 0)
    more = np.full((len(fragments[0]), 3), -1, np.int32)
    for i in range(len(more)):
        more[i, 0], more[i, 1] = i, BY_ITSELF
    out, at, others, seen = _read(
        len(rows), more, fragments, base, states, places, out, at, others, seen
    )
    places[len(rows) :, CANDIDATES] = ABSENT
    for i in range(len(behind)):
        k = behind[i]
        inside[k, 0], inside[k, 1] = len(rows) + found_[i, 0], found_[i, 1]
        state = NOTHING if found_[i, 1] >= 0 else UNUSUAL
        for each in range(inside[k, 0], inside[k, 0] + inside[k, 1]):
            if states[each] != NOTHING:
                state = UNUSUAL
        states[k] = state
    unknown = np.sum(places[:, LINK, 0] == UNKNOWN)
    firsts = _firsts(states[: len(rows)], places, out)
    return rows, inside, states, places, out[:at], others[:seen], unknown, firsts
