"""How servers are asked, as the command's options say; what they may be: jobs.options.values."""

import argparse
import socket
from urllib.parse import urlsplit

from jobs.plan import PlanError
from pipeline.web.downloads import Policy

MIB = 1 << 20


def policy(args: argparse.Namespace) -> Policy:
    """What the options of jobs.options.groups.web ask for. Raises PlanError for a dead proxy."""
    if args.proxy:
        _check_proxy(args.proxy)
    agent = f"interleaf/0.1 (+{args.contact})" if args.contact else "interleaf/0.1"
    return Policy(
        per_host=args.per_host,
        per_host_s=args.rate,
        total_s=float(args.link_seconds),
        deadline_s=args.deadline,
        max_bytes=args.link_mib * MIB,
        part_bytes=(args.part_mib or 0) * MIB,
        proxy=args.proxy,
        dns=tuple(args.dns),
        allow=tuple(args.allow),
        http2=args.http2,
        user_agent=agent,
    )


def _check_proxy(url: str) -> None:
    """Nobody listens there? Then each link would end as if its own host were gone."""
    parts = urlsplit(url)
    place = parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
    try:
        socket.create_connection(place, timeout=10).close()
    except OSError as error:
        raise PlanError(
            f"--proxy {url} does not answer ({error}); start it or name another"
        ) from error
