"""Resize pictures where a crash of a decoder costs one picture."""

from typing import Any, Self

from pipeline.apart import Apart, CrashedError
from pipeline.resize import Picture, Resize, Sent, passed, rewritten

_REWRITE = "pipeline.decoding:answered"


class Decoders:
    """`resize`, with its decoders in at most `count` processes of their own."""

    def __init__(self, count: int) -> None:
        self._apart = Apart(_REWRITE, count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._apart.__exit__(*error)

    def resized(self, data: bytes, policy: Resize) -> tuple[Sent, Picture | str]:
        """As `pipeline.resize.resize`; a picture that kills its decoder is "decode_failed"."""
        sent, picture = passed(data, policy)
        if picture is not None:
            return sent, picture
        try:
            facts, body = self._apart.ask(data, {"sent": vars(sent), "policy": vars(policy)})
        except CrashedError:
            return sent, "decode_failed"
        sent = Sent(**facts["sent"])
        if facts["dropped"] is not None:
            return sent, facts["dropped"]
        found = tuple((word, count) for word, count in facts["found"])
        return sent, Picture(body, facts["format"], facts["width"], facts["height"], found)


def answered(data: bytes, facts: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """`pipeline.resize.rewritten` as a child of Apart answers it."""
    sent, picture = rewritten(data, Sent(**facts["sent"]), Resize(**facts["policy"]))
    told: dict[str, Any] = {"sent": vars(sent), "dropped": None}
    if isinstance(picture, str):
        return told | {"dropped": picture}, b""
    told |= {"format": picture.format, "width": picture.width, "height": picture.height}
    told |= {"found": picture.found}
    return told, picture.bytes
