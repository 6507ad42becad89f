"""Resize pictures where a crash of a decoder costs one picture."""

import io
import sys
from typing import Any, Self

from pipeline.pictures.apart import Apart, CrashedError
from pipeline.pictures.resize import Picture, Resize, Sent, passed, resize, rewritten

# Of data, most of it reserved only, 80 MiB of it by numba; a net under Resize.max_held_bytes, which
# comes first.
# A webp's decoder reserves what it never writes to.
MEMORY_BYTES, MEMORY_BYTES_WEBP = 336 << 20, 720 << 20
SMALL_PX = 1024
_REWRITE, _PREPARE = "pipeline.pictures.decoding:answered", "pipeline.pictures.decoding:prepare"


class Decoders:
    """`resize`, with its decoders in at most `count` processes of their own."""

    def __init__(self, count: int) -> None:
        self._apart = Apart(_REWRITE, count, prepare=_PREPARE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._apart.__exit__(*error)

    def resized(self, data: bytes, policy: Resize) -> tuple[Sent, Picture | str]:
        """As `resize`; a picture that kills its decoder is "decode_failed"."""
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
    """`pipeline.pictures.resize.rewritten` as a child of Apart answers it."""
    sent, policy = Sent(**facts["sent"]), Resize(**facts["policy"])
    _bounded(sent, policy)
    sent, picture = rewritten(data, sent, policy)
    told: dict[str, Any] = {"sent": vars(sent), "dropped": None}
    if isinstance(picture, str):
        return told | {"dropped": picture}, b""
    told |= {"format": picture.format, "width": picture.width, "height": picture.height}
    told |= {"found": picture.found}
    return told, picture.bytes


def _bounded(sent: Sent, policy: Resize) -> None:
    """Bound this process, where no encoder or detector needs more than a decoder may have."""
    import resource

    small = policy.mode != "no" and policy.size_px <= SMALL_PX and policy.format != "avif"
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    now = MEMORY_BYTES_WEBP if sent.format == "webp" else MEMORY_BYTES
    now = now if small and policy.blur is None else most
    resource.setrlimit(resource.RLIMIT_DATA, (now, most))


def prepare() -> None:
    """Load, or compile, what is needed to rewrite a small PNG. Starts no threads."""
    from PIL import Image

    # numba loads scipy where it is installed, for linear algebra that nothing here asks for.
    hidden = "scipy" not in sys.modules
    if hidden:
        sys.modules["scipy"] = None  # type: ignore[assignment]
    for mode, format_ in (("RGBA", "jpeg"), ("P", "auto")):
        data = io.BytesIO()
        Image.new(mode, (1, 1)).save(data, "PNG")
        resize(data.getvalue(), Resize(2, only_if_bigger=False, format=format_))
    if hidden:
        del sys.modules["scipy"]
