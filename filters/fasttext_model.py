"""Read a fastText model file: a classifier by hierarchical softmax, whole or compressed (.ftz).

Joulin et al., "Bag of Tricks for Efficient Text Classification" (arXiv 1607.01759) and
"FastText.zip: Compressing text classification models" (arXiv 1612.03651); the layout is that of
fastText's own files, versions 11 and 12. Not read: word vectors, models with n-grams of words, and
other losses than hierarchical softmax. Nothing in the file is trusted: what it says of its sizes
has to agree, and to be there.
"""

import struct
from dataclasses import dataclass

import numpy as np

_MAGIC, _VERSIONS = 793712314, (11, 12)
_HIERARCHICAL, _SUPERVISED = 1, 3
_WORD, _LABEL = 0, 1
_CENTROIDS = 256  # of each part of a row: a code is one byte
_LONGEST = 64  # characters of an n-gram; fastText's own default is 6
_NEVER = 10**15  # count of a node that is not made yet
LABEL = "__label__"


class FastTextError(ValueError):
    """The file is not a fastText model, or not of a kind that is read here."""


@dataclass(frozen=True, eq=False)
class FastText:
    """A model: what a line's tokens are to it, their rows, and the tree of its labels.

    A word of `words` has the row of its place. An n-gram of a word between < and >, of `shortest`
    to `longest` code points, has a number below `buckets`, and the row len(words) + number; where
    `pruned`, int32 (kept, 2), is given, only the numbers in its first column have one,
    len(words) + the second. `children`, int32 (len(labels) - 1, 2), are the two nodes below each
    inner node: a label where below len(labels), else an inner node, counted from there. The root
    is the last. `output` has a row for each inner node.
    """

    words: tuple[bytes, ...]
    labels: tuple[str, ...]
    shortest: int
    longest: int
    buckets: int
    pruned: np.ndarray | None
    rows: np.ndarray  # float32 (rows, dimensions)
    output: np.ndarray  # float32 (len(labels) - 1 at least, dimensions)
    children: np.ndarray


def read(data: bytes) -> FastText:
    """The model in a file's bytes. Raises FastTextError."""
    file = _File(data)
    magic, version = file.numbers("2i")
    if magic != _MAGIC or version not in _VERSIONS:
        raise FastTextError("this is no fastText model of version 11 or 12")
    dimensions, _, _, _, _, of_words, loss, kind, buckets, shortest, longest, _ = file.numbers(
        "12i"
    )
    file.numbers("d")
    if kind != _SUPERVISED or loss != _HIERARCHICAL or of_words > 1:
        raise FastTextError(
            "this fastText model is of another kind: wanted is a classifier by hierarchical "
            "softmax without n-grams of words"
        )
    if version == _VERSIONS[0]:
        longest = 0  # classifiers of that version knew whole words only
    _agree(0 <= shortest <= _LONGEST and 0 <= longest <= _LONGEST and dimensions > 0)
    _agree(longest == 0 or buckets > 0)
    words, labels, counts, pruned = _dictionary(file)
    compressed = file.flag()
    rows = _matrix(file, compressed)
    output = _matrix(file, file.flag() and compressed)
    file.end()
    _agree(compressed or pruned is None)
    _agree(rows.shape[1] == output.shape[1] == dimensions and len(output) == len(labels))
    if pruned is None:
        _agree(len(rows) == len(words) + buckets)
    else:
        _agree(len(words) <= len(rows))
        _agree(bool(((pruned >= 0) & (pruned < [buckets, len(rows) - len(words)])).all()))
    _agree(len(set(words)) == len(words))
    _agree(bool(np.isfinite(rows).all() and np.isfinite(output).all()))
    children = _tree(counts)
    return FastText(words, labels, shortest, longest, buckets, pruned, rows, output, children)


class _File:
    """Bytes read from front to back; whoever asks for more than there is gets FastTextError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        """As struct has them, little endian."""
        return struct.unpack("<" + layout, self._take(struct.calcsize("<" + layout)))

    def flag(self) -> bool:
        """One byte: 0 or not."""
        return self._take(1) != b"\0"

    def array(self, kind: str, count: int) -> np.ndarray:
        """So many numbers of a NumPy type."""
        return np.frombuffer(self._take(count * np.dtype(kind).itemsize), kind)

    def string(self) -> bytes:
        """Up to a zero byte."""
        end = self._data.find(b"\0", self._at)
        _agree(end >= 0)
        held = self._data[self._at : end]
        self._at = end + 1
        return held

    def end(self) -> None:
        _agree(self._at == len(self._data))

    def _take(self, size: int) -> bytes:
        _agree(0 <= size <= len(self._data) - self._at)
        self._at += size
        return self._data[self._at - size : self._at]


def _agree(holds: bool) -> None:
    if not holds:
        raise FastTextError("this fastText model is damaged: its sizes do not agree")


def _dictionary(
    file: _File,
) -> tuple[tuple[bytes, ...], tuple[str, ...], list[int], np.ndarray | None]:
    """Words, labels, how often each label was seen, and the n-grams that pruning has left."""
    size, of_words, of_labels = file.numbers("3i")
    _, pruned = file.numbers("2q")
    _agree(of_words >= 0 and of_labels > 1 and size == of_words + of_labels and pruned >= -1)
    words, labels, counts = [], [], []
    for place in range(size):
        name = file.string()
        count, kind = file.numbers("qb")
        _agree(kind == (_WORD if place < of_words else _LABEL) and 0 <= count < _NEVER)
        if kind == _WORD:
            words.append(name)
        else:
            labels.append(name.decode(errors="replace").removeprefix(LABEL))
            counts.append(count)
    left = None if pruned < 0 else file.array("<i4", 2 * pruned).reshape(-1, 2)
    return tuple(words), tuple(labels), counts, left


def _matrix(file: _File, compressed: bool) -> np.ndarray:
    """float32 (rows, columns); of a compressed one what its codes stand for."""
    if not compressed:
        rows, columns = file.numbers("2q")
        _agree(rows >= 0 and columns > 0)
        return file.array("<f4", rows * columns).reshape(rows, columns)
    has_norms = file.flag()
    rows, columns = file.numbers("2q")
    codes = file.array("u1", file.numbers("i")[0])
    found = _decoded(file, codes, rows, columns)
    if has_norms:
        found = found * _decoded(file, file.array("u1", rows), rows, 1)
    return found


def _decoded(file: _File, codes: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """What a product quantiser's codes stand for: for each part of a row one of 256 centroids."""
    wide, parts, part, last = file.numbers("4i")
    _agree(wide == columns > 0 and part > 0 and 0 < last <= part and rows >= 0)
    _agree((parts - 1) * part + last == columns and len(codes) == rows * parts)
    centroids = file.array("<f4", columns * _CENTROIDS)
    codes = codes.reshape(rows, parts)
    out = np.empty((rows, columns), np.float32)
    for each in range(parts):
        begin, size = each * part, part if each < parts - 1 else last
        of_part = centroids[begin * _CENTROIDS : (begin + size) * _CENTROIDS]
        out[:, begin : begin + size] = of_part.reshape(_CENTROIDS, size)[codes[:, each]]
    return out


def _tree(counts: list[int]) -> np.ndarray:
    """Huffman's tree of labels by their counts, as fastText builds it.

    From the last label to the first, and from the first inner node to the last; of two with one
    count the inner node is taken.
    """
    labels = len(counts)
    count = [*counts, *[_NEVER] * (labels - 1)]
    leaf, node = labels - 1, labels
    children = np.empty((labels - 1, 2), np.int32)
    for made in range(labels - 1):
        for side in range(2):
            if leaf >= 0 and count[leaf] < count[node]:
                children[made, side], leaf = leaf, leaf - 1
            else:
                children[made, side], node = node, node + 1
        count[labels + made] = sum(count[each] for each in children[made])
    return children
