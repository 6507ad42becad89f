"""Addresses: link signals, hosts, registered domains, the keys of exact duplicates."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters import urls
from filters.signals import measured


@pytest.mark.parametrize(
    ("url", "words", "adult"),
    [
        ("", 0, 0),
        (None, None, None),
        ("https://a.example/cat.jpg", 0, 0),
        ("https://a.example/LOGO-button_icon.png?widget=plugin", 5, 0),
        ("https://icons.example/icon.png", 2, 0),
        ("https://essex.example/XXX/pornographer.jpg", 0, 3),
    ],
)
def test_words_in_links(url: str | None, words: int | None, adult: int | None) -> None:
    found = measured(urls.LINK, {"image_url": pa.array([url], pa.string())})
    assert {name: array.to_pylist() for name, array in found.items()} == {
        "url_ui_words": [words],
        "url_adult_words": [adult],
    }


def test_no_links_no_rows() -> None:
    found = measured(urls.LINK, {"image_url": pa.array([], pa.string())})
    assert [len(array) for array in found.values()] == [0, 0]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Www.Example.COM:443/a", "www.example.com"),
        ("http://user:secret@example.com./", "example.com"),
        ("//cdn.example/x.png", "cdn.example"),
        ("http://[2001:DB8::1]:80/", "2001:db8::1"),
        ("http://[no", ""),
        ("mailto:someone@example.com", ""),
        ("", ""),
    ],
)
def test_host_of(url: str, host: str) -> None:
    assert urls.host_of(url) == host
    assert urls.hosts(pa.array([url, None])).to_pylist() == [host, None]


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.uk", "example.co.uk"),
        ("a.b.example.com", "example.com"),
        ("someone.github.io", "github.io"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
        ("", ""),
    ],
)
def test_registered_domain(host: str, domain: str) -> None:
    assert urls.registered_domain(host) == domain


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("HTTP://Example.COM:80/", "http://example.com/"),
        ("https://example.com", "https://example.com/"),
        ("https://example.com:8443/a#part", "https://example.com:8443/a"),
        ("https://user:secret@example.com./a", "https://example.com/a"),
        ("https://example.com/%7euser/%c3%a9", "https://example.com/~user/%C3%A9"),
        ("https://example.com/\u00e9 b", "https://example.com/%C3%A9%20b"),
        ("https://example.com/100%/%zz", "https://example.com/100%25/%25zz"),
        ("https://example.com/a%2Fb", "https://example.com/a%2Fb"),
        ("https://example.com/a/./b/../../c/.", "https://example.com/c/"),
        ("https://example.com/../../a", "https://example.com/a"),
        ("https://example.com/.hidden", "https://example.com/.hidden"),
        ("https://example.com/?b=2&a=1", "https://example.com/?b=2&a=1"),
        ("https://example.com/?utm_source=x&id=7&FBCLID=y", "https://example.com/?id=7"),
        ("https://example.com/?gclid=1&", "https://example.com/"),
        ("https://example.com/?page=utm_source", "https://example.com/?page=utm_source"),
        ("http://[2001:db8::1]:80/a", "http://[2001:db8::1]/a"),
        ("ftp://example.com/A", "ftp://example.com/A"),
        ("http://[no", "http://[no"),
        ("https://example.com:port/", "https://example.com:port/"),
        ("https://example.com:99999/", "https://example.com:99999/"),
        ("not an address", "not an address"),
        ("", ""),
    ],
)
def test_url_key(url: str, key: str) -> None:
    assert urls.url_key(url) == key
    assert urls.url_key(key) == key
    assert urls.url_keys(pa.array([url, None])).to_pylist() == [key, None]


def test_an_endless_address_is_its_own_key() -> None:
    url = "HTTPS://example.com/" + "a" * urls.MOST_CHARS
    assert urls.url_key(url) == url


@given(st.one_of(st.text(), st.text().map("https://example.com/{}".format)))
def test_any_text_has_a_host_and_a_key(text: str) -> None:
    assert isinstance(urls.host_of(text), str)
    key = urls.url_key(text)
    assert urls.url_key(key) == key
    assert urls.registered_domain(urls.host_of(text)) is not None


def test_buckets_are_stable_and_even() -> None:
    assert urls.host_bucket("example.com") == 1113892123
    found = urls.host_buckets(pa.array(["example.com", "", None]))
    assert found.type == pa.int32()
    assert found.to_pylist() == [1113892123, urls.host_bucket(""), urls.host_bucket("")]
    buckets = [urls.host_bucket(f"host{number}.example") for number in range(4000)]
    assert all(0 <= bucket < 1 << 31 for bucket in buckets)
    eighths = [sum(bucket >> 28 == eighth for bucket in buckets) for eighth in range(8)]
    assert min(eighths) > 400
