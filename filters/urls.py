"""Addresses: signals of image links, host names, and the keys by which duplicates are found.

Everything takes any string: what is no address comes back as it was, or as no host.
"""

import re
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import Measure, Signal

_OBELICS = "OBELICS, arXiv 2306.16527, appendix A"

UI_WORDS = ("logo", "button", "icon", "plugin", "widget")
ADULT_WORDS = ("porn", "sex", "xxx")

LINK_SIGNALS = (
    Signal(
        "url_ui_words",
        pa.int32(),
        f"occurrences of {', '.join(UI_WORDS)} in the address, inside words too",
        "count",
        _OBELICS,
    ),
    Signal(
        "url_adult_words",
        pa.int32(),
        f"occurrences of {', '.join(ADULT_WORDS)} in the address, inside words too",
        "count",
        _OBELICS,
    ),
)

# Longer addresses are compared as they stand: no browser or server agrees on them anyway.
MOST_CHARS = 8192

# Parameters that follow a reader around and change nothing in the page.
TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|pk_(campaign|kwd|source|medium|content)|hsa_\w+|_hsenc|_hsmi|__hs\w+|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|igshid|igsh|"
    r"li_fat_id|mc_cid|mc_eid|mkt_tok|oly_anon_id|oly_enc_id|rb_clickid|s_cid|vero_id|vero_conv|"
    r"wickedid|_openstat|_ga|_gl|_branch_match_id|__twitter_impression|ref_src|ref_url|srsltid",
    re.IGNORECASE,
)

_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Bytes that stand in an address as themselves (RFC 3986, reserved and unreserved, and "%").
_PLAIN = _UNRESERVED | frozenset(b":/?#[]@!$&'()*+,;=%")


def words_in(url: pa.Array) -> tuple[pa.Array, ...]:
    """LINK_SIGNALS of image addresses. string (n,) -> int32 (n,) twice; null for null."""
    lower = pc.utf8_lower(url)
    return tuple(_occurrences(lower, words) for words in (UI_WORDS, ADULT_WORDS))


LINK = (Measure(words_in, ("image_url",), LINK_SIGNALS),)


def host_of(url: str) -> str:
    """Host name of an address, lower case, without a final dot; "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:  # a bracket that is no IPv6 address, a host of odd characters
        return ""


def hosts(urls: pa.Array) -> pa.Array:
    """host_of every address. string (n,) -> (n,); null for null."""
    # Arrow has no URL parser.
    return pa.array(
        [None if url is None else host_of(url) for url in urls.to_pylist()], pa.string()
    )


@lru_cache(maxsize=65_536)
def registered_domain(host: str) -> str:
    """The name that its owner registered: example.co.uk of www.example.co.uk.

    An address in figures, a name without a known suffix and a bare suffix are their own domain.
    By the public suffix list inside tldextract: nothing is asked of the network.
    """
    return str(_suffixes()(host).top_domain_under_public_suffix) or host


def url_key(url: str) -> str:
    """An address in the one spelling that its exact duplicates share.

    Scheme and host in lower case, default port, user and fragment gone, dot segments resolved,
    percent-encoding as RFC 3986 6.2.2 wants it, tracking parameters dropped, the others in their
    order. What is no http or https address, or longer than MOST_CHARS, comes back as it was.
    """
    if len(url) > MOST_CHARS:
        return url
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not host:
        return url
    if ":" in host:
        host = f"[{host}]"
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    path = _without_dots(_encoded(parts.path)) or "/"
    pairs = [pair for pair in _encoded(parts.query).split("&") if pair and not _tracks(pair)]
    query = "?" + "&".join(pairs) if pairs else ""
    return f"{parts.scheme}://{place}{path}{query}"


def url_keys(urls: pa.Array) -> pa.Array:
    """url_key of every address. string (n,) -> (n,); null for null."""
    return pa.array(
        [None if url is None else url_key(url) for url in urls.to_pylist()], pa.string()
    )


def host_bucket(host: str) -> int:
    """A stable number of a host, 0 to 2^31 - 1, evenly spread: parts are cut by it."""
    digest = blake2b(host.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") & 0x7FFFFFFF


def host_buckets(names: pa.Array) -> pa.Array:
    """host_bucket of every host. string (n,) -> int32 (n,); an unknown host counts as ""."""
    return pa.array([host_bucket(host or "") for host in names.to_pylist()], pa.int32())


def _occurrences(texts: pa.Array, words: tuple[str, ...]) -> pa.Array:
    total = pc.count_substring(texts, words[0])
    for word in words[1:]:
        total = pc.add(total, pc.count_substring(texts, word))
    return total.cast(pa.int32())


def _tracks(pair: str) -> bool:
    return TRACKING.fullmatch(pair.split("=", 1)[0]) is not None


def _encoded(text: str) -> str:
    """Escapes in capitals, those of unreserved characters undone, everything else escaped."""
    raw = text.encode("utf-8", "surrogatepass")
    plain = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in raw)
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", _ESCAPE.sub(_unescaped, plain))


def _unescaped(found: re.Match[str]) -> str:
    byte = int(found[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{byte:02X}"


def _without_dots(path: str) -> str:
    """RFC 3986 5.2.4: "." and ".." resolved, never above the root."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


@cache
def _suffixes() -> Any:
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
