"""What an option's value may be: argparse's `type`. Each says in a line what it should be."""

import argparse
import re

from pipeline.rights import KINDS


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
