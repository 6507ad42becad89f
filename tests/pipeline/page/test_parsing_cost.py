import pytest

from pipeline.page.block import collapsed
from pipeline.page.parsing_cost import parsing_steps


@pytest.mark.parametrize(
    "html, few",
    [
        ("<p>x", True),
        ("<p>x" * 300_000, True),
        ("<ul>" + "<li>x<li>y" * 50_000 + "</ul>", True),
        ("<div><b>x</b></div>" * 50_000, True),
        ("<img src='data:" + "A" * 1_000_000 + "'>", True),
        ("<script>" + "if (a < b) c;" * 100_000 + "</script>", True),
        ("<div>" * 100_000, False),
        ("<ul><li>" * 50_000, False),
        ("<span>" * 30_000 + "</i>" * 30_000, False),
        ("<div><!--</div>-->" * 50_000, False),
        ("<div " + " ".join(f"a{i}" for i in range(50_000)) + ">", False),
    ],
)
def test_steps_to_parse_a_page(html, few):
    assert (parsing_steps(html.encode()) < 100_000_000) is few


@pytest.mark.parametrize(
    "raw, text",
    [
        ("", ""),
        (" \n\t", ""),
        (" a \r\n b\t\fc ", "a b c"),
        ("50\u00a0%  of\u00a0it", "50\u00a0% of\u00a0it"),
        ("\u00a0a\u3000\nb\u00a0", "a\u3000 b"),
        ("auto\u00admatic\ufeff \x00\x07x", "automatic x"),
        ("a \u00ad b", "a b"),
        ("\u00ad", ""),
        ("a\u2028b\x85c", "a b c"),
        ("👩\u200d🚀", "👩\u200d🚀"),
    ],
)
def test_white_space(raw, text):
    assert collapsed(raw) == text
