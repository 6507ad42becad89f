"""The four columns that OBELICS published: images, texts, metadata, general_metadata."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

BETWEEN_TEXTS = "\n\n"

# What stands in a file name besides words: digits, separators, the size "300x200".
_NOT_WORDS = re.compile(r"(?:\d+x\d+|[\W\d_])+")
_PIXELS = re.compile(r"\s*(\d{1,7})(?:\.\d*)?\s*(?:px)?\s*")
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*%\s*")
_MAX_FILE_NAME = 200


def interleaved(
    nodes: Sequence[Mapping[str, Any]], facts: Sequence[Mapping[str, Any]]
) -> tuple[list[str | None], list[str | None], list[Mapping[str, Any] | None]]:
    """(texts, images, metadata) of a document: three lists of one length, an entry a place.

    `nodes` in reading order have `text`, or `image`, an index into `facts`, and then text is
    null. Texts with no image between them are one entry, joined by a blank line. `facts` hold at
    least `src`, the image's address.
    """
    texts: list[str | None] = []
    images: list[str | None] = []
    metadata: list[Mapping[str, Any] | None] = []
    for node in nodes:
        if node["image"] is not None:
            fact = facts[node["image"]]
            texts.append(None)
            images.append(fact["src"])
            metadata.append(fact)
        elif texts and texts[-1] is not None:
            texts[-1] += BETWEEN_TEXTS + node["text"]
        else:
            texts.append(node["text"])
            images.append(None)
            metadata.append(None)
    return texts, images, metadata


def image_facts(
    document_url: str, node: Mapping[str, Any], image: Mapping[str, Any]
) -> dict[str, Any]:
    """What OBELICS' metadata says of one image; `alt_text` and sizes only where the page had them.

    `node` is the image node, `image` a row of schemas.image.IMAGE. `unformatted_src` is the
    address resolved against the page, as the written one is not kept.
    """
    facts = {
        "document_url": document_url,
        "unformatted_src": image["url"],
        "src": image["url"],
        "formatted_filename": file_words(image["url"]),
        "alt_text": node["alt"],
        "rendered_width": rendered(node["width_attr"]),
        "rendered_height": rendered(node["height_attr"]),
        "original_width": image["original_width"],
        "original_height": image["original_height"],
        "format": image["original_format"],
    }
    return {key: value for key, value in facts.items() if value not in (None, "")}


def page_facts(document: Mapping[str, Any]) -> dict[str, Any]:
    """What OBELICS' general_metadata says of a page. The record's length is not kept: null."""
    return {
        "url": document["url"],
        "warc_filename": document["warc_file"],
        "warc_record_offset": document["warc_offset"],
        "warc_record_length": None,
    }


def as_json(value: Any) -> str:
    """One line of JSON, the same for the same value."""
    return json.dumps(value, ensure_ascii=False)


def file_words(url: str) -> str:
    """The words of an address's file name: ".../Blue_Bird-300x200.jpg" gives "Blue Bird"."""
    try:
        name = unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    except ValueError:  # a bracket that opens no IPv6 address
        return ""
    stem = name[:_MAX_FILE_NAME].split(".")[0]
    words = " ".join(_NOT_WORDS.sub(" ", stem).split())
    return words if len(words) > 1 else ""


def rendered(attribute: str | None) -> int | str | None:
    """A declared size: whole pixels, a share as "50%", or None for anything else."""
    if not attribute:
        return None
    if match := _PIXELS.fullmatch(attribute):
        return int(match[1])
    if match := _PERCENT.fullmatch(attribute):
        return f"{match[1]}%"
    return None
