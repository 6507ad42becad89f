"""The steps that come before any picture is asked for: whose sites, and what they allow."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from jobs.inputs.captures import NO_CAPTURES, Captures, NewestCaptures
from jobs.inputs.former import FormerSites
from jobs.inputs.sources import open_source
from jobs.plan import Pass, Query, Step
from jobs.table import ALL, Rows, Table
from jobs.workers.spool import Spool
from pipeline.crawl.robots_captures import CAPTURED as CAPTURED_SQL
from pipeline.crawl.robots_captures import ReadCaptures
from pipeline.links import Origins
from pipeline.permits import PERMITTED_SQL, SITES, ReadSites, nothing_known
from pipeline.web.blocklist import Lists
from pipeline.web.downloads import Policy
from schemas.page import SOURCE
from schemas.rights import (
    ASKED,
    CAPTURE,
    CAPTURED,
    ORIGIN,
    PERMITTED,
    ROBOTS,
    SITE,
    SITE_ASKED,
)  # fmt: skip

SHAPES: dict[str, tuple[pa.Schema, dict[str, Any]]] = {
    "origins": (ORIGIN, {}),
    "sites": (SITE, {}),
    "robots": (ROBOTS, {}),
    "sites_asked": (SITE_ASKED, {}),
    "permitted": (PERMITTED, {}),
    "robots_inputs": (SOURCE, {}),
    "captures": (CAPTURE, {}),
    "captured": (CAPTURED, {}),
    "asked": (ASKED, {"holds": ALL}),
}

# What the network did that day: times and attempts, which no two runs share.
FOLDERS = {"asked": "log/asked", "sites_asked": "log/sites_asked"}


def steps(
    links: Rows,
    at: Mapping[str, Table],
    web: Policy,
    lists: Lists,
    former: Mapping[str, Table] | None,
    captures: Captures = NO_CAPTURES,
) -> tuple[Step, ...]:
    """From documents and the marks on their links to `permitted`; the tables are those of SHAPES.

    What the store that this one was recut from has read within a day is not asked for again, nor
    is a robots.txt that is among the captures of a crawl.
    """
    store = links.table.store
    known = FormerSites(former["robots"], former["sites_asked"]) if former else nothing_known
    read = ReadSites(web, Spool(store, "robots"), known)
    asked = (at["sites_asked"],)
    of_crawl: tuple[Step, ...] = ()
    if captures.files:
        read = replace(read, captured=NewestCaptures(at["captured"], captures.age_days))
        reader = ReadCaptures(open_source, web.allow)
        of_crawl = (
            Pass("captures", at["robots_inputs"].rows(), (reader,), at["captures"], unit=None),
            Query(
                "captured",
                (("captures", at["captures"]), ("sites", at["sites"])),
                CAPTURED_SQL,
                at["captured"],
                keys=("origin",),
                like=at["sites"],
            ),
        )
    return (
        Pass("origins", links, (Origins(web, lists),), at["origins"], unit=None),
        Query("sites", (("origins", at["origins"]),), SITES, at["sites"], keys=("origin",)),
        *of_crawl,
        replace(
            Pass("robots", at["sites"].rows(), (read,), at["robots"], unit=None, also=asked),
            at_once=web.workers,
        ),
        Query(
            "permitted",
            (("origins", at["origins"]), ("robots", at["robots"])),
            PERMITTED_SQL,
            at["permitted"],
            keys=("doc_id", "origin"),
            like=links.table,
        ),
    )
