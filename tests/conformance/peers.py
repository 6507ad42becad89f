"""How others read a page, each set to give as much as it can."""

from importlib.metadata import version
from typing import Any

from tests.conformance.cases import Case
from tests.conformance.scores import Found

PEERS = ("trafilatura", "resiliparse", "readability-lxml")


_INLINE_TEI = frozenset(("hi", "ref", "del", "graphic"))
_INLINE_HTML = frozenset((
    "a", "abbr", "b", "bdo", "bdi", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd",
    "mark", "picture", "q", "rp", "rt", "ruby", "s", "samp", "small", "source", "span", "strong",
    "sub", "sup", "u", "var", "wbr", "bed-name",
))  # fmt: skip


def versions() -> dict[str, str]:
    return {name: version(name) for name in PEERS}


def read_by(peer: str, case: Case) -> Found:
    return {
        "trafilatura": _trafilatura, "resiliparse": _resiliparse, "readability-lxml": _readability,
    }[peer](case)  # fmt: skip


def _trafilatura(case: Case) -> Found:
    import trafilatura
    from lxml import etree
    from trafilatura.settings import use_config

    config = use_config()
    for name in ("MIN_EXTRACTED_SIZE", "MIN_OUTPUT_SIZE", "MIN_EXTRACTED_COMM_SIZE"):
        config.set("DEFAULT", name, "0")
    found = trafilatura.extract(
        case.body, url=case.url, output_format="xml", include_images=True, include_tables=True,
        include_comments=False, favor_recall=True, config=config,
    )  # fmt: skip
    if not found:
        return Found("", [])
    main = etree.fromstring(found.encode()).find("main")
    images = [(graphic.get("src") or "", None) for graphic in main.iter("graphic")]
    return Found(_text(main, _INLINE_TEI), images)


def _resiliparse(case: Case) -> Found:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    page = bytes_to_str(case.body, detect_encoding(case.body))
    # main_content=False: whole pages, for ours are short; it reads no images.
    return Found(extract_plain_text(page, main_content=False, alt_texts=False), None)


def _readability(case: Case) -> Found:
    import logging

    import lxml.html
    from lxml.etree import ParserError
    from readability import Document
    from readability.readability import Unparseable

    logging.getLogger("readability").setLevel(logging.CRITICAL)
    try:
        summary = Document(case.body, url=case.url, min_text_length=0).summary()
        tree: Any = lxml.html.document_fromstring(summary)
    except (Unparseable, ParserError, ValueError):
        return Found("", [])
    images = []
    for image in tree.iter("img"):
        figure = next((above for above in image.iterancestors("figure")), None)
        caption = figure.find(".//figcaption") if figure is not None else None
        words = caption.text_content() if caption is not None else None
        images.append((image.get("src") or "", words))
    return Found(_text(tree, _INLINE_HTML), images)


def _text(tree: Any, inline: frozenset[str]) -> str:
    """All text; elements that are not inline stand apart."""
    parts = []

    def walk(element: Any) -> None:
        apart = "" if element.tag in inline else "\n"
        parts.extend((apart, element.text or ""))
        for child in element:
            walk(child)
            parts.append(child.tail or "")
        parts.append(apart)

    walk(tree)
    return "".join(parts)
