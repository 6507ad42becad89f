import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.page.charset import PRESCAN_BYTES, codec_for, codec_of, declared_in, in_utf8

RUSSIAN = "Привет, мир"


@pytest.mark.parametrize(
    "label, codec",
    [
        ("utf8", "utf-8"),
        (" UTF-8 ", "utf-8"),
        ('"utf-8"', "utf-8"),
        ("latin1", "cp1252"),
        ("iso-8859-1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("gb2312", "gb18030"),
        ("shift_jis", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("tis-620", "cp874"),
        ("x-user-defined", "cp1252"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("utf-7", None),
        ("rot13", None),
        ("unicode_escape", None),
        ("no such name", None),
        ("ütf-8", None),
        ("", None),
        (None, None),
    ],
)
def test_labels_are_those_of_browsers(label, codec):
    assert codec_of(label) == codec


@pytest.mark.parametrize(
    "head, codec",
    [
        (b"<meta charset=windows-1251>", "cp1251"),
        (b"<META CharSet='KOI8-R'/>", "koi8-r"),
        (b'<meta http-equiv=Content-Type content="text/html; charset=big5">', "big5hkscs"),
        (b'<?xml version="1.0" encoding="euc-jp"?>', "euc_jp"),
        (b"<!-- <meta charset=koi8-r> --><meta charset=euc-kr>", "cp949"),
        (b"<meta charset=nonsense><meta charset=utf-8>", "utf-8"),
        (b"<meta charset=utf-16>", "utf-8"),
        (b"<p>charset=koi8-r</p>", None),
        (b" " * PRESCAN_BYTES + b"<meta charset=koi8-r>", None),
        (b"", None),
    ],
)
def test_declarations_in_the_page(head, codec):
    assert declared_in(head) == codec


@pytest.mark.parametrize(
    "body, header, codec",
    [
        (b"\xef\xbb\xbf<meta charset=koi8-r>", "windows-1251", "utf-8"),
        (b"\xff\xfea\0", "utf-8", "utf-16-le"),
        (b"\xfe\xff\0a", None, "utf-16-be"),
        (b"<meta charset=koi8-r>", "windows-1251", "cp1251"),
        (b"<meta charset=koi8-r>", "nonsense", "koi8-r"),
        (b"<meta charset=nonsense>" + RUSSIAN.encode() * 9, "x", "utf-8"),
        (RUSSIAN.encode("cp1251") * 9, None, "cp1251"),
        ("<p>💻".encode() * 9, None, "utf-8"),
        (b"<p>plain", None, "utf-8"),
    ],
)
def test_mark_then_header_then_page_then_guess(body, header, codec):
    assert codec_for(body, header) == codec


@pytest.mark.parametrize(
    "body, header, text",
    [
        (b"\x93quoted\x94 \x80", "iso-8859-1", "“quoted” €"),
        (RUSSIAN.encode("koi8-r"), "KOI8-R", RUSSIAN),
        (b"\xef\xbb\xbfx", "koi8-r", "x"),
        ("x".encode("utf-16"), None, "x"),
        (b"a\xffb", "utf-8", "a\ufffdb"),
        (b"\xed\xa0\x80", "utf-8", "\ufffd\ufffd\ufffd"),
        (b"", None, ""),
    ],
)
def test_text(body, header, text):
    assert in_utf8(body, header).decode() == text


@given(st.binary(max_size=300), st.one_of(st.none(), st.sampled_from(["gbk", "utf-16", "?", "x"])))
def test_any_bytes_give_text_that_can_be_written(body, header):
    in_utf8(body, header).decode()
