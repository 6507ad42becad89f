"""What pictures say of their making: each container, damaged ones, and names in alt and address."""

import struct
import zlib

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.pictures.image_markers import (
    GENERATORS,
    MOST_METADATA,
    MOST_NAME,
    forbids_training,
    named,
    provenance,
)

TYPE = b"http://cv.iptc.org/newscodes/digitalsourcetype/"
XMP = b"http://ns.adobe.com/xap/1.0/\0<x Iptc4xmpExt:DigitalSourceType='" + TYPE
CLAIM = b"\x00\x00\x00\x20jumbc2pa" + b"oclaim_generator\x6aMaker/1.20" + b"\xff"
CLAIM_2 = b"jumb c2pa tclaim_generator_info\x81\xa2dname\x66Makers" + TYPE + b"algorithmicMedia"
NOTHING = {
    "digital_source_type": None, "made_by": None, "c2pa": None, "claim_generator": None,
    "data_mining": None,
}  # fmt: skip


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    out = b"\xff\xd8"
    for marker, block in segments:
        out += struct.pack(">BBH", 0xFF, marker, len(block) + 2) + block
    return out + b"\xff\xda\0\2picture\xff\xd9"


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    out = b"\x89PNG\r\n\x1a\n"
    for kind, block in (*chunks, (b"IEND", b"")):
        out += struct.pack(">I", len(block)) + kind + block + struct.pack(">I", zlib.crc32(block))
    return out


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP"
    for kind, block in chunks:
        body += kind + struct.pack("<I", len(block)) + block + b"\0" * (len(block) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


PLUS = b"http://ns.adobe.com/xap/1.0/\0<x xmlns:plus='http://ns.useplus.org/ldf/xmp/1.0/' "
VOCABULARY = b"http://ns.useplus.org/ldf/vocab/"


def use(name: bytes, says: bytes) -> bytes:
    """An entry of c2pa.training-mining in CBOR: a text, and a map of one text to another."""
    return bytes([0x60 + len(name)]) + name + b"\xa1cuse" + bytes([0x60 + len(says)]) + says


@pytest.mark.parametrize(
    "body, says, forbids",
    [
        (jpeg((0xE1, PLUS + b"plus:DataMining='" + VOCABULARY + b"DMI-PROHIBITED-AIMLTRAINING'/>")),
         "DMI-PROHIBITED-AIMLTRAINING", True),
        (png((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PLUS + b"><plus:DataMining>" + VOCABULARY
              + b"DMI-PROHIBITED</plus:DataMining>")), "DMI-PROHIBITED", True),
        (webp((b"XMP ", PLUS + b"plus:DataMining='DMI-ALLOWED'/>")), "DMI-ALLOWED", False),
        (jpeg((0xE1, PLUS + b"plus:DataMining='maybe'/>")), None, False),
        (png((b"caBX", CLAIM + use(b"c2pa.ai_inference", b"notAllowed"))), None, False),
        (png((b"caBX", CLAIM + use(b"c2pa.data_mining", b"allowed")
              + use(b"c2pa.ai_training", b"notAllowed"))), "ai_training notAllowed", True),
        (png((b"caBX", CLAIM + use(b"cawg.ai_generative_training", b"constrained"))),
         "ai_generative_training constrained", False),
        (png((b"caBX", CLAIM + b'"c2pa.ai_training":{"use":"notAllowed"}')),
         "ai_training notAllowed", True),
    ],
)  # fmt: skip
def test_what_a_file_says_of_training(body, says, forbids):
    assert provenance(body)["data_mining"] == says
    assert forbids_training(says) == forbids


TRAINED = {"digital_source_type": "trainedAlgorithmicMedia"}


@pytest.mark.parametrize(
    "body, expected",
    [
        (b"", {}),
        (b"GIF89a", {}),
        (jpeg(), {}),
        (jpeg((0xE1, XMP + b"trainedAlgorithmicMedia'>")), TRAINED),
        (jpeg((0xE1, XMP + b"TRAINEDALGORITHMICMEDIA'>")), TRAINED),
        (jpeg((0xE1, XMP + b"somethingElse'>")), {}),
        (jpeg((0xE1, b"Exif\0\0 Adobe Firefly 2")), {"made_by": "firefly"}),
        (jpeg((0xFE, b"Made with Google AI")), {"made_by": "google"}),
        (
            jpeg(
                (0xEB, b"JP\0\1\0\0\0\1" + CLAIM[:20]),
                (0xEB, b"JP\0\1\0\0\0\2lboxtbox" + CLAIM[20:]),
            ),
            {"c2pa": True, "claim_generator": "Maker/1.20"},
        ),
        (
            png((b"caBX", CLAIM_2)),
            {"c2pa": True, "claim_generator": "Makers", "digital_source_type": "algorithmicMedia"},
        ),
        (
            png((b"tEXt", b"parameters\0a cat\nSteps: 20, Sampler: Euler a")),
            {"made_by": "stable diffusion"},
        ),
        (png((b"tEXt", b"parameters\0of the experiment")), {}),
        (png((b"tEXt", b"Software\0NovelAI")), {"made_by": "novelai"}),
        (png((b"iTXt", b'prompt\0\0\0\0\0{"3": {"class_type": "K"}}')), {"made_by": "comfyui"}),
        (
            png(
                (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP + b"digitalCapture'"))
            ),
            {"digital_source_type": "digitalCapture"},
        ),
        (
            png((b"zTXt", b"Comment\0\0" + zlib.compress(b"by Midjourney"))),
            {"made_by": "midjourney"},
        ),
        (png((b"zTXt", b"Comment\0\0broken")), {}),
        (webp((b"VP8 ", b"abc"), (b"XMP ", XMP + b"trainedAlgorithmicMedia'")), TRAINED),
        (webp((b"C2PA", CLAIM)), {"c2pa": True, "claim_generator": "Maker/1.20"}),
    ],
)
def test_provenance(body: bytes, expected: dict) -> None:
    assert provenance(body) == NOTHING | expected


def test_a_bomb_and_a_long_name_are_cut() -> None:
    bomb = zlib.compress(b"\0" * (8 * MOST_METADATA) + b"midjourney")
    assert provenance(png((b"zTXt", b"c\0\0" + bomb)))["made_by"] is None
    long = b"c2pa claim_generator\x79\x10\x00" + b"n" * 4096
    assert provenance(png((b"caBX", long)))["claim_generator"] == "n" * MOST_NAME
    assert provenance(jpeg(*[(0xFE, b"x")] * 10_000, (0xFE, b"midjourney")))["made_by"] is None


PIECES = [b"\xff\xd8", b"\xff\xe1", b"\xff\xeb", b"\x89PNG\r\n\x1a\n", b"RIFF", b"WEBP", b"caBX"]
PIECES += [b"iTXt", b"zTXt", CLAIM, CLAIM_2, b"claim_generator", b"\x79", b"\0\0\0\4", XMP]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=12))
def test_any_bytes(pieces: list[bytes]) -> None:
    found = provenance(b"".join(pieces))
    assert set(found) == set(NOTHING)
    assert found["made_by"] is None or found["made_by"] in GENERATORS


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files(data: st.DataObject) -> None:
    whole = data.draw(
        st.sampled_from([png((b"caBX", CLAIM_2)), webp((b"C2PA", CLAIM)), jpeg((0xE1, XMP))])
    )
    body = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4)) if body else 0):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert set(provenance(bytes(body))) == set(NOTHING)


@pytest.mark.parametrize(
    "url, alt, expected",
    [
        ("https://a/x.jpg", "A cat", None),
        ("https://cdn.midjourney.com/x.jpg", None, "midjourney"),
        ("https://a/x.jpg", "A cat, AI-generated", "ai, unnamed"),
        ("https://a/x.jpg", "Image by DALL·E 3", "dall-e"),
        ("https://a/dalle-mural.jpg", "Salvador Dalle", None),
        (None, None, None),
    ],
)
def test_named(url: str | None, alt: str | None, expected: str | None) -> None:
    columns = (pa.array([url, None], pa.string()), pa.array([alt, None], pa.string()))
    assert named(*columns)[0].to_pylist() == [expected, None]
