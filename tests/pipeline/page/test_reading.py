import pytest

from pipeline.interleave import Interleave
from schemas.document import image_id

URL = "http://h.example/d/p.html"
STUB = "data:image/gif;base64,R0lGODlh"


def told(html, url=URL):
    """A page's nodes: `tag: text` for a text, the link without its origin for an image."""
    nodes = Interleave().read(html.encode(), url, "utf-8").nodes
    return [
        f"{node.tag}: {node.text}" if node.kind == "text" else node.image_url.removeprefix(
            "http://h.example"
        )
        for node in nodes
    ]  # fmt: skip


@pytest.mark.parametrize(
    "html, nodes",
    [
        # blocks
        ("", []),
        ("<p>a <b>b</b>\n c</p>", ["p: a b c"]),
        ("<h1>T</h1>lead<div>in <p>p</p> out</div>tail",
         ["h1: T", "body: lead", "div: in", "p: p", "div: out", "body: tail"]),
        ("<blockquote>q<p>p</blockquote>", ["blockquote: q", "p: p"]),
        ("<ul><li>a<ul><li>b<li>c</ul>d<li>e</ul>", ["li: a", "li: b", "li: c", "li: d", "li: e"]),
        ("<dl><dt>t<dd>d</dl>", ["dt: t", "dd: d"]),
        ("<p>a<br>b<br><br>c<br>\u00a0<br>d<br></p>", ["p: a\nb", "p: c", "p: d"]),
        ("<pre>\n a\n\tb <b>c</b>\n\n</pre>", ["pre:  a\n\tb c"]),
        ("<pre><code><div>a</div><div>b</div></code></pre>", ["pre: a\nb"]),
        ("<p><code>a  b</code>", ["p: a b"]),
        ("<details><summary>s</summary>more</details>", ["summary: s", "details: more"]),
        ("<custom-tag>a<p>b</p></custom-tag>", ["body: a", "p: b"]),
        # tables
        ("<table><caption>C</caption><tr><th>a<th>b<tr><td>1<td><p>2</p>x<tr><td><td></table>",
         ["caption: C", "table: a | b\n1 | 2 x"]),
        ("<table><tr><td><p>a<p>b<td>c</table>", ["p: a", "p: b", "td: c"]),
        ("<table><tr><td>a<table><tr><td>1<td>2</table>b</table>",
         ["td: a", "table: 1 | 2", "td: b"]),
        ("<table><tr><td>a<td>b <img src=i.png> c<td>d<tr><td>e<td>f</table>",
         ["table: a | b", "/d/i.png", "table: c | d\ne | f"]),
        # what is not shown, and what is furniture
        ("<script>s</script><style>s</style><template>t</template><svg><text>s</text></svg>a",
         ["body: a"]),
        ("<p hidden>x<p style='display:none'>y<p>z", ["p: z"]),
        ("<nav>menu</nav><dialog>ask</dialog><header>h</header><footer>f</footer>",
         ["header: h", "footer: f"]),
        ("<form>Name <select><option>o</select><textarea>t</textarea><button>b</button></form>",
         ["form: Name"]),
        ("<h2><button>Why?</button></h2><p>a<button><div>x</div></button>b", ["h2: Why?", "p: ab"]),
        ("<video>no video</video><object>no flash</object><iframe>x</iframe>a", ["body: a"]),
        ("<body style='display:none'>a", ["body: a"]),
        ("<div hidden id=S:0><main><p>late</main></div>", ["p: late"]),
        # formulas
        ("<p>is <math><mi>x</mi><annotation encoding='application/x-tex'>\\xi</annotation></math>.",
         ["p: is \\xi."]),
        ("<p>is <script type=math/tex>x^2</script> <span class=katex-html>x2</span>.",
         ["p: is x^2 ."]),
        ("<p>is <img class=latex alt='a_1' src=a.png>.", ["p: is a_1."]),
        # broken markup
        ("<p>a<div>b</p>c</div></div></b>d", ["p: a", "div: b", "div: c", "body: d"]),
        ("<b><p>a<i>b</b>c</i>", ["p: abc"]),
        ("<table>x<tr><td>a<td>b", ["body: x", "table: a | b"]),
        ("a</body></html>b", ["body: ab"]),
        ("<!-- a --><![CDATA[b]]>c<?php d ?>", ["body: c"]),
        ("a\0b&#0;c&#xD800;d", ["body: ab\ufffdc\ufffdd"]),
    ],
)  # fmt: skip
def test_text(html, nodes):
    assert told(html) == nodes


@pytest.mark.parametrize(
    "html, nodes",
    [
        # the probe of published extractors
        ("<img src=a.jpg><p>t <img src=b.jpg> u", ["/d/a.jpg", "p: t", "/d/b.jpg", "p: u"]),
        ("<figure><img src=a.jpg></figure>", ["/d/a.jpg"]),
        ("<figure><img src=a.jpg><figcaption>c</figcaption></figure>",
         ["/d/a.jpg", "figcaption: c"]),
        ("<picture><source srcset=a.webp type=image/webp><img src=b.jpg></picture>", ["/d/a.webp"]),
        ("<img src='/w_1,h_2/a.jpg'>", ["/w_1,h_2/a.jpg"]),
        ("<img src=placeholder.gif data-src=a.jpg>", ["/d/a.jpg"]),
        (f"<img src='{STUB}' data-src=a.jpg>", ["/d/a.jpg"]),
        ("<img srcset='a.jpg 1x, b.jpg 2x'>", ["/d/b.jpg"]),
        ("<p>t<noscript><img src=a.jpg></noscript>", ["p: t", "/d/a.jpg"]),
        ("<img src=/i/123>", ["/i/123"]),
        ("<img src=../a.jpg>", ["/a.jpg"]),
        ("<base href=/b/><img src=a.jpg>", ["/b/a.jpg"]),
        ("<ul><li>l</ul><table><tr><td>1<td>2</table><pre>p</pre>",
         ["li: l", "table: 1 | 2", "pre: p"]),
        ("<math><mi>x</mi></math>", ["body: x"]),
        # where images stand
        ("<a href=x><img src=a.jpg></a><ul><li>b<img src=b.jpg>c</ul>",
         ["/d/a.jpg", "li: b", "/d/b.jpg", "li: c"]),
        ("<button><img src=a.jpg>zoom</button>", ["/d/a.jpg"]),
        ("<amp-img src=a.jpg><noscript><img src=a.jpg></noscript></amp-img>", ["/d/a.jpg"]),
        ("<object data=x><img src=a.jpg></object>", ["/d/a.jpg"]),
        ("<pre>a<img src=a.jpg>\n b</pre>", ["pre: a", "/d/a.jpg", "pre:  b"]),
        # no node
        (f"<p>a<img src='{STUB}'>b<img>c<img src=''>d<img src=javascript:x>e", ["p: abcde"]),
        ("<p>a<svg><image href=a.png /></svg>b", ["p: ab"]),
        ("<p>a<img src=x.gif>b<img src=t.png width=1 height=1>c", ["p: abc"]),
        ("<nav><img src=a.jpg></nav><p hidden><img src=b.jpg>", []),
        ("<p>a<img src=a.jpg>b<img src=./a.jpg#x>c", ["p: a", "/d/a.jpg", "p: bc"]),
        # a late-loading image and its twin without scripts are one picture
        ("<img data-src=a.jpg><noscript><img src=a.jpg></noscript>", ["/d/a.jpg"]),
        ("<img data-src=a-300x200.jpg> <noscript><img src=a.jpg></noscript>", ["/d/a-300x200.jpg"]),
        ("<img data-src=/s/1.jpg><noscript><img src=/l/1.jpg></noscript>", ["/s/1.jpg"]),
        ("<a><img data-src=/s/1.jpg></a><noscript><img src=/l/1.jpg></noscript>", ["/s/1.jpg"]),
        ("<p><noscript><img src=a.jpg></noscript><img data-src=/s/a.jpg>", ["/d/a.jpg"]),
        ("<p><noscript><img src=a.jpg></noscript><div><img data-src=a-300x200.jpg></div>",
         ["/d/a.jpg"]),
        (f"<img src='{STUB}'><noscript><img src=a.jpg></noscript>", ["/d/a.jpg"]),
        ("<p><noscript><img src=1.jpg></noscript><noscript><img src=2.jpg></noscript>",
         ["/d/1.jpg", "/d/2.jpg"]),
        ("<div><img src=a.jpg> text</div><noscript><img src=b.jpg></noscript>",
         ["/d/a.jpg", "div: text", "/d/b.jpg"]),
        ("<noscript>Please allow scripts. <img src=p.jpg width=1 height=1></noscript>", []),
        # addresses
        ("<base href='//cdn.example/x/'><img src=a.jpg>", ["http://cdn.example/x/a.jpg"]),
        ("<base href='file:///x/'><img src=a.jpg>", ["/d/a.jpg"]),
        ("<img src='a b.jpg'><img src='http://[::1'>", ["/d/a%20b.jpg"]),
        ("<img src='http://h.example/a.jpg?x=1&amp;y=2'>", ["/a.jpg?x=1&y=2"]),
    ],
)  # fmt: skip
def test_images(html, nodes):
    assert told(html) == nodes


def captions(html):
    nodes = Interleave().read(html.encode(), URL).nodes
    return [node.caption for node in nodes if node.kind == "image"]


@pytest.mark.parametrize(
    "html, expected",
    [
        ("<img src=a.jpg>", [None]),
        ("<figure><img src=a.jpg></figure>", [None]),
        ("<figure><img src=a.jpg><figcaption> c <b>d</b></figcaption></figure>", ["c d"]),
        ("<figure><img src=a.jpg><figcaption><p>c<p>d<img src=b.jpg></figcaption></figure>",
         ["c\nd", "c\nd"]),
        ("<figure><img src=a.jpg><img src=b.jpg><figcaption>c</figcaption></figure>", ["c", "c"]),
        ("<figure><figure><img src=a.jpg></figure><figcaption>c</figcaption></figure>", [None]),
        ("<figure><img src=a><figcaption>c</figcaption><img src=b><figcaption>d</figcaption>",
         ["c", "d"]),
        ("<figure><figcaption>c</figcaption><img src=a><figcaption>d</figcaption><img src=b>",
         ["c", "d"]),
        ("<figure><img src=a.jpg><figcaption hidden>c</figcaption></figure>", [None]),
    ],
)  # fmt: skip
def test_captions(html, expected):
    assert captions(html) == expected


def test_what_an_image_says_of_itself():
    html = (
        b"<img src=a.jpg alt=' A\n dog ' width=' 50% ' height=20><img src=b.jpg alt><img src=c.jpg>"
    )
    images = Interleave().read(html, URL).nodes
    told_ = [(image.alt, image.width_attr, image.height_attr) for image in images]
    assert told_ == [("A dog", "50%", "20"), ("", None, None), (None, None, None)]
    assert images[0].image_id == image_id("http://h.example/d/a.jpg")


def test_a_page_for_readers_without_scripts():
    post = "<h2>Topic</h2><p>" + "A long answer. " * 200 + "<img src=a.jpg>"
    page = f"<body><div>Loading</div><noscript>{post}</noscript>"
    assert [node.tag for node in Interleave().read(page.encode(), URL).nodes] == [
        "div", "h2", "p", "img"
    ]  # fmt: skip
    assert told("<p>" + "words " * 900 + f"</p><noscript>{post}</noscript>")[1:] == ["/d/a.jpg"]
