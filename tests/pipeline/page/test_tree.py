"""A tree as arrays against the tree as selectolax gives it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from pipeline.page import tree, tree_memory
from pipeline.page.elements import NAMED, TEXT
from pipeline.page.tree import TooManyNodesError, known, parse

KEEPS_ALL = ("img", "amp-img", "amp-anim", "source", "object")
QUIET = ("script", "style", "svg")


def plain(html):
    """Elements and texts in document order, as (tag, depth, attributes or text)."""
    found = []

    def read(node, depth):
        if node.is_text_node:
            found.append(("", depth, node.text_content or ""))
        if not node.is_element_node:
            return
        kept = {
            name: value or ""
            for name, value in node.attributes.items()
            if name in NAMED or (node.tag in KEEPS_ALL and name.startswith("data-"))
        }
        found.append((node.tag, depth, kept))
        child = node.first_child if node.tag not in QUIET else None
        while child is not None:
            read(child, depth + 1)
            child = child.next

    read(LexborHTMLParser(html, scripting=True).root, 0)
    return found


def ours(html):
    page = parse(html)
    depths: list[int] = []
    found = []
    for row, parent in enumerate(page.arrays.parents.tolist()):
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
        if page.tags[row] == TEXT:
            found.append(("", depths[row], page.text(row)))
        else:
            kept = {
                name: value
                for name, value in page.attributes(row).items()
                if name in NAMED or name.startswith("data-")
            }
            found.append((page.tag(row), depths[row], kept))
    return found


PIECES = st.sampled_from(
    ["<p>", "</p>", "<div class='a b' id=x>", "</div>", "<a href=/x?a&amp;b>", "</a>", "text ",
     "\u00e9", "<img src=a data-src='b c' alt>", "<my-own-element-with-a-very-long-name>", "&lt;",
     "<x-y z=1>", "\n",
     "<svg><g><title>t</title></g></svg>", "<script>if (a < b) x</script>", "<style>p {}</style>",
     "<table><tr><td>", "</table>", "<!-- c -->", "<noscript><b>n</noscript>", "<math><mi>x</math>",
     "<br>", "<template><p>t</template>", "<select><option>o</select>", "<plaintext>", "\0",
     "<?php ?>"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_every_element_and_text_is_there(html):
    assert ours(html) == plain(html)


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_rows_hold_what_is_in_them(html):
    at = parse(html).arrays
    for row, (parent, end) in enumerate(zip(at.parents.tolist(), at.ends.tolist(), strict=True)):
        assert row < end <= (at.ends[parent] if parent >= 0 else len(at.tags))
    elements = at.ordinals[at.tags != TEXT]
    assert (np.diff(elements) >= 1).all()


def test_anchors_count_what_is_in_svg():
    html = "<svg><g><path/></g></svg><p>x"
    page = parse(html)
    (p,) = (row for row in range(len(page.tags)) if page.tag(row) == "p")
    nodes = LexborHTMLParser(html).css("*")
    assert nodes[page.arrays.ordinals[p]].tag == "p"


def test_long_values_are_cut_between_letters():
    page = parse(f"<a href='{'é' * tree_memory.LONGEST_VALUE}'>")
    ((_, value),) = page.values("href")
    assert value == "é" * (tree_memory.LONGEST_VALUE // 2)


def test_a_limit_of_nodes():
    assert len(parse("<p>" * 10, most=50).tags) <= 50
    with pytest.raises(TooManyNodesError):
        parse("<p>" * 50, most=50)


def test_an_unknown_layout_is_refused(monkeypatch):
    monkeypatch.setattr(tree, "_PROBE", "<p class=x>x")
    tags, tag_hashes, names, name_hashes = known()
    with pytest.raises(SelectolaxError, match="install selectolax 1"):
        tree._check((tags, tag_hashes, names * 0, name_hashes))


def test_what_is_known_is_known_once():
    assert known() is known()
