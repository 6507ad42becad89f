"""Where phrases stand in texts: one compiled pass over Arrow's own buffers.

A text is read code point by code point through the table of filters.compiled.marker_folding and
cut into words; a word is a 64-bit hash of its folded code points. Phrases are an Aho-Corasick
automaton (Communications of the ACM 18, 1975) whose letters are words: its edges lie in an
open-addressing table keyed by state and word. Nearly every word of a text is in no phrase, which
one look-up tells, so that the automaton rests in its root and the pass costs little more than the
decoding.

Markdown that was left standing in the text is looked for in the same pass, over the bytes: bold and
links, headings at the start of a line, code fences.

Within a class hits do not overlap: of two that do, the one that begins earlier stays, and the
longer one where both begin together. Nothing here trusts the bytes: no read leaves its text.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.hashing import mixed
from filters.compiled.marker_folding import BREAK, DIGIT, SINGLE, SKIP
from filters.compiled.utf8 import point_at

MOST_WORDS = 64  # of a phrase
MOST_SPANS = 100  # kept of one text; every hit is counted
BOLD, LINK, HEADING, FENCE = 0, 1, 2, 3  # order of the markdown markers

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_MOST_INSIDE = 200  # bytes between the stars of bold text, or the brackets of a link
_STAR, _HASH, _TICK, _OPEN, _CLOSE = ord("*"), ord("#"), ord("`"), ord("["), ord("]")
_LINE, _BLANK = ord("\n"), ord(" ")
_LIKELY = np.uint64(64 - 14)


@numba.njit(cache=True, nogil=True)
def hash_phrase(data, fold):  # type: ignore[no-untyped-def]
    """The words of one text as hashes. uint8 (bytes,) -> uint64 (words,)"""
    out = np.empty(len(data), np.uint64)
    words, position, end = 0, 0, len(data)
    inside, value, last = False, _SEED, 0
    while position <= end:
        point = BREAK
        if position < end:
            raw, size = point_at(data, position, end)
            point = fold[raw]
            position += size
        else:
            position += 1
        if point == SKIP:
            continue
        if point == BREAK or point & SINGLE:
            if inside:
                out[words] = mixed(value)
                words += 1
                inside = False
            if point != BREAK:
                out[words] = mixed((_SEED ^ np.uint64(point)) * _PRIME)
                words += 1
            continue
        if not inside:
            inside, value, last = True, _SEED, 0
        if not (point == DIGIT and last == DIGIT):
            value = (value ^ np.uint64(point)) * _PRIME
        last = point
    return out[:words]


@numba.njit(cache=True, nogil=True)
def table_of(keys, values):  # type: ignore[no-untyped-def]
    """Open-addressing table: (uint64 keys, int32 values, -1 where empty), both a power of two."""
    size = 16
    while size < 4 * len(keys):
        size *= 2
    slots, held = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
    for i in range(len(keys)):
        slot = np.int64(keys[i] & np.uint64(size - 1))
        while held[slot] >= 0 and slots[slot] != keys[i]:
            slot = (slot + 1) & (size - 1)
        slots[slot], held[slot] = keys[i], values[i]
    return slots, held


@numba.njit(cache=True, nogil=True, inline="always")
def _find(key, slots, held):  # type: ignore[no-untyped-def]
    """Value under `key`, or -1."""
    size = len(slots)
    slot = np.int64(key & np.uint64(size - 1))
    while held[slot] >= 0:
        if slots[slot] == key:
            return held[slot]
        slot = (slot + 1) & (size - 1)
    return np.int32(-1)


@numba.njit(cache=True, nogil=True, inline="always")
def edge_key(state, word):  # type: ignore[no-untyped-def]
    """Key of the edge that leaves `state` by `word`."""
    return mixed((np.uint64(state) << np.uint64(32)) | np.uint64(word + 1))


@numba.njit(cache=True, nogil=True)
def edge_keys(states, words):  # type: ignore[no-untyped-def]
    """edge_key of each pair. int64 (n,) twice -> uint64 (n,)"""
    out = np.empty(len(states), np.uint64)
    for i in range(len(states)):
        out[i] = edge_key(states[i], words[i])
    return out


@numba.njit(cache=True, nogil=True)
def _markdown(data, position, begin, end):  # type: ignore[no-untyped-def]
    """Markdown that ends or stands at `position`: (kind or -1, first byte, byte after it)."""
    byte = data[position]
    if byte == _TICK:
        if position + 3 <= end and data[position + 1] == _TICK and data[position + 2] == _TICK:
            return FENCE, position, position + 3
    elif byte == _HASH:
        if position == begin or data[position - 1] == _LINE:
            after = position
            while after < end and data[after] == _HASH:
                after += 1
            if 2 <= after - position <= 6 and after + 1 < end and data[after] == _BLANK:
                return HEADING, position, after
    elif byte == _STAR:
        if position + 4 < end and data[position + 1] == _STAR and data[position + 2] > _STAR:
            last = min(end - 1, position + _MOST_INSIDE)
            at = position + 3
            while at < last and data[at] != _LINE:
                if data[at] == _STAR:
                    if data[at + 1] == _STAR and data[at - 1] > _BLANK:
                        return BOLD, position, at + 2
                    break
                at += 1
    elif byte == _CLOSE:
        if (
            position + 6 <= end
            and data[position + 1] == ord("(")
            and data[position + 2] == ord("h")
            and data[position + 3] == ord("t")
            and data[position + 4] == ord("t")
            and data[position + 5] == ord("p")
        ):
            first = max(begin, position - _MOST_INSIDE)
            at = position - 1
            while at >= first and data[at] != _OPEN and data[at] != _LINE:
                at -= 1
            if at >= first and data[at] == _OPEN and at + 1 < position:
                return LINK, at, position + 6
    return -1, position, position


@numba.njit(cache=True, nogil=True)
def _chars(data, first, after):  # type: ignore[no-untyped-def]
    """Code points that begin in data[first : after]."""
    count = 0
    for i in range(first, after):
        count += data[i] & 0xC0 != 0x80
    return count


@numba.njit(cache=True, nogil=True)
def _grown(array):  # type: ignore[no-untyped-def]
    out = np.empty(2 * len(array), array.dtype)
    out[: len(array)] = array
    return out


@numba.njit(cache=True, nogil=True)
def find(data, starts, fold, vocabulary, edges, nodes, markers):  # type: ignore[no-untyped-def]
    """Hits of each text: counts int32 (classes, n), spans int64 (n + 1,), and three int32 arrays.

    `spans` says where each text's hits begin in the three: first code point, the one after the
    last, and marker. `vocabulary` and `edges` are tables of `table_of`, over word hashes and over
    `edge_key`; `nodes` = (fail, marker or -1, next state with a marker or 0) of each state;
    `markers` = (words of the phrase, class) of each marker, the four of markdown last, then the
    number of classes.
    """
    word_slots, word_ids = vocabulary
    edge_slots, edge_ends = edges
    fail, ends, also = nodes
    lengths, classes, kinds = markers
    first_markdown = len(lengths) - 4
    # Nearly all words are told from those of phrases by one byte of a table that stays in cache.
    likely = np.zeros(1 << 14, np.bool_)
    for slot in range(len(word_slots)):
        if word_ids[slot] >= 0:
            likely[word_slots[slot] >> _LIKELY] = True
    texts = len(starts) - 1
    counts = np.zeros((kinds, texts), np.int32)
    spans = np.zeros(texts + 1, np.int64)
    hit_from, hit_to = np.empty(1024, np.int32), np.empty(1024, np.int32)
    hit_marker = np.empty(1024, np.int32)
    hits = 0
    ring = np.zeros(MOST_WORDS, np.int64)
    last_from, last_to = np.zeros(kinds, np.int64), np.zeros(kinds, np.int64)
    last_hit = np.zeros(kinds, np.int64)
    for text in range(texts):
        begin, end = starts[text], starts[text + 1]
        position, chars, words, state = begin, 0, 0, 0
        inside, value, last, began, ended = False, _SEED, 0, 0, 0
        kept = 0
        last_to[:] = 0
        while position <= end:
            point, here = BREAK, chars
            markdown, markdown_from, markdown_to = -1, 0, 0
            if position < end:
                byte = data[position]
                if byte < 0x80:
                    point = fold[byte]
                    if byte == _STAR or byte == _HASH or byte == _TICK or byte == _CLOSE:
                        markdown, first, after = _markdown(data, position, begin, end)
                        if markdown >= 0:
                            markdown_from = chars - _chars(data, first, position)
                            markdown_to = chars + _chars(data, position, after)
                    position += 1
                else:
                    raw, size = point_at(data, position, end)
                    point = fold[raw]
                    position += size
                chars += 1
            else:
                position += 1
            if 0 < point < SINGLE:
                if not inside:
                    inside, value, last, began = True, _SEED, 0, here
                if point != DIGIT or last != DIGIT:
                    value = (value ^ np.uint64(point)) * _PRIME
                last = point
                # Most of a text are letters of ASCII: the rest of them at once.
                while position < end and data[position] < 0x80:
                    letter = fold[data[position]]
                    if letter <= DIGIT or letter >= SINGLE:
                        break
                    value = (value ^ np.uint64(letter)) * _PRIME
                    position, chars, last = position + 1, chars + 1, letter
                ended = chars
                continue
            if point == SKIP and markdown < 0:
                continue
            closed = 0  # words that end here: that under way, and a code point that is one
            if point != SKIP:
                closed = inside + (point != BREAK)
            if closed == 1 and markdown < 0 and inside:
                hashed = mixed(value)
                if not likely[hashed >> _LIKELY]:
                    inside, state, words = False, 0, words + 1
                    continue
            while closed or markdown >= 0:
                marker, from_, to = np.int32(-1), 0, 0
                found = 0
                if closed:
                    closed -= 1
                    if inside:
                        hashed, inside = mixed(value), False
                        ring[words % MOST_WORDS], to = began, ended
                    else:
                        hashed = mixed((_SEED ^ np.uint64(point)) * _PRIME)
                        ring[words % MOST_WORDS], to = here, chars
                    words += 1
                    word = _find(hashed, word_slots, word_ids)
                    if word < 0:
                        state = 0
                        continue
                    step = _find(edge_key(state, word), edge_slots, edge_ends)
                    while step < 0 and state != 0:
                        state = fail[state]
                        step = _find(edge_key(state, word), edge_slots, edge_ends)
                    state = max(step, 0)
                    found = state if ends[state] >= 0 else also[state]
                    if found == 0:
                        continue
                    marker = ends[found]
                    from_ = ring[(words - lengths[marker]) % MOST_WORDS]
                else:
                    marker = np.int32(first_markdown + markdown)
                    from_, to, markdown = markdown_from, markdown_to, -1
                while True:
                    kind = classes[marker]
                    fresh = from_ >= last_to[kind]
                    longer = not fresh and from_ <= last_from[kind] and to > last_to[kind]
                    if fresh:
                        counts[kind, text] += 1
                        last_hit[kind] = -1
                        if kept < MOST_SPANS:
                            if hits == len(hit_from):
                                hit_from, hit_to = _grown(hit_from), _grown(hit_to)
                                hit_marker = _grown(hit_marker)
                            last_hit[kind] = hits
                            hits, kept = hits + 1, kept + 1
                    if fresh or longer:
                        last_from[kind], last_to[kind] = from_, to
                        at = last_hit[kind]
                        if at >= 0:
                            hit_from[at], hit_to[at], hit_marker[at] = from_, to, marker
                    found = also[found] if found else 0
                    if found == 0:
                        break
                    marker = ends[found]
                    from_ = ring[(words - lengths[marker]) % MOST_WORDS]
        spans[text + 1] = hits
    return counts, spans, hit_from[:hits], hit_to[:hits], hit_marker[:hits]
