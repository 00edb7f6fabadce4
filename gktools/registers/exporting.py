"""The registers of an office and year as workbooks in our own form, and whether a file is still what was exported.

Of a personal column only keyed hashes are stored: a cell says AS_STORED where there is one, and keeps it when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..errors import GktoolsError
from .intake.cover import FindOffice
from .intake.files import FileSheet, Row
from .intake.mends import Mend, open_mended
from .intake.templates import COVER_LINES, TemplateSheet, as_written, layout
from .intake.values import text_of
from .schema import Field, Register, register_named, registers
from .sheet import AS_STORED
from .store.store import Store
from .store.stored_record import RecordContent

IsAsExported = Callable[[Sequence[Row]], bool]
"""Tells whether the rows of a sheet are those that exporting the register now would write."""
OpenStore = Callable[[], Store]
"""Opens the store with which a file is compared."""


def exported_sheets(store: Store, office_name: str, code: str, year: int) -> list[TemplateSheet]:
    """Return every register of an office and year of which anything is in force, with all its records.

    本年无记录 is ticked where it was handed in without any.
    """
    known = {one.register: True for one in store.coverage(code) if one.year == year}
    sheets = (
        _sheet(store, register, office_name, (code, year)) for key, register in registers().items() if key in known
    )
    return [sheet for sheet in sheets if sheet.rows or sheet.ticked]


def _sheet(store: Store, register: Register, office_name: str, of: tuple[str, int]) -> TemplateSheet:
    code, year = of
    rows = tuple(_words(register, one) for one in store.contents(register.key, code, year))
    handed_in = register.key in store.handed_in(year).get(code, ())
    return TemplateSheet(register, office_name, year, rows, not rows and handed_in)


def _words(register: Register, record: RecordContent) -> dict[str, object]:
    return {field.key: _word(field, record) for field in register.fields}


def _word(field: Field, record: RecordContent) -> object:
    if field.personal:
        return AS_STORED if field.key in record.filled else ""
    return as_written(field, record.values[field.key])


def open_exported(path: Path, is_as_exported: IsAsExported, mends: Sequence[Mend] = ()) -> Iterator[FileSheet]:
    """Yield the sheets of a file with its mended cells, each marked if nobody has changed it since it was exported."""
    for page in open_mended(path, mends):
        rows = list(page.rows)
        yield replace(page, rows=iter(rows), unchanged=is_as_exported(rows))


def as_exported(open_store: OpenStore, find_office: FindOffice) -> IsAsExported:
    """Return the function that tells whether the rows of a sheet are those that exporting now would write."""

    def is_as_exported(rows: Sequence[Sequence[Any]]) -> bool:
        with suppress(GktoolsError, ValueError, IndexError):
            label, office, year, _ = (text_of(row[1]) for row in rows[: len(COVER_LINES)])
            with open_store() as store:
                register, code = register_named(label), find_office(office)
                return _texts(layout(_sheet(store, register, office, (code, int(year))))) == _texts(rows)
        return False

    return is_as_exported


def _texts(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    """Return the texts of rows, without empty cells at their ends and empty rows at the end."""
    found = [[_text(cell) for cell in row] for row in rows]
    for row in found:
        while row and not row[-1]:
            row.pop()
    while found and not found[-1]:
        found.pop()
    return found


def _text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, Decimal | int) and not isinstance(cell, bool):
        cell = float(cell)
    return text_of(cell).strip()
