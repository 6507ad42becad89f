"""The dataset card: what is in a release, how it came to be, and how to open it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from filters.rules import Recipe, Rule
from pipeline.mask import MASKS
from schemas.receipt import Book, Receipt
from schemas.shard import PICTURE_METADATA, SHARD

RIGHTS = (
    "The documents and pictures were found on public web pages. Their rights remain with their "
    "owners, most of whom named no licence; this release grants none. Check the terms that apply "
    "where you are before you use or pass on any of it. Every row names the page and every picture "
    "the address it came from."
)

# Row keys that stand in KEY.json as they do in Parquet.
TAR_COLUMNS = (
    "doc_id", "url", "host", "fetched_at", "warc_file", "warc_offset", "title", "language",
    "language_score", "words", "nodes",
)  # fmt: skip

_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"),
)  # fmt: skip

_CARD = """\
---
{front}
---
# Interleaved image-text documents: {name}

{totals[documents]:,} web documents with {totals[pictures]:,} pictures and \
{totals[words]:,} words, each with its text and pictures in reading order.
Newest page: {newest}. Languages: {languages}.

{description}

## Files
| folder | what | shards |
|---|---|---|
| `parquet/` | a document a row, pictures inside, {columns} columns | {parquets} |
| `webdataset/` | the same, in the same order: `KEY.json`, `KEY.0.jpg`, `KEY.1.png` ... | {tars} |

`manifest.json` lists every shard with its rows, pictures, bytes, sha256, first and last key.
Row group sizes are there too, so a reader can resume at any row group.

## How to open it
With `datasets` (pictures come decoded; `streaming=True` works too):
```python
from datasets import load_dataset
documents = load_dataset("parquet", data_files="parquet/*.parquet", split="train")
```
With `webdataset`:
```python
import webdataset
for sample in webdataset.WebDataset("webdataset/part-00000.tar", shardshuffle=False).decode("pil"):
    about = sample["json"]
    pictures = [sample[picture["member"]] for picture in about["pictures"]]
```
With `datasets`, from the tars. Documents have different numbers of pictures, which `datasets` \
cannot guess; `webdataset/README.md` declares them, so give it that folder:
```python
documents = load_dataset("./webdataset", split="train", streaming=True)
```
Absent members are None; `json["pictures"][n]["member"]` names picture n.

With DuckDB:
```sql
SELECT url, title, words, len(pictures) FROM 'parquet/*.parquet' WHERE language = 'en'
```
With Polars:
```python
import polars
polars.scan_parquet("parquet/*.parquet").select("url", "texts", "images").collect()
```
With pyarrow alone, a rank's documents, resumable at row group `start`:
```python
import pyarrow.parquet as pq

def documents(parts, rank=0, world=1, start=0):
    groups = [(part, g) for part in parts for g in range(pq.ParquetFile(part).num_row_groups)]
    for n, (part, group) in enumerate(groups):
        if n % world == rank and n >= start:
            for row in pq.ParquetFile(part).read_row_group(group).to_pylist():
                yield n, row
```

## What was taken down since
Shards are not written anew for a takedown. Where `tombstones.json` lies beside them, leave out \
the documents and the pictures that it names. Each takedown adds to it: read it before each use.
```python
import json, pathlib

def remaining(rows, file="tombstones.json"):
    file = pathlib.Path(file)
    gone = json.loads(file.read_text()) if file.is_file() else {{"documents": [], "images": []}}
    for row in rows:
        if row["doc_id"] not in gone["documents"]:
            for n, about in enumerate(row["picture_metadata"]):
                if about["image_id"] in gone["images"]:
                    row["pictures"][n] = None
            yield row
```

## Columns
| column | type | what |
|---|---|---|
{schema}

`texts` and `images` have one entry a place, exactly one of them non-null: text nodes with no \
picture between them are one entry, joined by a blank line. With `metadata` and `general_metadata` \
they are the columns of OBELICS. `nodes` is the unmerged, typed form.

Members of `picture_metadata`: {picture_members}.

## How it was made
Recipe `{name}`, fingerprint `{fingerprint}`; schema fingerprint `{schema_fingerprint}`.

{rules}
{masked}
### What every step kept
{funnel}

## Rights
{rights}
"""

_TAR_CARD = """\
---
{front}
---
WebDataset shards: `KEY.json`, then the document's pictures `KEY.0.jpg`, `KEY.1.png` ... in order.
The header above declares every member that occurs in any document, because `datasets` guesses the
members from the first five documents and would refuse or lose the others. The card of the whole
release is one folder up.
"""

Funnel = Mapping[tuple[str, str], Book]


def funnel(receipts: Iterable[Receipt]) -> Funnel:
    """The books of all parts, added up for each (step, unit), in the order of first sight."""
    total: dict[tuple[str, str], Book] = {}
    for receipt in receipts:
        for unit, book in receipt.books.items():
            total.setdefault((receipt.step, unit), Book()).add(book)
    return total


def dataset_card(manifest: Mapping[str, Any], recipe: Recipe, funnel_: Funnel) -> str:
    """README.md of a release, with the YAML front matter that dataset hubs read."""
    languages = list(manifest["languages"])
    front = {
        "license": "unknown",
        **({"language": languages} if languages else {}),
        "pretty_name": f"Interleaved image-text documents: {recipe.name}",
        "size_categories": [size_category(manifest["totals"]["documents"])],
        "task_categories": ["image-to-text", "image-text-to-text", "text-generation"],
        "tags": ["interleaved", "multimodal", "web-crawl", "webdataset"],
        "configs": [{"config_name": "default", "data_files": "parquet/*.parquet"}],
    }
    return _CARD.format(
        front=_yaml(front),
        name=recipe.name,
        totals=manifest["totals"],
        newest=manifest["newest_capture"] or "unknown",
        languages=", ".join(languages) or "none recorded",
        description=recipe.description,
        columns=len(SHARD),
        parquets=len(manifest["parquet"]),
        tars=len(manifest["webdataset"]),
        schema="\n".join(_column(field) for field in SHARD),
        picture_members=", ".join(f"`{name}`" for name in PICTURE_METADATA.names),
        fingerprint=manifest["recipe"]["fingerprint"],
        schema_fingerprint=manifest["schema_fingerprint"],
        rules=_rules(recipe),
        masked=_masked(recipe),
        funnel=_funnel_table(funnel_),
        rights=RIGHTS,
    )


def _masked(recipe: Recipe) -> str:
    """A paragraph on what is masked; nothing where nothing is."""
    if not recipe.mask:
        return ""
    marks = ", ".join(f"{kind.replace('_', ' ')} as `{MASKS[kind]}`" for kind in recipe.mask)
    return f"\nMasked in texts, titles and captions where their form tells them: {marks}.\n"


def tar_card(manifest: Mapping[str, Any]) -> str:
    """README.md beside the tars: the features that `datasets` needs to read them."""
    picture = [{"name": "member", "dtype": "string"}, *_features(PICTURE_METADATA)]
    json_ = _features(pa.schema([SHARD.field(name) for name in TAR_COLUMNS]))
    features = [
        {"name": "json", "struct": [*json_, {"name": "pictures", "list": picture}]},
        *({"name": member, "dtype": "image"} for member in manifest["members"]),
        {"name": "__key__", "dtype": "string"},
        {"name": "__url__", "dtype": "string"},
    ]
    front = {
        "configs": [{"config_name": "default", "data_files": "*.tar"}],
        "dataset_info": {"features": features},
    }
    return _TAR_CARD.format(front=_yaml(front))


def _features(schema: pa.Schema) -> list[dict[str, Any]]:
    """`schema` in the YAML form of Hugging Face features; times are text in JSON."""
    features = []
    for field in schema:
        if pa.types.is_list(field.type):
            members = _features(pa.schema(list(field.type.value_type)))
            features.append({"name": field.name, "list": members})
        else:
            spelt = {"float": "float32", "timestamp[us, tz=UTC]": "string"}
            dtype = spelt.get(str(field.type), str(field.type))
            features.append({"name": field.name, "dtype": dtype})
    return features


def _yaml(front: Mapping[str, Any]) -> str:
    # JSON is YAML, and needs no quoting rules of our own.
    return "\n".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()
    )


def size_category(documents: int) -> str:
    """The size bucket of dataset hubs."""
    return next((name for bound, name in _SIZES if documents < bound), "n>1B")


def _column(field: pa.Field) -> str:
    about = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    unit = f" [{about['unit']}]" if about.get("unit") else ""
    type_ = str(field.type)
    if pa.types.is_list(field.type):
        inner = field.type.value_type
        type_ = "list of structs" if pa.types.is_struct(inner) else f"list of {inner}"
    meaning = about.get("meaning", "").replace("<", "&lt;")
    return f"| `{field.name}` | {type_} | {meaning}{unit} |"


def _rules(recipe: Recipe) -> str:
    lines = [
        "| of | rule | value | at least | at most | source |",
        "|---|---|---|---|---|---|",
    ]
    scopes = (
        ("node", recipe.node),
        ("image", recipe.image),
        ("document", recipe.document),
    )
    for scope, rules in scopes:
        lines += [_rule(scope, rule) for rule in rules]
    return "\n".join(lines)


def _rule(scope: str, rule: Rule) -> str:
    bounds = ["" if bound is None else str(bound) for bound in (rule.at_least, rule.at_most)]
    value = f"`{rule.value}`" + (f" when `{rule.when}`" if rule.when else "")
    cells = [scope, rule.name, value, *bounds, rule.source]
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _funnel_table(funnel_: Funnel) -> str:
    lines = ["| step | of | in | kept | dropped, by reason |", "|---|---|---|---|---|"]
    for (step, unit), book in funnel_.items():
        gone = book.dropped | {f"{name} (unreadable)": n for name, n in book.quarantined.items()}
        ordered = sorted(gone.items(), key=lambda pair: (-pair[1], pair[0]))
        reasons = ", ".join(f"{name} {count:,}" for name, count in ordered)
        lines.append(f"| {step} | {unit} | {book.taken:,} | {book.kept:,} | {reasons} |")
    return "\n".join(lines)
