"""Call a function in a process that may die of what it is given: a crash costs one call.

Decoders are written in C and read what strangers send. Here they run in children: one call at a
time each, with a cap on memory and time. A child that dies or hangs is replaced, and the call
ends in CrashedError. Questions and answers are a line of JSON and some bytes, so that a child
that was taken over can only lie; it can make its parent run nothing.
"""

import gc
import json
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
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
_NUMBER = struct.Struct("<q")  # of a process
_FORK = _NUMBER.pack(0)
_START = (
    "import sys; from pipeline.pictures.apart import nurse; nurse(*sys.argv[1:3], int(sys.argv[3]))"
)

Answer = tuple[dict[str, Any], bytes]
Call = Callable[[bytes, dict[str, Any]], Answer]


class CrashedError(Exception):
    """The child died, or took longer than it may."""


class Apart:
    """Children that call the function named "module:name"; at most `count`, started when needed.

    The function takes (data: bytes, facts: dict) and returns (facts: dict, data: bytes), the
    facts being JSON. Leaving the context ends the children. Threads may share one Apart.
    `prepare`, named alike, is called once before there are children: what it loads they share.
    It must start no threads, which a fork would leave behind.
    """

    def __init__(
        self, function: str, count: int, seconds: float = SECONDS, prepare: str | None = None
    ) -> None:
        self._function = function
        self._prepare = prepare
        self._seconds = seconds
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(count):
            self._idle.put(None)
        self._count = count
        self._due: dict[_Child, float] = {}
        self._closed = threading.Event()
        self._watch: threading.Thread | None = None
        self._nursery: _Nursery | None = None
        self._starting = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for _ in range(self._count):
            child = self._idle.get()
            if child is not None:
                child.end()
        if self._nursery is not None:
            self._nursery.end()
        self._closed.set()
        if self._watch is not None:
            self._watch.join()

    def ask(self, data: bytes, facts: dict[str, Any]) -> Answer:
        """The function's answer. Raises CrashedError where the child did not live to give it.

        OSError where none can be started: that is the machine's fault, not that of `data`.
        """
        child = self._idle.get()
        try:
            if child is None:
                child = self._started()
            self._due[child] = time.monotonic() + self._seconds
            return child.ask(data, facts)
        except (OSError, ValueError, EOFError) as error:
            if child is None and isinstance(error, OSError):
                raise
            if child is not None:
                self._due.pop(child, None)
                child.end()
            child = None
            raise CrashedError(str(error)) from error
        finally:
            if child is not None:
                self._due.pop(child, None)
            self._idle.put(child)

    def _started(self) -> "_Child":
        with self._starting:
            if self._watch is None:
                self._watch = threading.Thread(target=self._watched, name="apart", daemon=True)
                self._watch.start()
            for _ in range(2):  # one that was killed is replaced, and costs no picture
                if self._nursery is None:
                    self._nursery = _Nursery(self._function, self._prepare)
                try:
                    return self._nursery.child()
                except (ConnectionError, EOFError):
                    self._nursery.end()
                    self._nursery = None
            raise EOFError("no child was born")

    def _watched(self) -> None:
        """Kill children whose time is up: whoever waits for them then reads the end."""
        while not self._closed.wait(WATCH_S):
            for child, due in list(self._due.items()):
                if time.monotonic() > due:
                    child.kill()


class _Nursery:
    """A process that loads what its children need, and forks them: each costs a few pages.

    It also waits for them, so that a number names a child until somebody here has let it go.
    """

    def __init__(self, function: str, prepare: str | None) -> None:
        path = os.pathsep.join(filter(None, sys.path))
        environment: dict[str, str] = dict(os.environ, PYTHONPATH=path, OPENBLAS_NUM_THREADS="1")
        for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"):
            environment.setdefault(name, str(KEPT_BYTES))
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-c", _START, function, prepare or "", str(MEMORY_BYTES)]
        nowhere = subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=nowhere, stderr=nowhere, env=environment
            )
        except OSError:
            self._control.close()
            raise
        finally:
            theirs.close()
        self._lock = threading.Lock()

    def child(self) -> "_Child":
        """A new child. EOFError where the nursery is gone."""
        questions, asking = os.pipe()
        answering, answers = os.pipe()
        try:
            with self._lock:
                socket.send_fds(self._control, [_FORK], [questions, answers])
                number = self._told()
        except (OSError, EOFError):
            os.close(asking)
            os.close(answering)
            raise
        finally:
            os.close(questions)
            os.close(answers)
        return _Child(self, number, os.fdopen(asking, "wb"), os.fdopen(answering, "rb"))

    def let_go(self, number: int) -> None:
        """Wait for a child that has been killed."""
        try:
            with self._lock:
                self._control.sendall(_NUMBER.pack(number))
                self._told()
        except (OSError, EOFError):
            return  # with the nursery gone the system waits for its children

    def end(self) -> None:
        """All children have been let go."""
        self._control.close()
        self._process.wait()

    def _told(self) -> int:
        told = self._control.recv(_NUMBER.size, socket.MSG_WAITALL)
        if len(told) < _NUMBER.size:
            raise EOFError("the nursery is gone")
        return int(_NUMBER.unpack(told)[0])


class _Child:
    def __init__(self, nursery: _Nursery, number: int, questions: Any, answers: Any) -> None:
        self._nursery, self._number = nursery, number
        self._questions, self._answers = questions, answers

    def ask(self, data: bytes, facts: dict[str, Any]) -> Answer:
        _send(self._questions, facts, data)
        answer = _received(self._answers)
        if answer is None:
            raise EOFError("the child is gone")
        return answer

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._number, signal.SIGKILL)

    def end(self) -> None:
        """Killed, waited for, its pipes closed."""
        self.kill()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):  # it still held bytes that nobody will read
                pipe.close()
        self._nursery.let_go(self._number)


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


def nurse(function: str, prepare: str, memory_bytes: int) -> None:
    """What a nursery does until its parent closes the socket."""
    control = socket.socket(fileno=0)
    call = resolve_name(function)
    if prepare:
        resolve_name(prepare)()
    gc.freeze()  # children do not look through what was loaded again and again
    while True:
        message, pipes, _, _ = socket.recv_fds(control, _NUMBER.size, 2)
        if not message:
            return
        if len(pipes) == 2:  # noqa: PLR2004 - questions and answers
            number = os.fork()
            if not number:
                try:
                    control.close()
                    serve(call, pipes[0], pipes[1], memory_bytes)
                finally:
                    os._exit(0)
            for pipe in pipes:
                os.close(pipe)
        else:
            number, _ = os.waitpid(_NUMBER.unpack(message)[0], 0)
        control.sendall(_NUMBER.pack(number))


def serve(call: Call, questions: int, answers: int, memory_bytes: int) -> None:
    """What a child does until its parent closes the pipe."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    with os.fdopen(questions, "rb") as asked, os.fdopen(answers, "wb") as answering:
        while (question := _received(asked)) is not None:
            facts, data = call(question[1], question[0])
            _send(answering, facts, data)
