"""Many links over many hosts on loopback: memory, deadline, and what every link ended in.

    python -m tests.bench.many_hosts [LINKS] [HOSTS] [DEADLINE_S]

The server is a process of its own; one link in twenty hangs, one in twenty is reset, one in
twenty answers 503 with Retry-After, and one host in fifty never answers.
"""

import asyncio
import multiprocessing
import resource
import sys
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipeline.fetch import Fetch
from pipeline.web.downloads import Policy
from tests.attacks.server import PNG, reply

BATCH = 256


def serve(pipe: Connection) -> None:
    """Answer as a proxy until the process is ended."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                url = head.split(b" ", 2)[1].decode()
                host, _, path = url.removeprefix("http://").partition("/")
                number = int(path) if path.isdigit() else -1
                if int(host[1:].partition(".")[0]) % 50 == 7 or number % 20 == 3:
                    await asyncio.sleep(60)
                    return
                if number % 20 == 5:
                    writer.transport.abort()
                    return
                if number < 0:
                    writer.write(reply(404))
                elif number % 20 == 9:
                    writer.write(reply(503, b"", "Retry-After: 1"))
                else:
                    writer.write(reply(200, PNG))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        listener = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
        pipe.send(listener.sockets[0].getsockname()[1])
        await listener.serve_forever()

    asyncio.run(run())


def resident_mib() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


class Took(NamedTuple):
    """What became of the links, how long it took, and memory before and after each batch. [MiB]"""

    ends: Counter[str]
    wall_s: float
    cpu_s: float
    before_mib: float
    mib: list[float]


def took(links: int, hosts: int, deadline_s: float) -> Took:
    """Fetch them all in this process."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    policy = Policy(
        proxy=f"http://127.0.0.1:{ours.recv()}", connect_s=2, total_s=4, deadline_s=deadline_s
    )
    stage = Fetch(policy)
    names = [f"http://h{n % hosts}.example/{n // hosts * 7 + n % 20}" for n in range(links)]
    rows = [
        {"doc_id": f"d{n}", "nodes": [{"kind": "image", "image_url": url, "image_id": f"i{n}"}]}
        for n, url in enumerate(names)
    ]
    batches = [
        pa.RecordBatch.from_pylist(rows[at : at + BATCH], schema=stage.reads)
        for at in range(0, links, BATCH)
    ]
    begun, cpu, before = time.monotonic(), time.process_time(), resident_mib()
    ends: Counter[str] = Counter()
    heights: list[float] = []
    for batch in stage.stream(iter(batches)):
        for images in batch["images"].to_pylist():
            ends[images[0]["dropped"] or "kept"] += 1
        heights.append(resident_mib())
    wall, cpu = time.monotonic() - begun, time.process_time() - cpu
    server.terminate()
    return Took(ends, wall, cpu, before, heights)


def main(links: int = 100_000, hosts: int = 5_000, deadline_s: int = 240) -> None:
    """Print what it took."""
    ends, wall, cpu, before, heights = took(links, hosts, deadline_s)
    quarter = max(1, len(heights) // 4)
    print(
        f"{links:,} links, {hosts:,} hosts: {wall:.0f} s (deadline {deadline_s} s), CPU {cpu:.0f} s"
    )
    print(f"MiB: {before:.0f} before, {max(heights[:quarter]):.0f} at most in the first quarter,")
    print(f"     {max(heights):.0f} at most in all, {heights[-1]:.0f} at the end")
    print(f"{sum(ends.values()):,} links have an end:", dict(sorted(ends.items())))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
