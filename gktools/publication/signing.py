"""The district's signing key, and the DSSE envelope over the list of a site's files, by which anyone can verify it.

The key is an Ed25519 key in a separate file (site.key, or the path in GKTOOLS_SITE_KEY), readable by its owner only.
The public key is published with the site.
"""

from __future__ import annotations

import base64
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import GktoolsError, install_command, os_reason
from ..workspace.files import KeyFileError, read_key_file, whole_draft

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_FILE = "site.key"
ALGORITHM = "ed25519"
"""The algorithm of a site's key, which each signature names; one without a name is of an older gktools."""
PAYLOAD_TYPE = "application/vnd.gktools.site+json"
_BACKUP = "请从备份里放回来；真的找不回来了，运行 gktools publish --new-key --reason 怎么丢的 另造一把，并告诉大家换了"


@dataclass(frozen=True, repr=False)
class SigningKey:
    """The key that signs a site."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The public key as PEM."""
        return _pem(self.private.public_key())

    @property
    def id(self) -> str:
        """The id of the key: the SHA-256 of the public key, in hex."""
        return key_id(self.private.public_key())

    def endorse(self, other: str) -> str:
        """Return the signature of the id of the key that follows this one, in base64."""
        return base64.b64encode(self.private.sign(_endorsed(other))).decode()

    def sign(self, payload: bytes) -> bytes:
        """Return a DSSE envelope over a payload, as JSON; equal payloads give equal bytes."""
        signature = self.private.sign(signed_bytes(payload))
        envelope = {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": self.id, "algorithm": ALGORITHM, "sig": base64.b64encode(signature).decode()}],
        }
        return (json.dumps(envelope, indent=1) + "\n").encode()


def signed_bytes(payload: bytes) -> bytes:
    """Return the signed bytes: payload type and payload, each with its length (DSSE v1, PAE)."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _endorsed(other: str) -> bytes:
    return b"gktools.site.key " + other.encode()


def is_endorsed(other: str, previous: str, public: str, endorsement: str) -> bool:
    """Return whether the key with the id previous, whose public key is given as PEM, signed the id of another key."""
    from cryptography.exceptions import InvalidSignature

    try:
        key = read_public(public.encode())
        key.verify(base64.b64decode(endorsement, validate=True), _endorsed(other))
    except (ValueError, InvalidSignature):
        return False
    return key_id(key) == previous


def key_path(home: Path) -> Path:
    """Return the path of a working folder's key file."""
    named = os.environ.get("GKTOOLS_SITE_KEY")
    return Path(named) if named else home / KEY_FILE


def read_key(home: Path, known: str, file: Path | None = None) -> SigningKey | None:
    """Return the key of a working folder, or in a file; None if there is none and none has signed before.

    known is the id of the key that signed last. Raises GktoolsError if that key is missing or was replaced.
    """
    path = file or key_path(home)
    try:
        key = _load(read_key_file(path))
    except FileNotFoundError:
        if known:
            raise GktoolsError(f"找不到发布用的密钥 {path.name}：{_BACKUP}") from None
        return None
    except KeyFileError as error:
        raise GktoolsError(f"发布用的密钥 {path.name} {error.told}") from error
    except (OSError, ValueError) as error:
        raise GktoolsError(f"发布用的密钥 {path.name} 读不出来：{_BACKUP}") from error
    if known and key.id != known:
        raise GktoolsError(f"密钥 {path.name} 不是上一次发布用的那一把：{_BACKUP}")
    return key


def create_key(home: Path, *, replace: bool = False) -> SigningKey:
    """Create a key file atomically, readable by its owner only; return the key, or that of a faster process.

    replace moves an existing key aside and creates a new one. Raises GktoolsError if the file cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    data = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = key_path(home)
    try:
        with whole_draft(path, data, 0o600) as draft:
            if replace:
                _set_aside(path)
            _install(draft, path)
        return _load(read_key_file(path))
    except OSError as error:
        raise GktoolsError(f"密钥 {path.name} 写不进去（{os_reason(error)}）：请看目录的权限") from error


def _install(draft: Path, path: Path) -> None:
    """Give a key file its name, unless it exists already: two first publications must use the same key."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            draft.replace(path)


def _set_aside(path: Path) -> None:
    """Rename a key that is being replaced to the first free name."""
    if path.exists():
        number = next(n for n in range(1, 1000) if not path.with_name(f"{path.name}.old{n}").exists())
        path.rename(path.with_name(f"{path.name}.old{number}"))


def _load(data: bytes) -> SigningKey:
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise GktoolsError(f"没有装 cryptography，不能给网站签名：请运行 {install_command('review')}") from error
    try:
        private = load_pem_private_key(data, None)
    except (TypeError, UnsupportedAlgorithm) as error:  # encrypted, or of a kind that is not known
        raise ValueError("not an Ed25519 key") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return SigningKey(private)


# --- verification ---------------------------------------------------------------------------------------------


def open_envelope(envelope: Any, public: bytes) -> bytes | None:
    """Return the payload of an envelope signed by this key (PEM), else None. Raises ValueError if it is malformed."""
    from cryptography.exceptions import InvalidSignature

    key = read_public(public)
    try:
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [
            base64.b64decode(one["sig"], validate=True)
            for one in envelope["signatures"]
            if one.get("algorithm", ALGORITHM) == ALGORITHM
        ]
        typed = envelope["payloadType"] == PAYLOAD_TYPE
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no envelope") from error
    if len(signatures) > _MOST_SIGNATURES:
        raise ValueError("too many signatures")
    for signature in signatures:
        with suppress(InvalidSignature):
            key.verify(signature, signed_bytes(payload))
            return payload if typed else None
    return None


_MOST_SIGNATURES = 16


def read_public(data: bytes) -> Ed25519PublicKey:
    """Return a public key from PEM. Raises ValueError if it is not an Ed25519 key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(data)
    except UnsupportedAlgorithm as error:
        raise ValueError("not an Ed25519 key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key


def key_id(public: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key in DER, in hex; `openssl pkey -pubin -outform DER` gives the same bytes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _pem(public: Ed25519PublicKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
