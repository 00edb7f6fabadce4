"""Checks of register data outside the tables: uploads as 双公示 (C9), import warnings, and missing records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from ...figures.table import Table, Unknown, format_figure
from ...findings import Finding
from ...registers.schema import registers
from ...registers.store.withdrawn import Withdrawal
from ...registers.word_warnings import tells_meanings
from .finding_builder import FindingBuilder


def check_uploads(builder: FindingBuilder, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Yield every number of decisions in 表二 below the number uploaded as 双公示 (C9; 〔2021〕30号)."""
    table = tables.get("disclosures")
    uploaded = builder.inputs.params.double_publicity.model_dump()
    if table is None:
        return
    for cell in table.form.cells:
        uploads, figure = uploaded.get(cell[0].rpartition(".")[2]), table[cell]
        counts = table.form.counts(cell) == "decisions.decided"
        if uploads is not None and counts and not isinstance(figure, Unknown) and figure < uploads:
            rows, columns = table.form.address(cell)
            finding = builder.for_record(
                "records.uploads", found=format_figure(figure), expected=str(uploads), named="/".join(rows)
            )
            yield replace(finding, table=table.form.key, cell=cell, row=rows, column=columns)


def check_imports(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield the import warnings of the year's files, the records missing in a later file, those that were withdrawn, the
    registers of the year that are still those of an office merged into this one, those under a code that the office book
    does not have, and the imports of any year that have to be verified."""
    for known in builder.inputs.own.coverage:
        if known.year != builder.inputs.year:
            continue
        place = f"{known.year} 年度 {known.file}" + (f"“{known.sheet}”" if known.sheet else "")
        for warning in known.warnings:
            code = "records.import-words" if tells_meanings(warning) else "records.import-warning"
            yield builder.for_record(code, known.register, "", place, found=warning)
        label = registers()[known.register].label
        for record in known.gone:
            yield builder.for_record("records.gone", known.register, record, place, named=label)
    merged = [before for before in builder.inputs.before if before.code != builder.inputs.office.code]
    for name, own in (("", builder.inputs.own), *((before.name, before.own) for before in merged)):
        yield from _withdrawn(builder, name, own.withdrawn)
    for before in merged:
        left = [known for known in before.own.coverage if known.year == builder.inputs.year and known.rows]
        if left:
            files, rows = len({known.register for known in left}), sum(known.rows for known in left)
            yield builder.for_record(
                "records.of-merged", "", before.code, found=str(files), expected=str(rows), named=before.name
            )
    yield from _left_behind(builder)
    for doubt in builder.inputs.own.doubts:
        record, year = str(doubt.number), str(doubt.year)
        yield builder.for_record(
            "records.other-file", doubt.register, record, found=doubt.file, expected=doubt.changed, year=year
        )


def check_declared_days(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield every figure that was declared before the last day of its year: it cannot be known to be that of the whole year."""
    declared, year = builder.inputs.own.of_year("declared"), builder.inputs.year
    early = declared["declared_on"] < np.datetime64(f"{year}-12-31")
    yield from builder.for_records("records.declared-early", declared, early, found=declared["declared_on"])


def _left_behind(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield, once for each code that the office book does not have, the registers under it that may be the office's."""
    by_code: dict[str, list[int]] = {}
    for one in builder.inputs.left_behind:
        by_code.setdefault(one.code, []).append(one.year)
    for code, years in by_code.items():
        named = "、".join(map(str, sorted(set(years))))
        yield builder.for_record("records.left-behind", "", code, found=str(len(years)), named=named)


def _withdrawn(builder: FindingBuilder, office: str, withdrawn: Iterable[Withdrawal]) -> Iterator[Finding]:
    """Yield what was withdrawn of the office's registers, or put back otherwise, or of those of one merged into it, which is named."""
    for gone in withdrawn:
        names = "、".join(gone.names[:_MOST_NAMES]) + ("等" if len(gone.names) > _MOST_NAMES else "")
        said = {
            "found": str(len(gone.names)),
            "named": f"{office}的 {names}" if office else names,
            "year": str(gone.year),
        }
        code = "records.put-back" if gone.otherwise else "records.withdrawn"
        yield builder.for_record(code, gone.register, str(gone.number), **said)


_MOST_NAMES = 10
"""The most records that a message names."""
