"""Personal data: only a keyed hash is stored, by which a name can be recognised but not read.

The key is in a separate file (records.key, or the path in GKTOOLS_RECORDS_KEY), never in the store: whoever has only
the store or a backup cannot test names against it.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from ...errors import RecordsError, os_reason
from ...workspace.files import KeyFileError, read_key_file, write_whole
from ...workspace.records_params import RECORDS, RecordsParams, read_records_params
from ...workspace.seals import is_keyed_hash, keyed_hash
from ..schema import fold, registers
from .database import META, PERSONAL, TABLES, hash_column

KEY_FILE = "records.key"
_LENGTH = 32


@dataclass(frozen=True)
class Privacy:
    """The key of a working folder, and whether personal texts are stored too.

    A store in memory has a key of its own, given, and no folder. That of a backup is in the file that lies beside it.
    """

    home: Path
    given: Key | None = None
    decided: RecordsParams | None = None
    file: Path | None = None

    @property
    def params(self) -> RecordsParams:
        """The parameters decided, or those in params/records.yaml now. Raises ParamsError."""
        return self.decided or read_records_params(self.home / "params" / RECORDS)

    @property
    def path(self) -> Path:
        """The path of the key file."""
        named = self.file or os.environ.get("GKTOOLS_RECORDS_KEY")
        return Path(named) if named else self.home / KEY_FILE

    def key(self, connection: sa.Connection) -> Key:
        """Return the key of the store, created at first use. Call it in the write transaction.

        Raises RecordsError if the store has hashes by a key that is missing or different.
        """
        check = connection.execute(sa.select(META.c.key_check)).scalar()
        key = self.given or self._read() or (self._make() if check is None else None)
        if key is None:
            raise RecordsError(f"找不到密钥文件 {self.path.name}：{_REMEDY}")
        if check is None:
            connection.execute(META.update().values(key_check=key.check))
        elif check != key.check:
            raise RecordsError(f"密钥文件 {self.path.name} 不是这个台账库的那一把：{_REMEDY}")
        if not self.given:
            return self._require_same(key, _IN_USE.setdefault(self._place, key))
        return key

    def key_in_use(self) -> Key | None:
        """Return the key that this process has found to be the store's; None if it has not looked yet, or the file is gone.

        Raises RecordsError if the file has another one by now.
        """
        known = _IN_USE.get(self._place)
        key = self._read() if known else None
        return self._require_same(key, known) if key and known else None

    def known_key(self, connection: sa.Connection) -> Key | None:
        """Return the key of the store; None if the store has no hashes. Raises RecordsError as key does."""
        has_hashes = connection.execute(sa.select(META.c.key_check)).scalar() is not None
        return self.key(connection) if has_hashes else None

    @property
    def _place(self) -> tuple[Path, Path]:
        return self.home.absolute(), self.path.absolute()

    def _require_same(self, key: Key, known: Key) -> Key:
        if known != key:
            raise RecordsError(f"密钥文件 {self.path.name} 和刚才读到的不是同一把：被人换过。{_AGAIN}")
        return known

    def found(self, connection: sa.Connection) -> Key | None:
        """Return a key that lay in its file before the store has used any; None otherwise. Raises RecordsError."""
        unused = connection.execute(sa.select(META.c.key_check)).scalar() is None
        return self._read() if unused and not self.given else None

    def _read(self) -> Key | None:
        try:
            secret = bytes.fromhex(read_key_file(self.path).decode("ascii").strip())
        except FileNotFoundError:
            return None
        except KeyFileError as error:
            raise RecordsError(f"密钥文件 {self.path.name} {error.told}") from error
        except (OSError, ValueError) as error:
            raise RecordsError(f"密钥文件 {self.path.name} 读不出来：{_REMEDY}") from error
        if len(secret) != _LENGTH:
            raise RecordsError(f"密钥文件 {self.path.name} 不完整：{_REMEDY}")
        return Key(secret)

    def _make(self) -> Key:
        """Create a key file atomically, readable by its owner only; return the key."""
        key = Key.passing()
        try:
            write_whole(self.path, key.secret.hex() + "\n", 0o600)
        except OSError as error:
            raise RecordsError(f"密钥文件 {self.path.name} 写不进去（{os_reason(error)}）：请看目录的权限") from error
        return key


_AGAIN = "没有往下做：请查明是谁动过，放回原来的；审签服务请重新启动"
_REMEDY = "请从备份里把原来的密钥文件放回来；没有它，申请人的指纹对不上，所以不会另造一把"


@dataclass(frozen=True, repr=False)
class Key:
    """The secret key of the hashes of personal data and of the seals of what is stored."""

    secret: bytes

    def hash(self, text: str) -> str | None:
        """Return the keyed hash of a folded text, 128 bits in hex; None for an empty text."""
        folded = fold(text)
        return hmac.digest(self.secret, folded.encode("utf-8", "replace"), "sha256")[:16].hex() if folded else None

    @classmethod
    def passing(cls) -> Key:
        """Return a new key that is kept nowhere."""
        return cls(secrets.token_bytes(_LENGTH))

    def seal(self, purpose: str, data: bytes) -> str:
        """Return the keyed hash of bytes for a purpose, with the name of its algorithm."""
        return keyed_hash(self.secret, purpose, data)

    def has_sealed(self, purpose: str, data: bytes, stored: str) -> bool:
        """Return whether a stored keyed hash is that of the bytes for a purpose."""
        return is_keyed_hash(self.secret, purpose, data, stored)

    @property
    def check(self) -> str:
        """A value that distinguishes this key from others without revealing it."""
        return sha256(b"gktools.registers.key\0" + self.secret).hexdigest()[:16]


_IN_USE: dict[tuple[Path, Path], Key] = {}
"""The key of each working folder, and its file, that this process has compared with the store's: it uses no other one."""


def in_clear_note(texts: int) -> str:
    """Return the sentence about so many personal texts that are stored as they were written; "" for none."""
    return f"台账库里存着个人信息的原文 {texts} 处（{_CLEAR}" if texts else ""


def to_be_in_clear_note(texts: int) -> str:
    """Return the sentence about so many personal texts that an import will store as they are written; "" for none."""
    return f"导入以后，申请人名称等个人信息的原文 {texts} 处会存进台账库（{_CLEAR}" if texts else ""


_CLEAR = f"params/{RECORDS} 里写过 keep_personal: true）：不该存的，转给管理 gktools 的人，改成 false，下一次导入就删去"


def forget(connection: sa.Connection, params: RecordsParams) -> int:
    """Delete the stored personal texts unless params/records.yaml keeps them; return their number.

    Call it in the write transaction.
    """
    return 0 if params.keep_personal else connection.execute(PERSONAL.delete()).rowcount


@lru_cache(maxsize=2**17)
def _asked_hash(secret: bytes, text: str) -> str | None:
    """Key.hash of a text that is asked for: the reports of a run have most of their texts in common."""
    return Key(secret).hash(text)


def known_texts(connection: sa.Connection, key: Key, code: str, texts: Iterable[str]) -> set[str]:
    """Return those of the texts that occur, or ever occurred, in a personal column of an office's registers."""
    by_hash: dict[str, str] = {hashed: text for text in texts if (hashed := _asked_hash(key.secret, text))}
    found: set[str] = set()
    for register in registers().values():
        table = TABLES[register.key]
        for column in (table.c[hash_column(field)] for field in register.fields if field.personal):
            said = connection.execute(sa.select(column).where(table.c.office_code == code).distinct()).scalars()
            found.update(by_hash[hashed] for hashed in said if hashed in by_hash)
    return found
