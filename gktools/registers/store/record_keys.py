"""Record keys, by which records of two files are recognised as the same, and their update when the spelling changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from ..schema import fold_number, registers
from .database import TABLES

PART, NTH = "\x1f", "\x1f#"
"""The separator of a key's parts, and the prefix of the number of a repeated key."""


def update_record_keys(connection: sa.Connection) -> int:
    """Rewrite every stored key in the current spelling of fold_number; return the number of keys changed.

    A key that would equal that of another record of the same office, register and file year gets a number, so that no
    record is lost. Call it in a write transaction.
    """
    changed = list(_changes(connection))
    for table, code, year, old, new in changed:
        wanted = (table.c.office_code == code) & (table.c.file_year == year) & (table.c.record_key == old)
        connection.execute(table.update().where(wanted).values(record_key=new))
    return len(changed)


def keys_to_update(connection: sa.Connection) -> bool:
    """Return whether any stored key has another spelling than that of now."""
    return any(True for _ in _changes(connection))


def _changes(connection: sa.Connection) -> Iterator[tuple[sa.Table, str, int, str, str]]:
    """Yield the keys whose spelling changes: table, office, file year, old and new key."""
    for table in (TABLES[key] for key, register in registers().items() if register.identity):
        groups: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        columns = (table.c.office_code, table.c.file_year, table.c.record_key)
        for code, year, key in connection.execute(sa.select(*columns).distinct()):
            groups[code, year].add(key)
        for (code, year), keys in groups.items():
            yield from ((table, code, year, old, new) for old, new in _respelled(keys))


def _respelled(keys: Iterable[str]) -> list[tuple[str, str]]:
    """Return the keys whose spelling changes, each with its new spelling, unique among all keys."""
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
