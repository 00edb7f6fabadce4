"""The files of the published site, built only from the log and the files stored with it.

The same log, stored files and key give the same bytes: all dates are from the log, and params are not read.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..render.documents.data_package import package_files
from ..render.documents.document import Document, bare_document
from ..review.state import Publication
from ..workspace.output import hash_bytes
from ..workspace.report_data import read_report_data
from ..workspace.seals import present_algorithm
from .log_marks import LogMark
from .pages import render_pages
from .published_reports import PublishedReport
from .reading_pages import reading_page, reading_path
from .releases import SITE_MANIFEST, Fetch
from .signing import SigningKey

ENVELOPE, PUBLIC_KEY = "manifest.dsse.json", "public-key.pem"
SCHEMA = "gktools.site/1"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def site_files(
    listed: list[PublishedReport], mark: LogMark, get_blob: Fetch, key: SigningKey
) -> tuple[dict[str, bytes | str], Fetch]:
    """Return the files of the site by path, each as its bytes or the hash of what fetch returns, and fetch.

    Every version of every report has a permanent URL. Pages that hold a whole report are drawn again when they are
    fetched, so that memory is bounded.
    """
    files: dict[str, bytes | str] = {}
    drawn: dict[str, Callable[[], bytes]] = {}
    for one in listed:
        for version in one.versions:
            folder = f"{one.folder}/{version.version}"
            files |= {f"{folder}/{name}": sha for name, sha in version.body.files.items()}
            draw = partial(_reading_page, get_blob, one, version)
            digest = hash_bytes(draw())
            files[reading_path(one, version)], drawn[digest] = digest, draw
    pages = render_pages(listed, key.id)
    files |= {path: text.encode() for path, text in pages.items()}
    for year in {one.year: None for one in listed}:
        files[package_name(year)] = package([one for one in listed if one.year == year], year, get_blob)
    files[PUBLIC_KEY] = key.public
    manifest = _manifest(listed, mark, files, key)
    return files | {
        SITE_MANIFEST: manifest,
        ENVELOPE: key.sign(manifest),
    }, lambda sha: drawn[sha]() if sha in drawn else get_blob(sha)


def _reading_page(get_blob: Fetch, one: PublishedReport, version: Publication) -> bytes:
    return reading_page(get_blob(version.body.files["report.html"]), one, version)


def package_name(year: int) -> str:
    """Return the path, on the site, of the ZIP file of a year's reports (see package)."""
    return f"{year}/{year}.zip"


def package(listed: list[PublishedReport], year: int, get_blob: Callable[[str], bytes]) -> bytes:
    """Return a ZIP file of a year's newest versions: the signed page and data of each report, and the data package.

    Reports are read one at a time, so memory is bounded. The file contains no timestamps.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in package_files(year, (_pack(packed, one, get_blob) for one in listed)).items():
            _add(packed, name, content)
    return data.getvalue()


_PACKED = ("report.html", "report.json")


def _pack(packed: zipfile.ZipFile, one: PublishedReport, get_blob: Callable[[str], bytes]) -> Document:
    """Add the page and the data of a report to a ZIP file; return the report."""
    content = b""
    for name in _PACKED:
        content = get_blob(one.newest.body.files[name])
        _add(packed, f"reports/{one.code}{name.removeprefix('report')}", content)
    return bare_document(read_report_data(content))


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
    packed.writestr(entry, content)


def _manifest(listed: list[PublishedReport], mark: LogMark, files: Mapping[str, bytes | str], key: SigningKey) -> bytes:
    """The signed manifest: every file with its hash, every version on the site, and the mark of the log."""
    data = {
        "schema": SCHEMA,
        "algorithm": present_algorithm(),
        "key": key.id,
        "log": mark.to_json(),
        "reports": [_version_json(one, version) for one in listed for version in one.versions],
        "files": {name: one if isinstance(one, str) else hash_bytes(one) for name, one in sorted(files.items())},
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _version_json(one: PublishedReport, version: Publication) -> dict[str, Any]:
    return {
        "office": one.code,
        "year": one.year,
        "version": version.version,
        "at": version.at,
        "seal": version.seal,
        "entry": version.number,
    }
