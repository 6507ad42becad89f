import pytest

from pipeline.page.backgrounds import STYLED, background_of


@pytest.mark.parametrize(
    "attributes, expected",
    [
        ({}, None),
        ({"style": None, "data-bg": None}, None),
        ({"style": "color: url(a.jpg)"}, None),
        ({"style": "background:url(a.jpg)"}, "a.jpg"),
        ({"style": "BACKGROUND-IMAGE : URL( 'a b(1).jpg' )"}, "a b(1).jpg"),
        ({"style": 'x: y; background-image:url("/a")'}, "/a"),
        ({"style": "background-image: url(data:image/png;base64,AA/A), url(a.jpg)"}, "a.jpg"),
        ({"style": "background: url(spacer.gif), url(a.jpg) no-repeat"}, "a.jpg"),
        ({"style": "background: url(repeat-1.jpg)"}, "repeat-1.jpg"),
        ({"style": "background: url(a.jpg) repeat-x"}, None),
        ({"style": "background-image: url(a.png); background-repeat: repeat"}, None),
        ({"style": "background: url(a.png) -5px 0"}, None),
        ({"style": "margin: -5px; background: url(a.png)"}, "a.png"),
        ({"style": "background: url()"}, None),
        ({"style": "background: url(a.jpg"}, None),
        ({"data-bg": "a.jpg"}, "a.jpg"),
        ({"data-bg": "url('a.jpg')", "style": "background: url(blank.gif)"}, "a.jpg"),
        ({"data-bg": "#fff"}, None),
        ({"data-bg": "dark"}, None),
    ],
)
def test_background(attributes, expected):
    assert background_of(*map(attributes.get, STYLED)) == expected
