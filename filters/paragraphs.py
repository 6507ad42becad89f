"""What a paragraph is known by within its host."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def paragraph_keys(texts: pa.Array, hosts: pa.Array) -> pa.Array:
    """63-bit hash of each text, case folded, and its host. string (n,) twice -> int64 (n,)

    Null for a null text or one of white space alone.
    """
    from filters.compiled.characters import folding
    from filters.compiled.word_tables import hash_words
    from filters.text import buffers

    stripped = pc.utf8_trim_whitespace(texts)
    words = hash_words(*buffers(pc.fill_null(stripped, "")), folding())
    places = hash_words(*buffers(pc.fill_null(hosts, "")), folding())
    keys = (words ^ (places * np.uint64(0x9E3779B97F4A7C15))) >> np.uint64(1)
    empty = pc.fill_null(pc.equal(pc.binary_length(stripped), 0), True)
    return pa.array(keys.astype(np.int64), mask=empty.to_numpy(zero_copy_only=False))
