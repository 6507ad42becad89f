"""N-grams that documents share with benchmarks, against a plain Python reading of the rule."""

import random
import re

import pyarrow as pa
import pytest

from filters.contamination import LEAST_WORDS, SIGNALS, Index, indexed, measure

WORD = re.compile(r"[^\W_]+")
VOCABULARY = [f"{a}{b}{c}" for a in "bdklmnpr" for b in "aeiouyéß" for c in ("r", "st", "ñd", "λ")]


def words_of(text: str) -> list[str]:
    return WORD.findall(text.lower())


def reference(benchmarks: dict[str, list[str]], text: str, n: int) -> tuple[int, int, int, str]:
    """n-grams, words in them, words, names: the definition, word by word."""
    known: dict[tuple[str, ...], set[str]] = {}
    for name, items in benchmarks.items():
        for item in items:
            words = words_of(item)
            length = min(n, len(words))
            if length >= min(n, LEAST_WORDS):
                for at in range(len(words) - length + 1):
                    known.setdefault(tuple(words[at : at + length]), set()).add(name)
    words = words_of(text)
    ngrams, covered, names = 0, set(), set()
    for length in range(1, n + 1):
        for at in range(len(words) - length + 1):
            holders = known.get(tuple(words[at : at + length]))
            if holders:
                ngrams += 1
                covered |= {*range(at, at + length)}
                names |= holders
    return ngrams, len(covered), len(words), ", ".join(sorted(names)) or None


def made(benchmarks: dict[str, list[str]], n: int = 13) -> Index:
    return indexed([(name, pa.array(items)) for name, items in benchmarks.items()], n)[0]


def measured(index: Index, texts: list[str | None]) -> list[tuple]:
    columns = measure(lambda: index).compute(pa.array(texts, pa.string()))
    assert [column.type for column in columns] == [signal.type for signal in SIGNALS]
    return list(zip(*(column.to_pylist() for column in columns), strict=True))


@pytest.mark.parametrize("n", [3, 8, 13])
def test_like_the_definition(n: int) -> None:
    draw = random.Random(n)

    def text(most: int) -> str:
        joints = [" ", " ", " ", ", ", "\n", " - "]
        return "".join(w + draw.choice(joints) for w in draw.choices(VOCABULARY, k=most))

    benchmarks = {
        "a": [text(draw.randint(1, 40)) for _ in range(60)],
        "b": [text(draw.randint(6, 14)) for _ in range(60)],
    }
    benchmarks["b"] += benchmarks["a"][:9]
    items = [item for each in benchmarks.values() for item in each]
    texts = []
    for number in range(80):
        item = items[number % len(items)].upper() if number % 3 else ""
        texts.append(f"{text(number)}{item} {text(20)}" + items[-number - 1])
    found = measured(made(benchmarks, n), texts)
    assert found == [reference(benchmarks, each, n) for each in texts]
    assert {row[3] for row in found} >= {"a", "b", "a, b"}


QUESTION = (
    "Which of these animals lays eggs, has a beak like a duck, and lives in eastern Australia?"
)
SHORT = "How many legs does a common house spider have"


@pytest.mark.parametrize(
    ("text", "ngrams", "words"),
    [
        ("", 0, 0),
        (None, 0, 0),
        (QUESTION, 5, 17),
        (f"x {QUESTION.upper().replace(' ', '...')} y", 5, 17),
        (QUESTION.replace("beak", "bill"), 0, 0),
        (" ".join(QUESTION.split()[:13]), 1, 13),
        (" ".join(QUESTION.split()[:12]), 0, 0),
        (SHORT, 1, 9),
        (f"{SHORT}? {QUESTION}", 6, 26),
        (" ".join(SHORT.split()[:8]), 0, 0),
        ("Name the capital of France", 0, 0),
        ("broken \ufffd text " + "z" * 5000, 0, 0),
    ],
)
def test_rows(text: str | None, ngrams: int, words: int) -> None:
    index = made({"quiz": [QUESTION, SHORT, "Name the capital of France"]})
    (found,) = measured(index, [text])
    assert found[:2] == (ngrams, words)
    assert found[3] == ("quiz" if ngrams else None)


def test_short_items_are_counted_out() -> None:
    items = pa.array([QUESTION, "too short", "", None, SHORT])
    assert indexed([("a", items), ("b", pa.array(["x"] * 3))])[1] == (3, 3)
    (found,) = measured(made({"b": ["x"]}), [QUESTION])
    assert found[0] == 0


def test_where_and_what() -> None:
    index = made({"quiz": [SHORT, QUESTION], "other": [QUESTION]})
    text = f"İ ß: {QUESTION} And then, {SHORT.upper()}."
    (first, short) = index.runs(text)
    assert text[first[0] : first[1]] == QUESTION.rstrip("?")
    assert first[2:] == (("quiz", "other"), (1,))
    assert text[short[0] : short[1]] == SHORT.upper()
    assert short[2:] == (("quiz",), (0,))


def test_an_index_survives_its_file() -> None:
    index = made({"quiz": [SHORT, QUESTION], "other": [QUESTION]})
    again = Index.from_table(index.to_table())
    assert again.digest() == index.digest() != made({"quiz": [SHORT]}).digest()
    assert measured(again, [QUESTION, SHORT]) == measured(index, [QUESTION, SHORT])


def test_chinese_counts_by_character() -> None:
    item = "哪一种动物会下蛋并且生活在澳大利亚"
    (found,) = measured(made({"quiz": [item]}), [f"问题：{item}？答案"])
    assert found == (5, 17, 21, "quiz")


def test_without_benchmarks_nothing_is_said() -> None:
    columns = measure().compute(pa.array(["a", None]))
    assert [column.null_count for column in columns] == [2] * 4
