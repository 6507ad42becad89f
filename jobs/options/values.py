"""What an option's value may be: argparse's `type`. Each says in a line what it should be."""

import argparse
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from pipeline.web.rights import KINDS

MAX_PORT = 65535


def count(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' should be a whole number of at least 1")
    return int(text)


def kinds(text: str) -> tuple[str, ...]:
    """Kinds of words of owners, between commas; "nothing" is none of them."""
    found = tuple(name for name in text.split(",") if name != "nothing")
    for name in found:
        if name not in KINDS:
            raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(KINDS)}, nothing")
    return found


def rate(text: str) -> float:
    """A number of at least 0, in plain digits."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise argparse.ArgumentTypeError(f"'{text}' should be a number of at least 0")
    return float(text)


def proxy(text: str) -> str:
    """The address of an HTTP proxy."""
    try:
        parts = urlsplit(text)
        said = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        said = False
    if not said or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError(
            f"{text!r} should be an HTTP proxy, like http://127.0.0.1:3128; no other kind is spoken"
        )
    return text


def server(text: str) -> str:
    """A name server: an address, with a port after it or not."""
    from pipeline.web.names import place

    try:
        address, port = place(text)
        ip_address(address)
    except ValueError:
        port = 0
    if not 1 <= port <= MAX_PORT:
        raise argparse.ArgumentTypeError(
            f"{text!r} should be the address of a name server, like 1.1.1.1 or 127.0.0.1:5353"
        )
    return text


def inside(text: str) -> str:
    """What is asked besides public addresses: a network, an address or a host's name."""
    from pipeline.web.addresses import Gate

    try:
        Gate([text])
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} should be a network, an address or a host, like 10.0.0.0/8 or images.corp"
        ) from error
    return text


def words(text: str) -> str:
    """What may stand in a header."""
    if not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} should be one line of printable letters")
    return text.strip()


def share(text: str) -> float:
    """A number between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' should be a share between 0 and 1")
    return value


def span(text: str) -> tuple[int, int]:
    """A:B, the smaller first."""
    first, colon, last = text.partition(":")
    if not colon or not first.isdigit() or not last.isdigit() or int(first) >= int(last):
        raise argparse.ArgumentTypeError(f"'{text}' should look like 0:8, the smaller first")
    return int(first), int(last)
