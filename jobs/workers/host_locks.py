"""What the worker processes of a run know of hosts together, on one machine: locks in a file.

Each host has a place for every request that may be under way, and a moment before which it is not
asked. A place is a byte that is locked, so that the kernel frees those of a worker that dies; the
moments stand in the same file. Two hosts in some millions share their bytes, and wait for each
other. The locks are those of open files (fcntl F_OFD_SETLK), which Linux has.
"""

import fcntl
import hashlib
import os
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.web.pace import Alone, Hosts

SEATS = 1 << 22  # hosts are dealt to so many
MOST = 1023  # places of a seat; one byte more guards its moment
LONGEST_S = 86_400.0  # a moment that lies further ahead is from before the machine was started
_MOMENT = struct.Struct("<d")
_LOCK = struct.Struct("@hhqqi4x")  # struct flock
HAVE = hasattr(fcntl, "F_OFD_SETLK")


@dataclass(frozen=True)
class HostLocks:
    """Opens the locks of the run whose store is at `root`; without such locks, none are shared."""

    root: str

    def __call__(self) -> Hosts:
        """The locks of this worker. Raises OSError where the file is somebody else's."""
        return _Locks(self.path) if HAVE else Alone()

    @property
    def path(self) -> Path:
        """Where this machine has the file."""
        name = hashlib.sha256(f"{os.getuid()} {self.root}".encode()).hexdigest()[:24]
        return Path(tempfile.gettempdir()) / f"interleaf-hosts-{name}"

    def remove(self) -> None:
        """The run has ended."""
        with suppress(OSError):
            self.path.unlink()


class _Locks:
    def __init__(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(path, flags, 0o600)
        if os.fstat(self._file).st_uid != os.getuid():
            os.close(self._file)
            raise PermissionError(f"{path} is not ours; give another TMPDIR")
        self._mine: set[int] = set()  # places that this process holds: a lock is one's own twice

    def take(self, host: str, most: int) -> int | None:
        first = _seat(host) * (MOST + 1)
        for at in range(first, first + min(most, MOST)):
            if at not in self._mine and self._locked(at, fcntl.F_WRLCK, fcntl.F_OFD_SETLK):
                self._mine.add(at)
                return at
        return None

    def give_back(self, host: str, place: int) -> None:
        del host
        self._mine.discard(place)
        self._locked(place, fcntl.F_UNLCK, fcntl.F_OFD_SETLK)

    def claim(self, host: str, gap_s: float) -> float:
        seat = _seat(host)
        with self._guarded(seat):
            now = time.monotonic()  # one clock for all processes of a machine
            wait_s = self._moment(seat) - now
            if 0 < wait_s < LONGEST_S:
                return wait_s
            if gap_s:
                os.pwrite(self._file, _MOMENT.pack(now + gap_s), seat * _MOMENT.size)
            return 0.0

    def rest(self, host: str, wait_s: float) -> None:
        seat = _seat(host)
        with self._guarded(seat):
            until = time.monotonic() + wait_s
            if not until <= self._moment(seat) < until + LONGEST_S:
                os.pwrite(self._file, _MOMENT.pack(until), seat * _MOMENT.size)

    def close(self) -> None:
        os.close(self._file)

    def _moment(self, seat: int) -> float:
        said = os.pread(self._file, _MOMENT.size, seat * _MOMENT.size)
        return float(_MOMENT.unpack(said)[0]) if len(said) == _MOMENT.size else 0.0

    @contextmanager
    def _guarded(self, seat: int) -> Iterator[None]:
        guard = seat * (MOST + 1) + MOST
        self._locked(guard, fcntl.F_WRLCK, fcntl.F_OFD_SETLKW)  # held for microseconds
        try:
            yield
        finally:
            self._locked(guard, fcntl.F_UNLCK, fcntl.F_OFD_SETLK)

    def _locked(self, at: int, kind: int, how: int) -> bool:
        try:
            fcntl.fcntl(self._file, how, _LOCK.pack(kind, os.SEEK_SET, at, 1, 0))
        except BlockingIOError:
            return False
        return True


def _seat(host: str) -> int:
    return int.from_bytes(hashlib.sha256(host.encode()).digest()[:4], "big") % SEATS
