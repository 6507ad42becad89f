"""docs/markers.md out of the lists and the measured figures."""

import json
from collections import Counter
from typing import Any

from filters import markers
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "markers.md"
FIGURES = ROOT / "tests" / "marker_sets" / "figures.json"

_HEAD = '''# Markers of text and pictures that a machine made

Written by `python -m tests.marker_sets` out of filters/marker_lists/*.toml and what it measured;
tests/filters/test_markers.py fails where the two differ. The texts that it measures on are no part
of the repository.

Every node carries `markers` (start, end, `language/class/phrase`; code points; the first 100) and a
count `marker_CLASS` for each class; documents carry the sums. Nothing is dropped for a marker
unless a recipe says so, for instance:

```toml
[[document]]
name = "chat_residue"
value = """marker_refusal + marker_prompt_residue + marker_machine_citation \\
+ marker_unfilled_template + marker_links + marker_page_url"""
at_most = 0
source = "docs/markers.md, the hard classes"
```

A phrase is found whatever its capitals, accents, apostrophes, kind of space, punctuation and
numbers; in Han and kana with or without spaces. Phrases of every language are looked for in every
text. A parameter such as `utm_source=chatgpt.com` mostly stands in an address and in no text:
documents keep the links of their page that have one (`machine_links`), and count them and the
page's own address (`marker_links`, `marker_page_url`). Scores and drift take them for hits of
`machine_citation`.

## Classes and lists

'''


def stored() -> dict[str, Any]:
    """The figures as they were measured last."""
    return json.loads(FIGURES.read_text("utf-8"))


def rendered(figures: dict[str, Any]) -> str:
    """The page."""
    return (
        _HEAD
        + _lists()
        + _precision(figures["pages"])
        + _recall(figures["human_vs_gpt4"])
        + _by_class(figures["by_class"])
        + _TAIL
    )


def _lists() -> str:
    count = Counter((marker.kind, marker.language) for marker in markers.markers())
    languages = markers.LANGUAGES
    lines = [
        "| class | hard | a hit says | " + " | ".join(languages) + " |",
        "|---|---|---|" + "---|" * len(languages),
    ]
    for kind, meaning in markers.CLASSES.items():
        cells = " | ".join(str(count[kind, language] or "") for language in languages)
        lines.append(f"| {kind} | {'yes' if kind in markers.HARD else ''} | {meaning} | {cells} |")
    versions = ", ".join(f"{name} {v}" for name, v in sorted(markers.versions().items()))
    total = sum(count.values())
    return "\n".join(lines) + f"\n\n{total:,} markers. Versions of the lists: {versions}.\n"


def _precision(pages: dict[str, Any]) -> str:
    lines = [
        "",
        "## Hard classes on pages of people",
        "",
        "Real pages captured before 2022, every text node of each, navigation too, and every link.",
        "Left out is what the sets wrongly date so early: a conversation shared from chatgpt.com,",
        "which the first count of links found in the second half. Hosts are dealt",
        "into two halves by a hash. The lists were written before either was read; when one is",
        "changed, only the first half may be looked at, and the second is the figure.",
        "The second has been acted on once: at first it had 1 hit in 989 documents (0.101 %), the",
        "template `[insert your name here]`, and in every language such templates of names were",
        "then moved to `placeholder`.",
        "",
        "| half | documents | words | with a hard hit | share |",
        "|---|---|---|---|---|",
    ]
    for half, found in pages.items():
        share = 100 * found["with_hard"] / found["documents"]
        lines.append(
            f"| {half} | {found['documents']:,} | {found['words']:,} | {found['with_hard']} "
            f"| {share:.3f} % |"
        )
    figure = pages["measured"]
    if not figure["with_hard"]:
        lines += [
            "",
            f"The second half does not rule out a share of {300 / figure['documents']:.1f} %",
            "(the rule of three: with no hit, 3 / documents, at 95 % confidence).",
        ]
    hits = sorted({hit for found in pages.values() for hit in found["hard_hits"]})
    said = ", ".join(f"`{hit}`" for hit in hits) or "none"
    lines += ["", f"The hits: {said}.", "", "Documents with a hit, by class:", ""]
    lines += ["| class | " + " | ".join(pages) + " |", "|---|" + "---|" * len(pages)]
    for kind in markers.CLASSES:
        cells = " | ".join(f"{found['documents_by_class'][kind]:,}" for found in pages.values())
        lines.append(f"| {kind} | {cells} |")
    return "\n".join(lines) + "\n"


def _recall(found: dict[str, Any]) -> str:
    lines = [
        "",
        "## Recall on texts of a machine",
        "",
        "Half of a public set of encyclopedic paragraphs by people and by GPT-4 (repository",
        "zxzxzx77/Human-and-AI-Generated-Texts, subset 1, 2024). Nobody left a refusal standing in",
        "them, so that the hard classes find nothing. `log_lift` of style is against the English",
        f"pages above ({found['style_per_1000_on_pages']} hits per 1000 words).",
        "",
        "| texts by | documents | words | hard hit | hit of style | per 1000 words |",
        "|---|---|---|---|---|---|",
    ]
    for who in ("people", "machine"):
        row = found[who]
        lines.append(
            f"| {who} | {row['documents']:,} | {row['words']:,} | {row['with_hard']} "
            f"| {row['with_style']:,} | {row['style_per_1000']} |"
        )
    lines += [
        "",
        "| told apart by log_lift | area under the curve | recall at 1 % of people's texts |",
        "|---|---|---|",
    ]
    for name in ("one_text", "groups_of_20"):
        row = found[name]
        recall = 100 * row["recall_at_1_percent"]
        lines.append(f"| {name.replace('_', ' ')} | {row['area']:.3f} | {recall:.1f} % |")
    return "\n".join(lines) + "\n"


_ORIGINS = ("machine", "people", "pages")


def _by_class(found: dict[str, Any]) -> str:
    lines = [
        "",
        "## Every class and language",
        "",
        "Documents with a hit of the class, of all documents in that language. Machine: the texts",
        "by GPT-4 above. People: the texts by people beside them, and the pages before 2022. A",
        "language is that of the document, by fastText; a phrase of any list may hit. A dash: no",
        "such text was at hand, so nothing is known.",
        "",
        "| class | language | machine | people, same set | people, pages |",
        "|---|---|---|---|---|",
    ]
    for kind in markers.CLASSES:
        for language in (*(n for n in markers.LANGUAGES if n != "any"), "other"):
            cells = []
            for origin in _ORIGINS:
                row = found.get(language, {}).get(origin)
                cells.append(f"{row['hits'].get(kind, 0):,} / {row['documents']:,}" if row else "-")
            lines.append(f"| {kind} | {language} | {' | '.join(cells)} |")
    machine = {name: row["machine"] for name, row in found.items() if "machine" in row}
    total = sum(row["documents"] for row in machine.values())
    hit = {
        kind: sum(row["hits"].get(kind, 0) for row in machine.values()) for kind in markers.CLASSES
    }
    never = ", ".join(f"`{kind}`" for kind, count in hit.items() if not count) or "no class"
    some = ", ".join(f"`{kind}` in {100 * n / total:.1f} %" for kind, n in hit.items() if n)
    others = ", ".join(f"{n} {row['documents']}" for n, row in machine.items() if n != "en")
    lines += [
        "",
        f"What is poor. Of {total:,} texts by a machine there was a hit of {some or 'nothing'};",
        f"of {never} there was none.",
        f"Machine texts in another language than English: {others or 'none'}. So the recall of",
        "those classes, and of every class in those languages, is not known.",
    ]
    return "\n".join(lines) + "\n"


_TAIL = """
One subject and one model: other machines and other kinds of text will do otherwise. No labelled set
was at hand for the other languages, nor for pages with residue; the recall of the hard classes is
not known.

## Baseline, score, drift

```
interleaf markers baseline STORE --out rates.json              # rates before 2022-11-01
interleaf markers score STORE --baseline rates.json --out scores.parquet
interleaf markers drift STORE [--baseline rates.json]          # STORE/markers.html
```

Drift is by language and by the crawl that a page belongs to: CC-MAIN-YYYY-WW where the name or
address of the crawl file or its warcinfo record says so, else the month of the fetch. The page
draws those with at least ten documents; its table has all.

A baseline holds each marker's hits per 1000 words by language. The score of a document is
`ln((hits + 1) / (expected + 1))` over the classes of style, `expected` being the baseline's rate
times its words; of a language with fewer than 10,000 words in the baseline there is none.

## Pictures

The fetch reads the file that was sent, before it is resized: `digital_source_type` (IPTC),
`made_by`, `c2pa` and `claim_generator`. A node carries `named_generator`: a generator named in its
alt text or address. Signatures of C2PA are not verified; most sites strip metadata.
"""
