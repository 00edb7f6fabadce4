"""How far the imports had come, in a file beside the key: imports cut off at the end of the chain are missed.

The file is written once an import is on disk, so it may lag behind the store but never run ahead of it.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from ...errors import RecordsError, os_reason
from ...workspace.files import read_regular, write_whole
from .database import IMPORTS
from .privacy import Key
from .sealing import SealedImport, is_sealed

HEAD_FILE = "records.head"
_PURPOSE = "gktools.imports.head"


def write_head(home: Path, key: Key, last: SealedImport) -> None:
    """Write the number and hash of the newest import, with a keyed hash of both. Raises RecordsError."""
    line = f"{last.number} {last.hash}"
    try:
        write_whole(home / HEAD_FILE, f"{line} {key.seal(_PURPOSE, line.encode())}\n", 0o600)
    except OSError as error:
        raise RecordsError(f"{HEAD_FILE} 写不进去（{os_reason(error)}）：请看目录的权限、磁盘是否已满") from error


def has_head(home: Path) -> bool:
    """Return whether imports have been sealed in a working folder."""
    return (home / HEAD_FILE).exists()


def read_head(home: Path) -> bytes | None:
    """Return what the file says, None if it is missing. Read it before the store, which others may take further."""
    try:
        return read_regular(home / HEAD_FILE, most=1000)
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def head_errors(connection: sa.Connection, key: Key, written: bytes | None) -> list[str]:
    """Return what is missing of the imports that the file knows, as Chinese sentences; written is what it says."""
    if written is None:
        imported = connection.execute(sa.select(IMPORTS.c.id).limit(1)).first()
        return [f"找不到 {HEAD_FILE}：说不清最后的导入有没有被删掉"] if imported else []
    try:
        number, hashed, sealed = written.decode("ascii").split()
        known = key.has_sealed(_PURPOSE, f"{number} {hashed}".encode(), sealed)
        last = int(number)
    except ValueError:
        known = False
    if not known:
        return [f"{HEAD_FILE} 被改动过：印记对不上"]
    row = connection.execute(sa.select(IMPORTS.c.hash, IMPORTS.c.earlier).where(IMPORTS.c.id == last)).first()
    if row is not None:
        return [] if hashed in (row.hash, *row.earlier.split(" ")) else [f"第 {last} 次导入不是当时写入的那一次"]
    return (
        [f"最后的导入不见了：原来到第 {last} 次，现在没有这一次"] if import_lost(connection, key, last, hashed) else []
    )


def import_lost(connection: sa.Connection, key: Key, number: int, hashed: str) -> bool:
    """Return whether an import that there was is gone, and no restore since, sealed with the key, has taken it away."""
    row = connection.execute(sa.select(IMPORTS).where(IMPORTS.c.id == number)).first()
    if row is not None and is_sealed(connection, key, row) and hashed in (row.hash, *row.earlier.split(" ")):
        return False
    restored = sa.select(IMPORTS).where((IMPORTS.c.kind == "restore") & (IMPORTS.c.id > number))
    return not any(is_sealed(connection, key, one) for one in connection.execute(restored).all())
