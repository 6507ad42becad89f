"""Images read in one pass against the same images read one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.interleave import Interleave
from pipeline.page import pictures
from pipeline.page.noscript import UNREAD
from pipeline.page.plain_addresses import NOTHING, SHOWN, UNUSUAL
from pipeline.page.plain_images import plain_images
from pipeline.page.walk import IN_NOSCRIPT

URL = "https://h.example/a/b.html"


def images(page, *, one_by_one, url=URL):
    def unusual(*arguments):
        rows, inside, states, *rest, firsts = plain_images(*arguments)
        inside[rows[:, 1] == IN_NOSCRIPT, 1] = UNREAD
        return rows, inside, np.full_like(states, UNUSUAL), *rest, firsts[:0]

    with pytest.MonkeyPatch.context() as patch:
        if one_by_one:
            patch.setattr(pictures, "plain_images", unusual)
        reading = Interleave().read(page.encode(), url, "utf-8")
    return [node for node in reading.nodes if node.kind == "image"]


def agree(page, url=URL):
    return images(page, one_by_one=False, url=url) == images(page, one_by_one=True, url=url)


ADDRESSES = st.one_of(
    st.sampled_from(
        ["a.jpg", "/a.jpg", "//c.example/a.png", "https://c.example/x/y.webp?a=1&amp;b=2#f",
         "../a.jpg",
         "HTTP://C.example/a.jpg", "https://user@c.example/a.jpg", "a b.jpg", "", " ", "#", "?x",
         "data:image/gif;base64,R0", "javascript:x", "a;b.jpg", "x/.hidden.jpg", "spacer.gif",
         "1x1.gif", "a_1x1.png", "a_1x1_144.jpg", "dot.gif", "q.gif", "lazy-load2.png", "{w}.jpg",
         "https://c.example", "https://c.example/", "https://-c.example/a", "https://c..example/a",
         "\u00e9.jpg", "a\nb.jpg", "x?", "x.jpg?", "mailto:a@b", "a:b.jpg", "\\\\a.jpg",
         "noimage.jpg", "./a.jpg", "../../../a.jpg", "..//a.jpg", "a//b/../c.jpg", "/.x/a.jpg",
         "/a[1].jpg", "/a|b.jpg?", "https://c.example/a;b/.c", "https://c.example/a b;c",
         "x/../y.jpg",
         "DATA:,x", "Blank.GIF", "no-image_2x.png", "x.placeholder-10x10.webp", "preloader.svg"]
    ),
    st.text("abc/.:?#&;-_1x \\%{", max_size=12),
)  # fmt: skip
TEXTS = st.sampled_from(
    ["", "A cat", " a \n cat ", "\u00a0", "caf\u00e9", "1", "1px", "300", "50%"]
)


SETS = st.one_of(
    st.sampled_from(
        ["", "a.jpg", "a.jpg 1x, b.jpg 2x", "a.jpg 300w,b.jpg 600w", "a.jpg, , b.jpg 1.5x",
         "/w_1,h_2/a.jpg 1x, /w_3,h_4/a.jpg 2x", "\n a.jpg\t600w 400h ,\n", "a.jpg wide, b.jpg -5w",
         "data:image/gif;base64,R0 900w, s.jpg 30w", "a.jpg 1e1x", "a.jpg 0x, b.jpg .5x",
         "a.jpg 1.0w", "../a b.jpg 2x", "\u00e9.jpg 3x", "a.jpg 1_0w", "a.jpg 99999999999w"]
    ),
    st.text("a./, 12wx.\n-", max_size=30),
)  # fmt: skip
MEDIA = st.sampled_from(
    ["", "(min-width: 600px)", "(MIN-WIDTH:40.5em)", "(min-width: 123456px) and (min-width:9rem)",
     "(max-width: 5px)", "(min-width: x) , (min-width:\n7px)"]
)  # fmt: skip
STYLES = st.sampled_from(
    ["", "width:3px", "max-width:3px", ";WIDTH : 30.5PX;height:2em", "color:red; width:a",
     "height: 1px;height:2%", "width:1px width:2px", "; :5", "\u00e9;width:4px", "width;height:3"]
)  # fmt: skip
TYPES = st.sampled_from(["", "image/webp", " IMAGE/JPEG;q=1", "image/svg+xml", "text/html"])
VALUES = {
    "srcset": SETS, "data-srcset": SETS, "nitro-srcset-x": SETS, "style": STYLES, "media": MEDIA,
    "type": TYPES, "aria-label": TEXTS, "alt": TEXTS, "title": TEXTS, "width": TEXTS,
    "height": TEXTS,
}  # fmt: skip
NAMES = (
    *VALUES, "loading", "class", "data-id", "data-src", "data-lazy-src", "data-bg", "data-x",
    "decoding",
)  # fmt: skip


@st.composite
def element(draw, tag="img", names=NAMES):
    chosen = draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
    said = [(name, draw(VALUES.get(name, ADDRESSES | TEXTS))) for name in chosen]
    if tag == "img":
        said.append(("src", draw(ADDRESSES)))
    attributes = "".join(f' {name}="{value}"' for name, value in said)
    return f"<{tag}{attributes}>"


@st.composite
def markup(draw):
    page = []
    for _ in range(draw(st.integers(1, 5))):
        image = draw(element())
        kind = draw(st.integers(0, 4))
        if kind == 0:
            image = f'<a href="{draw(ADDRESSES)}">{image}</a>'
        elif kind == 1:
            names = ("srcset", "type", "media", "data-srcset")
            sources = "".join(draw(st.lists(element("source", names), max_size=3)))
            image = f"<picture>{sources}{image}</picture>"
        elif kind == 2:
            image += f"<noscript>{draw(element())}</noscript>"
        page.append(f"<p>{image}")
    return "".join(page)


BASES = st.sampled_from(
    [URL, "https://h.example", "https://h.example/\u00e9/b", "http://h.example:8080/a//b;c/d?e#f",
     "https://h.example/a/b/c/"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(markup(), BASES)
def test_both_ways_agree(page, base):
    assert agree(page, base)


PIECES = st.sampled_from(
    ["<img", " src=a.jpg", " src='b.jpg?x&amp;y=1&z=2'", ' alt="a &#233; &lt;b&gt; &quot;"', "/>",
     ">",
     "<p>", "</p>", "<a href=x>", "</a>", "<br/>", "text", " & ", "&", "&copy", "&copy;", "&#x41;",
     "&#0;", "=", '"', "'", "<!-- ", "-->", "<svg>", "<picture>", "<source srcset=c.jpg>", " ",
     "/",
     " src", " SRC=d.jpg", " width=1 height=1", "<IMG", " data-src=e.jpg", " src=f.jpg?a&notit=1",
     "<iframe>", "<table>", " title=g&amp", " a=&amp;lt;"]
)  # fmt: skip


@pytest.mark.parametrize("count", [1, 3, 400])
def test_a_repeated_link_is_shown_once(count):
    page = "".join(f"<p>x<img src={i % count}.jpg><img src=0.jpg>" for i in range(2 * count))
    assert agree(page)
    assert len(images(page, one_by_one=False)) == count


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_markup_in_noscript_is_read_as_by_a_parser(markup):
    assert agree(f"<p>x<noscript>{markup}</noscript>")
    assert agree(f"<p>x<noscript><img src=z.jpg{markup}></noscript><p>y")


@pytest.mark.parametrize(
    "image, state",
    [
        ("<img src=a.jpg alt=x width=10>", SHOWN),
        ("<img src=a.jpg data-id=7>", SHOWN),
        ("<img src=data:image/gif;base64,R0>", NOTHING),
        ("<img src=a.jpg width=1 height=1>", NOTHING),
        ("<img src=pixel.gif>", NOTHING),
        ("<img>", NOTHING),
        ("<img src=a.jpg data-src=b.jpg>", SHOWN),
        ("<img src=a.jpg srcset='b.jpg 2x, c.jpg 1.5x'>", SHOWN),
        ("<picture><source srcset=b.webp type=image/webp><img src=a.jpg></picture>", SHOWN),
        ("<img src='a b.jpg'>", SHOWN),
        ("<img src=../a.jpg>", SHOWN),
        ("<amp-img src=a.jpg>", SHOWN),
        ("<img src=é.jpg>", UNUSUAL),
        ("<img src=a.jpg srcset='b.jpg 1e1x'>", UNUSUAL),
        ("<img src=http://C.example/a.jpg>", UNUSUAL),
        ("<object type=image/png data=a.png></object>", UNUSUAL),
        ("<object type=text/html data=a.html></object>", NOTHING),
        ("<p><noscript><img src=a.jpg></noscript>", UNUSUAL),
        ("<p><noscript><img src=a.jpg width=1 height=1></noscript>", NOTHING),
    ],
)
def test_what_is_plain(image, state, monkeypatch):
    seen = []

    def noted(*arguments):
        found = plain_images(*arguments)
        seen.extend(found[2].tolist())
        return found

    monkeypatch.setattr(pictures, "plain_images", noted)
    Interleave().read(image.encode(), URL, "utf-8")
    assert seen[:1] == [state]


def test_hostile_pictures_cost_little():
    sources = "<source srcset='" + "a.jpg 1x, " * 3_000 + "'>"
    page = f"<picture>{sources * 40}{'<img src=b.jpg>' * 20_000}</picture>"
    nodes = images(page, one_by_one=False)
    assert [node.image_url for node in nodes] == [f"https://h.example/a/{x}.jpg" for x in "ab"]
