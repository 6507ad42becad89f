"""The frames of HTTP/2 (RFC 9113) as bytes: cut from what came, made for what is sent.

Nothing here waits or holds a connection. A peer that breaks the rules is a ViolationError, which
ends its connection; how much a frame, or the head of an answer, may hold is capped.
"""

import struct
from collections.abc import Iterator

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = range(6)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(6, 10)
END_STREAM = ACK = 0x1
END_HEADERS, PADDED, PRIORITISED = 0x4, 0x8, 0x20
HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = range(1, 5)
MAX_HEADER_LIST_SIZE = 6
CANCEL, HTTP_1_1_REQUIRED = 0x8, 0xD  # error codes: RFC 9113 7

MAX_FRAME = 1 << 14  # the least that RFC 9113 4.2 asks of a receiver, and more is not offered
HEAD_BYTES = 64 << 10  # of an answer's fields, as sent and as unpacked
FIRST_WINDOW = (1 << 16) - 1  # what a peer may send before it has read our settings
MOST = (1 << 31) - 1
_HEAD = struct.Struct(">HBBBI")
_SETTING = struct.Struct(">HI")
_PRIORITY_BYTES = 5

Frame = tuple[int, int, int, bytes]  # kind, flags, stream, payload


class ViolationError(ValueError):
    """What came is no HTTP/2, or breaks its rules in a way that no caller can mend."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    size = len(payload)
    return _HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def settings(values: dict[int, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*pair) for pair in values.items()))


def settings_of(payload: bytes) -> list[tuple[int, int]]:
    """Identifiers and values of a SETTINGS frame; raises ViolationError."""
    if len(payload) % _SETTING.size:
        raise ViolationError("half a setting")
    found = list(_SETTING.iter_unpack(payload))
    if any(name == INITIAL_WINDOW_SIZE and value > MOST for name, value in found):
        raise ViolationError("a window larger than any")
    return found


def number(payload: bytes, size: int = 4) -> int:
    """The number in the first four bytes of a payload of `size` bytes; raises ViolationError."""
    if len(payload) != size:
        raise ViolationError("a frame of the wrong size")
    return int.from_bytes(payload[:4], "big")


def window_update(stream: int, more: int) -> bytes:
    """A WINDOW_UPDATE frame: so many bytes more may be sent."""
    return frame(WINDOW_UPDATE, 0, stream, more.to_bytes(4, "big"))


def unpadded(flags: int, payload: bytes) -> bytes:
    """What a DATA or HEADERS frame holds, less padding and priority; raises ViolationError."""
    begin = padding = 0
    if flags & PADDED:
        begin, padding = 1, payload[0] if payload else 0
    if flags & PRIORITISED:
        begin += _PRIORITY_BYTES
    end = len(payload) - padding
    if begin > end:
        raise ViolationError("more padding than frame")
    return payload[begin:end]


class Cutter:
    """Cuts frames out of what comes in. HEADERS come whole, their CONTINUATION put behind."""

    def __init__(self) -> None:
        self._waiting = b""
        self._flags = self._stream = 0  # of a head that is not whole
        self._block = b""

    def frames(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole by now; raises ViolationError at the first that is none."""
        if self._waiting:
            data = self._waiting + data
        at = 0
        try:
            while len(data) - at >= _HEAD.size:
                high, low, kind, flags, stream = _HEAD.unpack_from(data, at)
                size = high << 8 | low
                if size > MAX_FRAME:
                    raise ViolationError("a frame larger than was allowed")
                begin, end = at + _HEAD.size, at + _HEAD.size + size
                if end > len(data):
                    return
                at = end
                found = self._whole(kind, flags, stream & MOST, data[begin:end])
                if found is not None:
                    yield found
        finally:
            self._waiting = data[at:]

    def _whole(self, kind: int, flags: int, stream: int, payload: bytes) -> Frame | None:
        """The frame; None while it is a head of which more is to come."""
        if self._stream:
            if kind != CONTINUATION or stream != self._stream or not payload:
                raise ViolationError("something else in the midst of a head")
            self._block += payload
        elif kind == CONTINUATION:
            raise ViolationError("a head goes on that never began")
        elif kind == HEADERS:
            if stream == 0:
                raise ViolationError("a head of no stream")
            self._flags, self._stream, self._block = flags, stream, unpadded(flags, payload)
        else:
            return kind, flags, stream, payload
        if len(self._block) > HEAD_BYTES:
            raise ViolationError("a head without end")
        if not flags & END_HEADERS:
            return None
        stream, self._stream = self._stream, 0
        return HEADERS, self._flags, stream, self._block
