"""The store that keeps the registers: SQLite beside the parameters, or PostgreSQL by its URL.

Every import stays, with its file, sheet, hash and time; a later import of the same register, office and year
takes its place. Of a record that several years' files hold, the one from the latest year counts.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from ..errors import RecordsError
from .schema import Field, Register, registers
from .sheet import Sheet

VERSION = 1
NAME = "records.db"
_METADATA = sa.MetaData()

_IMPORTS = sa.Table(
    "imports",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("register", sa.Text, nullable=False),
    sa.Column("office", sa.Text, nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("sheet", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("imported_at", sa.Text, nullable=False),
    sa.Column("superseded_by", sa.Integer),
    sa.Index("imports_of_office", "office", "register", "year"),
)
_META = sa.Table("meta", _METADATA, sa.Column("version", sa.Integer, nullable=False))


def _column(field: Field) -> sa.Column[Any]:
    kinds: dict[str, Any] = {"date": sa.Date, "count": sa.BigInteger, "yuan": sa.BigInteger, "yes_no": sa.Boolean}
    return sa.Column(field.key, kinds.get(field.type, sa.Text))


_TABLES = {
    register.key: sa.Table(
        f"register_{register.key}",
        _METADATA,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("import_id", sa.Integer, sa.ForeignKey("imports.id"), nullable=False),
        sa.Column("office_code", sa.Text, nullable=False),
        sa.Column("file_row", sa.Integer, nullable=False),
        *(_column(field) for field in register.kept),
        sa.Index(f"register_{register.key}_of_office", "office_code"),
    )
    for register in registers().values()
}


@dataclass(frozen=True)
class Coverage:
    """One import: that a register of an office and year was handed in, as which file, with how many rows."""

    register: str
    office: str
    year: int
    file: str
    sheet: str
    sha256: str
    rows: int
    imported_at: str = ""
    id: int = 0


@dataclass(frozen=True, eq=False)
class Records:
    """What the registers of one office hold, looked at for one report year.

    frames has a DataFrame for every register: its pulled fields, and record (number in the store), import_id,
    file_row, coverage_year. coverage lists the imports behind them, of all years.
    """

    office: str
    year: int
    frames: Mapping[str, pd.DataFrame]
    coverage: tuple[Coverage, ...]

    def __getitem__(self, register: str) -> pd.DataFrame:
        """The records of a register; of a yearly one only those of this year."""
        frame = self.frames[register]
        return frame[frame["coverage_year"] == self.year] if registers()[register].yearly else frame

    def at(self, year: int) -> Records:
        """The same registers looked at for another report year."""
        return Records(self.office, year, self.frames, self.coverage)

    def covers(self, register: str) -> bool:
        """Whether the register of this year was handed in (an empty one only with 本年无记录 ticked)."""
        return any(known.register == register and known.year == self.year for known in self.coverage)

    def places(self, register: str) -> dict[int, str]:
        """File, sheet and row of each record of a register, by its number in the store."""
        files = {
            known.id: f"{known.year} 年度 {known.file}" + (f"“{known.sheet}”" if known.sheet else "")
            for known in self.coverage
        }
        frame = self.frames[register]
        return {
            int(record): f"{files[import_id]}第{row}行"
            for record, import_id, row in zip(frame["record"], frame["import_id"], frame["file_row"], strict=True)
        }

    def proof(self) -> list[dict[str, Any]]:
        """Every register handed in for the year: its name, how many records were looked at, and their hash."""
        return [
            {"name": key, "rows": len(self[key]), "sha256": _digest(self[key], registers()[key])}
            for key in registers()
            if self.covers(key)
        ]

    def digest(self) -> str:
        """A hash of everything the reports of this office can be counted from."""
        frames = (f"{key} {_digest(self.frames[key], register, years=True)}" for key, register in registers().items())
        covered = sorted(f"{known.register} {known.year}" for known in self.coverage)
        return sha256("\n".join([*frames, *covered]).encode()).hexdigest()


class Store:
    """The records of every office. Open it with open_store."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, sheets: Iterable[Sheet], now: datetime | None = None) -> list[tuple[Sheet, int | None]]:
        """Keep the sheets, all or none; return each with the number of rows it replaced, None if nothing changed."""
        moment = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        with self._begin() as connection:
            return [(sheet, _keep(connection, sheet, moment)) for sheet in sheets]

    def coverage(self, office: str | None = None) -> tuple[Coverage, ...]:
        """Return every import in force, of one office or of all."""
        wanted = sa.select(_IMPORTS).where(_IMPORTS.c.superseded_by.is_(None)).order_by(_IMPORTS.c.id)
        if office is not None:
            wanted = wanted.where(_IMPORTS.c.office == office)
        with self._connect() as connection:
            return tuple(_coverage(row) for row in connection.execute(wanted).mappings())

    def pull(self, office: str, year: int) -> Records:
        """Return the records of one office for a report year; no personal or confidential field among them."""
        with self._connect() as connection:
            wanted = _IMPORTS.c.superseded_by.is_(None) & (_IMPORTS.c.office == office)
            rows = connection.execute(sa.select(_IMPORTS).where(wanted).order_by(_IMPORTS.c.id)).mappings()
            coverage = tuple(_coverage(row) for row in rows)
            frames = {key: _pull(connection, register, office) for key, register in registers().items()}
        return Records(office, year, frames, coverage)

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with _told(self._engine), self._engine.begin() as connection:
            _wait_for_turn(connection)
            yield connection

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        with _told(self._engine), self._engine.connect() as connection:
            yield connection


def open_store(home: Path, url: str | None = None) -> Store:
    """Open the store of a working folder: the URL given, that in GKTOOLS_RECORDS, or records.db in the folder.

    Makes it if there is none. Raises RecordsError if it cannot be reached, or was made by a newer gktools.
    """
    address = url or os.environ.get("GKTOOLS_RECORDS") or f"sqlite:///{home / NAME}"
    try:
        parsed = sa.make_url(address)
        engine = sa.create_engine(parsed)
    except ImportError:
        raise RecordsError("没有装连这种数据库的驱动；用 PostgreSQL 的，请先 pip install 'gktools[postgres]'") from None
    except (sa.exc.ArgumentError, ValueError):  # not an address; no such database
        raise RecordsError("GKTOOLS_RECORDS 里的数据库地址不能用，应像 postgresql+psycopg://用户@主机/库名") from None
    if parsed.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    try:
        with _told(engine):
            version = _version(engine) or _make(engine)
        if version > VERSION:
            raise RecordsError(
                f"台账库是更新的 gktools 建的（第 {version} 版，这里只认到第 {VERSION} 版），请先升级 gktools"
            )
    except RecordsError:
        engine.dispose()
        raise
    return Store(engine)


def _version(engine: sa.Engine) -> int | None:
    """The version a store was made by; None if nothing has been made yet."""
    with engine.connect() as connection:
        made = sa.inspect(connection).has_table(_META.name)
        return connection.execute(sa.select(_META.c.version)).scalar() if made else None


def _make(engine: sa.Engine) -> int:
    """Make the tables, unless somebody else has just done so; return the version they are of."""
    with engine.begin() as connection:
        _wait_for_turn(connection)
        _METADATA.create_all(connection)
        version = connection.execute(sa.select(_META.c.version)).scalar()
        if version is None:
            connection.execute(_META.insert().values(version=VERSION))
        return version or VERSION


def _wait_for_turn(connection: sa.Connection) -> None:
    """Let nobody else write until the transaction ends: what is in force is read before it is replaced."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))


_TURN = 20190515
"""The number all writers of a store wait on: the day the 条例 came into force."""


@contextmanager
def _told(engine: sa.Engine) -> Iterator[None]:
    """Say in Chinese that the store failed; never its address, which may hold a password."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        name = Path(engine.url.database or "").name if engine.url.get_backend_name() == "sqlite" else "数据库"
        cause = type(getattr(error, "orig", error)).__name__
        raise RecordsError(
            f"台账库（{name}）打不开或写不进去（{cause}）：请看磁盘是否已满、文件是否只读、数据库是否在运行"
        ) from error


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA busy_timeout=30000")  # first: the others may have to wait too
    connection.execute("PRAGMA foreign_keys=ON")
    with suppress(sqlite3.OperationalError):  # another is at it this moment: it holds for all, and for good
        connection.execute("PRAGMA journal_mode=WAL")


def _keep(connection: sa.Connection, sheet: Sheet, moment: str) -> int | None:
    same = (
        (_IMPORTS.c.register == sheet.register)
        & (_IMPORTS.c.office == sheet.office)
        & (_IMPORTS.c.year == sheet.year)
        & _IMPORTS.c.superseded_by.is_(None)
    )
    earlier = connection.execute(sa.select(_IMPORTS).where(same)).mappings().first()
    if earlier is not None and earlier["sha256"] == sheet.sha256:
        return None
    values = {
        "register": sheet.register,
        "office": sheet.office,
        "year": sheet.year,
        "file": sheet.file,
        "sheet": sheet.sheet,
        "sha256": sheet.sha256,
        "rows": len(sheet.lines),
        "imported_at": moment,
    }
    number = connection.execute(_IMPORTS.insert().values(values).returning(_IMPORTS.c.id)).scalar_one()
    if earlier is not None:
        connection.execute(_IMPORTS.update().where(_IMPORTS.c.id == earlier["id"]).values(superseded_by=number))
    kept = [field.key for field in registers()[sheet.register].kept]
    rows = [
        {"import_id": number, "office_code": sheet.office, "file_row": row} | {key: record.get(key) for key in kept}
        for row, record in sheet.records
    ]
    if rows:
        connection.execute(_TABLES[sheet.register].insert(), rows)
    return earlier["rows"] if earlier is not None else 0


def _coverage(row: sa.RowMapping) -> Coverage:
    names = ("register", "office", "year", "file", "sheet", "sha256", "rows", "imported_at", "id")
    return Coverage(**{name: row[name] for name in names})


def _pull(connection: sa.Connection, register: Register, office: str) -> pd.DataFrame:
    table = _TABLES[register.key]
    fields = [table.c[field.key] for field in register.pulled]
    wanted = (
        sa.select(
            table.c.id.label("record"),
            table.c.import_id,
            table.c.file_row,
            _IMPORTS.c.year.label("coverage_year"),
            *fields,
        )
        .join(_IMPORTS, table.c.import_id == _IMPORTS.c.id)
        .where((table.c.office_code == office) & _IMPORTS.c.superseded_by.is_(None))
        .order_by(_IMPORTS.c.year, table.c.import_id, table.c.id)
    )
    result = connection.execute(wanted)
    names, rows = list(result.keys()), result.fetchall()
    kinds = {field.key: field.type for field in register.pulled}
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    frame = pd.DataFrame({n: _typed(c, kinds.get(n, "whole")) for n, c in zip(names, columns, strict=True)})
    return _latest(frame, register).reset_index(drop=True)


def _latest(frame: pd.DataFrame, register: Register) -> pd.DataFrame:
    """The frame with each record once, in its version of the latest file year.

    Records without an identity are the same where all they say is the same: a ledger kept for years and handed
    in each year stands there once, two like lines of one file twice.
    """
    if register.yearly:
        return frame
    if register.identity:
        return frame.drop_duplicates(list(register.identity), keep="last")
    said = [field.key for field in register.pulled]
    nth = frame.groupby([*said, "import_id"], dropna=False).cumcount()
    return frame[~frame[said].assign(nth=nth).duplicated(keep="last")]


def _typed(values: Sequence[Any], kind: str) -> Any:
    """A column with dates as datetimes, whole numbers and yes or no with their own missing value, text as text."""
    if kind == "whole":
        return np.array(values, dtype="int64")
    if kind == "date":
        return pd.DatetimeIndex(values, dtype="datetime64[s]")
    if kind in ("count", "yuan"):
        return pd.array(list(values), dtype="Int64")
    if kind == "yes_no":
        return pd.array([None if value is None else bool(value) for value in values], dtype="boolean")
    return pd.Series(["" if value is None else value for value in values], dtype=object)


def _digest(frame: pd.DataFrame, register: Register, *, years: bool = False) -> str:
    columns = [field.key for field in register.pulled] + (["coverage_year", "file_row"] if years else [])
    text = frame[columns].to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    return sha256(text.encode("utf-8", "replace")).hexdigest()
