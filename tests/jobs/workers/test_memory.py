import platform
import subprocess
import sys

import pytest

CODE = """
import pyarrow as pa
from jobs.workers.memory import keep_freed
keep_freed()
keep_freed()
pa.array(range(1000)).sort()
print(pa.default_memory_pool().backend_name)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is asked")
def test_a_worker_keeps_what_it_frees() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["system"]
