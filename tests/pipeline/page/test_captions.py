import pytest

from pipeline.interleave import Interleave
from pipeline.page.captions import MAX_CAPTION

LONG = "x" * (MAX_CAPTION + 1)


@pytest.mark.parametrize(
    "html, expected",
    [
        ("<div><img src=a><p class=caption>c</p></div>", ["c"]),
        ("<div><a><b><img src=a></b></a><!-- --> <p class='x photo-caption'>c</p></div>", ["c"]),
        ("<div><img src=a> words <p class=caption>c</p></div>", [None]),
        ("<img src=a><div class=wp-caption><img src=b><p class=wp-caption-text>c</p></div>",
         [None, "c"]),
        (f"<img src=a><p class=caption>{LONG}</p>", [None]),
        ("<i><i><i><i><i><img src=a></i></i></i></i></i><p class=caption>c</p>", [None]),
        ("<img src=a aria-describedby='x y z'><p id=y>c</p><p id=z>d</p><p id=y>e</p>", ["c\nd"]),
        ("<img src=a aria-describedby=x>", [None]),
        ("<p class=caption id=x>c</p><img src=a aria-describedby=x>", ["c"]),
        ("<figure aria-label=' l '><img src=a></figure><img src=b>", ["l", None]),
        ("<figure aria-label=l><img src=a><figcaption>c</figcaption></figure>", ["c"]),
        ("<div style='background:url(a.jpg)'></div><p class=caption>c</p>", ["c"]),
    ],
)  # fmt: skip
def test_captions(html, expected):
    nodes = Interleave().read(html.encode(), "https://h.example/").nodes
    assert [node.caption for node in nodes if node.kind == "image"] == expected
