"""Lists of the user: addresses and domains that are not asked for and not kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from filters.urls import host_of, url_key

Lines = Callable[[], frozenset[str]]


def no_lines() -> frozenset[str]:
    """The empty list; stages hold a function, so that a long list is not sent with each part."""
    return frozenset()


class Blocklist:
    """Lines are addresses ("https://a.example/b") or domains with all below them ("a.example").

    Of an address scheme, fragment and tracking parameters do not matter. Empty lines and those
    that begin with # are left out.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        found = [line.strip() for line in lines if not line.strip().startswith("#")]
        self._urls = {_place(line) for line in found if "://" in line}
        self._domains = {_domain(line) for line in found if "://" not in line} - {""}

    def entry(self, url: str) -> str | None:
        """The entry that an address falls under; None where it is on no list."""
        if self._urls and (place := _place(url)) in self._urls:
            return place
        if not self._domains:
            return None
        labels = _domain(host_of(url)).split(".")
        domains = (".".join(labels[start:]) for start in range(len(labels)))
        return next((domain for domain in domains if domain in self._domains), None)


def _place(url: str) -> str:
    return url_key(url).partition("://")[2]


def _domain(text: str) -> str:
    return text.lower().removeprefix("*.").strip(".")


@dataclass(frozen=True)
class Lists:
    """The user's lists: what is not asked for, what was taken down, unwanted files and pictures.

    `hashes`: MD5 or SHA-256 of files, `looks`: PDQ of pictures; hexadecimal digits, lower case.
    """

    blocked: Lines = no_lines
    taken_down: Lines = no_lines
    hashes: Lines = no_lines
    looks: Lines = no_lines
