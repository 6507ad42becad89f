"""Reading crawl files: one row a record, and damage that stays where it hit."""

import gc
import gzip
import io
import random
import warnings
import zlib
from functools import partial
from itertools import pairwise
from pathlib import Path

import brotli
import pyarrow as pa
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.crawl.framing import HEAD
from pipeline.warc import ReadWarc
from schemas.page import DROPPED, ERRORS, PAGE, SOURCE

REAL = Path(__file__).parents[2].parent / "shared" / "realweb"
HTML = b"<html><body>" + b"<p>Some words in a row.</p>" * 20 + b"</body></html>"
HEADER = "Content-Type: text/html; charset=UTF-8\r\n"
CRLF = b"\r\n"


class Bytes:
    """An opener over files held in memory; counts how often it was asked."""

    def __init__(self, data):
        self.data, self.opened = data, 0

    def __call__(self, location, offset):
        self.opened += 1
        return io.BytesIO(self.data[offset:])


def read(data, limit=None, **options):
    """Every row that comes of a file with these bytes."""
    source = pa.RecordBatch.from_pylist(
        [{"warc_file": "a.warc", "location": "memory", "limit": limit}], SOURCE
    )
    rows = []
    for batch in ReadWarc(Bytes(data), **options).stream(iter([source])):
        assert batch.schema.equals(PAGE, check_metadata=True)
        batch.validate(full=True)
        rows += batch.to_pylist()
    for row in rows:
        outcome = (row["body"] is not None, row["dropped"] in DROPPED, row["error"] in ERRORS)
        assert sum(outcome) == 1
        assert (row["raw"] is not None) == (row["error"] is not None)
    assert [row["warc_offset"] for row in rows] == sorted({row["warc_offset"] for row in rows})
    return rows


def outcomes(rows):
    return [row["error"] or row["dropped"] or "page" for row in rows]


def record(block, kind="response", headers="", length=None, url="http://a.example/"):
    """One plain record. `length` may lie."""
    size = len(block) if length is None else length
    content = "" if "Content-Type" in headers else "Content-Type: application/http\r\n"
    uri = f"WARC-Target-URI: {url}\r\n" if url else ""
    return (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\n{uri}WARC-Date: 2024-02-03T04:05:06Z\r\n"
        f"{content}{headers}Content-Length: {size}\r\n\r\n"
    ).encode() + (block + CRLF * 2)


def http(body=HTML, header=HEADER, status="HTTP/1.1 200 OK"):
    return f"{status}\r\n{header}\r\n".encode() + body


def page(number, body=None):
    text = random.Random(number).randbytes(400).hex().encode() if body is None else body
    body = b"<html>" + text
    return record(http(body), url=f"http://a.example/{number}")


def zst(data):
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


FORMS = {"gzip": gzip.compress, "zstd": zst, "plain": bytes}
RECORDS = [page(number) for number in range(8)]


@pytest.fixture(params=FORMS)
def form(request):
    return request.param


def members(form, records=RECORDS):
    return [FORMS[form](one) for one in records]


def without_offset(rows):
    return [{key: value for key, value in row.items() if key != "warc_offset"} for row in rows]


def test_what_the_server_says_of_machines(form):
    header = HEADER + (
        "X-Robots-Tag: noindex\r\nx-robots-tag:  otherbot: noai \r\n"
        "TDM-Reservation: 1\r\ntdm-policy: https://a.example/p.json\r\n"
        "Content-Usage: train-ai=n\r\n"
    )
    (row,) = read(FORMS[form](record(http(header=header))))
    assert row["x_robots_tag"] == "noindex, otherbot: noai"
    assert (row["tdm_reservation"], row["tdm_policy"]) == ("1", "https://a.example/p.json")
    assert row["content_usage"] == "train-ai=n"
    (row,) = read(FORMS[form](record(http(header=HEADER + f"X-Robots-Tag: {'x' * 5000}\r\n"))))
    assert row["x_robots_tag"] == "x" * 1024


# -- what a record becomes --------------------------------------------------------------------


def test_page(form):
    (row,) = read(FORMS[form](record(http())))
    date = row.pop("fetched_at")
    assert date.isoformat() == "2024-02-03T04:05:06+00:00"
    assert row == {
        "warc_file": "a.warc", "warc_offset": 0, "url": "http://a.example/", "http_status": 200,
        "http_charset": "utf-8", "content_type": "text/html", "body": HTML, "dropped": None,
        "error": None, "raw": None, "x_robots_tag": None, "tdm_reservation": None,
        "tdm_policy": None, "content_usage": None,
    }  # fmt: skip


TYPED = "Content-Type: "


@pytest.mark.parametrize(
    "data, expected",
    [
        (record(b"x", "request"), "not_response"),
        (record(b"x", "metadata"), "not_response"),
        (record(b"x", "warcinfo", url=None), "not_response"),
        (record(http(b""), "revisit"), "not_response"),
        (record(b"x", "conversion"), "not_response"),
        (record(b"x", "unheard-of"), "not_response"),
        (record(b"1.2.3.4", headers="Content-Type: text/dns\r\n", url="dns:a.b"), "not_response"),
        (record(http(), headers="Content-Type: \r\n"), "page"),
        (record(HTML, "resource", "Content-Type: text/html\r\n"), "page"),
        (record(HTML, "resource", "Content-Type: image/png\r\n"), "not_response"),
        (record(HTML, "resource", "Content-Type: text/html\r\n", url="file:///a"), "not_response"),
        (record(http(status="HTTP/1.1 404 Not Found")), "http_status"),
        (record(http(status="HTTP/1.1 304 Not Modified")), "http_status"),
        (record(http(status="HTTP/2 200")), "page"),
        (record(http(status="HTTP/1.1 many")), "broken_http"),
        (record(http(status="200 OK")), "broken_http"),
        (record(b""), "broken_http"),
        (record(http().replace(b"\r\n", b"\n")), "page"),
        (record(http(header="X: " + "y" * HEAD + "\r\n")), "broken_http"),
        (record(http(header=TYPED + "image/png\r\n")), "not_html"),
        (record(http(header=TYPED + "text/plain\r\n")), "not_html"),
        (record(http(header=TYPED + "TEXT/HTML\r\n")), "page"),
        (record(http(header=TYPED + "text/html, text/html\r\n")), "page"),
        (record(http(header=TYPED + "application/xhtml+xml\r\n")), "page"),
        (record(http(header="")), "page"),
        (record(http(b"\xef\xbb\xbf\n<!DOCTYPE HTML>", "")), "page"),
        (record(http(b'<?xml version="1.0"?>\n<html xmlns="x">', "")), "page"),
        (record(http(b'<?xml version="1.0"?>\n<rss>', "")), "not_html"),
        (record(http(b"\x89PNG", "")), "not_html"),
        (record(http(b"")), "empty_body"),
        (record(http(b"", "")), "empty_body"),
        (record(http(), url=None), "no_url"),
        (record(http(), url="<>"), "no_url"),
    ],
)
def test_what_a_record_becomes(data, expected):
    assert outcomes(read(data)) == [expected]


@pytest.mark.parametrize(
    "data, column, expected",
    [
        (record(http(), url="<http://a.example/b>"), "url", "http://a.example/b"),
        (record(http(), url="http://a/é").replace("é".encode(), b"\xff"), "url", "http://a/\ufffd"),
        (record(http(), url="http://a/\0"), "url", "http://a/\ufffd"),
        (record(http()).replace(b"2024-02", b"9999-99"), "fetched_at", None),
        (record(http(header=TYPED + "text/html\r\n")), "http_charset", None),
        (record(http(header=TYPED + 'text/html;Charset="EUC-JP"\r\n')), "http_charset", "euc-jp"),
        (record(http(header=TYPED + "text/html; charset=\r\n")), "http_charset", None),
        (record(http(header=TYPED + "text/html; charset=a\0b\r\n")), "http_charset", "a\ufffdb"),
        (record(http(header=TYPED + "image/\xe9\r\n")), "content_type", "image/\xe3\xa9"),
        (record(http(status="HTTP/1.1 503 No")), "http_status", 503),
    ],
)
def test_columns(data, column, expected):
    (row,) = read(data)
    assert row[column] == expected


def chunked(data, size=64):
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x;x=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def deflated(data, window):
    packer = zlib.compressobj(wbits=window)
    return packer.compress(data) + packer.flush()


GZIPPED = gzip.compress(HTML)


@pytest.mark.parametrize(
    "coding, transfer, stored, expected",
    [
        ("gzip", "", GZIPPED, "page"),
        ("x-gzip", "", GZIPPED, "page"),
        ("GZip", "", GZIPPED + b"\0\0\0", "page"),
        ("gzip", "", gzip.compress(HTML[:40]) + gzip.compress(HTML[40:]), "page"),
        ("gzip", "", gzip.compress(b"") * 65, "broken_encoding"),
        ("gzip", "", GZIPPED[:-9], "broken_encoding"),
        ("gzip", "", GZIPPED[:-8] + bytes(8), "broken_encoding"),
        ("gzip", "", HTML, "page"),
        ("gzip", "", b"\x00\x01\x02", "broken_encoding"),
        ("deflate", "", deflated(HTML, 15), "page"),
        ("deflate", "", deflated(HTML, -15), "page"),
        ("br", "", brotli.compress(HTML), "page"),
        ("br", "", HTML, "page"),
        ("br", "", brotli.compress(HTML)[:-4], "broken_encoding"),
        ("zstd", "", zst(HTML), "page"),
        ("zstd", "", zst(HTML)[:-6], "broken_encoding"),
        ("gzip, br", "", brotli.compress(GZIPPED), "page"),
        ("utf-8", "", HTML, "page"),
        ("compress", "", b"\x1f\x9d\x00\x01", "broken_encoding"),
        ("identity", "", HTML, "page"),
        ("", "chunked", chunked(HTML), "page"),
        ("", "chunked", HTML, "page"),
        ("", "chunked", chunked(HTML)[:-5], "page"),
        ("", "chunked", chunked(HTML)[:-20], "broken_encoding"),
        ("", "chunked", chunked(HTML)[:70] + b"junk", "broken_encoding"),
        ("gzip", "chunked", chunked(GZIPPED), "page"),
        ("gzip", "chunked", GZIPPED, "page"),
        ("", "gzip, chunked", chunked(GZIPPED), "page"),
    ],
)
def test_codings_are_undone(coding, transfer, stored, expected):
    header = HEADER
    header += f"Content-Encoding: {coding}\r\n" if coding else ""
    header += f"Transfer-Encoding: {transfer}\r\n" if transfer else ""
    (row,) = read(record(http(stored, header)))
    assert outcomes([row]) == [expected]
    assert row["body"] == (HTML if expected == "page" else None)


@pytest.mark.parametrize(
    "coding, pack",
    [
        ("gzip", gzip.compress),
        ("br", partial(brotli.compress, quality=1)),
        ("zstd", zst),
        ("deflate", zlib.compress),
    ],
)
def test_a_bomb_in_the_body(coding, pack):
    data = record(http(pack(bytes(50 << 20)), HEADER + f"Content-Encoding: {coding}\r\n"))
    assert outcomes(read(data + page(1), max_body_bytes=1 << 20)) == ["too_large", "page"]


# -- files ------------------------------------------------------------------------------------


def test_every_form_gives_the_same_pages(form):
    rows = read(b"".join(members(form)))
    assert outcomes(rows) == ["page"] * len(RECORDS)
    assert without_offset(rows) == without_offset(read(b"".join(RECORDS)))
    starts = [sum(map(len, members(form)[:n])) for n in range(len(RECORDS))]
    assert [row["warc_offset"] for row in rows] == starts


@pytest.mark.parametrize("pack", [gzip.compress, zst])
def test_one_member_for_the_whole_file(pack):
    rows = read(pack(b"".join(RECORDS)))
    assert without_offset(rows) == without_offset(read(b"".join(RECORDS)))
    assert [row["warc_offset"] for row in rows] == list(range(len(RECORDS)))


def test_one_member_with_a_wrong_length_inside():
    records = [*RECORDS[:3], record(http(), length=100), *RECORDS[3:]]
    rows = read(gzip.compress(b"".join(records)))
    assert outcomes(rows) == ["page"] * 3 + ["broken_record"] + ["page"] * 5
    assert rows[3]["raw"].startswith(b"WARC/1.0")


@pytest.mark.parametrize("is_packed", [False, True])
def test_zstd_dictionary(is_packed):
    dictionary = zstandard.train_dictionary(2048, [page(n, HTML * 2) for n in range(200)])
    packer = zstandard.ZstdCompressor(dict_data=dictionary)
    words = dictionary.as_bytes()
    words = zst(words) if is_packed else words
    first = b"\x5d\x2a\x4d\x18" + len(words).to_bytes(4, "little") + words
    frames = b"".join(map(packer.compress, RECORDS))
    assert without_offset(read(first + frames)) == without_offset(read(b"".join(RECORDS)))
    damaged = bytearray(first + frames)
    damaged[len(first) + 60] ^= 255
    assert outcomes(read(bytes(damaged)))[1:] == ["page"] * 7


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"", []),
        (gzip.compress(b""), []),
        (b"\x50\x2a\x4d\x18\x02\x00\x00\x00ab", []),
        (b"garbage", ["broken_record"]),
        (b"garbage\n" * 300_000, ["broken_record"]),
        (bytes(3 << 20), ["broken_record"]),
        (b"\x1f\x8b\x08\0" + b"\xff" * 60, ["broken_gzip"]),
        (gzip.compress(b"no crawl"), ["broken_record"]),
        (zst(b"no crawl"), ["broken_record"]),
        (b"\x28\xb5\x2f\xfdgarbage", ["broken_zstd"]),
        (b"\x50\x2a\x4d\x18\xff\xff\x00\x00ab", ["broken_zstd"]),
        (b"\x50\x2a\x4d\x18\xff\xff\x00\x00" + zst(page(1)), ["broken_zstd", "page"]),
        (b"\x50\x2a\x4d\x18" + page(1) * 2, ["broken_record", "page", "page"]),
        (b"\x5d\x2a\x4d\x18\x04\x00\x00\x00" + zst(page(1)), ["broken_zstd", "page"]),
        (b"WARC/1.0\r\n", ["truncated"]),
        (b"garbage" + page(1), ["broken_record", "page"]),
        (b"garbage" + gzip.compress(page(1)), ["broken_gzip", "page"]),
        (b"garbage" + zst(page(1)), ["broken_zstd", "page"]),
        (page(1)[:-4] + page(2), ["page", "page"]),
        (page(1) + CRLF * 3 + page(2), ["page", "page"]),
        (page(1)[:-4], ["page"]),
        (b"WARC/1.0\r\n\r\n" + page(1), ["broken_record", "page"]),
        (b"WARC/1.0\r\nContent-Length: -5\r\n\r\n" + page(1), ["broken_record", "page"]),
    ],
)
def test_odd_files(data, expected):
    rows = read(data)
    assert outcomes(rows) == expected
    if len(expected) == 1 and "page" not in expected:
        assert rows[0]["raw"] == data[: 1 << 20]


@pytest.mark.parametrize("limit", [0, 1, 5, 8, 9])
def test_limit_counts_every_record(form, limit):
    data = b"".join(members(form, [record(b"x", "request"), *RECORDS]))
    assert read(data, limit) == read(data)[:limit]


def test_batches_end_by_rows_and_by_bytes():
    source = [{"warc_file": "a", "location": "a"}, {"warc_file": "b", "location": "b"}]
    batch = pa.RecordBatch.from_pylist(source, SOURCE)

    def sizes(**options):
        stage = ReadWarc(Bytes(b"".join(members("gzip"))), **options)
        return [len(batch) for batch in stage.stream(iter([batch]))]

    assert sizes(batch_rows=5) == [5, 3, 5, 3]
    assert sizes(batch_bytes=2000) == [3, 3, 2, 3, 3, 2]


# -- damage -----------------------------------------------------------------------------------


def check_beside(form, data, hit, error):
    """Damage in the records `hit` costs those, as one stretch, and no others."""
    clean, rows = read(b"".join(members(form))), read(data)
    beside = [row for number, row in enumerate(clean) if number not in hit]
    assert [row for row in rows if row["error"] is None] == beside
    (bad,) = [row for row in rows if row["error"]]
    begin = clean[hit[0]]["warc_offset"]
    end = clean[hit[-1] + 1]["warc_offset"] if hit[-1] + 1 < len(clean) else len(data)
    assert (bad["warc_offset"], bad["error"]) == (begin, error)
    assert bad["raw"] == data[begin:end]


ERROR = {"gzip": "broken_gzip", "zstd": "broken_zstd", "plain": "broken_record"}


@pytest.mark.parametrize("hit", [0, 3, 7])
def test_damaged_magic(form, hit):
    parts = members(form)
    parts[hit] = b"XX" + parts[hit][2:]
    error = "broken_record" if hit == 0 and form == "plain" else ERROR[form]
    check_beside(form, b"".join(parts), [hit], error)


def test_damage_in_two_records_in_a_row(form):
    parts = members(form)
    parts[3] = b"XX" + parts[3][2:]
    parts[4] = b"XX" + parts[4][2:]
    check_beside(form, b"".join(parts), [3, 4], ERROR[form])


@pytest.mark.parametrize("form", ["gzip", "zstd"])
@pytest.mark.parametrize("where", [0.3, 0.6, 0.99])
@pytest.mark.parametrize("hit", [0, 3, 7])
def test_damage_inside_a_member(form, where, hit):
    parts = members(form)
    broken = bytearray(parts[hit])
    broken[int(len(broken) * where)] ^= 255
    parts[hit] = bytes(broken)
    check_beside(form, b"".join(parts), [hit], ERROR[form])


def test_two_broken_members_are_two_rows():
    parts = members("gzip")
    for hit in (3, 4):
        parts[hit] = parts[hit][:-8] + bytes(8)
    assert outcomes(read(b"".join(parts))) == ["page"] * 3 + ["broken_gzip"] * 2 + ["page"] * 3


def test_bytes_missing_in_the_middle(form):
    parts = members(form)
    parts[3] = parts[3][:200]
    rows = read(b"".join(parts))
    assert rows[3]["error"] == ERROR[form]
    assert rows[3]["raw"] == parts[3]
    assert without_offset(rows[:3] + rows[4:]) == without_offset(
        read(b"".join(RECORDS[:3] + RECORDS[4:]))
    )


def test_the_end_is_cut_off(form):
    parts = members(form)
    parts[7] = parts[7][:-300]
    check_beside(form, b"".join(parts), [7], "truncated")


def test_the_end_of_a_single_member_is_cut_off():
    rows = read(gzip.compress(b"".join(RECORDS))[:-700])
    kept = outcomes(rows).index("truncated")
    assert 4 <= kept == len(rows) - 1
    assert without_offset(rows[:kept]) == without_offset(read(b"".join(RECORDS)))[:kept]


@pytest.mark.parametrize("length", [0, 10, 300, 2000, 10**6, 10**9, 10**17])
@pytest.mark.parametrize("form", ["gzip", "zstd", "plain"])
def test_wrong_length(form, length):
    parts = members(form)
    lying = record(http(), length=length)
    parts[3] = FORMS[form](lying)
    rows = read(b"".join(parts))
    assert outcomes(rows)[:3] + outcomes(rows)[4:] == ["page"] * 7
    assert rows[3]["error"] in ("broken_record", "too_large")
    assert rows[3]["raw"] == parts[3]


def test_a_large_record(form):
    big = record(http(b"<html>" + bytes(3 << 20)))
    picture = record(http(bytes(3 << 20), TYPED + "image/png\r\n"))
    data = b"".join(members(form, [page(1), big, picture, page(2)]))
    rows = read(data, max_body_bytes=1 << 20, max_raw_bytes=1000)
    assert outcomes(rows) == ["page", "too_large", "not_html", "page"]
    assert rows[1]["raw"] == data[rows[1]["warc_offset"] :][:1000][: len(rows[1]["raw"])]
    assert rows[1]["url"] == "http://a.example/"
    rows = read(data, max_body_bytes=(3 << 20) + 6)
    assert outcomes(rows) == ["page", "page", "not_html", "page"]


@pytest.mark.parametrize("form", ["gzip", "zstd"])
def test_a_bomb_is_not_decoded_to_its_end(form):
    bomb = FORMS[form](record(http(b"<html>" + bytes(70 << 20))))
    data = FORMS[form](page(1)) + bomb + FORMS[form](page(2))
    rows = read(data, max_body_bytes=1 << 20)
    assert outcomes(rows) == ["page", "too_large", "page"]
    assert outcomes(read(bomb, max_body_bytes=1 << 20)) == ["too_large"]
    assert outcomes(read(bomb + data, max_body_bytes=1 << 20))[0] == "too_large"


def test_damage_opens_the_file_again_only_far_behind():
    parts = members("gzip")
    parts[3] = b"XX" + parts[3][2:]
    opener = Bytes(b"".join(parts))
    source = pa.RecordBatch.from_pylist([{"warc_file": "a", "location": "a"}], SOURCE)
    list(ReadWarc(opener).stream(iter([source])))
    assert opener.opened == 1


def test_a_failing_file_is_the_parts_failure():
    class Failing(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    stage = ReadWarc(lambda location, offset: Failing())
    source = pa.RecordBatch.from_pylist([{"warc_file": "a", "location": "a"}], SOURCE)
    with pytest.raises(ConnectionResetError):
        list(stage.stream(iter([source])))


# -- fuzz -------------------------------------------------------------------------------------


def by_warcio(is_packed):
    """Pages, a request and a picture written by warcio; (bytes, where each record begins)."""
    file = io.BytesIO()
    writer = WARCWriter(file, gzip=is_packed)
    starts = []
    for number in range(6):
        starts.append(file.tell())
        kind = "text/html; charset=utf-8" if number != 4 else "image/png"
        headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
        body = b"<html>" + random.Random(number).randbytes(150 + number).hex().encode()
        one = writer.create_warc_record(
            f"http://a.example/{number}",
            "response" if number != 2 else "request",
            payload=io.BytesIO(body),
            http_headers=headers,
            warc_headers_dict={"WARC-Record-ID": f"<urn:uuid:{number}>"},
        )
        one.rec_headers.replace_header("WARC-Date", "2024-01-01T00:00:00Z")
        writer.write_record(one)
    return file.getvalue(), [*starts, file.tell()]


with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore", ResourceWarning
    )  # warcio leaves temporary files to the collector
    WRITTEN = {"gzip": by_warcio(True), "plain": by_warcio(False)}
    gc.collect()
_plain, _starts = WRITTEN["plain"]
_frames = [zst(_plain[a:b]) for a, b in pairwise(_starts)]
WRITTEN["zstd"] = (
    b"".join(_frames), [sum(map(len, _frames[:n])) for n in range(len(_frames) + 1)]
)  # fmt: skip
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@FUZZ
@given(flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)),
                      min_size=1, max_size=4))  # fmt: skip
def test_flipped_bytes(form, flips):
    data, starts = WRITTEN[form]
    clean = {row["warc_offset"]: row for row in read(data)}
    broken = bytearray(data)
    hit = set()
    for where, flip in flips:
        at = int(where * len(data))
        broken[at] ^= flip
        hit.add(max(start for start in starts if start <= at))
    rows = {row["warc_offset"]: row for row in read(bytes(broken))}
    for start in set(starts[:-1]) - hit:
        assert rows.get(start) == clean[start]


@FUZZ
@given(data=st.binary(max_size=400), where=st.integers(0, 6))
def test_bytes_put_between_records(form, data, where):
    written, starts = WRITTEN[form]
    clean = read(written)
    rows = read(written[: starts[where]] + data + written[starts[where] :])
    sound = [row for row in without_offset(rows) if row["error"] is None]
    assert sound == without_offset(clean)


@FUZZ
@given(end=st.floats(0, 1))
def test_cut_anywhere(form, end):
    data, starts = WRITTEN[form]
    size = int(end * len(data))
    rows = read(data[:size])
    whole = sum(start <= size for start in starts[1:])
    assert rows[:whole] == read(data)[:whole]
    assert len(rows) <= whole + 1


@FUZZ
@given(data=st.binary(max_size=300), packed=st.sampled_from(list(FORMS)))
def test_any_block(data, packed):
    read(FORMS[packed](record(b"HTTP/1.1 200 OK\r\n" + data)) + FORMS[packed](page(1)))
    read(FORMS[packed](b"WARC/1.0\r\n" + data))
    read(data)


# -- the real web -----------------------------------------------------------------------------

needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="../shared/realweb is not here")


@needs_real
def test_every_record_of_a_real_file_is_read():
    path = REAL / "pages-open-00003.warc.gz"
    with path.open("rb") as file:
        expected = [
            one.rec_headers["WARC-Target-URI"] if one.rec_type == "response" else None
            for one in ArchiveIterator(file)
        ]
    rows = read(path.read_bytes())
    assert [row["url"] for row in rows] == expected
    assert outcomes(rows).count("page") == 481
    assert set(outcomes(rows)) == {"page", "not_response"}


@needs_real
def test_pictures_are_no_pages():
    with (REAL / "sites-open-images.warc.gz").open("rb") as file:
        data = file.read(4 << 20)
    assert set(outcomes(read(data))) == {"not_response", "not_html", "truncated"}
