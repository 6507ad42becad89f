"""Links of documents in, pictures out, as `pipeline.fetch.Fetch`, but asked for by img2dataset.

For those who trust it: it resolves names by itself, follows redirects anywhere, reads no
robots.txt and knows no limit for a host. Links to private addresses, those on the user's lists and
those that the step `robots` found forbidden are refused before it sees them, where the link itself
says so. It reports failures in words of many libraries; `reason` brings them to ours.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.fetch import Fetch
from pipeline.links import READS, Link, LinkedDocument, Links
from pipeline.pictures.matching import without
from pipeline.pictures.resize import Resize
from pipeline.stage import Batches
from pipeline.web.blocklist import Lists
from pipeline.web.downloads import Policy
from pipeline.web.rights import MAX_TAG
from pipeline.web.sites import Permit

Row = dict[str, Any]
# Links and options of img2dataset in; a row of its table, with the picture in `jpg`, for each.
Asked = Callable[[list[str], Policy, dict[str, Any]], Iterator[Row]]

FORMATS = {"auto": "jpg", "jpeg": "jpg", "png": "png", "webp": "webp"}
BATCH_DOCUMENTS = 64

# What its errors say -> our words; the first that is found counts.
_REASONS = (
    ("HTTP Error 429", "http_429"),
    ("HTTP Error 3", "http_3xx"),
    ("HTTP Error 4", "http_4xx"),
    ("HTTP Error 5", "http_5xx"),
    ("X-Robots-Tag", "noai"),
    ("Image decoding error", "decode_failed"),
    ("image area too large", "too_many_pixels"),
    ("timed out", "timeout"),
    ("Name or service not known", "dns"),
    ("name resolution", "dns"),
    ("No address associated", "dns"),
    ("SSL", "tls"),
    ("CERTIFICATE", "tls"),
    ("IncompleteRead", "truncated"),
    ("Connection", "connect"),
    ("Remote end closed", "connect"),
    ("refused", "connect"),
    ("unreachable", "connect"),
)
_STATUS = re.compile(r"HTTP Error (\d{3})")


@dataclass(frozen=True)
class FetchImg2dataset:
    """As Fetch; `asked` runs img2dataset. Raises ValueError where `size` asks what it cannot.

    It tells of no times and keeps nothing for a part that is killed. A file on the list of hashes
    is dropped by its SHA-256 only, a picture on the list of looks as it was resized; img2dataset
    has had either in a folder of its own by then.

    Its quality of a png is a level of compression. A picture that it had to write anew lies on
    white. `original_format` and `original_bytes` stay null: it does not tell.
    """

    policy: Policy
    size: Resize
    asked: Asked
    lists: Lists = field(default_factory=Lists)
    reads: pa.Schema = field(default=Fetch().reads, repr=False, compare=False)
    adds: pa.Schema = field(default=Fetch().adds, repr=False, compare=False)
    replaces: bool = True

    def __post_init__(self) -> None:
        options(self.size)

    def stream(self, batches: Batches) -> Batches:
        links = Links(self.policy, self.lists)
        documents: list[LinkedDocument] = []
        permits: dict[str, Permit] = {}
        for batch in batches:
            documents += links.documents(batch.select(READS.names))
            for rows in batch["permitted"].to_pylist():
                permits |= {row["origin"]: Permit(row, self.policy.honours) for row in rows or ()}
        told = {
            link: _forbidden(link, permits) for document in documents for link in document.links
        }
        wanted = dict.fromkeys(
            link.target.url for link, why in told.items() if link.target is not None and not why
        )
        kind = FORMATS[self.size.format]
        found = {
            row["url"]: as_image(row, kind)
            for row in self.asked(list(wanted), self.policy, options(self.size))
        }
        without(found.values(), self.lists)
        lost = {"dropped": "protocol"}  # it said nothing of this link
        for start in range(0, len(documents), BATCH_DOCUMENTS):
            images = [
                {
                    "doc_id": document.doc_id,
                    "images": [
                        {"image_id": link.image_id, "url": link.url}
                        | (told[link] or found.get(link.target.url if link.target else "", lost))
                        for link in document.links
                    ],
                }
                for document in documents[start : start + BATCH_DOCUMENTS]
            ]
            yield pa.RecordBatch.from_pylist(images, schema=self.adds)


def _forbidden(link: Link, permits: dict[str, Permit]) -> Row:
    """Why a link is not asked for, as columns of an image; nothing where it is."""
    if link.target is None:
        return {"dropped": link.dropped, "evidence": link.evidence}
    permit = permits.get(link.target.origin)
    verdict = permit.against(link.target.url) if permit else None
    return {"dropped": verdict[0], "evidence": verdict[1]} if verdict else {}


def options(size: Resize) -> dict[str, Any]:
    """`size` in img2dataset's options. Raises ValueError."""
    if size.format not in FORMATS:
        raise ValueError(f"img2dataset writes no {size.format}")
    for name in ("keep_original", "blur"):
        if getattr(size, name):
            raise ValueError(f"img2dataset does not know {name.replace('_', ' ')}")
    return {
        "image_size": size.size_px,
        "resize_mode": size.mode,
        "resize_only_if_bigger": size.only_if_bigger,
        "skip_reencode": size.skip_reencode,
        "encode_format": FORMATS[size.format],
        "encode_quality": 6 if size.format == "png" else size.quality,
        "max_image_area": size.max_pixels,
    }


def reason(message: str) -> str:
    """A word of `schemas.image.DROPPED` for what img2dataset says of a failure."""
    return next((word for sign, word in _REASONS if sign in message), "protocol")


def as_image(row: Row, kind: str) -> Row:
    """A row of img2dataset's table as one of `schemas.image.IMAGE`."""
    message = row["error_message"] or ""
    status = _STATUS.search(message)
    if row["status"] != "success":
        why = reason(message)
        # Which of the words that forbid it was said, img2dataset does not tell.
        said = {"evidence": message[:MAX_TAG]} if why == "noai" else {}
        return {"dropped": why, "http_status": int(status[1]) if status else None} | said
    return {
        "bytes": row[kind],
        "format": {"jpg": "jpeg"}.get(kind, kind),
        "width": row["width"],
        "height": row["height"],
        "original_width": row["original_width"],
        "original_height": row["original_height"],
        "sha256": row["sha256"],
        "http_status": 200,
    }
