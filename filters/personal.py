"""Personal data in text: e-mail and IP addresses, phone, bank account and card numbers.

Counted, and found with their places so that a stage can mask them (pipeline.mask). A number counts
only where its form or its check digits bear it out; nothing is looked up. What is found here is
what can be told by its form: names and postal addresses are not.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network

import numpy as np
import pyarrow as pa

from filters.signals import Measure, Signal
from filters.text import buffers, columns

# A longer text is counted in its first characters only; a mask goes on behind them.
MOST_CHARS = 1 << 20
_MOST_ROUNDS = 4
_LEAST_CHARS = 6  # of a@b.cc; no other piece is shorter
_ANY = 0xFF

# Of a pattern that begins with a set of characters, re asks the others for nothing else: what may
# not stand before a piece is asked behind its first character.
_LOCAL = "%+'-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_DOMAIN = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MOST_LOCAL, _MOST_DOMAIN = 9 * 65, 8 * 64 + 25  # characters, and one more behind the domain
_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9_%+'-]{1,64}+(?:\.[A-Za-z0-9_%+'-]{1,64}+){0,8}+"
    r"@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)
_CARD = re.compile(r"[3-6](?<![\w.,-].)[0-9](?:[ -]?[0-9]){11,17}(?![\w-])")
_IBAN = re.compile(r"[A-Z](?<!\w.)[A-Z][0-9]{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
# A public IPv6 address begins with 2 or 3 and has four figures before its first colon: what is
# given out is 2000::/3.
_IP = re.compile(
    r"[0-9](?:(?<![\w.-].)[0-9]{0,2}(?:\.[0-9]{1,3}){3}(?![\w-]|\.[0-9])"
    r"|(?<=[23])(?<![\w.].)(?:(?<![0-9A-Fa-f:]:.)|(?<=IPv6:.))[0-9A-Fa-f]{3}"
    r"(?:::?[0-9A-Fa-f]{1,4}){1,7}(?:::)?(?!\w|::?[0-9A-Fa-f]|\.[0-9]))"
)
# Of 2000::/3, what IANA's registry keeps for protocols and for documentation.
_KEPT = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_PHONE = re.compile(
    r"[+(02-9](?<![\w.+/-].)"
    r"(?:(?:(?<=\+)|(?<=0)0 ?)[1-9][0-9]{0,2}(?:[ .()/-]{0,3}[0-9]){6,12}"
    r"|(?:(?<=\()[2-9][0-9]{2}\) ?|(?<=[2-9])[0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4})(?![\w-])"
)

_CARD_DIGITS = range(13, 20)
_IBAN_CHARS = range(15, 35)


def _emails(text: str, begin: int, end: int) -> Iterator[re.Match[str]]:
    """As _EMAIL.finditer, which asks every word: what may belong to an at sign is searched."""
    at = text.find("@", begin, end)
    while at >= 0:
        local = text[max(begin, at - _MOST_LOCAL) : at]
        domain = text[at + 1 : min(end, at + 1 + _MOST_DOMAIN)]
        first = at - len(local) + len(local.rstrip(_LOCAL))
        last = min(end, at + 2 + len(domain) - len(domain.lstrip(_DOMAIN)))
        found = _EMAIL.search(text, first, last)
        if found:
            yield found
            begin = found.end()
        else:
            begin = at + 1
        at = text.find("@", begin, end)


def _digits(text: str) -> list[int]:
    return [int(char) for char in text if char in "0123456789"]


def _luhn(text: str) -> bool:
    digits = _digits(text)
    if len(digits) not in _CARD_DIGITS or len(set(digits)) == 1:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> bool:
    plain = text.replace(" ", "")
    if len(plain) not in _IBAN_CHARS:
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def _always(_: str) -> bool:
    return True


def _public(text: str) -> bool:
    try:
        if ":" not in text:
            return IPv4Address(text).is_global
        address = IPv6Address(text)
        return not any(address in network for network in _KEPT)
    except AddressValueError:
        return False


def _count(name: str, meaning: str, source: str, version: int = 1) -> Signal:
    return Signal(name, pa.int32(), meaning, "count", source, version)


Find = Callable[[str, int, int], Iterable[re.Match[str]]]
# Kind -> what finds pieces by their form in a part of a text, and whether their figures bear them
# out; in order of precedence.
KINDS: dict[str, tuple[Find, Callable[[str], bool]]] = {
    "emails": (_emails, _always),
    "cards": (_CARD.finditer, _luhn),
    "ibans": (_IBAN.finditer, _iban),
    "public_ips": (_IP.finditer, _public),
    "phones": (_PHONE.finditer, _always),
}
COUNTS = (
    _count("emails", "e-mail addresses", "RFC 5321, the common part of its addresses"),
    _count("cards", "payment card numbers of 13 to 19 digits", "ISO/IEC 7812, Luhn check digit"),
    _count("ibans", "bank account numbers", "ISO 13616, check digits modulo 97"),
    _count("public_ips", "public IPv4 and IPv6 addresses", "IANA special-purpose registries", 2),
    _count(
        "phones",
        "phone numbers: international ones, and North American ones with separators",
        "ITU-T E.164; NANP",
    ),
)


def spans(text: str, possible: int = _ANY) -> list[tuple[int, int, str]]:
    """(begin, end, kind) of each, in order; what two kinds claim is the earlier kind's.

    `possible` are the bits of `suspects`: other kinds are not looked for.

    What is found bounds what stands beside it, so that the rest is searched again: a card number
    before an IP address is no longer number once the address is known for one.
    """
    found: list[tuple[int, int, str]] = []
    limit = min(len(text), MOST_CHARS)
    parts = [(0, limit)]
    for _ in range(_MOST_ROUNDS):
        before = len(found)
        for kind, find, holds in _asked(possible):
            new = [
                (*match.span(), kind)
                for begin, end in parts
                for match in find(text, begin, end)
                if holds(match[0])
            ]
            if new:
                found = sorted(found + new)
                begins = [0, *(end for _, end, _ in found)]
                ends = [*(begin for begin, _, _ in found), limit]
                between = zip(begins, ends, strict=True)
                parts = [(begin, end) for begin, end in between if end - begin >= _LEAST_CHARS]
        if len(found) == before:
            break
    return found


@cache
def _asked(possible: int) -> list[tuple[str, Find, Callable[[str], bool]]]:
    return [
        (kind, *asked) for bit, (kind, asked) in enumerate(KINDS.items()) if possible >> bit & 1
    ]


def suspects(text: pa.Array) -> np.ndarray:
    """Which kinds each text may hold, a bit each in the order of KINDS. uint8 (n,); 0 for null."""
    from filters.compiled.personal_hints import (
        kinds_possible,  # numba: only workers that look pay for it
    )

    return kinds_possible(*buffers(text)) * text.is_valid().to_numpy(zero_copy_only=False)


def counts(text: pa.Array) -> tuple[pa.Array, ...]:
    """COUNTS of each text. string (n,) -> 5 times int32 (n,); null for null."""
    found = {kind: np.zeros(len(text), np.int32) for kind in KINDS}
    possible = suspects(text)
    rows = possible.nonzero()[0]
    texts = text.take(pa.array(rows)).to_pylist()
    for row, words, kinds in zip(rows.tolist(), texts, possible[rows].tolist(), strict=True):
        for _, _, kind in spans(words, kinds):
            found[kind][row] += 1
    return columns((found[signal.name] for signal in COUNTS), text)


NODE = Measure(counts, ("text",), COUNTS)
