"""Which address an image element means, out of the many places where pages put it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

Attributes = Mapping[str, str | None]

MAX_URL = 4096
"""Longest address that is followed. [characters]"""

MAX_SIZED = 16_384
"""How much of a JSON attribute of addresses is looked at. [characters]"""

MAX_CANDIDATES = 64
"""Candidates of one srcset that are looked at."""

MAX_OFFERS = 8
"""Other sizes of a picture that are kept."""

MAX_OFFERED = 192
"""Candidates of one image that are looked at, those of its <source> with it."""

MAX_IN_PICTURE = 128
"""Elements and texts of a <picture> among which <source> counts, and an image that has them."""

DECODABLE = frozenset(
    f"image/{name}" for name in ("jpeg", "jpg", "pjpeg", "png", "webp", "avif", "gif")
)
"""Media types of <source> that are worth choosing."""

# Names under which scripts that load late keep the address, most telling first. Others are found
# by their value: see `offers`.
LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-original-src", "data-orig-src",
    "data-hi-res-src", "data-hires", "data-lazy", "data-actualsrc", "data-echo", "data-image",
    "data-img", "data-img-src", "data-image-src", "data-full-src", "data-large-src",
    "data-lazyload", "data-ll-src", "data-defer-src", "data-delayed-url", "data-cfsrc",
    "data-orig-file", "data-large-file",
)  # fmt: skip
_PLAIN = frozenset(
    ("src", "alt", "class", "id", "width", "height", "style", "title", "loading", "sizes", "role")
)
_LAZY_RANK = {name: rank for rank, name in enumerate(LAZY)}

_EXTENSION = re.compile(r"\.(?:jpe?g|png|webp|avif|gif)(?:[?#]|$)", re.IGNORECASE | re.ASCII)
_STAND_INS = (
    "blank", "spacer", "placeholder", "place-holder", "loading", "loader", "lazy", "lazyload",
    "lazy-load", "transparent", "noimage", "no-image",
)  # fmt: skip
_EXTENSIONS = ("gif", "png", "svg", "jpg", "jpeg", "webp")
_PLACEHOLDER = re.compile(
    r"(?:|.*[-_.])(?:blank|spacer|place-?holder|loading|loader|pre-?loader|lazy|lazy-?load"
    r"|transparent|no-?image)(?:[-_.]?[\dx]+)?|(?:|.*[-_.])1x1"
)
_DOT = re.compile(r"dot|clear|gr[ae]y|white|black|pixel|empty|trans|tr|[a-z\d]")
LONGEST_DOT = 5
"""Longest name of a GIF of one colour that is known. [letters]"""
_MIN_WIDTH = re.compile(r"min-width:\s*(\d{1,5})(?:\.\d*)?(px|r?em)", re.IGNORECASE)
_SIZE = re.compile(r"(?:[-_.@](?:\d{1,5}x\d{1,5}|\d{2,5}[wp]?|[123]x|scaled|large|medium|small"
                   r"|thumb|full))+\Z")  # fmt: skip
_TO_ENCODE = re.compile(r"[^!#$%&'()*+,/:;=?@\[\]~\w.-]", re.ASCII)
_NO_PICTURE = ("#", "data:", "about:", "javascript:", "blob:")
_SRCSET_URL = re.compile(r"[\s,]*([^\s,]\S*)")
_ONE = ("1", "1px")
_SIZED = re.compile(r"\"(https?://[^\"\s]{1,4096})\":\[(\d{1,5})")  # a shop's {address: [w, h]}
_WEB = ("http://", "https://")
_CLEAN = re.compile(r"https?://[a-z\d]+(?:[.-][a-z\d]+)+/[!$%&'()*+,/:;=?@~\w.-]*", re.ASCII)
_BASE = re.compile(
    r"(https?:)(//[a-z\d.-]+)((?:/[!$%&'()*+,:=@~\w.-]*)*/)[^/;?#\s]*(?:\?[!-~]*)?", re.ASCII
)
_HOST = re.compile(r"https?://((?:[a-z\d-]{1,63}\.)*[a-z\d-]{1,63})(?=[/?#]|\Z)", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z\d+.-]*:", re.IGNORECASE)


class Candidate(NamedTuple):
    """One address that an element offers, and how large it says the picture is there."""

    url: str
    width: int = 0
    density: float = 1.0


def parse_srcset(value: str) -> list[Candidate]:
    """The candidates of a srcset, in order (WHATWG HTML 4.8.4.3.10).

    An address may hold commas: it ends at white space, or at a comma that white space follows.
    """
    found: list[Candidate] = []
    at = 0
    while len(found) < MAX_CANDIDATES and (match := _SRCSET_URL.match(value, at)):
        url, at = match[1], match.end()
        if url.endswith(","):
            found.append(Candidate(url.rstrip(",")))
            continue
        comma = value.find(",", at)
        stop = len(value) if comma < 0 else comma
        found.append(_described(url, value[at:stop]))
        at = stop
    return found


def _described(url: str, descriptors: str) -> Candidate:
    width, density = 0, 1.0
    for word in descriptors.split():
        try:
            if word[-1] == "w":
                width = int(word[:-1])
            elif word[-1] == "x":
                density = float(word[:-1])
        except ValueError:
            continue
    return Candidate(url, max(0, width), density if density > 0 else 0.0)


def is_placeholder(url: str) -> bool:
    """True for the stand-ins that pages show until the picture is loaded, and for spacers."""
    if (
        not url or url[:11].lower().startswith(_NO_PICTURE) or "{" in url
    ):  # {width}: a script fills it in
        return True
    if "#" in url or "?" in url:
        url = url.partition("#")[0].partition("?")[0]
    stem, dot, extension = url[url.rfind("/") + 1 :].lower().rpartition(".")
    if not dot:
        return False
    # Few names come as far as the patterns.
    word = stem.rstrip("0123456789x-_.")
    if extension == "gif" and len(stem) <= LONGEST_DOT and _DOT.fullmatch(stem):
        return True
    if word and not word.endswith(_STAND_INS) and not stem.endswith("1x1"):
        return False
    return extension in _EXTENSIONS and bool(_PLACEHOLDER.fullmatch(stem))


def is_pixel(image: Attributes) -> bool:
    """True for an image declared one pixel large: it counts visits and shows nothing.

    0 by 0 is no size: some frameworks write it where style sheets decide.
    """
    if image.get("width") not in _ONE and image.get("height") not in _ONE:
        return False
    sides = {(image.get(side) or "").removesuffix("px") for side in ("width", "height")}
    return "1" in sides and sides <= {"0", "1"}


def offers(image: Attributes, sources: Iterable[Attributes] = ()) -> list[Candidate]:
    """The real pictures that an image element and its <source> siblings offer, as written.

    Widest first, then densest, then in the order: the element's srcset, its sources, the
    attributes of late-loading scripts, src, other attributes that look like an image's address.
    """
    offered, late = _told(image)
    for source in sources:
        type_ = (source.get("type") or "image/jpeg").partition(";")[0].strip().lower()
        if type_ in DECODABLE:
            offered += _wide_as(source.get("media"), _srcsets(source))
    src = image.get("src")
    if not offered and not late:  # most images
        src = _trimmed(src) if src else ""
        return [] if is_placeholder(src) else [Candidate(src)]
    if src:
        late.append((len(LAZY), src))
    late.sort(key=_rank)
    offered += [Candidate(_trimmed(address)) for _, address in late]
    offered = [each for each in offered[:MAX_OFFERED] if not is_placeholder(each.url)]
    if len(offered) > 1:
        offered.sort(key=_size, reverse=True)  # stable
    return offered


def _told(image: Attributes) -> tuple[list[Candidate], list[tuple[int, str]]]:
    """What an element's srcsets offer, and the addresses for scripts with the rank of each."""
    offered: list[Candidate] = []
    late: list[tuple[int, str]] = []
    for name, value in image.items():
        if name in _PLAIN or not value:
            continue
        if "srcset" in name:
            offered += parse_srcset(value)
        elif name == "data-a-dynamic-image":
            offered += [Candidate(m[1], int(m[2])) for m in _SIZED.finditer(value[:MAX_SIZED])]
        elif name.startswith("data-"):
            rank = _LAZY_RANK.get(name, len(LAZY) + 1)
            if _may_be_address(value, known=rank < len(LAZY)):
                late.append((rank, value))
    return offered, late


def _size(candidate: Candidate) -> tuple[int, float]:
    return candidate.width, candidate.density


def _may_be_address(value: str, *, known: bool) -> bool:
    """True for what may be an image's address; by its letters alone if its name says nothing."""
    if known and "/" in value:
        return value[0] not in "{["
    return bool(_EXTENSION.search(value)) and (known or "," not in value)


def _rank(value: tuple[int, str]) -> int:
    return value[0]


def _srcsets(attributes: Attributes) -> Iterator[Candidate]:
    for name, value in attributes.items():
        if value and "srcset" in name:
            yield from parse_srcset(value)


def _wide_as(media: str | None, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """A source that is shown on wide screens only says thereby how wide its picture is."""
    match = _MIN_WIDTH.search(media or "")
    width = int(match[1]) * (1 if match[2] == "px" else 16) if match else 0
    for candidate in candidates:
        yield candidate if candidate.width else candidate._replace(width=width)


def _trimmed(url: str) -> str:
    """Without the spaces around and the line ends within it (WHATWG URL 4.4)."""
    if url.isprintable():  # most are: no line end, no tab
        return url.strip()
    return re.sub(r"[\n\t\r]", "", url.strip())


def host_of(url: str) -> str | None:
    """Host name of an address in lower-case ASCII; None where there is none."""
    if match := _HOST.match(url):  # most addresses
        return match[1]
    try:
        host = urlsplit(url).hostname
        return host.encode("idna").decode("ascii").lower() if host else None
    except ValueError:  # not an address, or not a host name: UnicodeError is a ValueError
        return None


def resolved(base: str, url: str) -> str | None:
    """An address as written in a page, made absolute (RFC 3986) and ASCII; None unless http(s).

    Spaces and letters outside ASCII are percent-encoded as UTF-8, host names become IDNA, the
    fragment falls away. `base` is the page's own address or that of its <base>.
    """
    url = _trimmed(url)
    if not url or len(url) > MAX_URL:
        return None
    try:
        return _absolute(base, url)
    except ValueError:  # urllib's answer to hosts and ports that are none
        return None


def _absolute(base: str, url: str) -> str | None:
    fragment = url.find("#")
    if fragment > 0:
        url = url[:fragment]
    if not url.startswith(_WEB):
        if not _SCHEME.match(url):
            url = url.replace("\\", "/")
            address = _beside(base, url)
            if address is not None:
                return address
        url = urljoin(base, url)
    if _CLEAN.fullmatch(url) and "/." not in url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    netloc = parts.netloc
    if not netloc.isascii() or not netloc.islower():
        user, at, host = netloc.rpartition("@")
        netloc = user + at + (host if host.isascii() else host.encode("idna").decode()).lower()
    if parts.port == 0 or _TO_ENCODE.search(netloc):
        return None
    path = parts.path or "/"
    if "/." in path and not path.startswith("//"):
        path = urlsplit(urljoin("http://x/", path)).path  # urljoin leaves dots in whole addresses
    address = parts._replace(netloc=netloc, path=path, fragment="").geturl()
    address = _TO_ENCODE.sub(_percent, address)
    return address if len(address) <= MAX_URL else None


def _beside(base: str, url: str) -> str | None:
    """What `urljoin` gives for a plain path, five times as fast; None for all that is not plain."""
    if url[0] in "?#" or url[-1] == "?" or ";" in url:
        return None
    scheme, origin, folder = parts_of(base)
    if url[0] == "/":
        address = scheme + url if url.startswith("//") else origin + url
    else:
        address = folder + url
    return address if _CLEAN.fullmatch(address) and "/." not in address else None


@lru_cache(maxsize=64)
def parts_of(base: str) -> tuple[str, str, str]:
    """Scheme, origin and folder of an address; empty where `urljoin` would not just append."""
    match = _BASE.fullmatch(base)
    if match and "//" not in match[3]:  # most addresses
        return match[1], match[1] + match[2], match[1] + match[2] + match[3]
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https"):
        return "", "", ""
    folder = parts.path.rpartition("/")[0] + "/"
    origin = f"{parts.scheme}://{parts.netloc}"
    plain = "//" not in folder and ";" not in folder
    return f"{parts.scheme}:", origin, origin + folder if plain else ""


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace"))


def picture_name(url: str) -> str:
    """What the sizes of one picture share: path without extension, size suffix and query."""
    path = re.split(r"[?#]", url, maxsplit=1)[0]
    folder, _, name = path.rpartition("/")
    return f"{folder}/{_SIZE.sub('', name.rpartition('.')[0] or name)}"
