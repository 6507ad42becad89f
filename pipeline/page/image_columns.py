"""The images of pages as columns: where their strings lie, and Arrow's arrays out of that."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.page.elements import TAGS
from pipeline.page.image_links import Candidate
from schemas.document import CANDIDATE, IMAGE_ID_BYTES

# Columns of places. The last gives places among the candidates, not among the letters.
URL, ALT, CAPTION, WIDTH, HEIGHT, WIDTH_STYLE, HEIGHT_STYLE, TITLE, LINK, LOADING = range(10)
DESCRIBED, CANDIDATES = 10, 11
COLUMNS = 12
ABSENT, UNKNOWN = -1, -2  # in place of where a string begins

BACKGROUND = len(TAGS)
"""In place of an element's number, for a picture behind one."""

MAX_WIDTH = 2**31 - 1

Strings = Mapping[int, str | None]
"""What is said of an image, by column of places."""

# Where each string of a node that is an image lies among the columns of places.
FIELDS = {
    "image_url": URL,
    "alt": ALT,
    "caption": CAPTION,
    "width_attr": WIDTH,
    "height_attr": HEIGHT,
    "width_style": WIDTH_STYLE,
    "height_style": HEIGHT_STYLE,
    "title": TITLE,
    "link_url": LINK,
    "loading": LOADING,
}


class Images(NamedTuple):
    """The images of a page, p of them, in reading order, among k that were read."""

    tags: np.ndarray  # uint8 (p,): the number of <img>, or BACKGROUND
    numbers: np.ndarray  # int64 (p,): which of those that were read each is
    places: np.ndarray  # int32 (k, COLUMNS, 2): where each string lies, below 0 for none
    letters: np.ndarray  # uint8: the strings, in UTF-8
    candidates: np.ndarray  # int32 (c, 3): where an address lies, and its width or 0

    def strings(self, at: int) -> dict[str, str | None]:
        """The strings of one image, by the names of fields."""
        data, places = self.letters.tobytes(), self.places[self.numbers[at]].tolist()
        return {
            name: data[slice(*places[column])].decode() if places[column][0] >= 0 else None
            for name, column in FIELDS.items()
        }

    def offered(self, at: int) -> list[Candidate] | None:
        """The other sizes of one image."""
        data = self.letters.tobytes()
        begin, stop = self.places[self.numbers[at], CANDIDATES].tolist()
        found = self.candidates[begin:stop].tolist() if begin >= 0 else []
        return [Candidate(data[a:b].decode(), width) for a, b, width in found] or None

    def with_strings(self, column: int, strings: Mapping[int, str | None]) -> "Images":
        """The same images, but that some have other strings in a column; None for none."""
        if not strings:
            return self
        places, letters, end = self.places.copy(), [self.letters], len(self.letters)
        known: dict[str, tuple[int, int]] = {}  # a page may say one thing of many images
        for at, text in strings.items():
            if text is not None and text not in known:
                letters.append(np.frombuffer(text.encode("utf-8", "replace"), np.uint8))
                known[text] = end, end + len(letters[-1])
                end += len(letters[-1])
            places[self.numbers[at], column] = (ABSENT, ABSENT) if text is None else known[text]
        return self._replace(places=places, letters=np.concatenate(letters))


class ReadImages:
    """The images of a page that were read: those of a compiled pass, and others after them."""

    def __init__(self, places: np.ndarray, letters: np.ndarray, candidates: np.ndarray) -> None:
        self.places = places
        self.letters = letters
        self._candidates = candidates
        self._end = len(letters)
        self._more_places: list[list[tuple[int, int]]] = []
        self._more_letters: list[bytes] = []
        self._more_candidates: list[tuple[int, int, int]] = []

    def add(self, strings: Strings, candidates: Sequence[Candidate]) -> int:
        """Note one more image; its number."""
        places = [self.write(strings.get(column)) for column in range(COLUMNS)]
        first = len(self._candidates) + len(self._more_candidates)
        for each in candidates:
            self._more_candidates.append((*self.write(each.url), min(each.width, MAX_WIDTH)))
        if candidates:
            places[CANDIDATES] = first, first + len(candidates)
        self._more_places.append(places)
        return len(self.places) + len(self._more_places) - 1

    def write(self, text: str | None) -> tuple[int, int]:
        """Where a string lies from now on."""
        if text is None:
            return ABSENT, ABSENT
        letters = text.encode("utf-8", "replace")
        self._more_letters.append(letters)
        self._end += len(letters)
        return self._end - len(letters), self._end

    def images(self, tags: Sequence[int], chosen: Sequence[int]) -> Images:
        """The images of these numbers, with these tags."""
        places, letters, candidates = self.places, self.letters, self._candidates
        if self._more_places:
            places = np.concatenate([places, np.array(self._more_places, np.int32)])
        if self._more_letters:
            more = np.frombuffer(b"".join(self._more_letters), np.uint8)
            letters = np.concatenate([letters, more])
        if self._more_candidates:
            candidates = np.concatenate([candidates, np.array(self._more_candidates, np.int32)])
        numbers = np.array(chosen, np.int64)
        return Images(np.array(tags, np.uint8), numbers, places, letters, candidates)


def joined(pages: Sequence[Images]) -> Images:
    """The images of several pages, one after another; all that were read are shown."""
    none = np.empty(0, np.uint8)
    pages = [Images(none, none, np.empty((0, COLUMNS, 2)), none, np.empty((0, 3))), *pages]
    shown = np.repeat(_starts([page.places for page in pages]), [len(page.tags) for page in pages])
    tags, numbers, places, letters, candidates = (
        np.concatenate([page[field].astype(type_, copy=False) for page in pages])
        for field, type_ in enumerate((np.uint8, np.int64, np.int64, np.uint8, np.int64))
    )
    places = places[numbers + shown]
    starts = _starts([page.letters for page in pages])
    shift = np.repeat(
        np.repeat(starts, [len(page.tags) for page in pages])[:, None], COLUMNS, axis=1
    )
    shift[:, CANDIDATES] = np.repeat(
        _starts([page.candidates for page in pages]), [len(page.tags) for page in pages]
    )
    places = np.where(places < 0, places, places + shift[:, :, None])
    candidates[:, :2] += np.repeat(starts, [len(page.candidates) for page in pages])[:, None]
    return Images(tags, np.arange(len(tags)), places, letters, candidates)


def _starts(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Where each begins once they stand one after another. int64 (arrays,)"""
    return np.cumsum([0, *map(len, arrays)])[:-1]


def arrow_strings(
    letters: np.ndarray, stops: np.ndarray, where: np.ndarray | None = None
) -> pa.Array:
    """Strings out of letters (uint8) and where each ends, after 0; null where `where` is False."""
    lengths = np.diff(stops)
    if where is None:
        valid, rows = None, lengths
    else:
        valid = pa.py_buffer(np.packbits(where, bitorder="little").tobytes())
        rows = np.zeros(len(where), np.int64)
        rows[where] = lengths
    ends = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(rows, out=ends[1:])
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(letters)]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)


def image_columns(images: Images, is_image: np.ndarray) -> dict[str, pa.Array]:
    """The fields of nodes that only images have, null for the others. bool (nodes,)"""
    from pipeline.page.plain_strings import gathered  # numba: only workers that read pay for it

    columns = {}
    for name, column in FIELDS.items():
        places = images.places[:, column]
        has = places[:, 0] >= 0
        where = is_image.copy()
        where[is_image] = has
        letters, stops = gathered(places[has, 0], places[has, 1], images.letters)
        columns[name] = arrow_strings(letters, stops, where)
    columns["image_id"] = _image_ids(images, is_image)
    columns["candidates"] = _candidates(images, is_image)
    return columns


def _image_ids(images: Images, is_image: np.ndarray) -> pa.Array:
    """`schemas.document.image_id` of the addresses."""
    data = memoryview(images.letters)  # type: ignore[arg-type]
    hashes = [
        blake2b(data[begin:stop], digest_size=IMAGE_ID_BYTES).hexdigest()
        for begin, stop in images.places[:, URL].tolist()
    ]
    letters = np.frombuffer("".join(hashes).encode(), np.uint8)
    return arrow_strings(letters, np.arange(len(hashes) + 1) * 2 * IMAGE_ID_BYTES, is_image)


def _candidates(images: Images, is_image: np.ndarray) -> pa.Array:
    from pipeline.page.plain_strings import gathered

    spans, widths = images.candidates[:, :2], images.candidates[:, 2]
    begins, stops = images.places[:, CANDIDATES].T
    counts = np.zeros(len(is_image), np.int64)
    counts[is_image] = np.where(begins < 0, 0, stops - begins)
    has = np.repeat(begins, np.where(begins < 0, 0, stops - begins))
    # The candidates of images that are not shown are left out.
    within = np.arange(len(has)) - np.repeat(
        np.cumsum(counts[is_image]) - counts[is_image], counts[is_image]
    )
    kept = has + within
    urls = arrow_strings(*gathered(spans[kept, 0], spans[kept, 1], images.letters))
    width = pa.array(widths[kept].astype(np.int32), mask=widths[kept] == 0)
    struct = pa.StructArray.from_arrays([urls, width], fields=list(CANDIDATE))
    ends = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=ends[1:])
    offsets = pa.array(ends, mask=np.append(counts == 0, False))
    return pa.ListArray.from_arrays(offsets, struct, type=pa.list_(CANDIDATE))
