"""`interleaf train-lm`: an n-gram model of texts, for `interleaf run --lm`, and its card.

The estimating is done by lmplz (KenLM, modified Kneser-Ney) where it is installed, else by IRSTLM's
tlm (Witten-Bell); the model is an ARPA file, or KenLM's binary form where build_binary is there.
One line in HELD_OUT is kept from training, and the card says how well the model foretells those.
"""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from filters.normalise import NORMALISATIONS, words
from filters.perplexity import (
    MICRO,
    LanguageModelError,
    card_name,
    language_model,
    scores,
)

HELD_OUT = 50
ORDERS = range(2, 7)  # KenLM is built for 6 at most
MOST_SECONDS = 24 * 3600
# IRSTLM of Debian keeps its programs off the PATH.
_TLM = ("tlm", "/usr/lib/irstlm/bin/tlm")
INSTALL = (
    "neither lmplz nor irstlm is installed: 'apt-get install irstlm', or build lmplz from KenLM's "
    "source (cmake, libboost-all-dev)"
)


@dataclass(frozen=True)
class Training:
    """What a model is made from: UTF-8 texts, a paragraph a line, and how they are written."""

    texts: Sequence[str]
    out: str
    order: int = 5
    normalisation: str = "obelics"


def train(request: Training) -> dict[str, Any]:
    """Write the model and its card; returns the card. Raises LanguageModelError."""
    _check(request)
    program, path = _program()
    out = Path(request.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    vocabulary: Counter[str] = Counter()
    kept: list[str] = []
    lines = 0
    with TemporaryDirectory(dir=out.parent) as folder:
        text = Path(folder, "text")
        with text.open("w", encoding="utf-8") as file:
            for number, line in enumerate(_lines(request.texts)):
                tokens = words(NORMALISATIONS[request.normalisation](line))
                if number % HELD_OUT == HELD_OUT - 1:
                    kept.append(line)
                elif tokens:
                    lines += 1
                    vocabulary.update(tokens)
                    file.write(" ".join(tokens) + "\n")
        if not vocabulary:
            raise LanguageModelError("the texts hold no word to train on")
        arpa = Path(folder, "arpa")
        _estimate(program, path, request.order, (text, arpa))
        form = _finish(arpa, out)
    model = language_model(request.out, None, request.normalisation)
    card = {
        "what": f"{request.order}-gram language model for interleaf run --lm",
        "order": request.order,
        "normalisation": request.normalisation,
        "tokens": "words and punctuation marks",
        "program": program,
        "form": form,
        "inputs": [_input(name) for name in request.texts],
        "lines": lines,
        "words": vocabulary.total(),
        "vocabulary": len(vocabulary),
        "bytes": out.stat().st_size,
        "sha256": model.sha256[0],
        "held_out": _held_out(kept, lambda column: scores(model, column)),
    }
    text_ = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    Path(card_name(request.out)).write_text(text_, encoding="utf-8")
    return card


def _check(request: Training) -> None:
    for name in request.texts:
        if not Path(name).is_file():
            raise LanguageModelError(f"there is no text {name}")
    if request.order not in ORDERS:
        raise LanguageModelError(f"--order {request.order} should be {ORDERS[0]} to {ORDERS[-1]}")
    if request.normalisation not in NORMALISATIONS:
        known = ", ".join(NORMALISATIONS)
        raise LanguageModelError(f"there is no normalisation '{request.normalisation}'; {known}")


def _program() -> tuple[str, str]:
    """What estimates, and where it is."""
    found = shutil.which("lmplz")
    if found:
        return "lmplz", found
    for name in _TLM:
        found = shutil.which(name)
        if found:
            return "irstlm", found
    raise LanguageModelError(INSTALL)


def _lines(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        with Path(name).open(encoding="utf-8", errors="replace") as file:
            yield from (line for line in file if line.strip())


def _estimate(program: str, path: str, order: int, files: tuple[Path, Path]) -> None:
    text, arpa = files
    if program == "lmplz":
        # Small texts have too few n-grams of some counts to estimate discounts from.
        command = [path, "-o", str(order), "--discount_fallback", "--text", str(text)]
        command += ["--arpa", str(arpa), "-T", str(text.parent), "-S", "40%"]
    else:
        marked = text.with_suffix(".marked")
        with text.open(encoding="utf-8") as lines, marked.open("w", encoding="utf-8") as file:
            file.writelines(f"<s> {line.rstrip()} </s>\n" for line in lines)
        command = [path, f"-tr={marked}", f"-n={order}", "-lm=wb", f"-oarpa={arpa}"]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=MOST_SECONDS, check=False
    )
    if done.returncode or not arpa.is_file():
        last = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise LanguageModelError(f"{program} failed: {last}")


def _finish(arpa: Path, out: Path) -> str:
    """Put the model where it belongs, in binary form where that can be made."""
    found = shutil.which("build_binary")
    if found:
        command = [found, "-s", "trie", str(arpa), str(out)]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return "trie"
    shutil.move(arpa, out)
    return "arpa"


def _input(name: str) -> dict[str, Any]:
    data = Path(name).read_bytes()
    return {"name": Path(name).name, "bytes": len(data), "sha256": sha256(data).hexdigest()}


def _held_out(lines: list[str], score: Any) -> dict[str, Any]:
    """How many lines and tokens were kept from training, and the perplexity over them."""
    log10, tokens = score(pa.array(lines, pa.string()))
    count = sum(tokens.to_pylist())
    value = 10 ** (-sum(log10.to_pylist()) / MICRO / count) if count else None
    return {"lines": len(lines), "tokens": count, "perplexity": value and round(value, 1)}
