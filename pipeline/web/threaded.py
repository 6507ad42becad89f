"""Draw from a coroutine as from an iterator, while its event loop runs on in a thread."""

import asyncio
import queue
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Emit = Callable[[Any], Awaitable[None]]
_END = object()


def drawn(main: Callable[[Emit], Awaitable[None]], ahead: int = 2) -> Iterator[Any]:
    """What `main` emits, in order; it waits while `ahead` things have not been drawn.

    The loop does not stand still while the caller works: deadlines of requests under way would
    pass unseen. Leaving the iterator early cancels `main` and waits for its end; an exception
    of `main` is raised here.
    """
    given: queue.SimpleQueue[Any] = queue.SimpleQueue()

    async def work() -> None:
        room = asyncio.Semaphore(ahead)
        given.put((asyncio.get_running_loop(), room, asyncio.current_task()))

        async def emit(item: Any) -> None:
            await room.acquire()
            given.put(item)

        await main(emit)

    with ThreadPoolExecutor(1, "drawn") as thread:
        end = thread.submit(lambda: asyncio.run(work()))
        end.add_done_callback(lambda _: given.put(_END))
        loop, room, task = given.get()
        try:
            while (item := given.get()) is not _END:
                _tell(loop, room.release)
                yield item
            end.result()
        finally:
            _tell(loop, task.cancel)


def _tell(loop: asyncio.AbstractEventLoop, act: Callable[[], Any]) -> None:
    try:
        loop.call_soon_threadsafe(act)
    except RuntimeError:
        return  # the loop has closed: its work is done and nothing waits
