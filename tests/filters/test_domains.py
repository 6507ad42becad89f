"""Signals of a page's address: depth, adult words, lists of domains."""

import pickle
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import domains
from filters.domains import Domains
from filters.signals import measured

NAME = st.text("ab.é", min_size=1, max_size=6)


@dataclass(frozen=True)
class Lines:
    """A list that can be pickled."""

    names: tuple[str, ...]

    def __call__(self) -> bytes:
        return lines(self.names)


def lines(names) -> bytes:
    return b"".join(name + b"\n" for name in sorted({name.encode() for name in names}))


def test_page_addresses() -> None:
    urls = pa.array(["http://www.bad.example/a/b.html?q", "https://ok.example/", "http://[", None])
    lists = (("bad", Lines(("bad.example",))), ("ok", Lines(("ok.example", "www.bad.example"))))
    measure = pickle.loads(pickle.dumps(domains.measure(lists)))
    found = measured((measure,), {"url": urls})
    assert found["page_domain_listed"].to_pylist() == [True, True, False, None]
    assert found["page_domain_lists"].to_pylist() == [",bad,ok,", ",ok,", "", None]
    assert found["page_url_depth"].to_pylist() == [2, 0, 0, None]
    none = measured((domains.DOCUMENT,), {"url": urls})
    assert all(none[name].null_count == 4 for name in domains.NEED_LISTS)
    adult = pa.array(["http://x.example/nude-xxx/sexton"])
    assert measured((domains.DOCUMENT,), {"url": adult})["page_url_adult_words"][0].as_py() == 2


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"/?#:@[]%.\t\r a\0é", "https://", "x.example", "/nude"])))
def test_any_address_is_as_deep_as_urlsplit_finds_its_path(pieces) -> None:
    address = "".join(pieces)
    try:
        path = urlsplit(address).path
    except ValueError:
        path = ""
    found = measured((domains.DOCUMENT,), {"url": pa.array([address])})
    assert found["page_url_depth"][0].as_py() == sum(map(bool, path.split("/")))
    adult = len(re.findall("(?<![a-z])nude(?![a-z])", address.lower()))
    assert found["page_url_adult_words"][0].as_py() == adult


@settings(max_examples=200, deadline=None)
@given(st.frozensets(NAME, max_size=8), NAME)
def test_a_host_is_on_a_list_with_all_below_it(names, host) -> None:
    labels = host.split(".")
    above = {".".join(labels[at:]) for at in range(len(labels))}
    assert Domains(lines(names)).holds(host) == bool(above & names)
