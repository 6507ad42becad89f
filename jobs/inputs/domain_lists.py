"""`--domains`: the user's lists of domains, kept in the store that is measured by them.

--domains adult=FILE            one list: a domain a line, # begins a comment
--domains adult=FOLDER          the file `domains` of this folder
--domains FOLDER                every folder in it that has a file `domains`: the layout of UT1
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from filters.domains import MOST_CHARS, Named
from jobs.store import Store, StoreError

KEY = "domain_lists"  # the entry of run.json: name -> sha256
FILE = "domains"  # in a folder that is a list
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*")


@dataclass(frozen=True)
class ListFile:
    """A list that lies in a store, opened where it is first asked."""

    store: Store
    name: str

    def __call__(self) -> bytes:
        """Its lines, as filters.domains.Domains reads them."""
        return self.store.read_text(_place(self.name)).encode()


@dataclass(frozen=True)
class DomainLists:
    """Lists by name: their digests, and what they hold where they were just read."""

    digests: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, bytes] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, given: Iterable[str]) -> Self:
        """The user's lists. Raises StoreError, one line that tells the next move."""
        lines: dict[str, bytes] = {}
        for name, path in (pair for each in given for pair in _files(each)):
            if name in lines:
                raise StoreError(f"two lists of domains are called '{name}'; rename one")
            lines[name] = _lines(path)
        digests = {name: sha256(lines[name]).hexdigest() for name in sorted(lines)}
        return cls(digests, lines)

    @classmethod
    def made(cls, run: Mapping[str, Any]) -> Self:
        """Those of the run that run.json describes: they lie in its store."""
        return cls(dict(run.get(KEY, {})))

    def write(self, store: Store) -> None:
        """Put what was read where the stages find it."""
        for name, lines in self.lines.items():
            store.write_text(_place(name), lines.decode())

    def copy(self, former: Store, store: Store) -> None:
        """Take the lists of another store along."""
        for name in self.digests:
            store.write_text(_place(name), former.read_text(_place(name)))

    def of(self, store: Store) -> Named:
        """What opens each of them there."""
        return tuple((name, ListFile(store, name)) for name in sorted(self.digests))


def _place(name: str) -> str:
    return f"lists/domains/{name}.txt"


def _files(given: str) -> Iterator[tuple[str, Path]]:
    """(name, file) of each list that an argument names."""
    name, equals, path = given.partition("=")
    if not equals:
        folder = Path(given)
        found = sorted(folder.glob(f"*/{FILE}")) if folder.is_dir() else []
        if not found:
            raise StoreError(
                f"--domains {given}: no folder of lists; write NAME=FILE, or give a folder of "
                f"folders with a file '{FILE}' each"
            )
        yield from ((_named(file.parent.name.lower(), given), file) for file in found)
        return
    file = Path(path)
    yield _named(name, given), file / FILE if file.is_dir() else file


def _named(name: str, given: str) -> str:
    if not _NAME.fullmatch(name):
        raise StoreError(
            f"--domains {given}: '{name}' cannot name a list; use small letters, digits, - and _"
        )
    return name


def _lines(path: Path) -> bytes:
    """The domains of a file, each once, sorted, one a line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"cannot read the list {path} ({error}); give a text file") from error
    found = set()
    for number, line in enumerate(lines, 1):
        name = line.strip().lower().strip(".")
        if not name or name.startswith("#"):
            continue
        if len(name) > MOST_CHARS or not _DOMAIN.fullmatch(name):
            raise StoreError(
                f"{path}:{number}: '{line.strip()[:80]}' is no domain; give one a line, as in "
                "a.example, without http:// and path"
            )
        found.add(name.encode())
    if not found:
        raise StoreError(f"the list {path} holds no domain; give another")
    return b"".join(name + b"\n" for name in sorted(found))
