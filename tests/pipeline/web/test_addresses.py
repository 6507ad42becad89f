"""Which links may be asked, in every notation a stranger may write."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.addresses import Gate, RefusedError, is_public
from tests.attacks.addresses import ASKED, BAD, PRIVATE


@pytest.mark.parametrize(
    "url, reason", [(u, "private_address") for u in PRIVATE] + [(u, "bad_url") for u in BAD]
)
def test_refused(url, reason):
    with pytest.raises(RefusedError) as refused:
        Gate().target(url)
    assert refused.value.reason == reason


@pytest.mark.parametrize("url, spelling", ASKED)
def test_asked(url, spelling):
    assert Gate().target(url).url == spelling
    assert Gate().target(spelling).url == spelling


@pytest.mark.parametrize(
    "allow, url, opens",
    [
        ("127.0.0.1/32", "http://127.0.0.1:8080/", True),
        ("127.0.0.1/32", "http://[::ffff:127.0.0.1]:8080/", True),
        ("127.0.0.1/32", "http://127.0.0.2/", False),
        ("127.0.0.1/32", "http://localhost/", False),
        ("127.0.0.1/32", "http://[::1]/", False),
        ("localhost", "http://LocalHost./", True),
        ("localhost", "http://a.localhost/", False),
        ("localhost", "http://127.0.0.1/", False),
        ("images.corp", "http://images.corp/", True),
        ("fd00::/8", "http://[fd00::1]/", True),
        ("10.0.0.0/8", "http://10.1.2.3:22/", False),
    ],
)
def test_allow_opens_what_it_names_and_nothing_else(allow, url, opens):
    try:
        Gate([allow]).target(url)
    except RefusedError:
        assert not opens
    else:
        assert opens


@pytest.mark.parametrize(
    "address, public",
    [
        ("8.8.8.8", True), ("1.1.1.1", True), ("100.63.255.255", True), ("100.64.0.0", False),
        ("172.15.0.1", True), ("172.32.0.1", True), ("192.0.2.1", False), ("203.0.113.1", False),
        ("223.255.255.255", True), ("240.0.0.1", False), ("2606:4700::1", True),
        ("2001:200::1", True), ("2001:1ff::1", False), ("3fff::1", False), ("4000::1", False),
        ("::ffff:8.8.8.8", True), ("::ffff:192.168.1.1", False), ("64:ff9b::8.8.8.8", True),
        ("64:ff9b::192.168.1.1", False), ("2002:808:808::1", False), ("5f00::1", False),
    ],
)  # fmt: skip
def test_public(address, public):
    assert is_public(ip_address(address)) is public


def spelling(url):
    """How the link is asked for, or the reason why it is not."""
    try:
        return Gate().target(url).url
    except RefusedError as refused:
        return refused.reason


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https:/", "http://[", "http://1."]))
def test_any_text_is_refused_or_spelt_once(text, start):
    once = spelling(start + text)
    assert once.isascii()
    assert once in ("bad_url", "private_address") or spelling(once) == once


@given(st.ip_addresses(v=4), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_one_number_is_the_same_address(address, notation):
    expected = f"http://{address}/" if is_public(address) else "private_address"
    assert spelling(f"http://{notation.format(int(address))}/") == expected
