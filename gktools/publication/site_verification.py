"""Whether a published site is what its publisher signed: the envelope, and every file under it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import GktoolsError
from ..workspace.output import hash_bytes
from .releases import SITE_MANIFEST, digest_of, listing
from .signing import key_id, open_envelope, read_public
from .site import ENVELOPE, PUBLIC_KEY


@dataclass(frozen=True)
class SiteVerdict:
    """What came of verifying a site: by which key it is signed, which files are others, missing, or not listed."""

    key: str
    signed: bool
    altered: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every file is what was signed, and there is no other."""
        return self.signed and not (self.altered or self.missing or self.added)


def is_envelope(path: Path) -> bool:
    """Whether a file is the envelope of a site."""
    return path.name == ENVELOPE


def verify_site(path: Path, public_key: Path | None = None) -> SiteVerdict:
    """Verify the site an envelope stands in, with the public key beside it or one that was handed over otherwise.

    Raises GktoolsError if a file that is needed cannot be read.
    """
    site = path.resolve().parent
    try:
        public = (public_key or site / PUBLIC_KEY).read_bytes()
        key = key_id(read_public(public))
        payload = open_envelope(json.loads(path.read_bytes()), public)
    except OSError as error:
        raise GktoolsError(f"{Path(str(error.filename)).name} 读不出来：清单、签名和公钥要放在一起") from error
    except ImportError as error:
        raise GktoolsError("没有装 cryptography，核验不了签名：请 pip install 'gktools[review]'") from error
    except ValueError as error:
        raise GktoolsError(f"{path.name} 或者公钥不是完整的文件：请重新下载") from error
    if payload is None:
        return SiteVerdict(key, signed=False)
    files = json.loads(payload)["files"]
    there = listing(site)
    own = {SITE_MANIFEST: hash_bytes(payload)} | files
    return SiteVerdict(
        key,
        signed=True,
        altered=tuple(name for name, digest in own.items() if name in there and digest_of(site / name) != digest),
        missing=tuple(name for name in own if name not in there),
        added=tuple(sorted(there - set(own) - {ENVELOPE})),
    )
