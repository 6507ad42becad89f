"""What the bytes of a run depend on besides its recipe and its inputs, as one value."""

from dataclasses import asdict, dataclass, field
from typing import Any

from filters.perplexity import LanguageModel
from jobs.inputs.benchmarks import NONE, Benchmarks
from jobs.inputs.captures import NO_CAPTURES, Captures
from jobs.inputs.domain_lists import KEY, DomainLists
from jobs.inputs.lists import Given
from jobs.options.images import USUAL, Images, from_run
from jobs.steps.duplicates import NEAR, Duplicates
from jobs.steps.picture_duplicates import USUAL as USUAL_ALIKE
from jobs.steps.picture_duplicates import Alike
from pipeline.web.rights import DEFAULT

PART_ROWS = 2000
"""Documents in a part, once they are gathered by host."""


@dataclass(frozen=True)
class Settings:
    """Chosen once, on the command line; `as_json` goes into run.json and must stay the same."""

    part_rows: int = PART_ROWS
    lm: LanguageModel | None = None  # adds perplexity to every node
    near: Duplicates = NEAR  # what counts as a near-duplicate
    images: Images = USUAL  # how pictures are fetched and resized
    honours: tuple[str, ...] = DEFAULT  # kinds of pipeline.web.rights
    captures: Captures = NO_CAPTURES  # robots.txt of a crawl
    given: Given = field(default_factory=Given)  # the user's lists of what is not wanted
    benchmarks: Benchmarks = NONE  # what documents and pictures are compared with
    domains: DomainLists = field(default_factory=DomainLists)  # that pages are measured by
    alike: Alike = USUAL_ALIKE  # what counts as alike in pictures

    def as_json(self) -> dict[str, Any]:
        """What run.json says of it."""
        return {
            "part_rows": self.part_rows,
            "language_model": self.lm and self.lm.identity,
            "duplicates": self.near.as_json(),
            "images": asdict(self.images),
            "benchmarks": self.benchmarks.said,
            "alike": self.alike.as_json(),
            "rights": {
                "honours": sorted(self.honours),
                **self.given.digests(),
                **self.captures.as_json(),
            },
        } | ({KEY: dict(self.domains.digests)} if self.domains.digests else {})

    @classmethod
    def made(cls, run: dict[str, Any]) -> "Settings":
        """Those of the run that run.json describes.

        The user's lists and benchmarks lie in the store. The language model is known by its
        digest alone: no node is measured again.
        """
        model = run.get("language_model")
        near = Duplicates.from_json(run.get("duplicates", {}))
        rights = run.get("rights", {})
        return cls(
            run["part_rows"],
            lm=LanguageModel("", **model) if model else None,
            near=near,
            images=from_run(run),
            honours=tuple(rights.get("honours", DEFAULT)),
            captures=Captures.from_json(rights),
            alike=Alike.from_json(run.get("alike", {})),
            benchmarks=Benchmarks(run.get("benchmarks")),
            domains=DomainLists.made(run),
        )
