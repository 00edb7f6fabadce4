"""Random registers, dressed as clerks write them: what is read is what was meant, or it is asked about, or refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from corpus.files import as_csv
from corpus.struck import Sheet as Page
from corpus.struck import written
from dressing import DOUBTFUL, HONEST, Grid, text_of
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from machine import examples
from random_registers import filled

from gktools.registers.intake.reading import read_file
from gktools.registers.intake.values import parse
from gktools.registers.schema import Register, registers
from gktools.registers.sheet import FileReading
from gktools.registers.store.database import TABLES
from gktools.registers.store.opening import open_store
from gktools.registers.store.replacement import AskedError, FileInstruction
from gktools.registers.store.store import Store
from registers_cases.desk import cover


def office(code: str) -> str:
    return "mmj"


def read(grid: Grid, kind: str, name: str = "台账") -> FileReading:
    """Write a grid as a file of a kind, and read it."""
    above = [*cover(grid.register.label), *map(list, grid.over)]
    rows = [*above, list(grid.head), *map(list, grid.rows), *map(list, grid.under)]
    first = len(above) + 1
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.{kind}")
        if kind == "csv":
            path.write_bytes(as_csv([[text_of(cell) for cell in row] for row in rows]))
        else:
            hidden_rows = tuple(first + i for i in grid.hidden_rows)
            cells = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows]
            path.write_bytes(written(kind, Page(cells, hidden_rows, grid.hidden_columns)))
        return read_file(path, office)


def records(reading: FileReading, register: Register) -> Counter[tuple[Any, ...]]:
    """The records that were read, in no order."""
    (sheet,) = reading.sheets
    nothing = (None,) * len(sheet.lines)
    columns = []
    for known in register.kept:
        values = sheet.columns.get(known.key, nothing)
        columns.append([known.default if value in (None, "") else value for value in values])
    return Counter(zip(*columns, strict=True))


def records_held(store: Store, register: Register) -> Counter[tuple[Any, ...]]:
    """The records of a register that a store holds, in no order."""
    with store.engine.connect() as connection:
        rows = connection.execute(TABLES[register.key].select().where(TABLES[register.key].c.until_import.is_(None)))
        return Counter(
            tuple(known.default if row[known.key] in (None, "") else row[known.key] for known in register.kept)
            for row in rows.mappings()
        )


def meant(register: Register, rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """The records as they were drawn."""

    def value(known: Any, row: dict[str, Any]) -> Any:
        found = parse(known, row.get(known.key))
        return known.default if found in (None, "") else found

    return Counter(tuple(value(known, row) for known in register.kept) for row in rows)


def draw_register(data: st.DataObject, key: str) -> tuple[Grid, Counter[tuple[Any, ...]]]:
    """A register that is read as it is drawn, without a question."""
    register = registers()[key]
    rows = data.draw(filled(register))
    assume(rows)
    truth = meant(register, rows)
    assume(max(truth.values()) == 1)
    grid = Grid.of(register, rows)
    plain = read(grid, "csv")
    assume(not plain.problems and not plain.questions)
    assert records(plain, register) == truth
    return grid, truth


SETTINGS = settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("key", sorted(registers()))
@SETTINGS
@given(data=st.data())
def test_what_changes_nothing_is_read_as_it_was_meant(key, data):
    grid, truth = draw_register(data, key)
    for dressing in HONEST:
        grid = dressing(data.draw, grid)
    kind = data.draw(st.sampled_from(("csv", "xlsx", "xls")))
    found = read(grid, kind)

    assert (found.problems, found.questions) == ((), ()), (kind, grid.said)
    assert records(found, grid.register) == truth, (kind, grid.said)


@pytest.mark.parametrize("dressing", DOUBTFUL, ids=lambda dressing: dressing.__name__)
@SETTINGS
@given(data=st.data())
def test_what_may_mean_another_thing_is_never_silently_other(dressing, data):
    grid, truth = draw_register(data, data.draw(st.sampled_from(sorted(registers()))))
    dressed = dressing(data.draw, grid)
    assume(dressed != grid)
    kind = data.draw(
        st.sampled_from(("xlsx", "xls") if dressing.__name__ in ("struck", "hidden") else ("csv", "xlsx", "xls"))
    )
    found = read(dressed, kind)

    event("asked" if found.questions else "refused" if found.problems else "read")
    if not found.questions and not found.problems:
        assert records(found, grid.register) == truth, (kind, dressed.said)


@pytest.mark.parametrize("key", sorted(registers()))
@SETTINGS
@given(data=st.data())
def test_files_of_one_register_add_up_whatever_their_order_and_however_often_they_come(key, data):
    grid, truth = draw_register(data, key)
    assume(len(grid.rows) > 1)
    cut = data.draw(st.integers(1, len(grid.rows) - 1))
    parts = [replace(grid, rows=grid.rows[:cut]), replace(grid, rows=grid.rows[cut:])]
    order = [*data.draw(st.permutations((0, 1))), *data.draw(st.lists(st.sampled_from((0, 1)), max_size=2))]
    with TemporaryDirectory() as home, open_store(Path(home)) as store:
        for place in order:
            kind = data.draw(st.sampled_from(("csv", "xlsx")))
            sheets = [replace(sheet, file=f"{place}.csv") for sheet in read(parts[place], kind).sheets]
            store.add(sheets, instruction=FileInstruction(unasked=True))
        found = records_held(store, grid.register)

    assert found == truth, order


@pytest.mark.parametrize("key", sorted(registers()))
@SETTINGS
@given(data=st.data())
def test_a_corrected_file_takes_the_place_of_the_one_before_or_is_asked_about(key, data):
    grid, truth = draw_register(data, key)
    wrong = data.draw(st.integers(0, len(grid.rows) - 1))
    named = [known.key in (*grid.register.identity, *grid.register.where_all_stand) for known in grid.fields]
    texts = [j for j, known in enumerate(grid.fields) if known.type == "date" and not named[j]]
    assume(texts)
    before = grid.put(wrong, texts[0], date(2024, 2, 29), "wrong")
    with TemporaryDirectory() as home, open_store(Path(home)) as store:
        first = read(before, "csv")
        assume(first.sheets and before.rows != grid.rows)
        store.add(first.sheets, instruction=FileInstruction(unasked=True))
        name = data.draw(st.sampled_from(("台账.csv", "台账（改）.csv")))
        sheets = [replace(sheet, file=name) for sheet in read(grid, "csv").sheets]
        try:
            store.add(sheets, instruction=FileInstruction(unasked=True))
        except AskedError:
            event("asked")
            return
        found = records_held(store, grid.register)

    if grid.register.identity or name == "台账.csv":
        assert found == truth, name
    else:
        assert sum(found.values()) == 2 * sum(truth.values()), (
            "a file of another name without a row in common is another one"
        )
