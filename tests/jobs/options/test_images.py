"""Options of the command that say what becomes of pictures."""

import json
from dataclasses import asdict

import pytest

from filters.picture_options import FORMATS, KINDS, MODES
from jobs.options.arguments import parser
from jobs.options.images import OPTIONS, Images, chosen, from_run, refused
from jobs.plan import PlanError
from jobs.run import main
from jobs.workers.news import told
from pipeline.fetch import Fetch
from pipeline.fetch_img2dataset import FetchImg2dataset
from pipeline.pictures.resize import Resize
from pipeline.web.downloads import Policy

BASE = ["run", "obelics", "--input", "x.warc.gz", "--store", "s"]


def options(*words):
    return parser().parse_args([*BASE, *words])


def test_defaults_are_those_of_resize():
    assert chosen(options()) == Images()


def test_every_option_arrives():
    size = ("--image-size", "256", "--resize-mode", "border", "--no-resize-only-if-bigger")
    format_ = ("--image-format", "webp", "--image-quality", "70", "--keep-originals")
    words = (*size, "--no-skip-reencode", *format_)
    assert chosen(options(*words)).size == Resize(256, "border", False, False, "webp", 70, True)


@pytest.mark.parametrize("option, words", [("resize_mode", MODES), ("image_format", FORMATS)])
def test_the_command_offers_what_resize_knows(option, words):
    for word in words:
        assert getattr(options(f"--{option.replace('_', '-')}", word), option) == word
    assert set(OPTIONS) <= set(asdict(Resize()))


@pytest.mark.parametrize(
    "words, says",
    [
        (["--image-quality", "101"], "from 1 to 100"),
        (["--blur", "no_such_module:boxes"], "should name a function"),
        (["--blur", "pipeline.pictures.resize:KEPT"], "should name a function"),
        (["--blur", "noses"], "it should be"),
        (["--blur", "faces", "--keep-originals"], "leave one of them out"),
        (["--fetcher", "img2dataset", "--image-format", "avif"], "writes no avif"),
    ],
)
def test_wrong_wishes_end_in_one_line(words, says, capsys, tmp_path):
    from tests.attacks.server import PNG

    (tmp_path / "x.warc").write_bytes(PNG)
    base = ["run", "obelics", "--input", str(tmp_path / "x.warc"), "--store", str(tmp_path / "s")]
    assert main([*base, *words]) == 2
    told = capsys.readouterr().err.strip()
    assert says in told
    assert "\n" not in told
    assert not (tmp_path / "s").exists()


ASKED = (("size", 256), ("mode", "border"), ("skip_reencode", False), ("quality", 70))


def test_a_recipe_chooses_and_the_command_overrules_it():
    assert chosen(options(), ASKED).size == Resize(256, "border", True, False, "auto", 70)
    words = ("--image-size", "512", "--resize-mode", "no", "--skip-reencode")
    assert chosen(options(*words), ASKED).size == Resize(512, "no", True, True, "auto", 70)
    every = {"size": 9, "mode": "no", "only_if_bigger": False, "skip_reencode": False}
    every |= {"format": "png", "quality": 9, "min_size": 5, "blur": "json:loads"}
    assert set(every) == set(KINDS)
    del every["min_size"]  # a rule
    size = chosen(options(), tuple(every.items())).size
    assert size == Resize(9, "no", False, False, "png", 9, blur="json:loads")


def test_what_a_recut_cannot_do():
    made = {"images": asdict(Images(Resize(256, "border")))}
    assert refused((), made) is None
    assert refused((("size", 256), ("mode", "border")), made) is None
    assert (
        refused((("size", 64), ("format", "png")), made) == "size 64, not 256; format png, not auto"
    )


def test_who_fetches():
    assert Images().stage(Policy()) == Fetch(Policy(), tell=told)
    assert isinstance(Images(fetcher="img2dataset").stage(Policy()), FetchImg2dataset)
    with pytest.raises(PlanError, match="fetcher img2dataset"):
        Images(Resize(format="avif"), "img2dataset").stage(Policy())


def test_what_run_json_holds():
    images = Images(Resize(256, "border"), "img2dataset")
    assert from_run({"images": json.loads(json.dumps(asdict(images)))}) == images
    assert from_run({}) == Images()
