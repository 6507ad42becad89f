"""The user's lists inside a store: one entry a line, read by the stages that obey them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Self

from filters.pictures.known_hashes import checked
from jobs.store import Store, StoreError
from pipeline.web.blocklist import Lists

BLOCKED, TAKEN_DOWN, HASHES = "lists/blocked.txt", "lists/taken_down.txt", "lists/hashes.txt"
LOOKS = "lists/looks.txt"
_DIGEST_DIGITS = (32, 64)  # MD5, SHA-256
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Listed:
    """The lines of a file of the store, read when asked for; none where it is absent."""

    store: Store
    name: str

    def __call__(self) -> frozenset[str]:
        """The entries."""
        if not self.store.exists(self.name):
            return frozenset()
        return frozenset(self.store.read_text(self.name).splitlines()) - {""}


@dataclass(frozen=True)
class Given:
    """Lists that a run is given: addresses and domains, digests of files, PDQ of pictures."""

    blocked: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()
    looks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, store: Store) -> Self:
        """The lists that lie in the store."""
        return cls(*(Listed(store, name)() for name in (BLOCKED, HASHES, LOOKS)))

    @classmethod
    def read(cls, blocked: Iterable[str], hashes: Iterable[str], looks: Iterable[str] = ()) -> Self:
        """The lists in the user's files. Raises StoreError."""
        found = read_lines(blocked), digests(read_lines(hashes)), pdq_hashes(read_lines(looks))
        return cls(*map(frozenset, found))

    def write(self, store: Store) -> None:
        """Put the lists where the stages find them."""
        add(store, BLOCKED, self.blocked)
        add(store, HASHES, self.hashes)
        add(store, LOOKS, self.looks)

    def digests(self) -> dict[str, str]:
        """A digest of each list that is not empty: what run.json says of it."""
        return {
            each.name: sha256("\n".join(sorted(entries)).encode()).hexdigest()
            for each in fields(self)
            if (entries := getattr(self, each.name))
        }


def lists_of(store: Store) -> Lists:
    """What the stages of a flow over this store obey."""
    return Lists(*(Listed(store, name) for name in (BLOCKED, TAKEN_DOWN, HASHES, LOOKS)))


def read_lines(files: Iterable[str]) -> set[str]:
    """Entries of the user's files: empty lines and those that begin with # left out.

    Raises StoreError where a file cannot be read as text.
    """
    found: set[str] = set()
    for file in files:
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"cannot read the list {file} ({error}); give a text file") from error
        found.update(line.strip() for line in lines if not line.strip().startswith("#"))
    return found - {""}


def digests(lines: Iterable[str]) -> set[str]:
    """MD5 and SHA-256 digests, the first word of each line. Raises StoreError for another line."""
    found = set()
    for line in lines:
        digest = line.split()[0].strip(",;").lower()
        if len(digest) not in _DIGEST_DIGITS or not set(digest) <= _HEX:
            raise StoreError(
                f"'{line[:80]}' is no MD5 or SHA-256 digest; give one digest a line, in hex digits"
            )
        found.add(digest)
    return found


def pdq_hashes(lines: Iterable[str]) -> set[str]:
    """PDQ hashes, the first field of each line. Raises StoreError for another line."""
    found = set()
    for line in lines:
        try:
            found.add(checked(line.replace(",", " ").split()[0]))
        except (ValueError, IndexError):
            raise StoreError(
                f"'{line[:80]}' is no PDQ hash; give one of 64 hex digits a line (lists of MD5 or "
                "SHA-256 go with --hashes)"
            ) from None
    return found


def add(store: Store, name: str, entries: Iterable[str]) -> int:
    """Put entries on a list of the store; how many were not on it before."""
    before = Listed(store, name)()
    after = before | set(entries)
    if after != before:
        store.write_text(name, "".join(f"{line}\n" for line in sorted(after)))
    return len(after) - len(before)


def inherit(store: Store, roots: Iterable[str]) -> None:
    """What was taken down in the stores at `roots` stays so in this one, which builds on them."""
    for root in roots:
        add(store, TAKEN_DOWN, Listed(Store(root), TAKEN_DOWN)())
