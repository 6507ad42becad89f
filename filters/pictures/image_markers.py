"""Signs that a picture was generated: in the bytes that were sent, in its alt text, its address.

And whether the file says that no model may be trained on it. What a file says of itself lies in few
places: XMP (IPTC's digital source type, PLUS' data mining property), EXIF and PNG text
(the program), a C2PA manifest (a JUMBF box with assertions and the name of the claim's generator).
Only the containers are walked, under caps; signatures are not verified, so that this is what the
file says, not what is proven. Most sites strip all of it: absence says nothing.

Sources: IPTC Photo Metadata 2023.2, NewsCodes digitalsourcetype; C2PA specification 2.1, sections
A.3 (JPEG, PNG, WebP) and its assertion c2pa.training-mining, which CAWG 1.1 goes on with; PLUS
License Data Format, Data Mining (plus:DataMining, in IPTC 2023.1); PNG 3rd edition, 11.3; the
metadata that AUTOMATIC1111's web UI, ComfyUI, InvokeAI and NovelAI write.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import Measure, Signal

MOST_METADATA = 1 << 20  # bytes of one picture that are looked at, after unpacking too
MOST_BLOCKS = 1 << 12
MOST_NAME = 200

# IPTC NewsCodes digitalsourcetype, those in force and those retired.
SOURCE_TYPES = (
    "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia",
    "algorithmicallyEnhanced", "compositeSynthetic", "composite", "compositeCapture",
    "virtualRecording",
    "digitalCreation", "dataDrivenMedia", "digitalArt", "digitalCapture", "computationalCapture",
    "negativeFilm", "positiveFilm", "print", "humanEdits", "minorHumanEdits", "softwareImage",
    "screenCapture",
)  # fmt: skip
_TYPES = {name.lower(): name for name in SOURCE_TYPES}
_SOURCE_TYPE = re.compile(rb"digitalsourcetype/([a-z]{3,60})")  # in small letters

# A property or an element of XMP, with its value or an address that ends in it.
_DATA_MINING = re.compile(rb"\bDataMining\b.{0,200}?\b(DMI-[A-Z-]{3,60})", re.DOTALL)
# An entry of the assertion's map, in CBOR or JSON: a use of the picture, and what is said of it.
_USE = re.compile(
    rb"(?:c2pa|cawg)\.(ai_generative_training|ai_training|data_mining)"
    rb".{1,16}?use.{1,5}?(notAllowed|constrained|allowed)",
    re.DOTALL,
)

# Generator -> how it is named in metadata, alt texts and addresses.
GENERATORS = {
    "midjourney": r"midjourney",
    "dall-e": r"dall[-·]e\b|\bdalle[-_ ]?[23]\b|oaidalleapiprodscus",
    "stable diffusion": r"stable[-_ ]?diffusion|\bsdxl\b",
    "firefly": r"adobe[-_ ]firefly",
    "openai": r"\bgpt-4o\b|\bchatgpt\b|openai-api|\bopenai\b",
    "google": r"made with google ai|edited with google ai|\bgoogle imagen\b",
    "novelai": r"novelai",
    "comfyui": r"comfyui",
    "invokeai": r"invokeai",
    "leonardo": r"leonardo\.ai|leonardo[-_ ]ai\b",
    "ideogram": r"ideogram\.ai|\bideogram ai\b",
    "bing image creator": r"bing[-_ ]image[-_ ]creator|microsoft designer image creator",
    "flux": r"\bblack[-_ ]forest[-_ ]labs\b|\bflux\.1\b",
    "ai, unnamed": r"\bai[-_ ]generated\b|\bgenerated (?:by|with|using) (?:an )?ai\b",
}
_NAMED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in GENERATORS.items()}
# In small letters alone, which are found faster.
_IN_BYTES = {
    name: re.compile(pattern.replace("·", "\xb7").encode("utf-8"))
    for name, pattern in GENERATORS.items()
}
_ANY = "(?i)" + "|".join(f"(?:{pattern})" for pattern in GENERATORS.values())
# PNG text of programs that write no name of their own: keyword -> generator, and what must be said.
_PNG_TEXT = (
    (b"parameters", "stable diffusion", re.compile(rb"Steps: \d+, Sampler: ")),
    (b"workflow", "comfyui", re.compile(rb'"nodes"|"class_type"')),
    (b"prompt", "comfyui", re.compile(rb'"class_type"')),
    (b"invokeai_metadata", "invokeai", re.compile(rb"")),
    (b"sd-metadata", "invokeai", re.compile(rb"")),
)

NAMED_GENERATOR = Signal(
    "named_generator",
    pa.string(),
    "image generator that the alt text or the address names",
    "name",
    "filters/pictures/image_markers.py",
)

_PNG, _RIFF = b"\x89PNG\r\n\x1a\n", b"RIFF"


def provenance(body: bytes) -> dict[str, Any]:
    """What an encoded picture says of its making: any bytes -> columns of schemas.image.IMAGE.

    `digital_source_type` (one of SOURCE_TYPES), `made_by` (one of GENERATORS), `c2pa` (True where
    there is a manifest), `claim_generator` and `data_mining` (`forbids_training` reads it); None
    where the file does not say.
    """
    texts, box = [], bytearray()
    made_by = None
    for kind, block in _blocks(body):
        if kind == "c2pa":
            box += block
        else:
            texts.append(block)
            made_by = made_by or _written_by(block)
    said = [text.lower() for text in (*texts, bytes(box))]
    types = (match[1].decode() for text in said for match in _SOURCE_TYPE.finditer(text))
    has_manifest = b"c2pa" in box
    claim = _claim_generator(bytes(box)) if has_manifest else None
    if made_by is None:
        made_by = next((name for name, at in _IN_BYTES.items() if any(map(at.search, said))), None)
    return {
        "digital_source_type": next((_TYPES[name] for name in types if name in _TYPES), None),
        "made_by": made_by,
        "c2pa": has_manifest or None,
        "claim_generator": claim,
        "data_mining": _mining(texts, bytes(box)),
    }


def _mining(texts: list[bytes], box: bytes) -> str | None:
    """The first word on data mining, in XMP, else the first in a manifest that is not "allowed"."""
    for text in texts:
        match = _DATA_MINING.search(text)
        if match:
            return match[1].decode().rstrip("-")
    said = [f"{match[1].decode()} {match[2].decode()}" for match in _USE.finditer(box)]
    order = ("notAllowed", "constrained", "allowed")
    return min(said, key=lambda use: order.index(use.rpartition(" ")[2]), default=None)


def forbids_training(data_mining: str | None) -> bool:
    """Is a `data_mining` an explicit prohibition? One that only sets conditions is none."""
    said = data_mining or ""
    return said.startswith("DMI-PROHIBITED") or said.endswith(" notAllowed")


def _written_by(text: bytes) -> str | None:
    """The generator by a PNG's text chunk, keyword and value with a NUL between."""
    key, nul, value = text.partition(b"\0")
    if nul:
        for keyword, name, says in _PNG_TEXT:
            if key == keyword and says.search(value):
                return name
    return None


def _blocks(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Metadata of a JPEG, PNG or WebP: ("text" or "c2pa", bytes), MOST_METADATA in all."""
    left = MOST_METADATA
    if body.startswith(b"\xff\xd8"):
        found = _jpeg(body)
    elif body.startswith(_PNG):
        found = _png(body)
    elif body.startswith(_RIFF) and body[8:12] == b"WEBP":
        found = _webp(body)
    else:
        return
    for count, (kind, block) in enumerate(found):
        if left <= 0 or count >= MOST_BLOCKS:
            return
        yield kind, block[:left]
        left -= len(block)


def _jpeg(body: bytes) -> Iterator[tuple[str, bytes]]:
    at = 2
    while at + 4 <= len(body) and body[at] == 0xFF:
        marker = body[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in (0xD9, 0xDA):  # end, or the picture itself
            return
        size = int.from_bytes(body[at + 2 : at + 4], "big")
        block = body[at + 4 : at + 2 + size]
        if marker == 0xEB and block[:2] == b"JP":  # a box that spans segments repeats its header
            first = int.from_bytes(block[4:8], "big") == 1
            yield "c2pa", block[8 if first else 16 :]
        elif marker in (0xE1, 0xED, 0xFE):  # EXIF or XMP, Photoshop's IPTC, a comment
            yield "text", block
        at += 2 + max(size, 2)


def _png(body: bytes) -> Iterator[tuple[str, bytes]]:
    at = len(_PNG)
    while at + 12 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        kind, block = body[at + 4 : at + 8], body[at + 8 : at + 8 + size]
        if kind in (b"tEXt", b"eXIf"):
            yield "text", block
        elif kind == b"zTXt":
            key, _, rest = block.partition(b"\0")
            yield "text", key + b"\0" + _unpacked(rest[1:])
        elif kind == b"iTXt":
            yield "text", _international(block)
        elif kind == b"caBX":
            yield "c2pa", block
        elif kind == b"IEND":
            return
        at += 12 + size


def _international(block: bytes) -> bytes:
    """Keyword, NUL and value of an iTXt chunk, unpacked."""
    key, _, rest = block.partition(b"\0")
    packed = rest[:1] == b"\1"
    value = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return key + b"\0" + (_unpacked(value) if packed else value)


def _unpacked(data: bytes) -> bytes:
    """The first bytes of a zlib stream, as far as it is one."""
    try:
        return zlib.decompressobj().decompress(data, MOST_METADATA)
    except zlib.error:
        return b""


def _webp(body: bytes) -> Iterator[tuple[str, bytes]]:
    at = 12
    while at + 8 <= len(body):
        kind, size = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        block = body[at + 8 : at + 8 + size]
        if kind in (b"EXIF", b"XMP "):
            yield "text", block
        elif kind == b"C2PA":
            yield "c2pa", block
        at += 8 + size + size % 2


def _claim_generator(box: bytes) -> str | None:
    """The text after a claim's CBOR key claim_generator, or the name in claim_generator_info."""
    info = re.search(rb"claim_generator_info.{0,64}?dname", box, re.DOTALL)
    plain = re.search(rb"claim_generator(?!_info)", box)
    for match in (plain, info):
        if match:
            text = _cbor_text(box, match.end())
            if text:
                return text
    return None


def _cbor_text(data: bytes, at: int) -> str | None:
    """The CBOR text string that begins at `at` (RFC 8949, 3.1), its first MOST_NAME characters."""
    if at >= len(data) or data[at] >> 5 != 3:
        return None
    short = data[at] & 0x1F
    if short < 24:
        begin, size = at + 1, short
    elif short in (24, 25):
        width = short - 23
        begin, size = at + 1 + width, int.from_bytes(data[at + 1 : at + 1 + width], "big")
    else:
        return None
    text = data[begin : begin + size].decode("utf-8", "replace")
    return "".join(char for char in text if char.isprintable())[:MOST_NAME] or None


def named(url: pa.Array, alt: pa.Array) -> tuple[pa.Array]:
    """NAMED_GENERATOR of images: addresses and alt texts, string (n,) twice -> string (n,)."""
    hits = pc.or_kleene(
        pc.fill_null(pc.match_substring_regex(url, _ANY), False),
        pc.fill_null(pc.match_substring_regex(alt, _ANY), False),
    )
    if not pc.any(hits).as_py():
        return (pa.nulls(len(url), pa.string()),)
    rows = zip(hits.to_pylist(), url.to_pylist(), alt.to_pylist(), strict=True)
    return (pa.array([_name(u, a) if hit else None for hit, u, a in rows], pa.string()),)


def _name(url: str | None, alt: str | None) -> str | None:
    said = f"{alt or ''}\n{url or ''}"
    return next((name for name, pattern in _NAMED.items() if pattern.search(said)), None)


LINK = (Measure(named, ("image_url", "alt"), (NAMED_GENERATOR,)),)
