"""Compare our decisions with those of published code and write docs/parity.md.

OBELICS=CHECKOUT python -m tests.parity       without OBELICS its part says that it was not compared
"""

import os
import sys
import warnings
from collections import Counter
from pathlib import Path

from tests.parity import datatrove, test_redpajama
from tests.parity.texts import REALWEB, documents, gold

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
RPS_TEXTS = 400

_HEAD = """\
# Parity with published code

Written by `OBELICS=CHECKOUT python -m tests.parity` (the extra `parity`; OBELICS is a checkout of
huggingface/OBELICS, which is read and not run). Texts: what we make of the pages of one file of
real pages, and the main text that people marked on pages. `tests/parity/` holds the comparisons; CI
runs them on a sample where the pages lie beside the checkout.
"""
_DATATROVE = """
## datatrove's filters

datatrove {version}, its filters as they stand, against the document rules of the recipes that ship.

| filter | kept by datatrove | same decision | different |
|---|---|---|---|
"""
_WHY = """
Where decisions differ, the reason is a token: Gopher's and FineWeb's rules divide by spaCy's
tokens, and `filters/compiled/tokenizing.py` follows spaCy's rules without spaCy. Kinds of
difference, by their cause:

- faces made of marks that spaCy joins again after it has cut them, `):` and two apostrophes aside;
- letters: spaCy lists ranges of some scripts, here Unicode's categories say what a letter is;
- addresses in odd surroundings, as in source code, which only one of the two knows for one;
- exceptions that follow a mark inside a word;
- n-grams of other words with the same letters, which are equal there, as nothing stands between
  their words when they are compared.

A line rule cuts a line there; here it decides about a node (a node with no line left goes) and
about the document, by the lines that are left. So decisions are compared for documents.
"""

_OBELICS = """
## OBELICS

Its published rules for text, those of `obelics_code`, with its own lists of words on both sides
(common words: ours, as its list is not published; spam words: those of its last script). Left out
are the rules that no text alone decides: {left_out}.

| | kept by OBELICS | same decision | different |
|---|---|---|---|
"""
_WHY_OBELICS = """
What differs: special characters are Unicode categories here and a list there, which leaves out some
marks and holds some letters; a compound such as well-known is common here when its parts are; an
apostrophe that is set curly is the straight one here.
"""


def main() -> None:
    """Print the page and write it."""
    if not REALWEB.is_dir():
        sys.exit(f"no real pages: {REALWEB} is absent; there is nothing to compare on")
    page = f"{_HEAD}{_datatrove()}{_WHY}{_redpajama()}{_obelics()}"
    PAGE.write_text(page, "utf-8")
    print(page, end="")


def _datatrove() -> str:
    from importlib.metadata import version

    texts = [*documents(), *gold()]
    with warnings.catch_warnings():  # a mean over no word is asked for on purpose
        warnings.simplefilter("ignore")
        differing = datatrove.compared(texts)
    broken = datatrove.ours(texts)
    out = [_DATATROVE.format(version=version("datatrove"))]
    kinds = []
    for name, wrong in differing.items():
        flips = {number: reason for number, reason, _ in wrong}
        kept = sum((not rules) != (number in flips) for number, rules in enumerate(broken[name]))
        same = 100 * (1 - len(wrong) / len(texts))
        out.append(f"| {name} | {kept:,} of {len(texts):,} | {same:.2f} % | {len(wrong)} |\n")
        found = Counter(
            (reason or "kept", ", ".join(rules) or "kept") for _, reason, rules in wrong
        )
        kinds += [
            f"| {name} | {reason} | {rules} | {count} |\n"
            for (reason, rules), count in found.most_common()
        ]
    if kinds:
        out.append("\n| filter | datatrove says | here | documents |\n|---|---|---|---|\n")
        out += kinds
    return "".join(out)


def _redpajama() -> str:
    texts = [text for kind in (documents(), gold()) for text in kind[:: len(kind) * 2 // RPS_TEXTS]]
    wrong = test_redpajama.differing(texts)
    names = len(test_redpajama.published([""])[0])
    return f"""
## RedPajama-V2's signals

{names} signals over {len(texts):,} texts against `tests/parity/redpajama.py`, which is plain Python
after the definitions: {len(wrong)} of {names * len(texts):,} values differ by more than 1e-6. A
signal of lines is compared summed over a document's lines. Where the published code divides nothing
by nothing, it says 0 or null and a rule here has no value. Combining marks are not put in canonical
order, which changes no length.
"""


def _obelics() -> str:
    if "OBELICS" not in os.environ:
        return "\n## OBELICS\n\nNot compared: no checkout was given.\n"
    from tests.parity import test_obelics

    left_out = ", ".join(f"`{name}`" for name in sorted(test_obelics.LEFT_OUT))
    out = [_OBELICS.format(left_out=left_out)]
    for name, texts in (("nodes", test_obelics.nodes()), ("documents", list(gold()))):
        kept, differing = test_obelics.differing(texts, name)
        same = 100 * (1 - len(differing) / len(texts))
        out.append(f"| {name} | {kept:,} of {len(texts):,} | {same:.2f} % | {len(differing)} |\n")
    out.append(_WHY_OBELICS)
    return "".join(out)


if __name__ == "__main__":
    main()
