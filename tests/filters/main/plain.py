"""The compiled passes of filters.main again, in plain Python and with no care for speed."""

import math
import re

import numpy as np

from filters.main.names import CONCEPTS
from filters.main.tokens import MOST_NAME, MOST_TOKENS, SHORT

WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def concepts_of(name):
    found = set()
    for word in map(str.lower, WORD.findall(name[:MOST_NAME])):
        for concept, beginnings in CONCEPTS.items():
            for beginning in beginnings.split():
                begins = len(beginning) >= SHORT and word.startswith(beginning)
                if begins or word == beginning:
                    found.add(concept)
    return found


def tokens_of(name):
    seen = []
    for part in re.split("[\t\n\f\r ]+", name[:MOST_NAME]):
        token = re.sub("[0-9]+", "0", part.lower())
        if token and token not in seen and len(seen) < MOST_TOKENS:
            seen.append(token)
    return seen


def tree_scores(rows, trees):
    out = []
    for row in rows:
        total = 0.0
        for t in range(len(trees.leaves)):
            alive = range(32)
            for split in range(trees.splits_at[t], trees.splits_at[t + 1]):
                if row[trees.features[split]] > trees.bounds[split]:
                    alive = [leaf for leaf in alive if int(trees.masks[split]) >> leaf & 1]
            total += float(trees.leaves[t, min(alive)])
        out.append(round(1e4 / (1 + math.exp(-total))) / 1e4)
    return np.array(out, np.float32)


def words_of(text, classes, lower, to):
    words, held = [], ""
    for char in text + " ":
        kind = classes[ord(char)]
        part = kind & (to.LETTER | to.DIGIT)
        if held and (kind & to.WIDE or not part):
            words.append(held)
            held = ""
        if part:
            held += chr(lower[ord(char)])
            if kind & to.WIDE:
                words.append(held)
                held = ""
    return words


def sums_below(mass, elements, parents):
    out = [0.0] * len(parents)
    for weight, element in zip(mass, elements, strict=True):
        while element >= 0:
            out[element] += float(weight)
            element = parents[element]
    return out


def best_bound(scores, mass):
    total = sum(s * m for s, m in zip(scores, mass, strict=True))
    best = (0.0, -1.0)
    for bound in set(scores):
        kept = [(s, m) for s, m in zip(scores, mass, strict=True) if s >= bound]
        right, whole = sum(s * m for s, m in kept), sum(m for _, m in kept)
        best = max(best, (2 * right / max(whole + total, 1e-6), bound))
    return best
