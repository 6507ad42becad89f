"""Many links over many hosts, some of which hang, hang up or never answer."""

import sys

import pytest

from tests.bench.many_hosts import took

LINKS, HOSTS, DEADLINE_S = 5_000, 500, 20.0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")
def test_memory_is_flat_and_the_deadline_kept():
    ends, wall_s, _, before_mib, mib = took(LINKS, HOSTS, DEADLINE_S)
    assert ends.total() == LINKS
    assert ends["kept"] > 0
    assert wall_s < DEADLINE_S + 15  # beside it: reading links before, and rows after
    assert max(mib) - before_mib < 200
    assert max(mib) - max(mib[: len(mib) // 2]) < 40
