"""The keys by which the records of two files are the same record, brought up to date when their spelling changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from ..schema import fold_number, registers
from .database import TABLES

PART, NTH = "\x1f", "\x1f#"
"""What separates the parts of a key, and what the number of a repeated key begins with."""


def update_record_keys(connection: sa.Connection) -> int:
    """Spell every stored key as fold_number spells numbers now; return the number of keys that changed.

    A key that would become that of another record of the same office, register and file year gets a number instead, so
    that no record leaves a count. Call it in a write transaction.
    """
    return sum(_update(connection, TABLES[key]) for key, register in registers().items() if register.identity)


def _update(connection: sa.Connection, table: sa.Table) -> int:
    groups: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    columns = (table.c.office_code, table.c.file_year, table.c.record_key)
    for code, year, key in connection.execute(sa.select(*columns).distinct()):
        groups[code, year].add(key)
    changed = 0
    for (code, year), keys in groups.items():
        for old, new in _respelled(keys):
            wanted = (table.c.office_code == code) & (table.c.file_year == year) & (table.c.record_key == old)
            connection.execute(table.update().where(wanted).values(record_key=new))
            changed += 1
    return changed


def _respelled(keys: Iterable[str]) -> list[tuple[str, str]]:
    """The keys whose spelling changes, with the new one, which no other of these keys has."""
    found, taken = [], set(keys)
    for old in sorted(keys):
        parts, separator, number = old.partition(NTH)
        plain = PART.join(fold_number(part) for part in parts.split(PART))
        new = f"{plain}{separator}{number}"
        if new == old:
            continue
        count = 1
        while new in taken:
            count += 1
            new = f"{plain}{NTH}{count}"
        taken.add(new)
        found.append((old, new))
    return found
