"""The pictures of a page read element by element: which show one, and which show it again.

Importing this module imports numba.
"""

import re
from collections.abc import Sequence

import numpy as np

from pipeline.page.backgrounds import MAX_STYLE, STYLED, background_of
from pipeline.page.block import collapsed
from pipeline.page.elements import is_inline, numbers
from pipeline.page.image_columns import (
    ALT,
    BACKGROUND,
    DESCRIBED,
    HEIGHT,
    HEIGHT_STYLE,
    LINK,
    LOADING,
    TITLE,
    URL,
    WIDTH,
    WIDTH_STYLE,
    Images,
    ReadImages,
    Strings,
)
from pipeline.page.image_links import (
    DECODABLE,
    MAX_IN_PICTURE,
    MAX_OFFERS,
    Attributes,
    Candidate,
    is_pixel,
    offers,
    picture_name,
    resolved,
)
from pipeline.page.noscript import UNREAD
from pipeline.page.plain_addresses import NOTHING, SHOWN, UNUSUAL
from pipeline.page.tree import Tree, fragment
from pipeline.page.walk import BEHIND, IN_NOSCRIPT

MAX_ATTRIBUTE = 64
"""Longest declared width or height that is kept. [characters]"""

MAX_TITLE = 1024
"""Longest title attribute that is kept. [characters]"""

MAX_BACKGROUNDS = 200
"""Elements of a page whose background is looked at."""

_IMAGES = numbers("img amp-img amp-anim")
_WRAPPERS = frozenset(numbers("img amp-img amp-anim picture a span div i"))
_IMG, _PICTURE, _SOURCE, _OBJECT = numbers("img picture source object")
_IMAGE_TAG = re.compile("<(?:img|amp-img|amp-anim)", re.IGNORECASE)
_INLINE_SIZE = re.compile(r"(?:^|[;\s])(width|height)\s*:\s*(\d[\w.%]*)", re.IGNORECASE)


class PictureReader:
    """Finds the pictures of one page, in reading order; a repeated link gives none.

    Pages that load images late often name each twice: in an element that a script completes, and
    in a <noscript> beside it. Such twins are one picture. What `pipeline.page.plain_images` has
    read is taken from there: the `states` of the images it saw, and `read`. The rest is read here.
    """

    def __init__(self, tree: Tree, base: str, states: np.ndarray, read: ReadImages) -> None:
        self._tree = tree
        self._base = base
        self._read = read
        self._links: set[bytes] = set()
        self._gave: set[int] = set()  # rows of the <noscript> that gave pictures
        self._ends: set[int] = set()  # the rows after these
        self._backgrounds = 0  # elements whose background was looked at
        self._last = (b"", False)  # the last picture's link, and whether a <noscript> gave it
        self._rows: list[int] = []  # of the element that shows each
        self._tags: list[int] = []
        self._chosen: list[int] = []  # their numbers among all images that were read
        self._states = states.tobytes()
        self._letters = read.letters.tobytes()
        self._urls: list[list[int]] = read.places[:, URL].tolist()
        self._numbers: dict[int, int] = {}  # of the images that the rows show by themselves

    def pictures(self, rows: np.ndarray, inside: np.ndarray) -> tuple[Images, np.ndarray]:
        """The images that are shown, and the row of each. `rows`, `inside`: of `plain_images`."""
        states = np.frombuffer(self._states, np.int8, len(rows))
        wanted = np.flatnonzero(states != NOTHING)
        for number, (row, how, link) in zip(wanted.tolist(), rows[wanted].tolist(), strict=True):
            if self._states[number] == SHOWN:
                self._numbers[row] = number
                begin, stop = self._urls[number]
                url = self._letters[begin:stop]
                if url not in self._links and not (self._gave and self._is_shown(url, row)):
                    self._take(number, url, row)
            elif how == IN_NOSCRIPT:
                self._read_noscript(row, *inside[number].tolist())
            elif how == BEHIND:
                self._read_background(row, link)
            else:
                self._read_image(row, link)
        return self._read.images(self._tags, self._chosen), np.array(self._rows, np.int64)

    def _url(self, number: int) -> bytes:
        begin, stop = self._urls[number]
        return self._letters[begin:stop]

    def _read_image(self, row: int, linked: int) -> None:
        """The picture of an image element, or of an <object> whose type says that it is one."""
        tree = self._tree
        is_object = tree.tags[row] == _OBJECT
        if is_object:
            media_type = (tree.attribute(row, "type") or "").partition(";")[0].strip().lower()
            if media_type not in DECODABLE:
                return
        attributes = tree.attributes(row)
        if is_object:
            attributes["src"] = attributes.get("data", "")
        offered = _offers(tree, row, attributes)
        link = resolved(self._base, offered[0].url) if offered else None
        if link is not None and not self._is_shown(link.encode(), row):
            number = self._described(link, attributes, linked, self._others(link, offered))
            self._take(number, link.encode(), row)

    def _read_background(self, row: int, linked: int) -> None:
        """The picture that an element's style puts behind it, where it is part of the content.

        That is none behind words within a line.
        """
        self._backgrounds += 1
        if self._backgrounds > MAX_BACKGROUNDS:
            return
        tree = self._tree
        address = background_of(*(tree.attribute(row, name) for name in STYLED))
        link = resolved(self._base, address) if address else None
        if link is None or link.encode() in self._links:
            return
        if is_inline(tree.tags[row]) and tree.text(row).strip():
            return
        number = self._described(link, tree.attributes(row), linked)
        self._take(number, link.encode(), row, tag=BACKGROUND)

    def _read_noscript(self, row: int, first: int, count: int) -> None:
        """The pictures that a <noscript> holds and that no element beside it shows.

        `first` and `count` say which of the images that were read these are.
        """
        numbers_ = range(first, first + max(count, 0))
        if count == UNREAD or any(self._states[number] == UNUSUAL for number in numbers_):
            self._parse_noscript(row)
        elif count > 1 or not self._shows(self._tree.before(row)):
            for number in numbers_:
                url = self._url(number)
                if self._states[number] == SHOWN and not self._is_twin(url, behind=True):
                    self._give(row)
                    self._take(number, url, row, behind=True)

    def _parse_noscript(self, row: int) -> None:
        text = self._tree.text(row)
        count = len(_IMAGE_TAG.findall(text))
        if not count or (count == 1 and self._shows(self._tree.before(row))):
            return
        inside = fragment(text)
        elements = inside.find(0, _IMAGES)
        if len(elements) == 1 < count and self._shows(self._tree.before(row)):
            return
        for element in elements:
            attributes = inside.attributes(element)
            offered = _offers(inside, element, attributes)
            link = resolved(self._base, offered[0].url) if offered else None
            if link is not None and not self._is_twin(link.encode(), behind=True):
                self._give(row)
                self._take(self._described(link, attributes), link.encode(), row, behind=True)

    def _give(self, row: int) -> None:
        """Note that a <noscript> gives a picture."""
        self._gave.add(row)
        self._ends.add(int(self._tree.arrays.ends[row]))

    def _target(self, linked: int) -> str | None:
        """What an image in the <a> of this row links to."""
        href = self._tree.attribute(linked, "href")
        return resolved(self._base, href) if href and href[0] != "#" else None

    def _others(self, link: str, offered: list[Candidate]) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        for candidate in offered[1 : 2 * MAX_OFFERS]:
            url = resolved(self._base, candidate.url)
            if url is not None and url != link and len(found) < MAX_OFFERS:
                found.setdefault(url, Candidate(url, candidate.width))
        return list(found.values())

    def _is_shown(self, url: bytes, row: int) -> bool:
        """True for an element whose picture was found before."""
        if url in self._links or (self._last[1] and self._is_twin(url, behind=False)):
            return True
        if not self._ends:
            return False
        if row - 1 not in self._ends and row not in self._ends:  # most stand beside no <noscript>
            return False
        return self._tree.before(row) in self._gave

    def _is_twin(self, url: bytes, *, behind: bool) -> bool:
        last, last_behind = self._last
        if url in self._links:
            return True
        return behind != last_behind and picture_name(url.decode()) == picture_name(last.decode())

    def _take(
        self, number: int, url: bytes, row: int, *, behind: bool = False, tag: int = _IMG
    ) -> None:
        """Note that an image is shown."""
        self._links.add(url)
        self._last = (url, behind)
        self._rows.append(row)
        self._tags.append(tag)
        self._chosen.append(number)

    def _described(
        self,
        link: str,
        attributes: Attributes,
        linked: int = -1,
        others: Sequence[Candidate] = (),
    ) -> int:
        """The number of an image that was read here; `linked` is the row of the <a> around it."""
        target = self._target(linked) if linked >= 0 else None
        return self._read.add({URL: link, LINK: target, **_said(attributes)}, others)

    def _shows(self, row: int | None) -> bool:
        """True where the element is an image, or no more than a wrapper of one, that was taken."""
        tree = self._tree
        if row is None or tree.tags[row] not in _WRAPPERS:
            return False
        images = tree.find(row, _IMAGES)
        if not images or tree.text(row).strip():
            return False
        number = self._numbers.get(images[0])
        if number is not None:
            return self._url(number) in self._links
        offered = _offers(tree, images[0], tree.attributes(images[0]))
        link = resolved(self._base, offered[0].url) if offered else None
        return link is not None and link.encode() in self._links


def _offers(tree: Tree, row: int, attributes: Attributes) -> list[Candidate]:
    """What an image element offers, and the <source> beside it."""
    if is_pixel(attributes):
        return []
    parent = tree.parents[row]
    if parent < 0 or tree.tags[parent] != _PICTURE or row - parent >= MAX_IN_PICTURE:
        return offers(attributes)
    rows = tree.find(parent, (_SOURCE,), most=MAX_IN_PICTURE)
    return offers(attributes, [tree.attributes(each) for each in rows])


def _said(attributes: Attributes) -> Strings:
    """What an image's attributes say of it."""
    get = attributes.get
    alt = collapsed(attributes["alt"] or "") if "alt" in attributes else None
    if not alt and get("aria-label"):
        alt = collapsed(get("aria-label") or "")
    title, style = get("title"), (get("style") or "")[:MAX_STYLE].lower()
    size = dict(_INLINE_SIZE.findall(style)) if style else {}
    return {
        ALT: alt,
        TITLE: (collapsed(title[:MAX_TITLE]) or None) if title else None,
        WIDTH: _declared(get("width")),
        HEIGHT: _declared(get("height")),
        WIDTH_STYLE: _declared(size.get("width")),
        HEIGHT_STYLE: _declared(size.get("height")),
        LOADING: _declared(get("loading")),
        DESCRIBED: get("aria-describedby"),
    }


def _declared(value: str | None) -> str | None:
    return collapsed(value[: 4 * MAX_ATTRIBUTE])[:MAX_ATTRIBUTE] or None if value else None
