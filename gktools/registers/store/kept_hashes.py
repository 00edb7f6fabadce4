"""Personal cells that say AS_STORED: the record keeps the keyed hash that it has, as nobody can write its text again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import Problem, RecordsError
from ..schema import registers
from ..sheet import AS_STORED, Sheet, is_as_stored
from .database import BATCH, PERSONAL, TABLES, hash_column, in_force
from .privacy import Privacy


@dataclass(frozen=True)
class KeptText:
    """What is stored of a personal cell: its keyed hash, and its text, "" unless params/records.yaml keeps texts."""

    hash: str
    text: str = ""


Kept = Mapping[str, Mapping[int, KeptText]]
"""What the cells that say AS_STORED keep, by field key and index in the sheet."""


def kept_texts(connection: sa.Connection, sheet: Sheet, keys: Sequence[str], privacy: Privacy) -> Kept:
    """Return what the personal cells of a sheet keep that say AS_STORED; keys are those of its records.

    A record is that of the sheet's year, else of the newest one. Raises RecordsError with every cell of which nothing is
    stored.
    """
    asked = {name: [i for i, text in enumerate(texts) if is_as_stored(text)] for name, texts in sheet.personal.items()}
    asked = {name: places for name, places in asked.items() if places}
    if not asked:
        return {}
    stored = _stored(connection, sheet, sorted({keys[i] for places in asked.values() for i in places}))
    register, table = registers()[sheet.register], TABLES[sheet.register]
    key = privacy.key(connection)
    found: dict[str, dict[int, KeptText]] = {}
    wrong: list[Problem] = []
    for name, places in asked.items():
        for i in places:
            row = stored.get(keys[i])
            hashed = row[hash_column(register[name])] if row else None
            if row is None or not hashed:
                message = f"这里写的是“{AS_STORED}”，库里却没有填过：请写出来，没有的清空"
                wrong.append(Problem(message, sheet.file, sheet.sheet, sheet.lines[i], register[name].heading))
                continue
            where = (PERSONAL.c.register == sheet.register) & (PERSONAL.c.field == name)
            text = connection.execute(
                sa.select(PERSONAL.c.text).where(where, PERSONAL.c.version_id == row[table.c.source_id.name])
            ).scalar()
            if text and key.hash(text) != hashed:
                raise RecordsError(
                    f"{sheet.file} 没有导入：另外留存的个人信息和指纹对不上。请先运行 gktools records audit"
                )
            found.setdefault(name, {})[i] = KeptText(hashed, text or "")
    if wrong:
        raise RecordsError(problems=wrong)
    return found


def _stored(connection: sa.Connection, sheet: Sheet, keys: Sequence[str]) -> dict[str, Mapping[Any, Any]]:
    """Return the version in force of each record of an office by its key, of the sheet's year where there is one."""
    found: dict[str, Mapping[Any, Any]] = {}
    for row in _versions(connection, sheet, keys):
        known = found.get(row["record_key"])
        if known is None or known["file_year"] != sheet.year:
            found[row["record_key"]] = row
    return found


def _versions(connection: sa.Connection, sheet: Sheet, keys: Sequence[str]) -> Iterator[Mapping[Any, Any]]:
    table = TABLES[sheet.register]
    for start in range(0, len(keys), BATCH):
        theirs = (table.c.office_code == sheet.code) & table.c.record_key.in_(keys[start : start + BATCH])
        wanted = table.select().where(theirs & in_force(table)).order_by(table.c.file_year)
        yield from connection.execute(wanted).mappings()
