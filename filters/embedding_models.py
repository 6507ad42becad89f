"""Models that embed texts. Each ships inside a package; none is downloaded."""

from functools import cache
from pathlib import Path
from typing import Any

from filters.embeddings import EmbeddingError


def wordllama(texts: list[str]) -> Any:
    """256 numbers a text: the mean of static embeddings of its tokens. float32 (n, 256)

    The weights l2_supcat_256 (MIT) lie in the package wordllama. It knows words, not their order.
    """
    return _wordllama().embed(texts)


@cache
def _wordllama() -> Any:
    try:
        import wordllama
    except ImportError as error:
        raise EmbeddingError("wordllama is missing: pip install 'interleaf[semantic]'") from error
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
