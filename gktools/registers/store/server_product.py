"""Whether a database server is PostgreSQL itself: others speak its protocol and mean something else by the same query.

In openGauss, GaussDB or KingbaseES an empty text becomes NULL, and a date has a time, depending on how the database was
created: figures would be wrong without any error. So a server is asked what it is, and then how it behaves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from ...errors import RecordsError

OLDEST = 12
"""The first PostgreSQL that knows everything our queries ask of it."""

_BEHAVES = {
    "'' IS NULL": (False, "空白的文本被当成没有填"),
    "('a' || NULL) IS NULL": (True, "没有填的也能接在文本后面"),
    "7 / 2 = 3": (True, "整数相除带小数"),
    "'a' = 'A'": (False, "大写和小写的字母被当成一样"),
    "'a' = 'a '": (False, "末尾的空格被忽略"),
    "CAST(pg_catalog.pg_typeof(CAST('2024-01-02' AS date)) AS text) = 'date'": (True, "日期带着时间"),
    "CAST(true AS text) = 'true'": (True, "“是”和“否”存成了别的样子"),
    "pg_catalog.current_setting('server_encoding') = 'UTF8'": (
        True,
        "数据库的字符集不是 UTF8，有的汉字存不进去：请用 ENCODING 'UTF8' 另建一个库",
    ),
}
"""What PostgreSQL answers to an expression, and what it means if a server answers otherwise."""

_ASKED = f"SELECT {', '.join(_BEHAVES)}"

_VERSION = re.compile(
    r"PostgreSQL (?P<number>\d+)(?:\.\d+)*(?:(?:alpha|beta|rc|devel)\d*)?"
    r"(?: \((?:Homebrew|[A-Za-z]+ (?P=number)[.~+-][^()\s]*)\))?"  # what a distribution's package adds
    r"(?: on [^,()]+)?, compiled by .+, (?:32|64)-bit"
)
"""The whole answer of version(): a product made from PostgreSQL begins alike, and says so further on."""
_PRODUCTS = re.compile(
    r"gauss|kingbase|polar|vastbase|enterprisedb|cockroach|yugabyte|greenplum|redshift|highgo|uxdb|uxsino|mogdb"
    r"|ivorysql|agens|antdb|tdsql|oceanbase|opentenbase|cloudberry|risingwave|materialize|questdb|panwei|halo",
    re.IGNORECASE,
)
_SHOWN = 100


def require_postgresql(connection: Any) -> None:
    """Return if the server of a new connection of psycopg is PostgreSQL, as we need it. Raises RecordsError."""
    import psycopg

    with connection.cursor() as cursor:
        try:
            wrong = version_error(cursor.execute("SELECT pg_catalog.version()").fetchone()[0])
            if not wrong:
                cursor.execute(
                    "SET search_path TO pg_catalog, pg_temp"
                )  # until it is rolled back: nobody else's operators
                wrong = behaviour_error(cursor.execute(_ASKED).fetchone())
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError):
            wrong = f"它答不上 PostgreSQL 都答得上的问题。{_ONLY}"
    connection.rollback()
    if wrong:
        raise RecordsError(f"没有用这个数据库，没有动它：{wrong}")


def require_may_create(connection: sa.Connection) -> None:
    """Return if the user of a connection may create tables where ours would be. Raises RecordsError."""
    schema = "pg_catalog.current_schema()"
    if not connection.exec_driver_sql(f"SELECT pg_catalog.has_schema_privilege({schema}, 'CREATE')").scalar_one():
        raise RecordsError(_MAY_NOT_CREATE)


def version_error(version: str) -> str:
    """Return why a server with this version() is not used, as a Chinese sentence; empty if it is PostgreSQL."""
    told = _VERSION.fullmatch(version.strip())
    if told is None or _PRODUCTS.search(version):
        shown = "".join(c if c.isprintable() else " " for c in version[:_SHOWN])
        return (
            f"它自称“{shown}”，不是 PostgreSQL 本身。openGauss、GaussDB、金仓等虽然连得上，同一句查询的意思却可能不同"
            f"（例如空白变成没有填），数会悄悄地错。{_ONLY}"
        )
    if int(told["number"]) < OLDEST:
        return f"PostgreSQL {told['number']} 太旧。{_ONLY}"
    return ""


def behaviour_error(answers: Sequence[Any]) -> str:
    """Return why a server that answers so to the questions of this module is not used; empty if PostgreSQL does so too."""
    found = [
        what for answer, (expected, what) in zip(answers, _BEHAVES.values(), strict=True) if answer is not expected
    ]
    if not found:
        return ""
    return f"它和 PostgreSQL 不一样：{'；'.join(found)}。多半是兼容别的数据库的产品或模式，数会悄悄地错。{_ONLY}"


_ONLY = f"台账库只用 PostgreSQL {OLDEST} 以上、不是别的产品的，或者 SQLite 文件（不设 GKTOOLS_RECORDS 就是）"


def connection_hint(said: str) -> str:
    """Return what a message of a server that could not be used means, as a Chinese phrase; empty if it is not known."""
    return next((hint for sign, hint in _MESSAGES.items() if re.search(sign, said)), "")


_MAY_NOT_CREATE = "这个用户不能在库里建表：请管数据库的人把库的主人改成它（ALTER DATABASE 库名 OWNER TO 用户）"
_MESSAGES = {
    r"authentication method \d+ not supported": "它要的登录方式 PostgreSQL 没有，多半是 openGauss 或 GaussDB，台账库不能用它",
    r"password authentication failed": "用户名或者密码不对",
    r"no password supplied": "它要密码，没有给：请写进 ~/.pgpass，或者写在地址里",
    r"no pg_hba\.conf entry": "服务器不让这台机器用这个用户连，请看它的 pg_hba.conf",
    r'FATAL: +database ".*" does not exist': "服务器上没有这个库，请先建",
    r'FATAL: +role ".*" does not exist': "服务器上没有这个用户，请先建",
    r"permission denied for schema": _MAY_NOT_CREATE,
    r"Connection refused": "那个地址和端口上没有数据库在运行",
    r"timeout expired": "那个地址没有回答，请看主机写得对不对、防火墙放不放行",
    r"resolve host|translate host name": "找不到这个主机名",
}
