"""Which addresses may be asked: public web servers, and what the user opened by name.

A page is written by strangers, so each of its links may point into the network of whoever
fetches it. A link is therefore read in the most liberal way that any client reads one, written
anew from its parts, and only the rewritten form is ever sent: no second parser gets to see the
stranger's spelling. Names are checked here; what they resolve to is checked with `is_public`.

Sources: WHATWG URL (host parser, IPv4 parser, path state), WHATWG Fetch ("bad port"), the IANA
special-purpose address registries for IPv4 and IPv6 (RFC 6890), RFC 6761, RFC 6762 appendix G.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import quote, unquote_to_bytes

Ip = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_CHARS = 8192
MAX_NAME_CHARS = 253
MAX_PORT = 65535

# What the IANA registry does not list as globally reachable, and the one public address
# that a cloud answers inside of each of its machines (168.63.129.16, Azure's agent).
PRIVATE_V4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
)  # fmt: skip
# Global unicast is 2000::/3; inside it: protocol assignments with Teredo, documentation, 6to4.
GLOBAL_V6 = "2000::/3"
PRIVATE_V6 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
ISATAP = 0x00005EFE
NAT64 = "64:ff9b::/96"

# Names that lead inside: special-use names, home and company networks, cluster services.
PRIVATE_SUFFIXES = (
    "localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan",
    "home.arpa", "in-addr.arpa", "ip6.arpa", "svc", "consul", "instance-data.ec2.internal",
    "metadata.goog", "metadata.tencentyun.com", "metadata.packet.net",
    "metadata.platformequinix.com",
)  # fmt: skip
_INSIDE = tuple(f".{suffix}" for suffix in PRIVATE_SUFFIXES)

# Ports that browsers refuse, and those of databases and daemons that would obey a stranger.
BAD_PORTS = frozenset((
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389,
    427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
    989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665,
    6666, 6667, 6668, 6669, 6679, 6697, 10080,
    2375, 2376, 2379, 3306, 5432, 6379, 11211, 27017,
))  # fmt: skip
DEFAULT_PORTS = {"http": 80, "https": 443}

_BLANKS = "".join(map(chr, range(33)))
# Names of hosts that are asked may begin or end with a hyphen, against RFC 1123: some do.
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_TOP = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class RefusedError(ValueError):
    """A link that is not asked for; `reason` is a word of `schemas.image.DROPPED`."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


@dataclass(frozen=True)
class Target:
    """A link that may be asked for. `url` is its one spelling, without fragment."""

    url: str
    scheme: str
    host: str
    port: int
    literal: Ip | None

    @property
    def origin(self) -> str:
        """Scheme, host and port: what a connection is made to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Gate:
    """Decides who may be asked. `allow`: networks in CIDR form, and exact host names."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._networks: list[Network] = []
        self._names: set[str] = set()
        for entry in allow:
            try:
                self._networks.append(ip_network(entry, strict=False))
            except ValueError:
                self._names.add(_name(entry))

    def target(self, url: str) -> Target:
        """The link as it will be asked for; raises RefusedError where it must not be."""
        scheme, authority, rest = _parts(url)
        if "@" in authority:
            raise RefusedError("bad_url", "browsers send no credentials with an image")
        host, port = _host_and_port(authority, scheme)
        if port in BAD_PORTS:
            raise RefusedError("bad_url", f"port {port} is no web server's")
        literal = _literal(host)
        if literal is not None:
            if not self.opens(literal):
                raise RefusedError("private_address", f"{literal} is not public")
            host = str(literal)
        elif not self.names(host) and _is_inside(host):
            raise RefusedError("private_address", f"{host} is the name of an inner host")
        shown = f"[{host}]" if isinstance(literal, IPv6Address) else host
        where = shown if port == DEFAULT_PORTS[scheme] else f"{shown}:{port}"
        return Target(f"{scheme}://{where}{_path(rest)}", scheme, host, port, literal)

    def opens(self, address: Ip) -> bool:
        """True for a public address, or one inside a network that the user allowed."""
        plain = _unmapped(address)
        inside = any(plain in net for net in self._networks if net.version == plain.version)
        return inside or is_public(plain)

    def names(self, host: str) -> bool:
        """True where the user allowed this very name, whatever it resolves to."""
        return host in self._names


def is_public(address: Ip) -> bool:
    """True where the public internet routes to the address, and to nothing hidden in it."""
    plain = _unmapped(address)
    if isinstance(plain, IPv4Address):
        return not any(plain in network for network in _networks(PRIVATE_V4))
    if plain in _networks((NAT64,))[0]:
        return is_public(IPv4Address(int(plain) & 0xFFFFFFFF))
    if (int(plain) >> 32) & 0xFDFFFFFF == ISATAP:
        return False  # ISATAP: an IPv4 address of the site in the lower half
    inside = plain in _networks((GLOBAL_V6,))[0]
    return inside and not any(plain in network for network in _networks(PRIVATE_V6))


@cache
def _networks(texts: tuple[str, ...]) -> list[Network]:
    return [ip_network(text) for text in texts]


def _unmapped(address: Ip) -> Ip:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped if mapped is not None else address


def _is_inside(host: str) -> bool:
    """True for names of inner hosts; a name without a dot is never one of the public web."""
    return "." not in host or f".{host}".endswith(_INSIDE)


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, authority, and all after it. Backslashes and any number of slashes count as //."""
    if len(url) > MAX_URL_CHARS:
        raise RefusedError("bad_url", "longer than any server takes")
    text = re.sub(r"[\t\r\n]", "", url.strip(_BLANKS))
    match = re.fullmatch(r"(?is)(https?):[/\\]*([^/\\?#]*)(.*)", text)
    if match is None:
        raise RefusedError("bad_url", "not http or https")
    return match[1].lower(), match[2], match[3]


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?", authority, re.ASCII)
    if match is None:
        raise RefusedError("bad_url", "neither a host nor a host and a port")
    port = int(match[2][:6]) if match[2] else DEFAULT_PORTS[scheme]
    if port > MAX_PORT:
        raise RefusedError("bad_url", "no such port")
    return (match[1] if match[1].startswith("[") else _name(match[1])), port


@lru_cache(maxsize=1 << 14)
def _name(text: str) -> str:
    """A host name in lower case and ASCII, without its final dot, or a dotted number."""
    import idna

    try:
        decoded = unquote_to_bytes(text).decode("utf-8")
        mapped = idna.uts46_remap(unicodedata.normalize("NFC", decoded), std3_rules=False)
        labels = [
            label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
            for label in mapped.lower().removesuffix(".").split(".")
        ]
    except (UnicodeError, idna.IDNAError) as error:
        raise RefusedError("bad_url", "a host that no name system knows") from error
    host = ".".join(labels)
    fit = all(map(_LABEL.fullmatch, labels)) and _TOP.fullmatch(labels[-1])
    if len(host) > MAX_NAME_CHARS or not fit:
        raise RefusedError("bad_url", "characters that no host name has")
    return host


@lru_cache(maxsize=1 << 14)
def _literal(host: str) -> Ip | None:
    """The address that a host is, in any notation; None where it is a name."""
    if host.startswith("["):
        if "%" in host:
            raise RefusedError("private_address", "an address with a zone is never public")
        try:
            return IPv6Address(host[1:-1])
        except ValueError as error:
            raise RefusedError("bad_url", "not an IPv6 address") from error
    last = host.rsplit(".", 1)[-1]
    if not last.isdigit() and not re.fullmatch(r"0x[0-9a-f]*", last):
        return None
    return _ipv4([_number(part) for part in host.split(".")])


def _number(part: str) -> int:
    """A part of an IPv4 address: decimal, octal after 0, hexadecimal after 0x."""
    match = re.fullmatch(r"0x([0-9a-f]*)|(0[0-7]*)|([1-9][0-9]*)", part)
    if match is None:
        raise RefusedError("bad_url", "not an IPv4 address")
    return int(match[1] or "0", 16) if match[1] is not None else int(part, 8 if match[2] else 10)


def _ipv4(numbers: list[int]) -> IPv4Address:
    """One to four numbers; the last one fills all bytes that are left."""
    *head, last = numbers
    left = 4 - len(head)
    try:
        return IPv4Address(bytes(head) + last.to_bytes(left, "big"))
    except (ValueError, OverflowError) as error:  # five numbers, or one above its bytes
        raise RefusedError("bad_url", "not an IPv4 address") from error


def _path(rest: str) -> str:
    """Path and query, percent-encoded where a browser would; the fragment is not sent."""
    path, mark, query = rest.split("#", 1)[0].partition("?")
    try:
        path = quote(path.replace("\\", "/"), safe="/%:@!$&'()*+,;=~[]|", errors="surrogateescape")
        query = quote(query, safe="/%:@!$&'()*+,;=~?[]|`{}^\\", errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise RefusedError("bad_url", "a lone surrogate") from error
    return _without_dots(path) + mark + query


def _without_dots(path: str) -> str:
    """A path with its "." and ".." walked, percent-encoded ones too, as every client walks them.

    What robots.txt is asked about is then what the server will look up.
    """
    walked: list[str] = []
    *way, last = path.removeprefix("/").split("/")
    for segment in way:
        _walk(walked, segment)
    if not _walk(walked, last):
        walked.append("")
    return "/" + "/".join(walked)


def _walk(walked: list[str], segment: str) -> bool:
    """Follow one segment of a path; False where it was dots, and led nowhere new."""
    plain = segment.lower().replace("%2e", ".") if len(segment) <= len("%2e%2e") else ""
    if plain == ".." and walked:
        walked.pop()
    if plain in (".", ".."):
        return False
    walked.append(segment)
    return True
