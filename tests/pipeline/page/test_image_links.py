import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page.image_links import (
    MAX_URL,
    host_of,
    is_pixel,
    is_placeholder,
    offers,
    parse_srcset,
    picture_name,
    resolved,
)

STUB = "data:image/gif;base64,R0lGODlh"


@pytest.mark.parametrize(
    "srcset, expected",
    [
        ("", []),
        (" , ,", []),
        ("a.jpg", [("a.jpg", 0, 1)]),
        ("a.jpg 1x, b.jpg 2x", [("a.jpg", 0, 1), ("b.jpg", 0, 2)]),
        ("a.jpg 300w,b.jpg 600w", [("a.jpg", 300, 1), ("b.jpg", 600, 1)]),
        ("a.jpg, b.jpg 1.5x", [("a.jpg", 0, 1), ("b.jpg", 0, 1.5)]),
        ("/w_1,h_2/a.jpg 1x, /w_3,h_4/a.jpg 2x", [("/w_1,h_2/a.jpg", 0, 1),
                                                  ("/w_3,h_4/a.jpg", 0, 2)]),
        ("\n a.jpg\t600w 400h ,\n", [("a.jpg", 600, 1)]),
        ("a.jpg wide, b.jpg -5w, c.jpg x", [("a.jpg", 0, 1), ("b.jpg", 0, 1), ("c.jpg", 0, 1)]),
    ],
)  # fmt: skip
def test_srcset(srcset, expected):
    assert parse_srcset(srcset) == expected


@given(st.text(alphabet="ab,. \t12wx()", max_size=60))
def test_any_srcset_is_read_to_its_end(srcset):
    assert all(candidate.url and not candidate.url.isspace() for candidate in parse_srcset(srcset))


@pytest.mark.parametrize(
    "url, expected",
    [
        (STUB, True),
        ("", True),
        ("#", True),
        ("about:blank", True),
        ("/i/spacer.gif", True),
        ("/i/img-placeholder.png?x=1", True),
        ("lazy_loading.svg", True),
        ("blank-300x200.png", True),
        ("1x1.gif", True),
        ("/p.gif", True),
        ("pixel.gif", True),
        ("https://cdn.example/x_{width}x.jpg", True),
        ("google-pixel.jpg", False),
        ("loading-dock.jpg", False),
        ("blanket.jpg", False),
        ("transparent-frog.png", False),
        ("/lazy/river.jpg", False),
    ],
)
def test_placeholders(url, expected):
    assert is_placeholder(url) is expected


@pytest.mark.parametrize(
    "image, sources, expected",
    [
        ({"src": "a.jpg"}, [], "a.jpg"),
        ({"src": None}, [], None),
        ({"src": STUB}, [], None),
        ({}, [], None),
        ({"src": " a.jpg\n"}, [], "a.jpg"),
        # late-loading scripts
        ({"src": "placeholder.gif", "data-src": "a.jpg"}, [], "a.jpg"),
        ({"src": STUB, "data-lazy-src": "/a"}, [], "/a"),
        ({"src": "small.jpg", "data-original": "large.jpg"}, [], "large.jpg"),
        ({"src": "a.jpg", "data-src": STUB}, [], "a.jpg"),
        ({"src": "a.jpg", "data-src": "{}"}, [], "a.jpg"),
        ({"src": "a.jpg", "data-image": "42"}, [], "a.jpg"),
        ({"src": "loading.gif", "data-anything": "/x/a.webp?v=1"}, [], "/x/a.webp?v=1"),
        ({"src": "a.jpg", "data-anything": "b.jpg"}, [], "a.jpg"),
        ({"src": "x_300.jpg", "data-src": "x_{width}x.jpg"}, [], "x_300.jpg"),
        # srcset
        ({"srcset": "s.jpg 300w, l.jpg 900w, m.jpg 600w"}, [], "l.jpg"),
        ({"src": "1.jpg", "srcset": "1.jpg 1x, 2.jpg 2x"}, [], "2.jpg"),
        ({"src": STUB, "data-srcset": "s.jpg 300w, l.jpg 900w"}, [], "l.jpg"),
        ({"src": STUB, "data-lazy-srcset": "s.jpg 300w", "srcset": STUB + " 900w"}, [], "s.jpg"),
        ({"src": "a.jpg", "srcset": ""}, [], "a.jpg"),
        # picture
        ({"src": "a.jpg"}, [{"srcset": "w.webp 800w", "type": "image/webp"}], "w.webp"),
        ({"src": "a.jpg"}, [{"srcset": "v.svg 800w", "type": "image/svg+xml"}], "a.jpg"),
        ({"src": "a.jpg"}, [{"srcset": "x.jxl 800w", "type": "image/jxl"}], "a.jpg"),
        ({"src": "s.jpg"}, [{"srcset": "m.jpg", "media": "(min-width: 40em)"},
                            {"srcset": "l.jpg", "media": "(min-width: 1024px)"}], "l.jpg"),
        ({"src": STUB}, [{"data-srcset": "a.avif", "type": "image/avif"}], "a.avif"),
    ],
)  # fmt: skip
def test_best_address(image, sources, expected):
    first = next(iter(offers(image, sources)), None)
    assert (first and first.url) == expected


@pytest.mark.parametrize(
    "width, height, expected",
    [("1", "1", True), ("1px", "0", True), ("0", "0", False), ("1", "50", False),
     (None, None, False), ("100%", "1", False)],
)  # fmt: skip
def test_pixels(width, height, expected):
    assert is_pixel({"width": width, "height": height}) is expected


@pytest.mark.parametrize(
    "url, expected",
    [
        ("a.jpg", "http://h.example/d/a.jpg"),
        ("../a.jpg", "http://h.example/a.jpg"),
        ("../../../a.jpg", "http://h.example/a.jpg"),
        ("./x/../a.jpg", "http://h.example/d/a.jpg"),
        ("/a.jpg", "http://h.example/a.jpg"),
        ("?id=1", "http://h.example/d/p.html?id=1"),
        ("//cdn.example/a", "http://cdn.example/a"),
        ("https://cdn.example/x/../a.jpg", "https://cdn.example/a.jpg"),
        ("https://cdn.example", "https://cdn.example/"),
        ("HTTPS://CDN.Example/A.jpg", "https://cdn.example/A.jpg"),
        ("https://cdn.example:8443/a", "https://cdn.example:8443/a"),
        ("https://cdn.example/w_1,h_2/a.jpg", "https://cdn.example/w_1,h_2/a.jpg"),
        ("a b.jpg", "http://h.example/d/a%20b.jpg"),
        ("a%20b.jpg", "http://h.example/d/a%20b.jpg"),
        ("ä.jpg", "http://h.example/d/%C3%A4.jpg"),
        ("/a.jpg#top", "http://h.example/a.jpg"),
        ("/a.jpg?u=http://x/../y", "http://h.example/a.jpg?u=http://x/../y"),
        ("http://bücher.example/a", "http://xn--bcher-kva.example/a"),
        ("x\\a.jpg", "http://h.example/d/x/a.jpg"),
        ("a\n.jpg", "http://h.example/d/a.jpg"),
        ("data:image/png;base64,AAAA", None),
        ("javascript:void(0)", None),
        ("file:///etc/passwd", None),
        ("ftp://h.example/a.jpg", None),
        ("http://", None),
        ("http:///a.jpg", None),
        ("http://[::1/a", None),
        ("http://h:port/a", None),
        ("http://h:99999/a", None),
        ("http://" + "a" * 70 + ".example\u00fc/", None),
        ("", None),
        ("a" * (MAX_URL + 1), None),
        ("ä" * MAX_URL, None),
    ],
)
def test_resolved(url, expected):
    assert resolved("http://h.example/d/p.html", url) == expected


@pytest.mark.parametrize("base", ["", "no address", "file:///d/p.html", "mailto:a@b.example"])
def test_relative_to_nothing(base):
    assert resolved(base, "a.jpg") is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_is_resolved_is_ascii_http(base, url):
    for address in (resolved(base, url), resolved("http://h.example/" + base, url)):
        assert address is None or (address.isascii() and address.startswith(("http://", "https:")))
        assert address is None or " " not in address


def test_resolving_is_stable():
    once = resolved("http://h.example/", "/ä b/?q=ü#f")
    assert once is not None
    assert resolved("http://other.example/", once) == once


@pytest.mark.parametrize(
    "url, host",
    [("http://WWW.Example.COM/a", "www.example.com"),
     ("http://bücher.example", "xn--bcher-kva.example"),
     ("http://u:p@h.example:80/", "h.example"), ("no", None), ("", None), ("http://[", None)],
)  # fmt: skip
def test_host(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    "url",
    ["http://h/i/a.jpg", "http://h/i/a-300x200.jpg", "http://h/i/a-scaled.webp", "http://h/i/a@2x.png",
     "http://h/i/a_640w.jpg?v=2", "http://h/i/a"],
)  # fmt: skip
def test_sizes_of_one_picture_have_one_name(url):
    assert picture_name(url) == "http://h/i/a"
