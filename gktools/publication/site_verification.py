"""The verification of a published site: the signature of its envelope, and the hash of every file."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import GktoolsError, install_command
from ..workspace.files import read_regular
from ..workspace.json_file import parse_json, read_json
from ..workspace.seals import file_hash, known_algorithm
from .log_marks import LogMark, mark_in
from .releases import CURRENT, SITE_MANIFEST, file_digest, list_files
from .signing import key_id, open_envelope, read_public
from .site import ENVELOPE, PUBLIC_KEY, SCHEMA


@dataclass(frozen=True)
class SiteCheck:
    """The result of verifying a site: the key, whether the signature is valid, and altered, missing and added files."""

    key: str
    signed: bool
    altered: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether the site is signed and contains exactly the signed files."""
        return self.signed and not (self.altered or self.missing or self.added)


def is_envelope(path: Path) -> bool:
    """Return whether a path is the envelope of a site."""
    return path.name == ENVELOPE


def verify_site(path: Path, public_key: Path | None = None) -> SiteCheck:
    """Return the result of verifying the site of an envelope, with the site's public key or another one.

    Raises GktoolsError if a required file cannot be read.
    """
    site = Path(os.path.realpath(path)).parent  # resolve() is an error for a link that leads to itself
    try:
        public = read_regular(public_key or site / PUBLIC_KEY, most=1_000_000)
        key = key_id(read_public(public))
        payload = open_envelope(read_json(path), public)
        files = {} if payload is None else _files(payload)
    except OSError as error:
        name = Path(str(error.filename or path)).name
        raise GktoolsError(f"{name} 读不出来，或者不是普通的文件：清单、签名和公钥要放在一起") from error
    except ImportError as error:
        raise GktoolsError(f"没有装 cryptography，核验不了签名：请运行 {install_command('review')}") from error
    except ValueError as error:
        raise GktoolsError(f"{path.name} 或者公钥不是完整的文件：请重新下载") from error
    if payload is None:
        return SiteCheck(key, signed=False)
    there = list_files(site)
    own = files | {SITE_MANIFEST: file_hash(payload)}
    return SiteCheck(
        key,
        signed=True,
        altered=tuple(
            name for name, digest in own.items() if name in there and file_digest(site / name, digest) != digest
        ),
        missing=tuple(name for name in own if name not in there),
        added=tuple(sorted(there - set(own) - {ENVELOPE})),
    )


# --- the manifest of our own site ---------------------------------------------------------------------------


@dataclass(frozen=True)
class SiteVersion:
    """A version of a report in the manifest of a site."""

    code: str
    year: int
    version: int
    seal: str


@dataclass(frozen=True)
class SignedManifest:
    """What the signed manifest of a site says: the versions on it, and the mark of the log (None of an older gktools)."""

    versions: tuple[SiteVersion, ...]
    mark: LogMark | None


def read_signed(folder: Path, keys: Collection[str]) -> SignedManifest | None:
    """Return what the envelope of the site in a folder says, signed by a key with one of these ids; None without a site.

    The manifest beside the envelope is not signed and is not read. Raises GktoolsError if there is no such envelope.
    """
    current = folder / CURRENT
    if not os.path.lexists(current):
        return None
    where = f"{folder.name}/{CURRENT}"
    try:
        public = read_regular(current / PUBLIC_KEY, most=1_000_000)
        payload = open_envelope(read_json(current / ENVELOPE), public)
        if payload is not None and key_id(read_public(public)) in keys:
            manifest = parse_json(payload)
            if manifest["schema"] == SCHEMA:
                return SignedManifest(tuple(map(_version, manifest["reports"])), mark_in(manifest))
    except ImportError as error:
        raise GktoolsError(f"没有装 cryptography，核验不了签名：请运行 {install_command('review')}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise GktoolsError(
        f"{where} 不是 gktools 写的网站，或者它带签名的清单（{ENVELOPE}）不见了、读不出来、不是这里的密钥签的，没有动它："
        f"请换一个 --out；是自己的网站的，先运行 gktools review verify --known {where}/{ENVELOPE}，看审签记录是不是公布时的那一份、"
        "查清是谁动过；没有不对的，才把它移走，再发布一次，会照审签记录写"
    )


def _version(report: Any) -> SiteVersion:
    code, year, version, seal = (report[name] for name in ("office", "year", "version", "seal"))
    if isinstance(code, str) and isinstance(year, int) and isinstance(version, int) and isinstance(seal, str):
        return SiteVersion(code, year, version, seal)
    raise TypeError("no version of a report")


def _files(payload: bytes) -> dict[str, str]:
    """Return the files of a manifest of a site with their hashes. Raises ValueError if it is none."""
    manifest = parse_json(payload)
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise ValueError("no manifest of a site")
    known_algorithm(manifest.get("algorithm", "sha256"))
    return files
