"""Documents as a reader sees them: `marimo run notebooks/look.py -- --store out`."""

import marimo

app = marimo.App(width="medium", app_title="interleaf: look")


@app.cell
def _imports():
    import base64
    from pathlib import Path

    import marimo as mo
    import pyarrow.parquet as pq

    return Path, base64, mo, pq


@app.cell
def _store(Path, mo, pq):
    store = Path(mo.cli_args().get("store") or "demo")
    parts = sorted((store / "release" / "parquet").glob("*.parquet"))
    mo.stop(not parts, mo.md(f"There is no release in `{store}`; make one with `make demo`."))
    titles = {}
    for _part in parts:
        for _row in pq.read_table(_part, columns=["doc_id", "host", "title"]).to_pylist():
            titles[f"{_row['host']}: {_row['title'] or _row['doc_id']}"] = (_part, _row["doc_id"])
    choice = mo.ui.dropdown(sorted(titles), value=min(titles), label="document", full_width=True)
    choice
    return choice, titles


@app.cell
def _document(base64, choice, mo, pq, titles):
    part, doc_id = titles[choice.value]
    (row,) = pq.read_table(part, filters=[("doc_id", "=", doc_id)]).to_pylist()
    pieces = [mo.plain_text(f"{row['url']}   {row['language']}   {row['words']} words")]
    for node in row["nodes"]:
        if node["kind"] == "image":
            picture = row["pictures"][node["image"]]
            about = row["picture_metadata"][node["image"]]
            kind = about["format"]
            data = base64.b64encode(picture["bytes"]).decode()
            caption = about["caption"] or about["alt"] or ""
            pieces.append(mo.image(f"data:image/{kind};base64,{data}", width=480, caption=caption))
        else:
            # Text of the web is shown as text, never as markup.
            pieces.append(mo.plain_text(node["text"]))
    mo.vstack(pieces)
    return


if __name__ == "__main__":
    app.run()
