"""The release in Croissant 1.0, the JSON-LD in which dataset search engines read data sets.

Written after the specification of MLCommons, http://mlcommons.org/croissant/1.0.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from filters.rules import Recipe
from jobs.release.card import RIGHTS
from schemas.shard import SHARD

# The context that the specification prescribes.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_TYPES = {
    "string": "sc:Text",
    "int32": "sc:Integer",
    "int64": "sc:Integer",
    "float": "sc:Float",
    "timestamp[us, tz=UTC]": "sc:DateTime",
}

_FORMATS = {"parquet": "application/x-parquet", "webdataset": "application/x-tar"}


def describe(manifest: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """croissant.json: every shard with its sha256, and the columns of a Parquet row.

    Nested columns are left to the Parquet schema; Croissant 1.0 has no name for their shape.
    """
    newest = manifest["newest_capture"]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"interleaf-{recipe.name}",
        "description": recipe.description or f"Web documents kept by the recipe {recipe.name}.",
        "license": RIGHTS,
        "version": "1.0.0",
        **({"datePublished": newest[:10]} if newest else {}),
        "inLanguage": list(manifest["languages"]),
        "distribution": _distribution(manifest),
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "documents",
                "name": "documents",
                "description": "A web document a row, in the order of doc_id.",
                "key": {"@id": "documents/doc_id"},
                "field": [_field(field) for field in SHARD if _is_flat(field.type)],
            }
        ],
    }


def _distribution(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    # A set names no container: its files lie in the folder of croissant.json itself.
    files = [
        {
            "@type": "cr:FileObject",
            "@id": shard["name"],
            "name": shard["name"],
            "contentUrl": shard["name"],
            "contentSize": f"{shard['bytes']} B",
            "encodingFormat": _FORMATS[kind],
            "sha256": shard["sha256"],
        }
        for kind in _FORMATS
        for shard in manifest[kind]
    ]
    sets = [
        {
            "@type": "cr:FileSet",
            "@id": f"{kind}-files",
            "name": f"{kind}-files",
            "encodingFormat": _FORMATS[kind],
            "includes": f"{kind}/*{suffix}",
        }
        for kind, suffix in (("parquet", ".parquet"), ("webdataset", ".tar"))
        if manifest[kind]
    ]
    return files + sets


def _is_flat(type_: pa.DataType) -> bool:
    return not pa.types.is_nested(type_) or (
        pa.types.is_list(type_) and not pa.types.is_struct(type_.value_type)
    )


def _field(field: pa.Field) -> dict[str, Any]:
    repeated = pa.types.is_list(field.type)
    type_ = field.type.value_type if repeated else field.type
    return {
        "@type": "cr:Field",
        "@id": f"documents/{field.name}",
        "name": f"documents/{field.name}",
        "description": (field.metadata or {}).get(b"meaning", b"").decode(),
        "dataType": _TYPES[str(type_)],
        **({"repeated": True} if repeated else {}),
        "source": {
            "fileSet": {"@id": "parquet-files"},
            "extract": {"column": field.name},
        },
    }
