"""Reports in an object store: readers always find a complete report, the new one or the one before.

    <address>/<year>/<office code>/manifest.json          the current report: the names and hashes of its files
    <address>/<year>/<office code>/<edition>/report.html …  the files, <edition> being the manifest's own hash

An object store replaces one object at a time, never a folder. So the files of a new edition are written beside the
old ones, then the manifest that names them, and then the old edition is removed. Storing the same report twice
writes the same objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from ..errors import GktoolsError, install_command
from ..workspace.output import MANIFEST, Manifest
from ..workspace.seals import file_hashes

_EDITION = 16
"""Digits of a manifest's hash that name an edition."""


class ObjectStore:
    """The reports under one address; see open_objects."""

    def __init__(self, files: Any, root: str, name: str) -> None:
        self._files, self._root, self._name = files, root.rstrip("/"), name

    def put(self, files: Mapping[str, bytes], code: str, year: int) -> None:
        """Store the files of a finished report, replacing an earlier one. Raises GktoolsError if the store fails."""
        place = f"{self._root}/{year}/{code}"
        manifest = files[MANIFEST]
        with self._translate_errors():
            before = self._read(f"{place}/{MANIFEST}")
            self._files.pipe(
                {f"{place}/{_edition(manifest)}/{name}": data for name, data in files.items() if name != MANIFEST}
            )
            self._files.pipe_file(f"{place}/{MANIFEST}", manifest)
        if before is not None and _edition(before) != _edition(manifest):
            with suppress(Exception):  # no manifest names it any more
                self._files.rm(f"{place}/{_edition(before)}", recursive=True)

    def reports(self, year: int) -> dict[str, Manifest]:
        """Return the manifests of a year's complete reports, by office. Raises GktoolsError if the store fails."""
        with self._translate_errors():
            self._files.invalidate_cache()
            found = set(self._files.find(f"{self._root}/{year}"))
            places = [path for path in found if path.endswith(f"/{MANIFEST}")]
            texts = self._files.cat(places) if places else {}
        complete = {}
        for path, text in texts.items():
            place = path.removesuffix(f"/{MANIFEST}")
            with suppress(ValueError, KeyError, TypeError):
                manifest = Manifest.from_json(text)
                if all(f"{place}/{_edition(text)}/{name}" in found for name in manifest.outputs):
                    complete[place.rpartition("/")[2]] = manifest
        return complete

    def fetch(self, code: str, year: int) -> dict[str, bytes]:
        """Return the files of a report by name, with its manifest; empty if there is no report.

        Raises GktoolsError if the store fails or a file differs from its hash in the manifest.
        """
        place = f"{self._root}/{year}/{code}"
        with self._translate_errors():
            manifest = self._read(f"{place}/{MANIFEST}")
            if manifest is None:
                return {}
            hashes = Manifest.from_json(manifest).outputs
            files = {name: self._files.cat_file(f"{place}/{_edition(manifest)}/{name}") for name in hashes}
        if wrong := [name for name, data in files.items() if hashes[name] not in file_hashes(data)]:
            raise GktoolsError(
                f"{self._name}/{year}/{code} 里的 {'、'.join(wrong)} 被改动过，请用 --force 重做这份报告"
            )
        return files | {MANIFEST: manifest}

    def _read(self, path: str) -> bytes | None:
        try:
            return bytes(self._files.cat_file(path))
        except FileNotFoundError:
            return None

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Raise any error of the block as GktoolsError in Chinese, without keys or the store's answer."""
        try:
            yield
        except Exception as error:
            cause = type(error).__name__
            if isinstance(error, FileNotFoundError):
                why = "没有这个桶：请看 --out 写得对不对，或先建桶"
            elif isinstance(error, PermissionError) or "Credential" in cause:
                why = "没有凭证或没有权限：请在做报告的每台机器上设好 AWS_ACCESS_KEY_ID 等凭证"
            else:
                why = f"连不上或写不进去（{cause}）：请看网络、AWS_ENDPOINT_URL 和存储服务是否正常，再运行一次"
            raise GktoolsError(f"对象存储 {self._name} {why}") from error


@lru_cache
def open_objects(address: str) -> ObjectStore:
    """Return the store at an address such as s3://bucket/folder. Raises GktoolsError for an address that is not one."""
    parts = urlsplit(address)
    if not parts.scheme or not parts.netloc:
        raise GktoolsError(f"--out 要写对象存储的地址，如 s3://桶/目录，不能是“{address}”；写到文件夹的不用 --out")
    if any(mark in address for mark in _PATTERNS):
        raise GktoolsError(f"--out 的地址里不能有 {' '.join(_PATTERNS)}：对象存储会把它们当作通配符，删改别的目录")
    try:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(address, skip_instance_cache=True)  # open_objects caches it
    except (ImportError, ValueError):  # no driver for that kind of store, or the kind is unknown
        raise GktoolsError(f"没有装写 {parts.scheme}:// 的部件：请先运行 {install_command('cluster')}") from None
    return ObjectStore(files, root, f"{parts.scheme}://{parts.hostname}{parts.path}".rstrip("/"))


_PATTERNS = ("*", "?", "[", "]", "#", "::")
"""What fsspec takes for a pattern, an option or a chain of addresses: a removal would reach into other folders."""


def _edition(manifest: bytes) -> str:
    return sha256(manifest).hexdigest()[:_EDITION]
