"""The published site as files, made of what the log says was published and of nothing else.

The same log, kept files and key give the same bytes: dates are those of the log, nothing looks at a clock or at params.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from ..render.documents.data_package import package_files
from ..render.documents.document import Document, bare_document
from ..render.documents.formats import FORMATS, site_names
from ..review.state import Publication, ReviewState
from ..workspace.output import hash_bytes
from ..workspace.report_data import read_report_data
from .issues import Issue
from .pages import render
from .releases import SCHEMA, SITE_MANIFEST
from .signing import SigningKey

ENVELOPE, PUBLIC_KEY = "manifest.dsse.json", "public-key.pem"
PUBLIC = site_names(FORMATS.values())
"""The signed files that are published, each with its name on the site."""
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def is_public(now: ReviewState) -> bool:
    """Whether the files that readers get, as they stand, are those of the newest public version."""
    if now.seal is None or not now.versions:
        return False
    files = {PUBLIC[name]: digest for name, digest in now.seal.files.items() if name in PUBLIC}
    return files == dict(now.versions[-1].body.files)


def site_files(listed: list[Issue], kept: Callable[[str], bytes], key: SigningKey) -> dict[str, bytes | str]:
    """Return every file of the site: its bytes, or the SHA-256 of a published file that kept gives.

    Every version of every report stays reachable under its own address, for ever.
    """
    files: dict[str, bytes | str] = {}
    for one in listed:
        for version in one.versions:
            files |= {f"{one.folder}/{version.version}/{name}": sha for name, sha in version.body.files.items()}
    pages = render(listed, key.id)
    files |= {path: text.encode() for path, text in pages.items()}
    for year in {one.year: None for one in listed}:
        files[package_name(year)] = package([one for one in listed if one.year == year], year, kept)
    files[PUBLIC_KEY] = key.public
    manifest = _manifest(listed, files, key)
    return files | {SITE_MANIFEST: manifest, ENVELOPE: key.sign(manifest)}


def package_name(year: int) -> str:
    """Return where the package of a year stands on the site."""
    return f"{year}/{year}.zip"


def package(listed: list[Issue], year: int, kept: Callable[[str], bytes]) -> bytes:
    """Return the newest versions of a year as one ZIP file: each page and its data as signed, and the data package.

    The reports are read one after the other, and none is kept. There is no clock in the file.
    """
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in package_files(year, (_pack(packed, one, kept) for one in listed)).items():
            _add(packed, name, content)
    return data.getvalue()


_PACKED = ("report.html", "report.json")


def _pack(packed: zipfile.ZipFile, one: Issue, kept: Callable[[str], bytes]) -> Document:
    """Add the page and the data of a report to a ZIP file; return the report."""
    content = b""
    for name in _PACKED:
        content = kept(one.newest.body.files[name])
        _add(packed, f"reports/{one.code}{name.removeprefix('report')}", content)
    return bare_document(read_report_data(content))


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
    packed.writestr(entry, content)


def _manifest(listed: list[Issue], files: Mapping[str, bytes | str], key: SigningKey) -> bytes:
    """What the envelope signs: every file with its hash, and the publications that the site tells of."""
    data = {
        "schema": SCHEMA,
        "key": key.id,
        "reports": [_told(one, version) for one in listed for version in one.versions],
        "files": {name: one if isinstance(one, str) else hash_bytes(one) for name, one in sorted(files.items())},
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _told(one: Issue, version: Publication) -> dict[str, Any]:
    return {
        "office": one.code,
        "year": one.year,
        "version": version.version,
        "at": version.at,
        "seal": version.seal,
        "entry": version.number,
    }
