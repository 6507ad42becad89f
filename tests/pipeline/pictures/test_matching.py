"""Files on the user's lists: told by digest and by looks, and nothing of them is kept."""

import hashlib
import io
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from filters.pictures.image_hashes import pdq
from filters.pictures.looks import brightness
from pipeline.fetch import Fetch
from pipeline.pictures.matching import Matching, answered, without
from pipeline.pictures.resize import Resize
from pipeline.stage import with_columns
from pipeline.web.blocklist import Lists
from tests.attacks.server import PNG, reply, serving
from tests.filters.pictures.test_image_hashes import scene
from tests.pipeline.test_fetch import documents
from tests.pipeline.web.test_sites import POLICY


def encoded(luma, kind="PNG", **options):
    out = io.BytesIO()
    Image.fromarray(luma.astype(np.uint8)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


SCENE = encoded(scene())
HASH = pdq(brightness(SCENE))[0]
FLAT = encoded(np.full((90, 90), 128.0))


def listing(*, hashes=(), looks=()):
    return Lists(hashes=lambda: frozenset(hashes), looks=lambda: frozenset(looks))


@pytest.mark.parametrize("method", [hashlib.md5, hashlib.sha256])
def test_by_digest(method):
    with Matching(listing(hashes={method(PNG).hexdigest()})) as matching:
        row = matching.by_digest(PNG)
        assert matching.by_digest(PNG + b" ") is None
        assert matching.by_looks(PNG) is None
    assert (row["dropped"], row["evidence"]) == ("hash_listed", method(PNG).hexdigest())
    assert row["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert not any(isinstance(value, bytes) for value in row.values())


@pytest.mark.parametrize(
    "sent, dropped",
    [
        (SCENE, "hash_listed"),
        (encoded(scene(), "JPEG", quality=60), "hash_listed"),
        (encoded(np.rot90(scene())), "hash_listed"),
        (encoded(scene()[:, ::-1]), "hash_listed"),
        (encoded(scene()[::2, ::2]), "hash_listed"),
        (encoded(scene(4)), None),
        (FLAT, None),
        (SCENE[:-200], "decode_failed"),
        (b"<svg/>", "decode_failed"),
    ],
)
def test_by_looks(sent, dropped):
    with Matching(listing(looks={HASH, pdq(brightness(FLAT))[0]})) as matching:
        row = matching.by_looks(sent)
    assert (row and row["dropped"]) == dropped
    if dropped == "hash_listed":
        assert row["evidence"].startswith(f"pdq {HASH}, ")
        assert not any(isinstance(value, bytes) for value in row.values())


class Kept(dict):
    """A shelf that shows what was put on it."""

    def put(self, key, row):
        self[key] = row


def test_what_matches_reaches_neither_table_nor_shelf():
    kept = Kept()

    @contextmanager
    def shelf(part):
        yield kept

    with serving() as server:
        urls = [f"{server}/{name}" for name in ("turned", "other", "broken")]
        answers = (encoded(np.rot90(scene())), encoded(scene(4)), SCENE[:-200])
        for name, body in zip(("turned", "other", "broken"), answers, strict=True):
            server.files[f"/{name}"] = reply(200, body)
        policy = POLICY.__class__(honours=(), allow=("127.0.0.0/8",), total_s=5.0, tries=1)
        size = Resize(64, keep_original=True)
        stage = Fetch(policy, size, lists=listing(looks={HASH}), shelf=shelf)
        batch = documents(*([url] for url in urls))
        parts = pa.array([0] * batch.num_rows, pa.int32())
        batches = stage.stream(iter([with_columns(batch, {"part": parts})]))
        images = [row["images"][0] for batch in batches for row in batch.to_pylist()]
    assert [image["dropped"] for image in images] == ["hash_listed", None, "decode_failed"]
    listed = [image for image in (*images, *kept.values()) if image["dropped"] == "hash_listed"]
    assert len(listed) == 2
    for row in listed:
        assert not any(isinstance(value, bytes) for value in row.values())
        assert row["evidence"].startswith("pdq ")


def test_pictures_that_somebody_else_has_fetched():
    rows = [{"bytes": each, "sha256": name} for each, name in ((SCENE, "a"), (PNG, "b"))]
    rows += [{"bytes": encoded(scene(4)), "sha256": "c"}, {"dropped": "dns"}]
    without(rows, listing(hashes={"b"}, looks={HASH}))
    assert [row.get("dropped") for row in rows] == ["hash_listed", "hash_listed", None, "dns"]
    assert [row.get("sha256") for row in rows] == ["a", "b", "c", None]
    assert ["bytes" in row for row in rows] == [False, False, True, False]


def test_nothing_comes_of_no_picture():
    assert answered(b"no picture", {}) == ({}, b"")


@pytest.mark.parametrize("looks, kept", [((), True), ((HASH,), False)])
def test_what_a_server_does_not_send_again_is_not_kept_past_a_list(monkeypatch, looks, kept):
    from pipeline import fetch

    given, real = [], fetch.Revisit

    def noted(earlier, hashes):
        given.append(earlier)
        return real(None, hashes)

    monkeypatch.setattr(fetch, "Revisit", noted)
    earlier = object()
    stage = Fetch(POLICY, lists=listing(looks=looks), earlier=earlier)
    empty = pa.RecordBatch.from_pylist([], schema=stage.reads)
    assert list(stage.stream(iter([empty]))) == []
    assert given == [earlier if kept else None]
