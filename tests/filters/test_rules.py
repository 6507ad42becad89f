"""Rules: what passes at and around a bound, what is missing, and what a rule may not say."""

import dataclasses
import math
import multiprocessing
import pickle
import threading

import pyarrow as pa
import pytest

from filters.rule_checks import check
from filters.rules import Recipe, RecipeError, Rule, failures, values
from filters.signals import Signal, fields
from filters.text import NODE

COUNT = pa.schema([*fields(NODE), Signal("score", pa.float32(), "", "share").field])
SCHEMA = COUNT.append(pa.field("language", pa.string())).append(
    pa.field("nodes", pa.list_(pa.struct([("kind", pa.string())])))
)


def batch(**columns: list[object]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {name: pa.array(column, SCHEMA.field(name).type) for name, column in columns.items()}
    )


def broken(rule: Rule, **columns: list[object]) -> list[bool]:
    return [bool(names) for names in failures((rule,), batch(**columns)).to_pylist()]


@pytest.mark.parametrize(
    ("rule", "columns", "fails"),
    [
        (Rule("r", "words", at_least=4), {"words": [3, 4, 5]}, [1, 0, 0]),
        (Rule("r", "words", at_most=4), {"words": [3, 4, 5]}, [0, 0, 1]),
        (Rule("r", "words", at_least=4, at_most=4), {"words": [3, 4, 5]}, [1, 0, 1]),
        (Rule("r", "words / chars", at_least=0.1), {"words": [1, 1], "chars": [10, 11]}, [0, 1]),
        (Rule("r", "words / chars", at_least=0.3), {"words": [3, 299], "chars": [10, 999]}, [0, 1]),
        # A float32 is compared as the number it is: 0.8 is stored above 0.8, 0.9 below 0.9.
        (Rule("r", "score", at_least=0.8), {"score": [0.8, 0.79999995]}, [0, 1]),
        (Rule("r", "score", at_least=0.9), {"score": [0.9, 0.90000004]}, [1, 0]),
        (Rule("r", "score", at_most=0.5), {"score": [0.5, 0.50000006]}, [0, 1]),
        (Rule("r", "score * 3", at_most=0.3), {"score": [0.1]}, [1]),
        (Rule("r", "words % 2", at_most=0), {"words": [3, 4]}, [1, 0]),
        (Rule("r", "words * 1000000000000", at_least=1), {"words": [2147483647]}, [0]),
        (Rule("r", "score", at_most=1), {"score": [None, math.nan, math.inf, 1.0]}, [1, 1, 1, 0]),
        (Rule("r", "words / chars", at_most=9), {"words": [1, 0], "chars": [0, 0]}, [1, 1]),
        (
            Rule("r", "words / chars", at_most=9, missing="keep"),
            {"words": [1, 0, 10, 9, None], "chars": [0, 0, 1, 1, 1]},
            [0, 0, 1, 0, 0],
        ),
        (Rule("r", "ln(words)", at_least=0), {"words": [0, 1]}, [1, 0]),
        (
            Rule("r", "CAST(language AS DOUBLE)", at_least=1),
            {"language": ["x", "1", None, ""]},
            [1, 0, 1, 1],
        ),
        (Rule("r", "language IN ('en', 'de')", at_least=1), {"language": ["en", "fr"]}, [0, 1]),
        (
            Rule("r", "words", at_least=9, when="chars > 5"),
            {"words": [1, 1, 9, 1], "chars": [5, 6, 6, None]},
            [0, 1, 0, 0],
        ),
        (Rule("r", "words -- a comment", at_least=1), {"words": [0, 1]}, [1, 0]),
        (Rule("r", "1 + 1", at_least=3), {"words": [0, 1]}, [1, 1]),
    ],
)
def test_bounds(rule: Rule, columns: dict[str, list[object]], fails: list[int]) -> None:
    assert broken(rule, **columns) == list(map(bool, fails))


def test_every_broken_rule_is_named_in_rule_order() -> None:
    rules = (
        Rule("few", "words", at_least=2),
        Rule("many", "words", at_most=3),
        Rule("odd", "words % 2", at_most=0),
    )
    found = failures(rules, batch(words=[1, 2, 5, None]))
    assert found.type == pa.list_(pa.string())
    assert found.to_pylist() == [["few", "odd"], [], ["many", "odd"], ["few", "many", "odd"]]


def test_no_rules_and_no_rows() -> None:
    assert failures((), batch(words=[1, 2])).to_pylist() == [[], []]
    assert failures((Rule("r", "words", at_least=1),), batch(words=[])).to_pylist() == []
    assert values((), batch(words=[1])) == ()


def test_rows_keep_their_order_in_large_batches() -> None:
    numbers = list(range(300_000))
    found = failures((Rule("r", "words % 7", at_least=1),), batch(words=numbers))
    assert [len(names) for names in found.to_pylist()] == [int(n % 7 == 0) for n in numbers]


def test_values() -> None:
    rules = (Rule("share", "words / chars", at_least=1, when="chars > 9"), Rule("w", "words"))
    share, words = values(rules, batch(words=[1, 1, None], chars=[4, 0, 1]))
    assert share.to_pylist() == [0.25, None, None]
    assert words.to_pylist() == [1.0, 1.0, None]
    assert share.type == words.type == pa.float64()


def test_reads() -> None:
    rule = Rule("r", "words / chars", at_least=1, when="language = 'words' AND score > 0")
    assert rule.reads(("words", "language", "special_chars")) == {"words", "language"}
    assert rule.reads(()) == frozenset()
    with pytest.raises(RecipeError, match="is no SQL expression"):
        Rule("r", "words +", at_least=1).reads(("words",))


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(RecipeError, match="rule 'r' reads 'chars', which is not there"):
        failures((Rule("r", "words / chars", at_least=1),), batch(words=[1]))


def test_where_a_rule_is_written_is_no_part_of_it() -> None:
    rule = Rule("r", "words", at_least=1, where="mine.toml:7")
    assert rule.place == pickle.loads(pickle.dumps(rule)).place == "mine.toml:7"
    assert rule == Rule("r", "words", at_least=1) == Rule(**dataclasses.asdict(rule))
    assert "where" not in dataclasses.asdict(rule)


def check_node(*rules: Rule) -> None:
    check(Recipe("mine", node=rules), SCHEMA, SCHEMA, SCHEMA)


MISTAKES = [
    (Rule("r", "wrods", at_least=1), "value reads 'wrods', which nothing measures; did you mean"),
    (Rule("r", "words", at_least=1, when="zzz > 1"), "when reads 'zzz', which nothing measures"),
    (Rule("r", "Words", at_least=1), "did you mean 'words'?"),
    (Rule("r", "nodes", at_least=1), "which is a list, not a number"),
    (Rule("r", "words"), "has no bound; give it at_least, at_most or both"),
    (Rule("r", "words", at_least=math.nan), "the bound nan is not a finite number"),
    (Rule("r", "words", at_most=math.inf), "the bound inf is not a finite number"),
    (Rule("r", "words", at_most=10**400), "is not a finite number"),
    (Rule("r", "words", at_most=True), "the bound True is not a finite number"),
    (Rule("r", "words", at_least="4"), "the bound '4' is not a finite number"),
    (Rule("r", "words", at_least=5, at_most=4), "at_least 5 is above at_most 4: nothing passes"),
    (Rule("r", "words", at_most=-1), "at_most -1 lets nothing pass: words is never below 0"),
    (Rule("r", "stopwords / words", at_most=-0.1), "is never below 0"),
    (Rule("r", "stopwords / words", at_least=30), "is never above 1; as a share, 30% is 0.3"),
    (Rule("r", "words / chars", at_most=-0.1), "is never below 0"),
    (Rule("r", "score", at_least=1.5), "score is never above 1"),
    (Rule("r", "1 - score", at_least=1.1), "is never above 1"),
    (Rule("r", "100 * stopwords / words", at_most=-1), "is never below 0"),
    (Rule("r", "language = 'en'", at_least=2), "is never above 1"),
    (Rule("r", "CASE WHEN words > 3 THEN score ELSE 0 END", at_least=2), "is never above 1"),
    (Rule("r", "greatest(score, 0.5)", at_most=0.4), "is never below 0.5"),
    (Rule("r", "words", at_least=1, missing="no"), "missing is 'no'; it can be 'drop' or 'keep'"),
    (Rule("Few Words", "words", at_least=1), "a rule's name is lower case letters"),
    (Rule("r", "words +", at_least=1), "value is no SQL expression: syntax error"),
    (Rule("r", "", at_least=1), "value is empty; write an expression"),
    (Rule("r", "-- nothing", at_least=1), "calls row"),
    (Rule("r", "language", at_least=1), "value gives VARCHAR, not a number; compare it"),
    (Rule("r", "language / 2", at_least=1), "DuckDB cannot evaluate it"),
    (Rule("r", "words", at_least=1, when="words"), "when gives DOUBLE, not true or false"),
    (Rule("r", "upper(words, 2)", at_least=1), "DuckDB cannot evaluate it"),
    (Rule("r", "words; DROP TABLE x", at_least=1), "is no SQL expression"),
    (Rule("r", "1) FROM (SELECT 1", at_least=1), "is more than one expression"),
    (Rule("r", "words, chars", at_least=1), "calls row, which a rule may not"),
    (Rule("r", "(SELECT 1)", at_least=1), "holds 'subquery'"),
    (Rule("r", "EXISTS (SELECT 1)", at_least=1), "holds 'subquery'"),
    (Rule("r", "sum(words) OVER ()", at_least=1), "holds 'window'"),
    (Rule("r", "count(*)", at_least=1), "calls count_star"),
    (Rule("r", "sum(words)", at_least=1), "calls sum, which a rule may not; there are abs"),
    (Rule("r", "random()", at_least=1), "calls random"),
    (Rule("r", "getenv('HOME') = ''", at_least=1), "calls getenv"),
    (Rule("r", "main.abs(words)", at_least=1), "calls abs"),
    (Rule("r", "(SELECT content FROM read_text('/etc/passwd')) = ''", at_least=1), "subquery"),
    (Rule("r", "read_text('/etc/passwd') = ''", at_least=1), "calls read_text"),
    (Rule("r", "getvariable('x')", at_least=1), "calls getvariable"),
    (Rule("r", "COLUMNS('w.*')", at_least=1), "holds 'star'"),
    (Rule("r", "*", at_least=1), "holds 'star'"),
    (Rule("r", "words[1]", at_least=1), "holds 'array extract'"),
    (Rule("r", "$1", at_least=1), "holds 'parameter'"),
    (Rule("r", "words // 2", at_least=1), "calls //"),
    (Rule("r", "batch.words", at_least=1), "names batch.words; write the signal alone"),
    (Rule("r", "current_date", at_least=1), "reads 'current_date', which nothing measures"),
    (Rule("r", "CAST(language AS DATE) IS NULL", at_least=1), "casts to DATE; there are"),
    (Rule("r", "CAST(words AS DECIMAL(3, 1))", at_least=1), "casts to DECIMAL"),
    (Rule("r", "1" + " + 1" * 400, at_least=1), "is longer than 1000 characters"),
    (Rule("r", "- " * 400 + "words", at_least=1), "is nested more than 50 levels deep"),
    (Rule("r", "NOT " * 60 + "(words > 1)", at_least=1), "is nested more than 50 levels deep"),
    (Rule("r", "words" + " + 1" * 60, at_least=1), "is nested more than 50 levels deep"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "message"), MISTAKES)
def test_a_mistake_is_one_line_that_tells_the_next_move(rule: Rule, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        check_node(rule)
    said = str(caught.value)
    assert said.startswith(f"mine: node rule {rule.name!r}: ")
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "rule",
    [
        Rule("r", "words", at_least=0),
        Rule("r", "words", at_least=-5),
        Rule("r", "stopwords / words", at_least=1),
        Rule("r", "words - stopwords", at_most=-1),
        Rule("r", "CASE WHEN words > 3 THEN NULL ELSE score END", at_most=0.5),
        Rule("r", "coalesce(score, 7)", at_least=2),
        Rule("r", "nullif(score, 0)", at_least=2),
        Rule("r", "try_cast(replace(language, 'px', '') AS double)", at_least=150),
        Rule("r", "words BETWEEN 2 AND 3 OR NOT language LIKE 'e%'", at_least=1),
        Rule("r", "length(trim(lower(language)))", at_most=2),
        Rule("r", "least(words, 3) * -1", at_most=-1),
        Rule("r", "words / (chars - 5)", at_most=-1),
    ],
)
def test_what_can_be_met_is_let_through(rule: Rule) -> None:
    check_node(rule)


def test_two_rules_of_one_name() -> None:
    rule = Rule("r", "words", at_least=1)
    with pytest.raises(RecipeError, match="another rule has this name already"):
        check_node(rule, rule)
    check(Recipe("mine", node=(rule,), image=(rule,), document=(rule,)), SCHEMA, SCHEMA, SCHEMA)


def test_every_scope_is_checked_against_its_own_columns() -> None:
    rule = Rule("r", "url_ui_words", at_most=0)
    link = pa.schema([pa.field("url_ui_words", pa.int32())])
    check(Recipe("mine", image=(rule,)), SCHEMA, link, SCHEMA)
    with pytest.raises(RecipeError, match="document rule 'r'"):
        check(Recipe("mine", document=(rule,)), SCHEMA, link, SCHEMA)


def test_a_failed_check_leaves_the_connection_usable() -> None:
    for rule, _ in MISTAKES[:12]:
        with pytest.raises(RecipeError):
            check_node(rule)
    assert broken(Rule("r", "words", at_least=1), words=[0]) == [True]


def _in_a_child(number: int) -> list[bool]:
    return broken(Rule("r", "words", at_least=number), words=[1, 2])


def test_children_and_threads_judge_for_themselves() -> None:
    assert _in_a_child(2) == [True, False]
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.map(_in_a_child, [1, 2]) == [[False, False], [True, False]]
    found: list[list[bool]] = []
    threads = [threading.Thread(target=lambda: found.append(_in_a_child(2))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[True, False]] * 4
