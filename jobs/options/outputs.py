"""Files that a command is asked to write: looked at before it works; and a reader that hangs up."""

import os
import select
import signal
import sys
from pathlib import Path

HUNG_UP = 128 + signal.SIGPIPE  # what a shell says of a program that wrote to nobody


class OutputError(ValueError):
    """Nothing can be written there; the text is one line that tells the next move."""


def check_file(option: str, path: str | None) -> None:
    """Raise OutputError where no file can be written at `path`. None is no wish."""
    if path is None:
        return
    file = Path(path)
    if not path or file.is_dir():
        raise OutputError(f"{option} {path}: is a folder; give a file")
    if not file.parent.is_dir():
        raise OutputError(f"{option} {path}: there is no folder {file.parent}; make it first")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise OutputError(f"{option} {path}: may not be written; give another")


def check_folder(option: str, path: str | None) -> None:
    """Raise OutputError where no folder can be, or be made, at `path`. None is no wish."""
    if path is None:
        return
    folder = Path(path).absolute()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        raise OutputError(f"{option} {path}: {there} is a file; give a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"{option} {path}: {there} may not be written; give another")


def hung_up() -> bool:
    """Does nobody read what is printed any more? Then the rest goes nowhere, without a word."""
    asked = select.poll()
    asked.register(sys.stdout.fileno(), select.POLLOUT)
    gone = any(said & select.POLLERR for _, said in asked.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return gone
