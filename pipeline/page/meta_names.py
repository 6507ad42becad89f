"""The names of <meta> that tell of a page, and how a compiled pass finds them.

Importing this module imports numba.
"""

import numba
import numpy as np

from pipeline.page.elements import NAMED, fnv

MAX_NAME = 64
"""Longest name of a <meta> that is looked at. [bytes]"""

# Names of <meta>, most telling first: Open Graph, Dublin Core, Highwire Press, Parsely, Sailthru.
DATES = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "dcterms.issued", "dc.date.issued", "dcterms.created", "dc.date.created", "dc.date",
    "dcterms.date", "citation_publication_date", "citation_date", "citation_online_date",
    "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
    "article.published", "published_at", "date",
)  # fmt: skip
AUTHORS = (
    "author", "article:author", "og:article:author", "dc.creator", "dcterms.creator",
    "citation_author", "parsely-author", "sailthru.author",
)  # fmt: skip
SITES = ("og:site_name", "application-name", "citation_journal_title")
LICENCES = ("license", "dcterms.license", "dc.rights.license", "dcterms.rights", "dc.rights")
TYPES = ("og:type",)
LANGUAGES = ("content-language", "language", "dc.language", "dcterms.language", "og:locale")
RESERVATIONS, POLICIES = ("tdm-reservation",), ("tdm-policy",)
ADDRESSES = ("og:url",)

# Robots whose names do not end in "bot": ours, and those that gather for makers of models.
AGENTS = (
    "interleaf", "anthropic-ai", "claude-web", "google-extended", "applebot-extended",
    "chatgpt-user", "cohere-ai", "cohere-training-data-crawler", "meta-externalagent",
    "meta-externalfetcher", "perplexity-user", "bytespider", "omgili", "webzio-extended",
    "ai2bot-dolma", "img2dataset", "spawning-ai", "icc-crawler",
)  # fmt: skip

KNOWN = (
    *DATES, *AUTHORS, *SITES, *LICENCES, *TYPES, *LANGUAGES, *RESERVATIONS, *POLICIES, *ADDRESSES,
    "robots", *AGENTS,
)  # fmt: skip
ROBOT, OTHER = len(KNOWN), -1
"""In place of the number of a known name: one that may be a robot's, and none of these."""

# The attributes that may hold the name of a <meta>: the first that says anything does.
NAMING = ("property", "name", "itemprop", "http-equiv")
_NUMBERS = tuple(NAMED[name] for name in NAMING)
_HASHES = np.array([fnv(name) for name in KNOWN], np.uint64)
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@numba.njit(cache=True, nogil=True)
def name_of(row, attributes, names, spans, data):  # type: ignore[no-untyped-def]
    """Which of KNOWN a <meta> is called, ROBOT for a name that ends in "bot", or OTHER."""
    begin = stop = 0
    for naming in _NUMBERS:
        if begin == stop:
            for i in range(attributes[row], attributes[row + 1]):
                if names[i] == naming:
                    begin, stop = spans[i, 2], spans[i, 3]
    if stop - begin > MAX_NAME:
        return OTHER
    while begin < stop and (data[begin] <= 0x20 or data[stop - 1] <= 0x20):
        if data[begin] <= 0x20:
            begin += 1
        else:
            stop -= 1
    value, last = _SEED, np.uint64(0)
    for i in range(begin, stop):
        byte = data[i]
        if 0x41 <= byte <= 0x5A:
            byte |= 0x20
        value = (value ^ np.uint64(byte)) * _PRIME
        last = last << np.uint64(8) | np.uint64(byte)
    for number in range(len(_HASHES)):
        if _HASHES[number] == value:
            return number
    return ROBOT if last & np.uint64(0xFFFFFF) == np.uint64(0x626F74) else OTHER
