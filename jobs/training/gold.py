"""Pages whose main content is known, and how well a choice of their text agrees with it."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jobs.inputs.sources import open_source, sources
from jobs.training.alignment import TOKEN, shares_in
from pipeline.interleave import Interleave, UnreadableError
from pipeline.page.outline import Outline
from pipeline.warc import ReadWarc

MARKED = ("human", "publisher-rules")
"""Kinds of gold with the whole text, as people or rules for that publisher marked it."""

# What a page of each kind counts in training; "prefix" holds too little.
KINDS = {
    "human": 1.0, "publisher-rules": 1.0, "tool-output": 0.5, "snippets": 0.5, "recipe-fields": 0.2,
}  # fmt: skip
_LONG = 20
GRAM = 4


@dataclass(frozen=True)
class Example:
    """A page with its gold.

    `shares` float64 (n,): how much of each text node is main content, NaN where nothing is known;
    `tokens` float64 (n,): words of each. `is_text`: of all nodes, which are text; `images`: the
    addresses of the others.
    """

    gold: dict[str, Any]
    title: str
    texts: list[str]
    outline: Outline
    shares: np.ndarray
    tokens: np.ndarray
    is_text: list[bool]
    images: list[str]

    @property
    def weight(self) -> float:
        """What the page counts in training."""
        return KINDS[self.gold["kind"]]


def examples(warcs: Sequence[str], gold_file: Path) -> Iterator[Example]:
    """The pages of these crawl files that `gold_file` (JSON lines, gzip) has something to say of.

    Each line holds url, domain (registered), dataset, kind; text, or must_have and must_not.
    """
    with gzip.open(gold_file, "rt") as lines:
        known = {gold["url"]: gold for gold in map(json.loads, lines) if gold["kind"] in KINDS}
    stage = Interleave()
    records = ReadWarc(open_source).stream(iter(sources(list(warcs), None).to_batches()))
    for batch in records:
        wanted = ("url", "body", "http_charset", "dropped")
        for page in batch.select(wanted).to_pylist():
            if page["dropped"] is not None or page["url"] not in known:
                continue
            gold = known.pop(page["url"])
            try:
                reading = stage.read(page["body"] or b"", page["url"], page["http_charset"])
            except UnreadableError:
                continue
            texts = [node.text or "" for node in reading.nodes if node.kind == "text"]
            if gold.get("text"):
                shares, tokens = shares_in(texts, gold["text"])
            else:
                shares, tokens = _told(texts, gold)
            is_text = [node.kind == "text" for node in reading.nodes]
            images = [node.image_url or "" for node in reading.nodes if node.kind != "text"]
            title = reading.title or ""
            yield Example(gold, title, texts, reading.outline, shares, tokens, is_text, images)


def _told(texts: list[str], gold: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    have, lack = ([plain(s) for s in gold.get(key) or []] for key in ("must_have", "must_not"))
    shares = np.full(len(texts), np.nan)
    for place, text in enumerate(map(plain, texts)):
        inside, outside = (
            any(part in text or (len(text) > _LONG and text in part) for part in parts)
            for parts in (have, lack)
        )
        if inside != outside:
            shares[place] = float(inside)
    return shares, np.array([len(TOKEN.findall(text)) for text in texts], np.float64)


def plain(text: str) -> str:
    """Its words in lower case, a space between them."""
    return " ".join(TOKEN.findall(text.lower()))


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The word 4-grams of a text; of a shorter one, all its words as one."""
    words = TOKEN.findall(text.lower())
    grams = [tuple(words[i : i + GRAM]) for i in range(max(len(words) - GRAM + 1, 1))]
    return Counter(grams if words else [])


@dataclass(frozen=True)
class Agreement:
    """How a choice of texts agrees with the gold, a mean over pages."""

    pages: int
    precision: float
    recall: float
    f1: float
    by_dataset: dict[str, float]
    by_type: dict[str, float]
    have: float  # share of the snippets that must be there and are
    lack: float  # share of the snippets that must not be there and are not


def agreement(gold: Sequence[dict[str, Any]], texts: Sequence[str]) -> Agreement:
    """Compare the main content that was chosen for each page with its gold."""
    rows: list[tuple[float, float, float]] = []
    by: dict[str, dict[str, list[float]]] = {"dataset": {}, "page_type": {}}
    snippets: dict[str, list[bool]] = {"must_have": [], "must_not": []}
    for page, text in zip(gold, texts, strict=True):
        if page["kind"] in MARKED and page.get("text"):
            rows.append(_compared(shingles(text), shingles(page["text"])))
            for key, lists in by.items():
                lists.setdefault(page.get(key) or "unknown", []).append(rows[-1][2])
        if page["kind"] in (*MARKED, "snippets"):
            spoken = plain(text)
            for key, found in snippets.items():
                found += [plain(part) in spoken for part in page.get(key) or []]
    precision, recall, f1 = np.mean(rows, axis=0).tolist() if rows else (0.0, 0.0, 0.0)
    means = [{k: float(np.mean(v)) for k, v in sorted(lists.items())} for lists in by.values()]
    have, lack = (float(np.mean(found)) if found else 0.0 for found in snippets.values())
    return Agreement(len(rows), precision, recall, f1, means[0], means[1], have, 1 - lack)


def _compared(chosen: Counter[Any], gold: Counter[Any]) -> tuple[float, float, float]:
    common, all_chosen, all_gold = (chosen & gold).total(), chosen.total(), gold.total()
    precision = common / all_chosen if all_chosen else float(not all_gold)
    recall = common / all_gold if all_gold else 1.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0
