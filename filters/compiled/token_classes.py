"""What every character is to the English tokenizer, and the words that it does not cut by rule.

The tokenizer (filters.compiled.tokenizing) follows the rules that spaCy (spacy/lang/punctuation.py,
spacy/lang/en) applies to English, because datatrove measures Gopher's and FineWeb's rules on
spaCy's tokens. Sets of characters are those of the sources named; letters are taken from Unicode
categories where spaCy lists the ranges of some scripts.
"""

import unicodedata
from functools import cache

import numpy as np

SPACE = 1  # str.isspace
UPPER = 2  # an upper-case letter, or one without case
LOWER = 4  # a lower-case letter, or one without case
AFFIX = 8  # cut off both ends of a word, as a token of its own
QUOTE = 16
ICON = 32  # cut out wherever it stands
DIGIT = 64  # 0 to 9
CURRENCY = 128
PREFIX = 256  # cut off the beginning only
HYPHEN = 512
SYMBOL = 1024  # datatrove's punctuation: a token of nothing else is no word to Gopher's rules
TERMINAL = 2048  # ends a line to FineWeb's rule
STOP = 4096  # a token that ends a sentence
PUNCTUATION = 8192  # Unicode category P
LETTER = 16384  # str.isalpha
LINE_END = 32768  # str.splitlines
ANCHOR = 65536  # where the scan of lines looks closer: letters of C4's phrases, some marks

_AFFIXES = "…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪"
_QUOTES = "'\"”“`‘´’‚„»«「」『』（）〔〕【】《》〈〉〈〉⟦⟧"
_PREFIXES = "§%=—–"
_SUFFIXES = "—–"
_CURRENCIES = "$£€¥฿₽﷼₴" + "".join(map(chr, range(0x20A0, 0x20C0)))
_HYPHENS = "-–—~"
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"

# Unicode's Sentence_Terminal, as datatrove/utils/text.py lists it; hexadecimal.
_TERMINALS = """21 2E 3F 589 61D-61F 6D4 700-702 7F9 837 839 83D-83E 964-965 104A-104B 1362
1367-1368 166E 1735-1736 17D4-17D6 17D9-17DA 1803 1809 1944-1945 1AA8-1AAB
1B5A-1B5B 1B5E-1B5F 1B7D-1B7E 1C3B-1C3C 1C7E-1C7F 203C-203D 2047-2049 2E2E 2E3C
2E53-2E54 3002 A4FF A60E-A60F A6F3 A6F7 A876-A877 A8CE-A8CF A92F A9C8-A9C9
AA5D-AA5F AAF0-AAF1 ABEB FE52 FE56-FE57 FF01 FF0E FF1F FF61 10A56-10A57
10F55-10F59 10F86-10F89 11047-11048 110BE-110C1 11141-11143 111C5-111C6 111CD
111DE-111DF 11238-11239 1123B-1123C 112A9 1144B-1144C 115C2-115C3 115C9-115D7
11641-11642 1173C-1173E 11944 11946 11A42-11A43 11A9B-11A9C 11C41-11C42
11EF7-11EF8 11F43-11F44 16A6E-16A6F 16AF5 16B37-16B38 16B44 16E98 1BC9F 1DA88"""
# Those of them that spaCy's sentencizer (spacy/pipeline/sentencizer.pyx) does not know.
_NO_STOPS = """61D-61E 837 839 83D-83E 17D4-17D6 17D9-17DA 1B7D-1B7E 2E53-2E54 10F55-10F59
10F86-10F89 11944 11946 11EF7-11EF8 11F43-11F44 16E98"""
# PUNCTUATION of datatrove/utils/text.py, the terminal marks aside.
_SYMBOLS = """0-8 B-1F 22-2D 2F 3A-3E 40 5B-60 7B-9F AB B4 BB 2013-2014 2019 201C-201E 2026 2236
2501 25BA 3001 3008-300D 3010-3011 FF05 FF08-FF09 FF0C FF11 FF1A-FF1B FF5E"""

_UNITS = """km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb
oz m/s km/h kmh mph hPa Pa mbar mb MB kb KB gb GB tb TB T G M K %"""

# The words that spaCy's exceptions inflect (spacy/lang/en/tokenizer_exceptions.py).
_PRONOUNS = "i you he she it we they"
_ASKING = "who what when where why how there that this these those"
_NEGATED = """ca could do does did had may might must need ought sha should wo would ai are is was
were have has dare"""
_NEGATED_AND_HAVE = frozenset(
    [
        "ca",
        "could",
        "do",
        "does",
        "did",
        "had",
        "may",
        "might",
        "must",
        "need",
        "ought",
        "sha",
        "should",
        "wo",
        "would",
    ]
)
_NEVER_CUT = frozenset(
    [
        "Ill",
        "ill",
        "Its",
        "its",
        "Hell",
        "hell",
        "Shell",
        "shell",
        "Shed",
        "shed",
        "were",
        "Were",
        "Well",
        "well",
        "Whore",
        "whore",
    ]
)
_WHOLE = """and/or w/o 'Cause 'cause 'cos 'Cos 'coz 'Coz 'cuz 'Cuz 'bout ma'am Ma'am o'clock
O'clock lovin' Lovin' havin' Havin' doin' Doin' goin' Goin' nothin' Nothin' nuthin'
Nuthin' ol' Ol' somethin' Somethin' 'em 'll 'nuff 're 's 'S ‘s ‘S 'd ' '' C++ <space>
Mt. Ak. Ala. Apr. Ariz. Ark. Aug. Calif. Colo. Conn. Dec. Del. Feb. Fla. Ga. Ia. Id.
Ill. Ind. Jan. Jul. Jun. Kan. Kans. Ky. La. Mar. Mass. Mich. Minn. Miss. N.C. N.D.
N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. S.C. Sep. Sept. Tenn.
Va. Wash. Wis. a.m. Adm. Bros. co. Co. Corp. D.C. Dr. e.g. E.g. E.G. Gen. Gov. i.e.
I.e. I.E. Inc. Jr. Ltd. Md. Messrs. Mo. Mont. Mr. Mrs. Ms. p.m. Ph.D. Prof. Rep. Rev.
Sen. St. vs. v.s. ä. ö. ü. \\t \\n :) :-) :( :-( ;) ;-) :D :-D :P :-P :p :-p :/ :-/
:o :O :| :-| :* :3 =) =( =D =/ <3 ^_^ -_- xD XD 8) 8-) :'( :'-( ;D :] (: :)) :))) :((
:-)) :-] :-O :-o :-* :> :-> :o) =] =[ (= ): (; :X :x o.O O.o o_o O_O 0.0 0.o o.0 v.v
V.V </3 <33 >.< -__- ^__^ @_@"""


@cache
def token_classes() -> np.ndarray:
    """uint32 (0x110000,): the classes of each code point, or-ed together."""
    kinds = np.zeros(0x110000, np.uint32)
    by_category = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Lo": UPPER | LOWER, "Lm": UPPER | LOWER,
                   "So": ICON}  # fmt: skip
    for point in range(len(kinds)):
        char = chr(point)
        category = unicodedata.category(char)
        kind = by_category.get(category, 0)
        if category[0] == "P":
            kind |= PUNCTUATION
        if char.isspace():
            kind |= SPACE
        if char.isalpha():
            kind |= LETTER
        kinds[point] = kind
    for chars, kind in (
        ("0123456789", DIGIT),
        (_AFFIXES + _QUOTES + _SUFFIXES, AFFIX),
        (_QUOTES, QUOTE),
        (_CURRENCIES, CURRENCY),
        (_PREFIXES, PREFIX),
        (_HYPHENS, HYPHEN),
        (_LINE_ENDS, LINE_END),
        ("jkvmJKVM{[#.\u2026", ANCHOR),
    ):
        kinds[[ord(char) for char in chars]] |= kind
    for ranges, kind in ((_TERMINALS, TERMINAL | SYMBOL | STOP), (_SYMBOLS, SYMBOL)):
        kinds[_points(ranges)] |= kind
    kinds[_points(_NO_STOPS)] &= np.uint32(~STOP & 0xFFFFFFFF)
    return kinds


@cache
def exceptions() -> dict[str, tuple[int, ...]]:
    """Words that are cut by no rule -> the lengths of the tokens that they are. [characters]"""
    cut: dict[str, tuple[int, ...]] = {word: (len(word),) for word in _WHOLE.split()}
    cut |= {f"{chr(letter)}.": (2,) for letter in range(ord("a"), ord("z") + 1)}
    for hour in range(1, 13):
        cut |= {f"{hour}{half}": (len(str(hour)), len(half)) for half in _HALVES}
    parts = list(_contractions())
    cut |= {"".join(pieces): tuple(map(len, pieces)) for pieces in parts}
    curly = {word.replace("'", "\u2019"): lengths for word, lengths in cut.items()}
    return {word: cut_ for word, cut_ in (curly | cut).items() if word not in _NEVER_CUT}


_HALVES = ("a.m.", "am", "p.m.", "pm")


def _contractions() -> list[tuple[str, ...]]:
    """Don't as (do, n't), and all its kin; with and without the apostrophe, capital or not."""
    pairs: list[tuple[str, ...]] = []
    for word in _PRONOUNS.split():
        endings = [["'ll"], ["'ll", "'ve"], ["'d"], ["'d", "'ve"]]
        endings += [["'m"], ["'m", "a"]] if word == "i" else []
        endings += [["'ve"]] if word in ("i", "you", "we", "they") else []
        endings += [["'re"]] if word in ("you", "we", "they") else []
        endings += [["'s"]] if word in ("he", "she", "it") else []
        pairs += [(word, *ending) for ending in endings]
    for word in _ASKING.split():
        endings = [["'ll"], ["'ll", "'ve"], ["'d"], ["'d", "'ve"]]
        endings += [] if word in ("these", "those") else [["'s"]]
        endings += [] if word in ("that", "this") else [["'re"], ["'ve"]]
        pairs += [(word, *ending) for ending in endings]
    for word in _NEGATED.split():
        pairs.append((word, "n't"))
        if word in _NEGATED_AND_HAVE:
            pairs.append((word, "n't", "'ve"))
    pairs += [(word, "'ve") for word in ("could", "might", "must", "should", "would")]
    capital = [(first.title(), *rest) for first, *rest in pairs]
    both = [*pairs, *capital]
    plain = [(first, *(each.replace("'", "") for each in rest)) for first, *rest in both]
    others = """can-not Can-not gon-na Gon-na got-ta Got-ta let-'s Let-'s c'm-on C'm-on y'-all y-all
    not-'ve Not-'ve how-'d-'y How-'d-'y"""
    return [*both, *plain, *(tuple(each.split("-")) for each in others.split())]


def units() -> tuple[str, ...]:
    """Units of measure that are tokens of their own behind a figure."""
    return tuple(_UNITS.split())


def _points(ranges: str) -> list[int]:
    points: list[int] = []
    for each in ranges.split():
        first, _, last = each.partition("-")
        points += range(int(first, 16), int(last or first, 16) + 1)
    return points
