"""The address of the store: a file of SQLite, by default the one in the working folder, or a database of PostgreSQL.

An address is built from its parts, never pasted together: a folder may have any name. One that names no lasting place,
or has options we do not know, is refused: what it would do is not what its writer means.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

import sqlalchemy as sa

from ...errors import RecordsError
from .database import NAME

VARIABLE = "GKTOOLS_RECORDS"
"""The environment variable with the address of the store."""
_SQLITE = ("sqlite", "sqlite+pysqlite")
_DRIVER = "postgresql+psycopg"
_OPTIONS = (
    *("application_name", "channel_binding", "client_encoding", "connect_timeout", "gssencmode", "host"),
    *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "options", "passfile"),
    *("port", "require_auth", "sslcert", "sslcrl", "sslkey", "sslmode", "sslrootcert", "target_session_attrs"),
    *("tcp_user_timeout",),
)
"""The options of a PostgreSQL address: those of libpq that say how to connect, not as whom or to what."""


def store_address(home: Path, address: str = "") -> sa.URL:
    """Return the address of a working folder's store: the given one, that in the environment, or records.db in it.

    A relative file is one in the working folder. Raises RecordsError, without the address, which may hold a password,
    if it cannot be used.
    """
    written = address or os.environ.get(VARIABLE, "")
    if not written:
        return _file(home / NAME)
    kind, _, place = written.partition("://")
    if kind in _SQLITE:
        return _file(home / _sqlite_path(place))
    try:
        url = sa.make_url(written)
    except (sa.exc.ArgumentError, ValueError):
        raise RecordsError(_UNUSABLE) from None
    if url.drivername not in ("postgresql", _DRIVER):
        raise RecordsError(_UNUSABLE)
    if unknown := sorted(set(url.query) - set(_OPTIONS)):
        raise RecordsError(
            f"{VARIABLE} 里的数据库地址有不认识的选项：{'、'.join(unknown)}；可以写的有 {'、'.join(_OPTIONS)}"
        )
    return url.set(drivername=_DRIVER)


_UNUSABLE = f"{VARIABLE}（或 --database）里的数据库地址不能用：PostgreSQL 的应像 {_DRIVER}://用户@主机/库名，SQLite 的应像 sqlite:////目录/records.db"


def _file(path: Path) -> sa.URL:
    return sa.URL.create("sqlite", database=str(path.absolute()))


def _sqlite_path(place: str) -> str:
    """Return the path in an address after sqlite://, where %20 and the like are single bytes."""
    named, _, options = place.partition("?")
    path = os.fsdecode(unquote_to_bytes(os.fsencode(named.removeprefix("/"))))
    if options:
        names = "、".join(part.partition("=")[0] for part in options.split("&"))
        raise RecordsError(
            f"{VARIABLE} 里的 SQLite 地址只写文件，不能带选项（写了 {names}）；文件名里有问号的，问号写成 %3F"
        )
    if not named.startswith("/") or path in ("", ":memory:") or path.startswith("file:") or "\0" in path:
        raise RecordsError(
            f"{VARIABLE} 里的 SQLite 地址没有写明一个文件，导入的台账留不下来；应像 sqlite:////目录/records.db，"
            "或者不设它，台账就在工作目录的 records.db 里"
        )
    return path
