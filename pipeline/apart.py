"""Call a function in a process that may die of what it is given: a crash costs one call.

Decoders are written in C and read what strangers send. Here they run in children: one call at a
time each, with a cap on memory and time. A child that dies or hangs is replaced, and the call
ends in CrashedError. Questions and answers are a line of JSON and some bytes, so that a child
that was taken over can only lie; it can make its parent run nothing.
"""

import json
import os
import queue
import struct
import subprocess
import sys
import threading
import time
from pkgutil import resolve_name
from typing import Any, Self

MEMORY_BYTES = 768 << 20  # of data, most of it reserved only: a net below the caps of callers
SECONDS = 60.0
WATCH_S = 0.25
MAX_ANSWER_BYTES = 1 << 30
# glibc hands large blocks back to the system at once and asks for them again for the next picture.
# Larger ones than these it should hand back: they leave gaps that count as held. It takes no more.
KEPT_BYTES = 32 << 20
_LENGTHS = struct.Struct("<II")
_START = "import sys; from pipeline.apart import serve; serve(sys.argv[1], int(sys.argv[2]))"

Answer = tuple[dict[str, Any], bytes]


class CrashedError(Exception):
    """The child died, or took longer than it may."""


class Apart:
    """Children that call the function named "module:name"; at most `count`, started when needed.

    The function takes (data: bytes, facts: dict) and returns (facts: dict, data: bytes), the
    facts being JSON. Leaving the context ends the children. Threads may share one Apart.
    """

    def __init__(self, function: str, count: int, seconds: float = SECONDS) -> None:
        self._function = function
        self._seconds = seconds
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(None)
        self._count = count
        self._due: dict[_Child, float] = {}
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for _ in range(self._count):
            child = self._idle.get()
            if child is not None:
                child.end()
        self._closed.set()
        if self._watch is not None:
            self._watch.join()

    def ask(self, data: bytes, facts: dict[str, Any]) -> Answer:
        """The function's answer. Raises CrashedError where the child did not live to give it.

        OSError where none can be started: that is the machine's fault, not that of `data`.
        """
        child = self._idle.get()
        if child is None:
            try:
                child = self._started()
            except OSError:
                self._idle.put(None)
                raise
        try:
            self._due[child] = time.monotonic() + self._seconds
            return child.ask(data, facts)
        except (OSError, ValueError, EOFError) as error:
            self._due.pop(child, None)
            child.end()
            child = None
            raise CrashedError(str(error)) from error
        finally:
            if child is not None:
                self._due.pop(child, None)
            self._idle.put(child)

    def _started(self) -> "_Child":
        if self._watch is None:
            self._watch = threading.Thread(target=self._watched, name="apart", daemon=True)
            self._watch.start()
        return _Child(self._function)

    def _watched(self) -> None:
        """Kill children whose time is up: whoever waits for them then reads the end."""
        while not self._closed.wait(WATCH_S):
            for child, due in list(self._due.items()):
                if time.monotonic() > due:
                    child.kill()


class _Child:
    def __init__(self, function: str) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        environment = dict(os.environ, PYTHONPATH=path, OPENBLAS_NUM_THREADS="1")
        for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
            environment.setdefault(name, str(KEPT_BYTES))
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, function, str(MEMORY_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def ask(self, data: bytes, facts: dict[str, Any]) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _send(self._process.stdin, facts, data)
        answer = _received(self._process.stdout)
        if answer is None:
            raise EOFError("the child is gone")
        return answer

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Killed, waited for, its pipes closed."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass  # it still held bytes that nobody will read
        self._process.wait()


def _send(pipe: Any, facts: dict[str, Any], data: bytes) -> None:
    head = json.dumps(facts).encode()
    pipe.write(_LENGTHS.pack(len(head), len(data)) + head)
    pipe.write(data)
    pipe.flush()


def _received(pipe: Any) -> Answer | None:
    lengths = pipe.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head_bytes, data_bytes = _LENGTHS.unpack(lengths)
    if head_bytes + data_bytes > MAX_ANSWER_BYTES:
        raise ValueError("an answer too long")
    head, data = pipe.read(head_bytes), pipe.read(data_bytes)
    if len(head) < head_bytes or len(data) < data_bytes:
        return None
    facts = json.loads(head)
    if not isinstance(facts, dict):
        raise TypeError("facts that are no object")
    return facts, data


def serve(function: str, memory_bytes: int) -> None:
    """What a child does until its parent closes the pipe."""
    import resource

    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    call = resolve_name(function)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    while (question := _received(questions)) is not None:
        facts, data = call(question[1], question[0])
        _send(answers, facts, data)
