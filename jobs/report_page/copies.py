"""What of the release looks alike: how much was compared, and the largest groups of pictures."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from jobs.report_page.markup import Html, count, joined, tag, web
from jobs.report_page.samples import picture, rows_at, thumbnail
from jobs.store_tables import Tables
from jobs.table import Table

GROUPS, SHOWN = 6, 6
URL = 100
_LOOKED_AT = 1000  # groups held before all but the largest are forgotten
_ASKED = ("cluster_id", "cluster_size", "sha256", "width", "height")


@dataclass
class Group:
    """Released pictures of one cluster that are not the same bytes."""

    cluster_id: str
    size: int
    pictures: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def order(self) -> tuple[int, str]:
        """The largest first."""
        return -self.size, self.cluster_id

    def add(self, sha256: str, rank: tuple[Any, ...]) -> None:
        """Keep the first link of a file, and of files the first few by rank."""
        self.pictures[sha256] = min(rank, self.pictures.get(sha256, rank))
        if len(self.pictures) > SHOWN:
            del self.pictures[max(self.pictures, key=lambda file: self.pictures[file])]


def drawn(at: Tables) -> Html:
    """The largest groups of pictures that look alike, as far as they are released."""
    groups = largest(at.release)
    places = {
        doc_id: (part, row)
        for group in groups
        for _, doc_id, _, part, row in group.pictures.values()
    }
    rows = dict(zip(places, rows_at(at.release, places), strict=True))
    return joined(*(_drawn(group, rows) for group in groups))


def largest(release: Table) -> list[Group]:
    """The clusters of most files of which a picture is released."""
    groups: dict[str, Group] = {}
    for part in release.parts():
        start = 0
        for batch in release.read(part, ["doc_id", *_members()]):
            for row, (doc_id, pictures) in enumerate(_alike(batch)):
                for place, one in pictures:
                    known = groups.setdefault(one["cluster_id"], _group(one))
                    area = one["width"] * one["height"]
                    known.add(one["sha256"], (-area, doc_id, place, part, start + row))
            start += batch.num_rows
            if len(groups) > _LOOKED_AT:
                groups = {group.cluster_id: group for group in _first(groups)}
    return _first(groups)


def _members() -> Iterator[str]:
    return (f"picture_metadata.list.element.{name}" for name in _ASKED)


def _alike(batch: pa.RecordBatch) -> Iterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    """For each document the pictures that are like another file, with their places."""
    for row in batch.to_pylist():
        pictures = enumerate(row["picture_metadata"])
        yield row["doc_id"], [(at, one) for at, one in pictures if (one["cluster_size"] or 1) > 1]


def _group(one: Mapping[str, Any]) -> Group:
    return Group(one["cluster_id"], one["cluster_size"])


def _first(groups: Mapping[str, Group]) -> list[Group]:
    return heapq.nsmallest(GROUPS, groups.values(), key=Group.order)


def _drawn(group: Group, rows: Mapping[str, Mapping[str, Any]]) -> Html:
    figures = []
    for _, doc_id, place, *_ in sorted(group.pictures.values()):
        document = rows[doc_id]
        seen = thumbnail(document["pictures"][place]["bytes"])
        figures.append(
            tag(
                "li",
                picture(seen, document["picture_metadata"][place]),
                tag("p", web(document["url"], URL), class_="url"),
            )
        )
    shown = f"{count(group.size, 'file')} in all"
    head = tag("h3", tag("code", group.cluster_id[:12]), tag("i", shown))
    return joined(head, tag("ol", *figures, class_="alike"))
