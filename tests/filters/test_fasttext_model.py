"""Our reader and pass beside fastText's own, on small models of several kinds made here.

Importing this module imports numba.
"""

import random
from pathlib import Path

import fasttext
import pyarrow as pa
import pytest

from filters import language
from filters.compiled.fasttext_tables import room, tables_of
from filters.fasttext_model import FastTextError, read

WORDS = {"en": "the cat sat on a mat and saw İt", "de": "die Katze saß auf der Matte",
         "el": "η γάτα κάθισε στο χαλί ΟΔΟΣ", "ja": "猫が 絨毯 に座った"}  # fmt: skip
KINDS = {
    "plain": {"minn": 2, "maxn": 4, "dim": 16},
    "odd dimensions": {"minn": 1, "maxn": 3, "dim": 21},
    "words only": {"minn": 0, "maxn": 0, "dim": 5},
    "from nothing": {"minn": 0, "maxn": 2, "dim": 33, "bucket": 7},
}
TEXTS = ["", " ", "\0", "the", "die katze", "猫", "katze </s> the cat", "__label__en", "x " * 300,
         "<>", "ab", "a", "ΟΔΟΣ ΟΔΟΣ.", "xyzzy " + "y" * 500]  # fmt: skip


def trained(folder: Path, **options: object) -> "fasttext.FastText._FastText":
    dice = random.Random(1)
    lines = []
    for _ in range(400):
        name = dice.choice([*WORDS, "en", "en"])
        words = dice.choices(WORDS[name].lower().split(), k=6)
        lines.append(f"__label__{name} {' '.join(words)}")
    (folder / "lines").write_text("\n".join(lines))
    wanted = {"loss": "hs", "epoch": 3, "thread": 1, "verbose": 0, "bucket": 200} | options
    return fasttext.train_supervised(str(folder / "lines"), **wanted)


def check(model: "fasttext.FastText._FastText", file: Path) -> None:
    """The same labels and probabilities from the file as from the package."""
    model.save_model(str(file))
    ours = read(file.read_bytes())
    assert {f"__label__{name}" for name in ours.labels} == set(model.get_labels())
    tables = tables_of(ours)
    labels, scores = language.ask(pa.array(TEXTS), tables, room(tables))
    for text, label, score in zip(TEXTS, labels, scores, strict=True):
        line = " ".join(text.lower().split())
        names, best = model.predict(line, k=2) if line else ((), ())
        if not names:
            assert (label, score) == (len(ours.labels), 0)
            continue
        assert score == pytest.approx(min(best[0], 1), abs=1e-4)
        assert f"__label__{ours.labels[label]}" == names[0] or best[0] - best[1] < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_whole_models(tmp_path: Path, kind: str) -> None:
    check(trained(tmp_path, **KINDS[kind]), tmp_path / "model.bin")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"qnorm": True},
        {"qnorm": True, "dsub": 3},
        {"cutoff": 300},
        {"cutoff": 400, "qnorm": True},
    ],
)
def test_compressed_models(tmp_path: Path, options: dict[str, object]) -> None:
    model = trained(tmp_path, dim=16, minn=2, maxn=4, bucket=2000)
    model.quantize(input=str(tmp_path / "lines"), retrain=False, **options)
    check(model, tmp_path / "model.ftz")


@pytest.mark.parametrize("options", [{"loss": "softmax"}, {"wordNgrams": 2}])
def test_other_kinds_are_refused(tmp_path: Path, options: dict[str, object]) -> None:
    trained(tmp_path, dim=5, **options).save_model(str(tmp_path / "model.bin"))
    with pytest.raises(FastTextError, match="another kind"):
        read((tmp_path / "model.bin").read_bytes())


def test_a_damaged_file_is_one_error(tmp_path: Path) -> None:
    """Cut short anywhere, or with any byte another, a file is refused or read: nothing else."""
    model = trained(tmp_path, dim=4, minn=2, maxn=3, bucket=2000)
    model.quantize(input=str(tmp_path / "lines"), cutoff=300, retrain=False, qnorm=True)
    model.save_model(str(tmp_path / "model.ftz"))
    data = (tmp_path / "model.ftz").read_bytes()
    assert read(data).labels
    for size in (*range(0, 2000, 7), *range(2000, len(data), 101)):
        with pytest.raises(FastTextError):
            read(data[:size])
    with pytest.raises(FastTextError):
        read(data + b"\0")
    dice = random.Random(2)
    for _ in range(400):
        place = dice.randrange(min(len(data), 3000))
        damaged = data[:place] + bytes([dice.randrange(256)]) + data[place + 1 :]
        try:
            tables = tables_of(read(damaged))
        except FastTextError:
            continue
        assert len(tables.children)
