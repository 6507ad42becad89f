"""`--semantic` on the command line: by address, resumed, and what a store says of it."""

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.run import main
from jobs.store import Store
from jobs.store_tables import Tables


def test_embeddings_go_by_address(crawl_files, tmp_path, capsys) -> None:
    store = tmp_path / "store"
    head = ["run", "obelics", "--input", str(crawl_files[0]), "--store", str(store)]
    tail = ["--workers", "1", "--to", "alike", "--allow-drop", "1"]
    assert main([*head, *tail]) == 0
    at = Tables(Store(str(store)))
    urls = [
        url for part in at.hosts.parts() for b in at.hosts.read(part, ["url"]) for url in b["url"]
    ]
    vectors = [[1.0, 0.0] if index < 4 else [index, 1.0 + index**2] for index in range(len(urls))]
    table = pa.table({"url": pa.array(urls, pa.string()), "embedding": vectors})
    pq.write_table(table, tmp_path / "e.parquet")
    other = tmp_path / "other"
    head[-1] = str(other)
    meant = ["--semantic", str(tmp_path / "e.parquet"), "--semantic-alike", "1"]
    for _ in range(2):  # the second goes on where the first is
        assert main([*head, *tail, *meant]) == 0
    at = Tables(Store(str(other)))
    found = [
        r for part in at.clusters.parts() for b in at.clusters.read(part) for r in b.to_pylist()
    ]
    assert 4 in {row["cluster_size"] for row in found}
    capsys.readouterr()
    assert main(["status", str(other)]) == 0
    assert f"embeddings of {len(urls)} documents by" in capsys.readouterr().out
    assert main([*head, *tail]) == 2
    assert "was made by near-duplicates" in capsys.readouterr().err
    assert main([*head, *tail, "--semantic", "nowhere"]) == 2
    assert "no such file; give Parquet or MODULE:NAME" in capsys.readouterr().err
