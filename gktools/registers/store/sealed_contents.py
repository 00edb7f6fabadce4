"""What an import wrote and ended, by register, office and year, as bytes that are the same in both databases.

It wrote every column of its versions and coverage but until_import, and the places of its files; it ended the rows whose
until_import it is. So what later imports change on a row belongs to them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...workspace.seals import running_hash
from .column_order import COLUMN_ORDER
from .database import BATCH, COVERAGE, PLACES, TABLES, run

if TYPE_CHECKING:
    import hashlib

SealedGroup = tuple[int, str, str, int]
"""An import, and a register, office and year it changed."""
MARK = 8
"""The number of hexadecimal digits of what a version said that are kept, to name those that were changed."""


@dataclass
class GroupContent:
    """What one import wrote and ended in one group: the hash of its versions and places, and the rest as it is."""

    running: hashlib._Hash
    rows: int = 0
    marks: bytes = b""
    ended: list[int] = field(default_factory=list)
    coverage: list[Sequence[Any]] = field(default_factory=list)
    covers_no_more: list[int] = field(default_factory=list)

    def add_versions(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add versions in the order of their numbers."""
        *_, said, texts = zip(*rows, strict=True)
        self.rows += len(rows)
        self.running.update("\n".join([*texts, ""]).encode("utf-8", "surrogatepass"))
        self.marks += marks_of(said)

    def sealed(self, group: SealedGroup) -> bytes:
        """Return the bytes that the hash of the group covers."""
        digest = self.running.hexdigest()
        return canonical_bytes(
            [group, self.rows, hex_of(self.marks), digest, self.ended, self.coverage, self.covers_no_more]
        )


class ImportContents:
    """What imports wrote and ended, by group, as it stands in the database."""

    def __init__(self, stored: Mapping[SealedGroup, str] | None = None) -> None:
        """Start with nothing; stored has the hashes to compare with, which name their algorithms."""
        self.groups: dict[SealedGroup, GroupContent] = {}
        self.strange: list[str] = []
        self._stored = stored or {}

    def read(self, connection: sa.Connection, names: Iterable[str], scope: Scope) -> None:
        """Add what there is of registers in a scope."""
        brought: dict[int, SealedGroup] = {}
        for register in names:
            self._read_versions(connection, register, scope)
            brought |= self._read_coverage(connection, register, scope)
        self._read_places(connection, brought, scope)

    def _of(self, group: SealedGroup) -> GroupContent:
        known = self.groups.get(group)
        if known is None:
            known = self.groups[group] = GroupContent(running_hash(self._stored.get(group, "")))
        return known

    def _read_versions(self, connection: sa.Connection, register: str, scope: Scope) -> None:
        query = _versions_query(register, COLUMN_ORDER[register], connection.dialect.name, scope.shape)
        for rows in _batches(connection, query, scope):
            groups = {row[:3] for row in rows}
            for number, office, year in groups:
                if scope.number in (None, number):
                    theirs = rows if len(groups) == 1 else [row for row in rows if row[:3] == (number, office, year)]
                    self._of((number, register, office, year)).add_versions(theirs)
            for _, office, year, version, until, *_ in rows:
                if until is not None and scope.number in (None, until):
                    self._of((until, register, office, year)).ended.append(version)

    def _read_coverage(self, connection: sa.Connection, register: str, scope: Scope) -> dict[int, SealedGroup]:
        """Add the rows of coverage; return the group of each file by its number."""
        names, number = [column.name for column in _lasting(COVERAGE)], scope.number
        brought: dict[int, SealedGroup] = {}
        for until, *row in _rows(connection, _coverage_query(scope.shape), scope, register=register):
            said = dict(zip(names, row, strict=True))
            group = said["from_import"], register, said["office"], said["year"]
            if number is None or group[0] == number:
                self._of(group).coverage.append(row)
                if said["id"] == said["source"]:
                    brought[said["id"]] = group
            if until is not None and (number is None or until == number):
                self._of((until, *group[1:])).covers_no_more.append(said["id"])
        return brought

    def _read_places(self, connection: sa.Connection, brought: Mapping[int, SealedGroup], scope: Scope) -> None:
        """Add the rows of versions in later files, by the file that has them."""
        found = _rows(connection, _places_query(scope.shape), scope)
        for file, rows in groupby(found, key=itemgetter(0)):
            if file in brought:
                self._of(brought[file]).running.update(canonical_bytes(list(zip(*rows, strict=True))))
            elif scope is EVERYTHING:
                self.strange.append(f"有 {len(list(rows))} 条记录说是在第 {file} 号文件里，没有这个文件")


@dataclass(frozen=True)
class Scope:
    """What is read: everything, what concerns an office, or of that what one import wrote and ended."""

    office: str | None = None
    number: int | None = None

    @property
    def shape(self) -> tuple[bool, bool]:
        """Whether it is of one office, and of one import."""
        return self.office is not None, self.number is not None


EVERYTHING = Scope()


def _lasting(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns of versions that no later import changes."""
    return [column for column in table.columns if column.name != "until_import"]


@cache
def _versions_query(
    register: str, order: tuple[str, ...], dialect: str, shape: tuple[bool, bool]
) -> Callable[[], sa.Select[Any]]:
    """Return the query for versions: import, office, year, number, end, what it said, and all columns as one text.

    The text is made by the database, and is the same in both: a JSON list of texts without the empty ones at its end, so
    that a column that a register gets later changes nothing.
    """
    table = TABLES[register]
    names = [name for name in order if name != "until_import"]
    texts = [_as_text(table.c[name], dialect) if name in table.c else sa.null() for name in names]
    whole = sa.func.json_array(*texts) if dialect == "sqlite" else _pg_list(texts)
    columns = [table.c[name] for name in ("from_import", "office_code", "file_year", "id", "until_import", "said")]
    trim = sa.func.rtrim if dialect == "sqlite" else _PG.rtrim
    text = trim(sa.cast(whole, sa.Text), sa.literal_column("'nul,]'"))
    return partial(_query, table, table.c.office_code, [*columns, text], None, shape)


def _pg_list(texts: Sequence[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    from sqlalchemy.dialects import postgresql  # late: a store in a file needs none of it

    return sa.func.pg_catalog.array_to_json(postgresql.array(texts))


_PG = sa.func.pg_catalog
"""The functions of PostgreSQL itself, whatever somebody has added to the database under their names."""


def _as_text(column: sa.Column[Any], dialect: str) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.Text):
        return column
    return sa.cast(plain_column(column, dialect), sa.Text)


@cache
def _coverage_query(shape: tuple[bool, bool]) -> Callable[[], sa.Select[Any]]:
    columns = [COVERAGE.c.until_import, *_lasting(COVERAGE)]
    register: sa.BindParameter[str] = sa.bindparam("register")
    return partial(_query, COVERAGE, COVERAGE.c.office, columns, COVERAGE.c.register == register, shape)


def _query(
    table: sa.Table,
    office: sa.Column[Any],
    columns: Sequence[sa.ColumnElement[Any]],
    only: sa.ColumnElement[bool] | None,
    shape: tuple[bool, bool],
) -> sa.Select[Any]:
    wanted = sa.select(*columns).order_by(table.c.id)
    if only is not None:
        wanted = wanted.where(only)
    if shape[0]:
        wanted = wanted.where(office == sa.bindparam("office"))
    if shape[1]:
        number: sa.BindParameter[int] = sa.bindparam("number")
        wanted = wanted.where((table.c.from_import == number) | (table.c.until_import == number))
    return wanted


@cache
def _places_query(shape: tuple[bool, bool]) -> Callable[[], sa.Select[Any]]:
    wanted = sa.select(PLACES).order_by(PLACES.c.coverage_id, PLACES.c.version_id)
    files = sa.select(COVERAGE.c.id)
    if shape[0]:
        office: sa.BindParameter[str] = sa.bindparam("office")
        files = files.where(COVERAGE.c.office == office)
    if shape[1]:
        number: sa.BindParameter[int] = sa.bindparam("number")
        files = files.where(COVERAGE.c.from_import == number)
    wanted = wanted.where(PLACES.c.coverage_id.in_(files)) if shape[0] else wanted
    return lambda: wanted


def plain_column(column: sa.Column[Any], dialect: str) -> sa.ColumnElement[Any]:
    """Return a column as values that are the same in both databases."""
    if dialect == "postgresql" and isinstance(column.type, sa.Date):
        return _PG.to_char(column, sa.literal_column("'YYYY-MM-DD'")).label(column.name)
    if dialect == "postgresql" and isinstance(column.type, sa.Boolean):
        return sa.cast(column, sa.Integer).label(column.name)
    return column


def _rows(
    connection: sa.Connection, query: Callable[[], sa.Select[Any]], scope: Scope, **given: object
) -> Iterator[Sequence[Any]]:
    return chain.from_iterable(_batches(connection, query, scope, **given))


def _batches(
    connection: sa.Connection, query: Callable[[], sa.Select[Any]], scope: Scope, **given: object
) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield the rows of a query as the driver gives them, a few at a time."""
    parameters = given | {"office": scope.office, "number": scope.number}
    found = run(connection, query, in_batches=scope is EVERYTHING, **parameters)
    if connection.dialect.name != "sqlite":  # what SQLAlchemy has read ahead is not in the cursor
        yield from found.partitions(BATCH)
        return
    while rows := found.cursor.fetchmany(BATCH):  # spares a value of SQLAlchemy's own for each row
        yield rows
    found.close()


def marks_of(said: Iterable[object]) -> bytes:
    """Return the first bytes of what every version said."""
    joined = "".join(str(one)[:MARK].rjust(MARK, "0") for one in said)
    try:
        return bytes.fromhex(joined)
    except ValueError:  # somebody has written something else there
        return joined.encode("utf-8", "replace")


def canonical_bytes(data: object) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=repr)
    return text.encode("utf-8", "surrogatepass")


def hex_of(data: object) -> str:
    return data.hex() if isinstance(data, bytes | memoryview) else repr(data)
