"""White space of single texts: titles, captions, alternative texts."""

import re

_SPACES = re.compile("[\t\n\v\f\r\x1c-\x1f \x85\u2028\u2029]+")
_FIXED_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\ufeff]")


def collapsed(text: str) -> str:
    """Text as a browser shows it: runs of white space are one space, none at the ends.

    Spaces of fixed width, like U+00A0, stay between words. Control characters, soft hyphens and
    byte order marks, which show nothing, are left out.
    """
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    if text.isascii() or not _FIXED_SPACES.search(text):
        return " ".join(text.split())
    return _SPACES.sub(" ", text).strip()
