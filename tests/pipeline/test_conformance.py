"""Each folder of tests/pages is a case: a page, and the document that it gives."""

import json

import pytest

from tests.conformance.cases import cases, read, told
from tests.conformance.page import DOCUMENT, MEASURED, document

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_page(case, request):
    if case.fails:
        request.applymarker(pytest.mark.xfail(reason=case.fails, strict=True))
    got = told(case, read(case))
    assert got == {name: case.expected[name] for name in got}, case.why


def test_there_are_enough_of_them():
    assert len(CASES) >= 120
    assert len({case.why for case in CASES}) == len(CASES)


def test_the_published_table_is_fresh():
    fresh = document(json.loads(MEASURED.read_text("utf-8")))
    assert DOCUMENT.read_text("utf-8") == fresh, "run make conformance"
