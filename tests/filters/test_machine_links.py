"""Addresses that a chat program handed out: which count, and that the reader looks for all."""

import pyarrow as pa
import pytest

from filters import machine_links, markers
from filters.signals import measured


@pytest.mark.parametrize(
    "url, is_one",
    [
        ("https://a.example/?utm_source=chatgpt.com", True),
        ("https://a.example/b?c=d&utm_source=chatgpt.com&e=f", True),
        ("https://a.example/?UTM_SOURCE=ChatGPT.com", True),
        ("https://a.example/?utm_source=perplexity.ai", True),
        ("https://a.example/?referrer=grok.com", True),
        ("https://a.example/?utm_source=newsletter", False),
        ("https://a.example/?utm_source=openaire", False),
        ("https://chatgpt.com/?utm_source=", False),
        ("", False),
    ],
)
def test_the_page_s_own_address(url: str, is_one: bool) -> None:
    assert machine_links.cites(url) == is_one
    columns = {"url": pa.array([url, None]), "machine_links": pa.array([[url, url], None])}
    found = measured(machine_links.DOCUMENT, columns)
    assert found["marker_page_url"].to_pylist() == [int(is_one), None]
    assert found["marker_links"].to_pylist() == [2, 0]


def test_the_reader_looks_for_every_parameter_of_the_list() -> None:
    phrases = [marker.phrase for marker in markers.markers() if "=" in marker.phrase]
    assert phrases
    assert all(phrase.startswith(machine_links.PARAMETERS) for phrase in phrases)
    assert all(machine_links.cites(f"http://a.example/?{phrase}") for phrase in phrases)
