"""Registers as literal records, and queries of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from gktools.figures.table import Table, Unknown
from gktools.registers.intake.contradictions import contradictions
from gktools.registers.intake.values import parse
from gktools.registers.schema import registers
from gktools.registers.sheet import Sheet
from gktools.registers.store.loading import Records

OFFICE = "minzheng"
NOW = datetime(2025, 1, 15, 8, 0, tzinfo=UTC)
BuildRecords = Callable[..., Records]


def sheet(register: str, year: int, rows: Iterable[Mapping[str, Any]], office: str = OFFICE) -> Sheet:
    """Return a register as read from a file: every value is parsed by its field, and invalid values are refused."""
    schema = registers()[register]
    records = []
    for line, given in enumerate(rows, start=6):
        record = {field.key: field.default for field in schema.kept}
        for key, value in given.items():
            found = parse(schema[key], value)
            record[key] = record[key] if found is None else found
        assert not list(contradictions(register, record)), f"a file with {given} would be refused"
        records.append((line, record))
    return Sheet.of(register, office, year, f"{register}-{year}.xlsx", schema.label, records)


def filled(table: Table) -> dict[tuple[str, str], Any]:
    """Return the cells of a table that are neither 0 nor totals."""
    return {
        cell: figure
        for cell, figure in table.figures.items()
        if table.form.parts[cell] == (cell,) and (isinstance(figure, Unknown) or figure != 0)
    }


def reasons(table: Table, row: str, column: str) -> list[str]:
    """Return the reasons of the near misses of a cell."""
    return table.near((row, column))["reason"].tolist()


def requests_csv(rows: Iterable[Mapping[str, str]], year: int) -> str:
    """Return a register of requests as a CSV file, with 本年无记录 ticked where there are no rows."""
    found, schema = list(rows), registers()["requests"]
    keys = [field.key for field in schema.fields if any(field.key in row for row in found)] or [
        "number",
        "received_on",
        "applicant",
    ]
    cover = ["登记表,依申请公开登记表", f"单位,{OFFICE}", f"年度,{year}", *([] if found else ["本年无记录,√"])]
    lines = [
        ",".join(schema[key].heading for key in keys),
        *(",".join(row.get(key, "") for key in keys) for row in found),
    ]
    return "\n".join([*cover, *lines, ""])
