"""Read tests/pages with ours and, where they are installed, with the peers; write the table.

python -m tests.conformance     the peers are the extra `peers`
"""

import json
import sys

from tests.conformance.cases import cases
from tests.conformance.page import DOCUMENT, MEASURED, document, fingerprint
from tests.conformance.peers import PEERS, read_by, versions
from tests.conformance.scores import score


def main() -> int:
    try:
        measured = {"versions": versions(), "cases": {}}
    except ModuleNotFoundError as error:  # PackageNotFoundError is one
        print(f"a peer is not installed ({error}): make conformance installs them", file=sys.stderr)
        return 2
    for case in cases():
        got = {peer: score(case, read_by(peer, case)) for peer in PEERS}
        measured["cases"][case.name] = {"of": fingerprint(case), **got}
    rows = [f" {json.dumps(name)}: {json.dumps(row)}" for name, row in measured["cases"].items()]
    MEASURED.write_text(
        f'{{"versions": {json.dumps(measured["versions"])},\n"cases": {{\n'
        + ",\n".join(rows)
        + "\n}}\n"
    )
    DOCUMENT.write_text(document(json.loads(MEASURED.read_text())), "utf-8")
    print(DOCUMENT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
