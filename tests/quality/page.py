"""The measured part of docs/main-content.md."""

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "main-content.md"
MEASURED = Path(__file__).parent / "measured.json"
BEGIN, END = "<!-- measured by make quality -->\n", "<!-- measured, the end -->\n"
_MODEL = "sha256 of the model that the same run trained on all pages:"
OURS = "interleaf, domain unseen"


def model_hash() -> str:
    """Of the model that the tree carries."""
    content = resources.files("filters.main").joinpath("model.npz").read_bytes()
    return hashlib.sha256(content).hexdigest()


def measured_part(measured: Mapping[str, Any]) -> str:
    readers: Mapping[str, Mapping[str, Any]] = measured["readers"]
    ours, images = readers[OURS], measured["images"]
    versions = ", ".join(f"{name} {number}" for name, number in measured["versions"].items())
    shown = measured["model"][:16]
    lines = [
        f"{ours['pages']:,} pages with marked text; {versions}. {_MODEL} {shown}.\n\n",
        "| | precision | recall | F1 | must have | must not |\n|---|---:|---:|---:|---:|---:|\n",
    ]
    for name, got in readers.items():
        values = (got[key] for key in ("precision", "recall", "f1", "have", "lack"))
        lines.append(f"| {name} | {' | '.join(map(share, values))} |\n")
    for key, title in (("by_dataset", "data set"), ("by_type", "kind of page")):
        lines += [
            f"\n| F1 by {title} | {' | '.join(readers)} |\n",
            "|---|" + "---:|" * len(readers),
        ]
        for group in ours[key]:
            cells = (share(got[key][group]) for got in readers.values())
            lines.append(f"\n| {group} | {' | '.join(cells)} |")
        lines.append("\n")
    found, others = images["main"] / images["found"], images["others_main"] / images["others"]
    lines.append(
        f"\nImages, on {images['pages']} pages whose publisher's rules name all images of the "
        f"article: of {images['gold']} such images {images['found']} are nodes, and {share(found)}"
        f" of those are main; of the {images['others']:,} other images {share(others)} are.\n"
    )
    return "".join(lines)


def share(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.000"


def with_measured(document: str, measured: Mapping[str, Any]) -> str:
    """The document, its measured part written anew."""
    before, rest = document.split(BEGIN)
    return before + BEGIN + measured_part(measured) + END + rest.split(END)[1]
