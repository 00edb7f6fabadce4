"""A year's reports as one Frictionless data package: figures, offices and texts as CSV, with their columns described.

The package follows Data Package 1 (tabular-data-package). It has no clock and no licence: the terms of use are for
the publisher to state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

from .csv import Row, csv_head, csv_lines, figure_rows, office_row, paragraph_rows, resources
from .document import Document

DESCRIPTOR = "datapackage.json"


def package_files(year: int, documents: Iterable[Document]) -> dict[str, bytes]:
    """Return the files of the package over a year's reports, by name: datapackage.json and one CSV a resource.

    The documents are read one after another, and none is held in memory.
    """
    texts: dict[str, list[str]] = {name: [csv_head(name)] for name in _ROWS}
    for document in documents:
        for name, rows in _ROWS.items():
            texts[name].append(csv_lines(name, rows(document)))
    files = {f"{name}.csv": "".join(parts).encode() for name, parts in texts.items()}
    descriptor = json.dumps(_descriptor(year, files), ensure_ascii=False, indent=1) + "\n"
    return {DESCRIPTOR: descriptor.encode(), **files}


_ROWS: Mapping[str, Callable[[Document], Iterable[Row]]] = {
    "figures": figure_rows,
    "offices": lambda document: [office_row(document)],
    "paragraphs": paragraph_rows,
}


def _descriptor(year: int, files: dict[str, bytes]) -> dict[str, Any]:
    return {
        "profile": "tabular-data-package",
        "name": f"gktools-annual-reports-{year}",
        "title": f"{year}年政府信息公开工作年度报告数据",
        "description": "各机关年度报告的数和文字，由报告导出，和各机关公布的报告一致。",
        "resources": [_resource(name.removesuffix(".csv"), name, content) for name, content in files.items()],
    }


def _resource(name: str, path: str, content: bytes) -> dict[str, Any]:
    known = resources()[name]
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": path,
        "title": known["title"],
        "description": known["description"],
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": known["schema"],
    }
