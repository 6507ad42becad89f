"""Open a crawl file where it lies: a path, S3, the web. Reading goes on after a broken line."""

import http.client
import io
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from time import sleep
from typing import Any, BinaryIO

from jobs.store import s3

USER_AGENT = "interleaf/0.1"
TRIES = 8
FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 60.0
_TIMEOUT_S = 60.0
# Bytes that count as progress: a connection that gives less before it drops has failed.
_PROGRESS = 64 << 10
_HTTP_BUFFER, _S3_BUFFER = 1 << 20, 8 << 20
_BUSY = (408, 429, 500, 502, 503, 504)
_GONE = (404, 410)
# How Arrow names what passes by itself, in the text of its OSError.
_S3_BUSY = re.compile(
    "NETWORK_CONNECTION|SLOW_DOWN|SERVICE_UNAVAILABLE|INTERNAL_FAILURE|REQUEST_TIMEOUT|THROTTLING"
)
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)$")
_UNSATISFIED = re.compile(r"bytes \*/(\d+)$")

_HOPELESS = (socket.gaierror, ssl.SSLCertVerificationError, ConnectionRefusedError)


class _TryAgainError(OSError):
    """The other side is busy or broke off; `wait_s`: what it asked for, 0 for no wish."""

    def __init__(self, message: str, wait_s: float = 0.0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


def open_source(location: str, offset: int = 0) -> BinaryIO:
    """`location` opened for reading at byte `offset`; empty at or behind its end.

    A path, s3:// or http(s):// address. Reading on s3 and http goes on by itself, at the byte
    it had reached, after a dropped connection or a busy answer. OSError after `TRIES` of them.
    """
    if location.startswith(("http://", "https://")):
        return _resuming(_Web(location).body, offset, _HTTP_BUFFER)
    if location.startswith("s3://"):
        return _resuming(lambda at: _S3Body(location, at), offset, _S3_BUFFER)
    file = Path(location).open("rb")  # noqa: SIM115 - the caller closes it
    file.seek(offset)
    return file


def _resuming(connect: Callable[[int], Any], offset: int, buffer_bytes: int) -> BinaryIO:
    raw = _Resuming(connect, offset)
    raw.fill()
    return io.BufferedReader(raw, buffer_bytes)


class _Resuming(io.RawIOBase):
    """Bytes from `offset` on, connected anew at the byte reached when reading breaks off."""

    def __init__(self, connect: Callable[[int], Any], offset: int) -> None:
        super().__init__()
        self._connect, self._at = connect, offset
        self._body: Any = None
        self._failures = 0
        self._safe = offset  # failures behind this byte count together

    def readable(self) -> bool:
        return True

    def fill(self) -> None:
        """Connect now, so that a file that is not there is told where it is opened."""
        self.readinto(bytearray())

    def readinto(self, buffer: Any, /) -> int:
        while True:
            try:
                if self._body is None:
                    self._body = self._connect(self._at)
                count = int(self._body.readinto(buffer)) if len(buffer) else 0
            except _TryAgainError as error:
                self._wait(error)
                continue
            self._at += count
            return count

    def _wait(self, error: _TryAgainError) -> None:
        """Sleep before the next try; the error itself after the last. The waits are fixed."""
        self._drop()
        if self._at >= self._safe + _PROGRESS:
            self._failures = 0
        self._safe = self._at
        self._failures += 1
        if self._failures >= TRIES:
            raise OSError(f"{error} ({TRIES} tries)") from error
        wait_s = max(FIRST_WAIT_S * 2 ** (self._failures - 1), error.wait_s)
        sleep(min(wait_s, _LONGEST_WAIT_S))

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def close(self) -> None:
        self._drop()
        super().close()


class _Web:
    """An address, and what its first answer said of the file behind it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._seen: dict[str, str] = {}

    def body(self, at: int) -> "_WebBody":
        """The file from byte `at` on. OSError where it is not the file of the first answer."""
        body = _WebBody(self._url, at)
        if any(self._seen.setdefault(key, said) != said for key, said in body.about.items()):
            body.close()
            raise OSError(f"{self._url} changed while it was read")
        return body


class _WebBody:
    """One HTTP answer from byte `at` of `url` on, checked to be just that."""

    def __init__(self, url: str, at: int) -> None:
        self._url = url
        self._left: int | None = None  # bytes to come, where the answer says
        self.about: dict[str, str] = {}
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        if at:
            headers["Range"] = f"bytes={at}-"
        self._answer = self._asked(headers, at)
        if self._answer is not None:
            self._start(at)

    def _asked(self, headers: dict[str, str], at: int) -> Any:
        try:
            request = urllib.request.Request(self._url, headers=headers)  # noqa: S310 - http(s)
            return urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310
        except urllib.error.HTTPError as error:
            with error:
                return self._refused(error, at)
        except (http.client.InvalidURL, ValueError) as error:
            raise OSError(f"{self._url}: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", error)
            if isinstance(cause, _HOPELESS):
                raise OSError(f"{self._url}: {cause}") from error
            raise _TryAgainError(f"{self._url}: {type(cause).__name__} {cause}") from error

    def _refused(self, error: urllib.error.HTTPError, at: int) -> None:
        """None for an answer that says the file ends before `at`; else the error it stands for."""
        text = f"{self._url}: HTTP {error.code}"
        size = _UNSATISFIED.match(error.headers.get("Content-Range", ""))
        if (
            error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            and at
            and (not size or int(size[1]) <= at)
        ):
            return
        slow = error.code == HTTPStatus.FORBIDDEN and b"SlowDown" in error.read(_PROGRESS)
        if error.code in _BUSY or slow:
            asked = error.headers.get("Retry-After", "")
            raise _TryAgainError(text, float(asked) if asked.isdigit() else 0.0)
        if error.code in _GONE:
            raise FileNotFoundError(text)
        raise OSError(text)

    def _start(self, at: int) -> None:
        """Stand at byte `at`, whatever part of the file the answer holds."""
        headers = self._answer.headers
        length = headers.get("Content-Length", "")
        self._left = int(length) if length.isdigit() else None
        total = length
        if self._answer.status == HTTPStatus.PARTIAL_CONTENT:
            sent = _RANGE.match(headers.get("Content-Range", ""))
            if not sent or int(sent[1]) != at:
                self.close()
                raise _TryAgainError(f"{self._url}: another range came than was asked for")
            total = sent[2]
        about = {"size": total if total.isdigit() else "", "tag": headers.get("ETag", "")}
        self.about = {key: said for key, said in about.items() if said}
        if self._answer.status != HTTPStatus.PARTIAL_CONTENT:
            self._pass_over(at)

    def _pass_over(self, count: int) -> None:
        room = memoryview(bytearray(_PROGRESS))
        while count and (passed := self.readinto(room[:count])):
            count -= passed

    def readinto(self, buffer: Any) -> int:
        """As io.RawIOBase; _TryAgainError where the answer ends before what it promised."""
        if self._answer is None:
            return 0
        try:
            count = int(self._answer.readinto(buffer))
        except (OSError, http.client.HTTPException) as error:
            raise _TryAgainError(f"{self._url}: {type(error).__name__} {error}") from error
        if self._left is not None:
            if count == 0 and self._left > 0:
                raise _TryAgainError(f"{self._url}: the connection was closed early")
            self._left -= count
        return count

    def close(self) -> None:
        if self._answer is not None:
            self._answer.close()


class _S3Body:
    """An object opened at byte `at`. Arrow's own retries come first."""

    def __init__(self, location: str, at: int) -> None:
        self._location = location
        self._file = self._tried(lambda: s3().open_input_file(location.removeprefix("s3://")))
        self._tried(lambda: self._file.seek(min(at, self._file.size())))

    def readinto(self, buffer: Any) -> int:
        """As io.RawIOBase."""
        return int(self._tried(lambda: self._file.readinto(buffer)))

    def close(self) -> None:
        self._file.close()

    def _tried(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except OSError as error:
            if _S3_BUSY.search(str(error)):
                raise _TryAgainError(f"{self._location}: {error}") from error
            raise
