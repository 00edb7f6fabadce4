"""What the registers show beside the tables: figures uploaded elsewhere, warnings of imports, rows left behind (C9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...figures.table import Table, Unknown, format_figure
from ...findings import Finding
from ...registers.schema import registers
from .notes import Notes


def check_uploads(notes: Notes, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Yield every count of decisions below the number uploaded as 双公示 (C9; 〔2021〕30号)."""
    table = tables.get("disclosures")
    uploaded = notes.inputs.params.double_publicity.model_dump()
    if table is None:
        return
    for cell in table.form.cells:
        given, figure = uploaded.get(cell[0].rpartition(".")[2]), table[cell]
        counts = table.form.counts(cell) == "decisions.decided"
        if given is not None and counts and not isinstance(figure, Unknown) and figure < given:
            rows, columns = table.form.address(cell)
            note = notes.one("records.uploads", found=format_figure(figure), expected=str(given), named="/".join(rows))
            yield replace(note, table=table.form.key, cell=cell, row=rows, column=columns)


def check_imports(notes: Notes) -> Iterator[Finding]:
    """Yield what was probably wrong in the files of the year, and the records that a later file no longer holds."""
    for known in notes.inputs.own.coverage:
        if known.year != notes.inputs.year:
            continue
        place = f"{known.year} 年度 {known.file}" + (f"“{known.sheet}”" if known.sheet else "")
        for warning in known.warnings:
            yield notes.one("records.import-warning", known.register, "", place, found=warning)
        label = registers()[known.register].label
        for record in known.gone:
            yield notes.one("records.gone", known.register, record, place, named=label)
