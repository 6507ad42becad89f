import pytest

from pipeline.page.elements import ELEMENTS, NUMBER, TAGS, TEXT, Role, roles
from pipeline.page.image_links import is_placeholder
from pipeline.page.marks import BACKGROUND, CAPTION, FORMULA, HIDDEN, LAYOUT, marked
from pipeline.page.metadata import Told
from pipeline.page.tree import parse
from pipeline.page.walk import holds_data


def read(html):
    tree = parse(html)
    at = tree.arrays
    bits, told = marked(
        at.tags, at.parents, at.attributes, at.names, at.spans, at.data
    )  # fmt: skip
    return tree, bits, Told(tree, told)


def ids(html, bit):
    """Ids, or names, of the elements of a page that are marked so."""
    tree, bits, _ = read(html)
    rows = [row for row in tree.find(0, tuple(range(TEXT))) if bits[row] & bit]
    return "".join(sorted(tree.attribute(row, "id") or tree.tag(row) for row in rows))


def test_every_element_has_one_number_and_one_role():
    assert len(set(TAGS)) == len(TAGS) == len(NUMBER)
    named = {tag: role for role, tags in ELEMENTS.items() for tag in tags.split()}
    of = roles()
    assert {tag: Role(of[number]) for tag, number in NUMBER.items()} == {
        tag: named.get(tag, Role.INLINE) for tag in TAGS
    }


@pytest.mark.parametrize(
    "html, hidden",
    [
        ("<p id=a hidden><p id=b>", "a"),
        ("<p id=a hidden=until-found>", ""),
        ("<p id=a style='color:red; DISPLAY : none'><p id=b style='border:none'>", "a"),
        ("<p id=a style='x-display:none'><p id=b style='display:nonesuch'>", ""),
        (
            "<p id=a style='display:none'><p id=b style='display:block;display:none!important'>",
            "ab",
        ),
        ("<body style='display:none'><p id=a>", ""),
        ("<div id=a hidden><main>all of it</main></div>", ""),
        ("<span id=a style='display:none'><math><mi>x</mi></math></span>", ""),
        ("<span class=katex-html id=a>x</span>", "a"),
        ("<img id=a class='mwe-math-fallback-image-inline'>", "a"),
        ("<span id=a class=MathJax>x</span><script type='math/tex'>x</script>", "a"),
        ("<span id=a class=MathJax>x</span>", ""),
        ("<p id=a aria-hidden=true>", ""),
    ],
)
def test_hidden(html, hidden):
    assert ids(html, HIDDEN) == hidden


@pytest.mark.parametrize(
    "html, bit, found",
    [
        ("<p id=a style='background:URL(x)'><p id=b style='color:red'><p id=c data-bg=x>",
         BACKGROUND, "ac"),
        ("<p id=a class='wp-caption-text'><p id=b class=captain>", CAPTION, "a"),
        ("<img id=a class='x TeX' alt=y><img id=b class=tex><img id=c class=texas alt=y>",
         FORMULA, "a"),
    ],
)  # fmt: skip
def test_marks(html, bit, found):
    assert ids(html, bit) == found


@pytest.mark.parametrize(
    "inside, layout",
    [
        ("<tr><td>1<td>2", ""),
        ("<tr><td><table id=b></table>", "a"),
        ("<tr><td><h2>x</h2>", "a"),
        ("<tr><td><p>x<p>y", "a"),
        ("<tr><td>x<br> <br>y", "a"),
        ("<tr><td><pre>x</pre>", "a"),
        ("<tr><td><p>x</p><td>y<br>z", ""),
    ],
)
def test_layout_tables(inside, layout):
    assert ids(f"<table id=a>{inside}</table>", LAYOUT) == layout
    assert ids(f"<table id=a role=presentation>{inside}</table>", LAYOUT) == "a"


@pytest.mark.parametrize(
    "inside, expected",
    [
        ("<tr><th>a<th>b<tr><td>1<td>2", True),
        ("<tr><td>a<td>b", True),
        ("<tr><td>a<tr><td>b", False),
        ("<tr><td>a", False),
        ("", False),
        ("<tr><td>menu<td>" + "words " * 200, False),
        ("<tr><td>menu<td>" + "é" * 500, True),  # letters, not bytes
    ],
)
def test_tables_of_data(inside, expected):
    tree = parse(f"<table>{inside}</table>")
    (table,) = tree.find(0, (NUMBER["table"],))
    at = tree.arrays
    assert holds_data(table, at.tags, at.ends, at.begins, at.stops, at.data) == expected


@pytest.mark.parametrize(
    "html, title",
    [
        ("<title> A \n&amp; B </title>", "A & B"),
        ("<title></title>", None),
        ("<p>x", None),
        ("<svg><title>arrow</title></svg>", None),
        ("<svg><title>arrow</title></svg><title>T</title>", "T"),
        ("<div><title>T</title></div>", "T"),
        ("<title>\0a\u00ad\x07b</title>", "\ufffdab"),
    ],
)
def test_title(html, title):
    assert read(html)[2].title == title


@pytest.mark.parametrize(
    "html, base",
    [("<base href=/x/>", "/x/"), ("<BASE HREF=a><base href=b>", "a"), ("<base target=_top>", None),
     ("<p>", None)],
)  # fmt: skip
def test_base(html, base):
    assert read(html)[2].base == base


def test_the_size_in_a_name_is_no_stand_in():
    assert is_placeholder("/a/kg_1x1.gif")
    assert not is_placeholder("/a/fist_1x1_144.jpg")
