"""The audit of the imports: whether what is in the store is what they wrote and ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ...workspace import clock
from ...workspace.seals import running_hash
from ..schema import Register, registers
from .database import COVERAGE, IMPORTS, METADATA, PERSONAL, SEALS, TABLES, hash_column
from .journal import entry_since_seals, signatures_before
from .privacy import Key
from .said import said_of_row
from .sealed_contents import EVERYTHING, MARK, GroupContent, ImportContents, Scope, SealedGroup, marks_of, plain_column
from .sealing import broken_links, group_holds
from .soundness import of_another_kind, soundness_errors

_NAMED = 5
"""How many records a sentence names at most."""


def audit_imports(connection: sa.Connection, key: Key, code: str | None = None) -> list[str]:
    """Return what is not as it was imported, as Chinese sentences without personal data; empty if all is whole.

    With an office its own registers are read, and the chain of all imports.
    """
    if found := [*soundness_errors(connection, METADATA.sorted_tables), *_kind_errors(connection, code)]:
        return found  # what queries say of the rest is not to be relied on
    imports = connection.execute(sa.select(IMPORTS).order_by(IMPORTS.c.id)).all()
    stored = list(connection.execute(sa.select(SEALS)))
    groups: defaultdict[int, list[sa.Row[Any]]] = defaultdict(list)
    for row in stored:
        groups[row.import_id].append(row)
    found += _chain_errors(imports, groups, key)
    found += [f"第 {number} 次导入不见了" for number in sorted(groups.keys() - {row.id for row in imports})]
    of_office = {_group_of(row): row for row in stored if code is None or row.office == code}
    scope = EVERYTHING if code is None else Scope(code)
    contents = ImportContents({group: row.hash for group, row in of_office.items()})
    contents.read(connection, TABLES, scope)
    for group in sorted(contents.groups.keys() | of_office.keys(), key=_order):
        found += _group_errors(connection, key, group, contents.groups.get(group), of_office.get(group))
    strange = connection.execute(sa.select(COVERAGE.c.id).where(COVERAGE.c.register.not_in(TABLES))).scalars()
    found += [f"第 {number} 号文件登记在没有的登记表下" for number in strange]
    return [*found, *contents.strange, *_personal_errors(connection, key, code), *_upgrade_errors(connection)]


def _kind_errors(connection: sa.Connection, code: str | None) -> Iterator[str]:
    """Yield where a value is of another kind than its column: it may be counted otherwise and read the same as text."""
    if connection.dialect.name != "sqlite":
        return
    for register in registers().values():
        table = TABLES[register.key]
        columns = {column.name: sa.text(of_another_kind(column)) for column in table.columns}
        theirs = sa.true() if code is None else table.c.office_code == code
        if connection.execute(
            sa.select(sa.literal(1)).select_from(table).where(theirs, sa.or_(*columns.values()))
        ).first():
            for name, wrong in columns.items():
                wanted = (
                    sa.select(table.c.office_code, sa.func.count()).where(theirs, wrong).group_by(table.c.office_code)
                )
                for office, count in connection.execute(wanted):
                    heading = next((field.heading for field in register.kept if field.key == name), name)
                    yield f"{office} {register.label}：“{heading}”有 {count} 格被改动过，不是该有的类型"


def _chain_errors(
    imports: Sequence[sa.Row[Any]], groups: Mapping[int, Sequence[sa.Row[Any]]], key: Key
) -> Iterator[str]:
    for row in broken_links(imports, groups, key):
        when = clock.shown(str(row.moment))
        yield (
            f"第 {row.id} 次导入（{when}）和印记对不上：这一次的登记（时间、经手人、原因、文件、涉及的机关）被改动过，"
            "或者它前面的导入被删掉、添上、调换过"
        )


def _group_errors(
    connection: sa.Connection, key: Key, group: SealedGroup, content: GroupContent | None, stored: sa.Row[Any] | None
) -> Iterator[str]:
    """Yield what is wrong with what an import wrote and ended in one group."""
    content = content or GroupContent(running_hash(stored.hash if stored else ""))
    if stored is not None and group_holds(key, group, content, stored.hash):
        return
    number, register, office, year = group
    label = registers()[register].label if register in registers() else register
    where = f"第 {number} 次导入，{office} {year} 年 {label}"
    if stored is None:
        yield f"{where}：这次导入没有动过它，却有它写入或者结束的{_in_brackets(_names_of(connection, group))}"
        return
    said = [*_changed(connection, group, stored.marks)]
    if content.rows != stored.rows:
        said.append(f"当时写入 {stored.rows} 条，现在有 {content.rows} 条")
    yield f"{where}：被改动过。{'；'.join(said) or '改的是记录的起止、行号、所在文件，或者文件的登记，说不清是哪一条'}"


def _changed(connection: sa.Connection, group: SealedGroup, marks: bytes) -> Iterator[str]:
    """Yield which versions do not say what was imported, as far as that is known."""
    register = registers().get(group[1])
    if register is None:
        return
    width = MARK // 2
    sealed = Counter(bytes(marks[i : i + width]) for i in range(0, len(marks), width))
    names = []
    for row in _versions_of(connection, group):
        mark = marks_of([row["said"]])
        known = sealed[mark] > 0
        sealed[mark] -= known
        if not known or said_of_row(register, row) != row["said"]:
            names.append(_name(register, row))
    if names:
        yield f"不是当时写入的样子：{_listed(names)}"


def _versions_of(
    connection: sa.Connection, group: SealedGroup, *, ended: bool = False
) -> Iterator[Mapping[str, object]]:
    """Return the versions that an import wrote in a group, also those it ended where that is asked for."""
    number, register, office, year = group
    table = TABLES[register]
    theirs = (table.c.office_code == office) & (table.c.file_year == year)
    theirs &= (table.c.from_import == number) | ((table.c.until_import == number) & sa.literal(ended))
    columns = [plain_column(column, connection.dialect.name) for column in table.columns]
    raw = sa.select(*(sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in columns))
    for row in connection.execute(raw.where(theirs).order_by(table.c.id)).mappings():
        yield dict(row)


def _names_of(connection: sa.Connection, group: SealedGroup) -> list[str]:
    register = registers().get(group[1])
    return [_name(register, row) for row in _versions_of(connection, group, ended=True)] if register else []


def _name(register: Register, row: Mapping[str, object]) -> str:
    """Return the name of a record for staff: its number, or its row in the file."""
    open_fields = (field for field in register.identity if not register[field].personal)
    return " ".join(str(row[key]) for key in open_fields if row[key]) or f"第 {row['file_row']} 行"


def _listed(names: Sequence[str]) -> str:
    more = f" 等 {len(names)} 条" if len(names) > _NAMED else ""
    return "、".join(names[:_NAMED]) + more


def _in_brackets(names: Sequence[str]) -> str:
    return f"（{_listed(names)}）" if names else ""


def _personal_errors(connection: sa.Connection, key: Key, code: str | None) -> Iterator[str]:
    """Yield the records whose kept personal texts are not those of their keyed hashes."""
    wrong: Counter[tuple[str, str]] = Counter()
    for register in registers().values():
        table = TABLES[register.key]
        for column in (hash_column(personal) for personal in register.fields if personal.personal):
            name = column.removesuffix("_hash")
            theirs = (PERSONAL.c.register == register.key) & (PERSONAL.c.field == name)
            wanted = sa.select(table.c.office_code, table.c[column], PERSONAL.c.text).join_from(
                PERSONAL, table, theirs & (table.c.id == PERSONAL.c.version_id)
            )
            for office, hashed, text in connection.execute(wanted.where(theirs)):
                if key.hash(text) != hashed and code in (None, office):
                    wrong[office, register.label] += 1
    for (office, label), count in wrong.items():
        yield f"{office} {label}：另外留存的个人信息有 {count} 处和登记的指纹对不上"


def sealed_afterwards(connection: sa.Connection, *, signed: bool) -> list[str]:
    """Return which imports were sealed only at a later time, as Chinese sentences, with what had been signed by then.

    With signed, only those of before something was signed.
    """
    found = []
    for at, first, last in _upgrades(connection):
        count = signatures_before(connection, at)
        what = (
            f"第 {first}–{last} 次导入是 {clock.shown(at)} 升级时照当时的样子封存的；那以前有没有人改动过，印记看不出来"
        )
        more = f"。那以前已经签过 {count} 次字：签的时候的台账是不是这样，要和那时的备份对" if count else ""
        found += [what + more] if count or not signed else []
    return found


def _upgrade_errors(connection: sa.Connection) -> Iterator[str]:
    """Yield which imports were sealed afterwards although a gktools that seals had been at work: seals were taken off."""
    for at, first, last in _upgrades(connection):
        restored = (IMPORTS.c.kind == "restore") & (IMPORTS.c.moment == at) & (IMPORTS.c.sealed_at == "")
        known = entry_since_seals(connection, before=at)
        if known and not connection.execute(sa.select(IMPORTS.c.id).where(restored)).first():
            yield (
                f"第 {first}–{last} 次导入是 {clock.shown(at)} 才封存的，可是审签记录里早有封存以后才会有的（第 {known} 条）："
                "台账库的印记被人去掉，又照改过的样子重新封存了。请从那以前的备份恢复"
            )


def _upgrades(connection: sa.Connection) -> list[tuple[str, int, int]]:
    """Return when imports were sealed afterwards, with the numbers of the first and the last of them."""
    wanted = sa.select(IMPORTS.c.sealed_at, sa.func.min(IMPORTS.c.id), sa.func.max(IMPORTS.c.id))
    found = connection.execute(wanted.where(IMPORTS.c.sealed_at != "").group_by(IMPORTS.c.sealed_at))
    return [(at, first, last) for at, first, last in found]


def _group_of(row: sa.Row[Any]) -> SealedGroup:
    return row.import_id, row.register, row.office, row.year


def _order(group: SealedGroup) -> tuple[str, ...]:
    return tuple(map(str, group))
