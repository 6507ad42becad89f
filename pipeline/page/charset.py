"""Bytes of a page to text: which encoding they are in, decided in the order browsers use."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from sys import byteorder

import pyarrow as pa
from resiliparse.parse.encoding import bytes_to_str, detect_encoding, map_encoding_to_html5

PRESCAN_BYTES = 16384
"""How far a declaration inside the page is looked for. [bytes]

WHATWG HTML 13.2.3.2 asks for 1,024 at least and allows more. Of 3,601 real pages 172 declare
theirs later than that, and for 13 of those a guess from the bytes gave wrong letters.
"""

FIRST_LOOK = 2048
"""Where most declarations stand. [bytes]"""

BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xff\xfe", "utf-16-le"),
)

# The WHATWG encodings are supersets of what their labels say; these are Python's nearest codecs.
WIDER = {
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
}

# WHATWG labels that the label table of resiliparse does not know.
MORE_LABELS = {
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-ukrainian": "mac-cyrillic",
    "x-user-defined": "cp1252",
}

_META = re.compile(rb"<meta\b[^>]*?\bcharset\s*=\s*[\"']?\s*([^\s\"'/>;]+)", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']?\s*([^\s\"'?>]+)")


@lru_cache(maxsize=256)
def codec_of(label: str | None) -> str | None:
    """Python's codec for a WHATWG encoding label; None for a label that browsers do not know."""
    label = (label or "").strip().strip("\"'").lower()
    if not label or not label.isascii():
        return None
    codec = map_encoding_to_html5(label, fallback_utf8=False) or MORE_LABELS.get(label)
    return WIDER.get(codec, codec) if codec else None


def declared_in(body: bytes) -> str | None:
    """The codec that a page names near its beginning, in a meta element or XML declaration.

    A page that says UTF-16 in ASCII letters is read as UTF-8, for it cannot be UTF-16
    (WHATWG HTML 13.2.3.2).
    """
    first = body[:FIRST_LOOK]
    return _declared_in(first[: first.rfind(b">") + 1]) or _declared_in(body[:PRESCAN_BYTES])


def _declared_in(head: bytes) -> str | None:
    """As `declared_in` says, of all these bytes."""
    small = head.lower()
    xml = _XML.match(head)
    if xml is None and b"charset" not in small:
        return None
    if b"<!--" in head:
        head = _without_comments(head)
        xml, small = _XML.match(head), head.lower()
    for label in chain((xml[1],) if xml else (), _in_metas(head, small)):
        codec = codec_of(label.decode("ascii", "replace"))
        if codec:
            return "utf-8" if codec.startswith("utf-16") else codec
    return None


def _in_metas(head: bytes, small: bytes) -> Iterator[bytes]:
    """The labels that meta elements name; `small`: the same in small letters."""
    done, at = 0, small.find(b"charset")
    while at >= 0:
        begin = small.rfind(b"<meta", done, at)
        if begin >= 0 and small.find(b">", begin, at) < 0 and (match := _META.match(head, begin)):
            yield match[1]
            done = match.end()
        at = small.find(b"charset", max(at + 1, done))


def _without_comments(head: bytes) -> bytes:
    pieces, at = [], 0
    while (begin := head.find(b"<!--", at)) >= 0:
        pieces.append(head[at:begin])
        end = head.find(b"-->", begin + 4)
        at = len(head) if end < 0 else end + 3
    return b"".join((*pieces, head[at:]))


def codec_for(body: bytes, http_charset: str | None) -> str:
    """The codec of a page: byte order mark, then HTTP header, then the page, then a guess."""
    return _named(body, http_charset) or guessed(body)


def _named(body: bytes, http_charset: str | None) -> str | None:
    for mark, codec in BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return codec
    return codec_of(http_charset) or declared_in(body)


def guessed(body: bytes) -> str:
    """The codec of a page that nothing names: UTF-8 if it is that, else what its bytes look like.

    Letters of other encodings hardly ever make valid UTF-8; a detector takes it for them at times.
    """
    return "utf-8" if is_utf8(body) else codec_of(detect_encoding(body)) or "cp1252"


def is_utf8(body: bytes) -> bool:
    """True for valid UTF-8. Arrow says so without making a text of it."""
    if len(body) >= 1 << 31:  # more than one string of Arrow's holds
        return False
    ends = pa.py_buffer(bytes(4) + len(body).to_bytes(4, byteorder))
    text = pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(body)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def in_utf8(body: bytes, http_charset: str | None = None) -> bytes:
    """A page in valid UTF-8 without byte order mark; what cannot be decoded becomes U+FFFD.

    Most pages are that already, and are not copied.
    """
    codec = _named(body, http_charset)
    if codec in (None, "utf-8"):
        body = body.removeprefix(b"\xef\xbb\xbf")
        if is_utf8(body):
            return body
        if codec:
            return body.decode("utf-8", "replace").encode()
        codec = guessed(body)
    # No fallback: one broken byte must not turn a page of UTF-8 into Latin letters.
    text = bytes_to_str(body, codec, errors="replace", fallback_encodings=(), strip_bom=True)
    return text.removeprefix("\ufeff").encode("utf-8", "replace")
