"""robots.txt as RFC 9309 reads it, and files that are written to hurt whoever reads them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.robots import MAX_BYTES, MAX_WILD, Group, Rules, group_for, product_token

FILE = b"""
User-agent: otherbot
Disallow: /

User-Agent: Interleaf/2.0  # a comment
user-agent: thirdbot
Disallow: /private/
Allow: /private/open

User-agent: *
Disallow: /

User-agent: interleaf
Disallow: *.gif$
"""


@pytest.mark.parametrize(
    "agent, token",
    [
        ("interleaf/0.1 (+a@b.example)", "interleaf"), ("Interleaf", "interleaf"),
        ("my_bot-x/1", "my_bot-x"), ("1/2", ""), ("", ""),
    ],
)  # fmt: skip
def test_product_token(agent, token):
    assert product_token(agent) == token


@pytest.mark.parametrize(
    "body, rules",
    [
        (FILE, ("disallow: /private/", "allow: /private/open", "disallow: *.gif$")),
        (b"", ()),
        (b"<html>nothing here</html>", ()),
        (b"User-agent: *\nDisallow: /a", ("disallow: /a",)),
        (b"\xef\xbb\xbfUser-agent: *\rDisallow: /a\r\nAllow: /b", ("disallow: /a", "allow: /b")),
        (b"User-agent: *\nDisallow:", ()),
        (b"User-agent: interleaf\nUser-agent: *\nDisallow: /a", ("disallow: /a",)),
        (b"User-agent: interleaf\n\nUser-agent: *\nDisallow: /a", ("disallow: /a",)),
        (b"User-agent: interleaf\nDisallow:\nUser-agent: *\nDisallow: /", ()),
        (b"User-agent: interleafbot\nDisallow: /", ()),
        (b"Disallow: /before-any-group", ()),
        (b"User-agent: *\nSitemap: http://a.example/\nDisallow: /a", ("disallow: /a",)),
        (b"User-agent: *\nDisallow: /a\nDisallow: /a", ("disallow: /a",)),
        (b"User-agent: *\nDisallow: /\xff\xfe", ("disallow: /\ufffd\ufffd",)),
        (b"User-agent: *\nAllow: /" + b"a" * MAX_BYTES, ("allow: /" + "a" * (MAX_BYTES - 22),)),
    ],
)  # fmt: skip
def test_groups(body, rules):
    assert group_for("interleaf", body).rules == rules


def test_delay_and_usage():
    body = (
        b"User-agent: *\nCrawl-delay: 2.5\nContent-Usage: train-ai=n\nCrawl-delay: x\nDisallow: /a"
    )
    assert group_for("interleaf", body) == Group(("disallow: /a",), ("train-ai=n",), 2.5)
    assert group_for("x", b"User-agent: *\nCrawl-delay: 99999").delay_s == 60


@pytest.mark.parametrize(
    "rules, path, forbidden",
    [
        ("disallow: /", "/a", True),
        ("disallow: /a", "/b", False),
        ("disallow: /a", "/ab", True),
        ("disallow: /a/", "/a", False),
        ("disallow: /a$", "/ab", False),
        ("disallow: /a$", "/a", True),
        ("disallow: /*.gif$", "/x/y.gif", True),
        ("disallow: /*.gif$", "/x/y.gif?z", False),
        ("disallow: *.gif", "/x/y.gif?z", True),
        ("disallow: /a*b*c", "/a--b--c--", True),
        ("disallow: /a*b*c", "/a--c--b", False),
        ("disallow: /aba*aba$", "/aba", False),
        ("disallow: /**//a", "/x//a", True),
        ("disallow: /; allow: /a", "/a/b", False),
        ("disallow: /a; allow: /a", "/a", False),
        ("disallow: /a/b; allow: /a", "/a/b", True),
        ("disallow: /?q", "/?q=1", True),
        ("disallow: /ü", "/%C3%BC", True),
        ("disallow: /%c3%bc", "/%C3%BC", True),
        ("disallow: /%61", "/a", True),
        ("disallow: /a%2fb", "/a/b", False),
        ("disallow: /a%2fb", "/a%2Fb", True),
        ("disallow: /100%", "/100%25", True),
        ("disallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", True),
        ("", "/", False),
    ],
)
def test_paths(rules, path, forbidden):
    found = Rules(rules.split("; ") if rules else ()).against(path)
    assert (found is not None) == forbidden


def test_a_file_written_to_cost_time_costs_little():
    path = "/" + "a" * 8000
    star = "User-agent: *\nDisallow: /" + "*a" * (MAX_BYTES // 2 - 50) + "b\n"
    many = "User-agent: *\n" + "".join(f"Disallow: /{n}*a*a*a*b\n" for n in range(20_000))
    plain = "User-agent: *\n" + "".join(f"Disallow: /{n}\n" for n in range(40_000))
    begun = time.process_time()
    for body in (star, many, plain):
        rules = Rules(group_for("interleaf", body.encode()).rules)
        for _ in range(20):
            rules.against(path)
    assert time.process_time() - begun < 5
    beyond = (f"disallow: /{n}*a" for n in range(MAX_WILD + 1))
    assert Rules(beyond).against("/") == "disallow: *"


LINE = st.sampled_from([b"User-agent: *", b"User-agent: interleaf", b"Disallow: /a*", b"Allow: /"])


@given(st.lists(LINE | st.binary(max_size=20), max_size=12), st.text(max_size=20))
def test_any_bytes_are_read(lines, path):
    for end in (b"\n", b"\r\n"):
        group = group_for("interleaf", end.join(lines))
        found = Rules(group.rules).against("/" + path)
        assert found is None or found in group.rules


PIECES = st.text("ab", max_size=4)


@given(st.lists(PIECES, min_size=1, max_size=5), st.booleans(), st.text("ab", max_size=12))
def test_patterns_match_as_regular_expressions_do(pieces, at_end, path):
    import re

    pattern = "/" + "*".join(pieces)
    expression = ".*".join(map(re.escape, ("/" + "\0".join(pieces)).split("\0")))
    expected = re.match(expression + ("$" if at_end else ""), "/" + path) is not None
    found = Rules([f"disallow: {pattern}{'$' if at_end else ''}"]).against("/" + path)
    assert (found is not None) == expected
