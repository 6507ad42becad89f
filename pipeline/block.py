"""The text of one block while it is read: its lines or rows, and their white space."""

import re

_SPACES = re.compile("[\t\n\v\f\r\x1c-\x1f \x85\u2028\u2029]+")
_FIXED_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\u00ad\ufeff]")
_BLANK_LINES = re.compile("\n{2,}")


class Block:
    """Gathers the text of a block: `chunks` of the line or cell being read, finished `lines`.

    `linked` counts the letters of its links.
    """

    __slots__ = ("_cells", "chunks", "lines", "linked")

    def __init__(self) -> None:
        self.chunks: list[str] = []
        self._cells: list[str] = []
        self.lines: list[str] = []
        self.linked = 0

    def end_line(self) -> None:
        """End a line of prose, as <br> does."""
        self.lines.append(collapsed("".join(self.chunks)))
        self.chunks.clear()

    def end_cell(self) -> None:
        """End a cell of a row."""
        self._cells.append(collapsed("".join(self.chunks)))
        self.chunks.clear()

    def end_row(self) -> None:
        """End a row of a table; one without text leaves no trace."""
        if self.chunks:
            self.end_cell()
        row = " | ".join(self._cells).strip(" |")
        self._cells.clear()
        if row:
            self.lines.append(row)

    def prose(self) -> list[str]:
        """The block's paragraphs, which blank lines divide; the next block begins."""
        if not self.lines:
            text = collapsed("".join(self.chunks))
            self.chunks.clear()
            return [text] if text else []
        self.end_line()
        paragraphs = _BLANK_LINES.split("\n".join(self.lines).strip("\n"))
        self.lines.clear()
        return [text for text in paragraphs if text]

    def rows(self) -> list[str]:
        """The table's rows so far, as one text; the next begins."""
        self.end_row()
        text = "\n".join(self.lines)
        self.lines.clear()
        return [text] if text else []

    def verbatim(self) -> list[str]:
        """The block's text with its white space; the next begins."""
        text = preserved("".join(self.chunks))
        self.chunks.clear()
        return [text] if text else []


def collapsed(text: str) -> str:
    """Text as a browser shows it: runs of white space are one space, none at the ends.

    Spaces of fixed width, like U+00A0, stay between words. Control characters, soft hyphens and
    byte order marks, which show nothing, are left out.
    """
    if text.isascii() or not _FIXED_SPACES.search(text):
        text = " ".join(text.split())
    else:
        text = _SPACES.sub(" ", text).strip()
    return text if text.isprintable() else _INVISIBLE.sub("", text).strip()


def preserved(text: str) -> str:
    """Text of a <pre>: white space as it stands, without blank lines at the ends."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip("\n").rstrip() if text.strip() else ""
