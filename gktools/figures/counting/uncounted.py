"""The records that a rule takes out of a count, whatever their days: they are named, so that none is lost unseen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..table import Table
from .lines import ByRule


@dataclass(frozen=True)
class Uncounted:
    """Some records of one register that a rule takes out of a count: the reason, and their numbers in the store."""

    register: str
    reason: str
    records: tuple[int, ...]


def uncounted(tables: Iterable[Table]) -> list[Uncounted]:
    """Return the records of the tables of an office that a rule takes out of a count, by register and reason."""
    found: dict[tuple[str, str], dict[int, None]] = {}
    for table in tables:
        for _, _, register, record, _, reason in table.lines:
            if isinstance(reason, ByRule):
                found.setdefault((register, str(reason)), {})[record] = None
    return [Uncounted(register, reason, tuple(sorted(records))) for (register, reason), records in found.items()]


def accounted_for(tables: Iterable[Table], register: str) -> set[int]:
    """Return the records of a register that a cell of the tables counts, or that a rule takes out of a count."""
    return {
        record
        for table in tables
        for _, _, of, record, _, reason in table.lines
        if of == register and (not reason or isinstance(reason, ByRule))
    }
