"""Documents as a reader sees them, and what a moved bound would change.

`marimo run notebooks/look.py -- --store out`
"""

import marimo

app = marimo.App(width="medium", app_title="interleaf: look")


@app.cell
def _imports():
    import base64
    from dataclasses import replace
    from pathlib import Path

    import marimo as mo
    import numpy as np
    import pyarrow.parquet as pq

    from filters.recipes import to_toml
    from jobs.decisions.ledger import Ledger
    from jobs.runs import recipe_of
    from jobs.store import Store, read_run

    return Ledger, Path, Store, base64, mo, np, pq, read_run, recipe_of, replace, to_toml


@app.cell
def _store(Ledger, Path, Store, mo, pq, read_run, recipe_of):
    store = Path(mo.cli_args().get("store") or "demo")
    parts = sorted((store / "release" / "parquet").glob("*.parquet"))
    mo.stop(not parts, mo.md(f"There is no release in `{store}`; make one with `make demo`."))
    titles = {}
    for _part in parts:
        for _row in pq.read_table(_part, columns=["doc_id", "host", "title"]).to_pylist():
            titles[f"{_row['host']}: {_row['title'] or _row['doc_id']}"] = (_part, _row["doc_id"])
    choice = mo.ui.dropdown(sorted(titles), value=min(titles), label="document", full_width=True)
    ledger = Ledger(Store(str(store)))
    recipe = recipe_of(read_run(Store(str(store))))
    before = ledger.decide(recipe)
    return before, choice, ledger, recipe, titles


@app.cell
def _bounds(mo, recipe):
    # A bound is one side of a document rule; 1 is where the recipe has it.
    bounds = {
        f"{_rule.name} {_side} {getattr(_rule, _side):g}": (_at, _side)
        for _at, _rule in enumerate(recipe.document)
        for _side in ("at_least", "at_most")
        if getattr(_rule, _side) is not None
    }
    mo.stop(not bounds, mo.md(f"Recipe `{recipe.name}` has no document rule."))
    bound = mo.ui.dropdown(list(bounds), value=next(iter(bounds)), label="bound")
    factor = mo.ui.slider(0.0, 3.0, step=0.05, value=1.5, label="times", show_value=True)
    mo.vstack([mo.md(f"## A bound of `{recipe.name}`, moved"), mo.hstack([bound, factor])])
    return bound, bounds, factor


@app.cell
def _moved(before, bound, bounds, factor, ledger, mo, np, recipe, replace, to_toml):
    _at, _side = bounds[bound.value]
    _rule = recipe.document[_at]
    _new = getattr(_rule, _side) * factor.value
    _rules = list(recipe.document)
    _rules[_at] = replace(_rule, **{_side: _new})
    _mine = replace(recipe, name=f"my_{recipe.name}", document=tuple(_rules))
    _after = ledger.decide(_mine)
    _flips = np.flatnonzero(before.kept != _after.kept)
    _facts = ledger.documents.select(["host", "url", "language"]).take(_flips).to_pylist()
    _lines = [
        f"{'kept now' if _after.kept[_row] else 'dropped now':12} {_fact['language'] or '?':4} "
        f"{_fact['url']}"
        for _row, _fact in zip(_flips.tolist(), _facts[:50], strict=False)
    ]
    mo.vstack(
        [
            mo.md(
                f"`{_rule.value}` {_side.replace('_', ' ')} {_new:g}: keeps "
                f"**{int(_after.kept.sum()):,}** of {len(_after.kept):,} documents in place of "
                f"{int(before.kept.sum()):,}; **{len(_flips):,} flip**."
            ),
            # Addresses of the web are shown as text, never as markup.
            mo.plain_text("\n".join(_lines)),
            # What `interleaf recut STORE --recipe FILE` takes.
            mo.download(to_toml(_mine).encode(), f"{_mine.name}.toml", label="this recipe"),
        ]
    )
    return


@app.cell
def _chosen(choice, mo):
    mo.vstack([mo.md("## A document"), choice])
    return


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
