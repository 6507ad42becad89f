"""Pictures over TLS on loopback, by HTTP/1.1 and by HTTP/2: how many a CPU second.

    python -m tests.bench.http2 [PICTURES] [ROUNDS]

The server is a process of its own, of which nothing is counted; hosts are addresses 127.0.0.N.
Both ways are taken in turn, and the median of the rounds is printed. Pictures are asked for and
not resized. Needs the package h2 (the extra dev), which the server speaks with.
"""

import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.pictures.resize import is_image
from pipeline.web.addresses import Gate
from pipeline.web.downloads import Downloader, Policy
from tests.attacks.http2 import Server2
from tests.attacks.server import picture, reply, self_signed

SIZES = {"4 KB": (40, 30), "50 KB": (160, 100), "300 KB": (400, 250)}
PER_HOST = (2, 8, 64)
POLICY = Policy(per_host_s=0, honours=(), total=128, allow=("127.0.0.0/8",))


def serve(pipe: Connection, folder: str) -> None:
    """Answer until the process is ended."""
    secret = self_signed(Path(folder), hosts=2000)
    secret.set_alpn_protocols(["h2", "http/1.1"])
    server = Server2()
    for name, size in SIZES.items():
        server.files[f"/{name.replace(' ', '-')}"] = reply(200, picture(*size))

    async def run() -> None:
        listener = await asyncio.start_server(server.serve, "0.0.0.0", 0, ssl=secret, backlog=1024)
        pipe.send(listener.sockets[0].getsockname()[1])
        await listener.serve_forever()

    asyncio.run(run())


async def fetch(port: int, path: str, pictures: int, per_host: int, policy: Policy) -> None:
    """Ask for so many pictures of hosts that have so many each."""
    gate = Gate(policy.allow)
    hosts = max(1, pictures // per_host)
    turns = asyncio.Semaphore(policy.total)

    async def one(host: int) -> None:
        target = gate.target(f"https://127.0.{host // 250}.{host % 250 + 1}:{port}/{path}")
        async with turns, downloader.get(target) as answer:
            assert answer.dropped is None, answer.dropped

    async with Downloader(policy, is_image) as downloader:
        await asyncio.gather(*(one(n % hosts) for n in range(pictures)))


def main(pictures: int = 2000, rounds: int = 5) -> None:
    """Print the table."""
    folder = tempfile.mkdtemp()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, folder), daemon=True)
    server.start()
    port = ours.recv()
    os.environ["SSL_CERT_FILE"] = f"{folder}/server.pem"
    print("| picture | pictures a host | HTTP/1.1, pictures a CPU second | HTTP/2 | ratio |")
    print("|---|---|---|---|---|")
    for name in SIZES:
        for per_host in PER_HOST:
            rates: dict[bool, list[float]] = {False: [], True: []}
            for _ in range(rounds):
                for two, found in rates.items():
                    policy = replace(POLICY, http2=two)
                    begun = time.process_time()
                    path = name.replace(" ", "-")
                    asyncio.run(fetch(port, path, pictures, per_host, policy))
                    found.append(pictures / (time.process_time() - begun))
            one, two = (statistics.median(found) for found in rates.values())
            print(
                f"| {name} | {per_host} | {one:,.0f} | {two:,.0f} | {two / one:.2f} |", flush=True
            )
    server.terminate()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
