"""Reports with known figures in layouts that a machine thinks of: honest ones are read whole, damaged ones never wrong."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from printed_layouts import (
    HONEST,
    Drawn,
    as_bars,
    as_html,
    as_lines,
    as_run,
    copies,
    damage,
    draw,
    figures_of,
    fillers,
    no_spans,
    pieces,
    shifted,
)

from gktools.reading.files import GivenFile, read_file
from gktools.reading.published import TABLES, PrintedReport
from gktools.reading.values import value_of

SPANS = (fillers, copies, no_spans, shifted)
"""Ways to draw merged cells; a page has one of them."""


def drawn(chance: random.Random) -> tuple[Drawn, bool]:
    """A report of either form in a random layout, and whether its cells are still told apart without a table."""
    year = chance.choice([2020, 2023])
    report = draw(year, figures_of(year, chance, large=chance.random() < 0.3))
    spans = [chance.choice(SPANS)] if chance.random() < 0.6 else []
    report = pieces(report, chance) if copies not in spans and chance.random() < 0.4 else report
    changes = [change for change in HONEST if change not in SPANS and chance.random() < 0.35]
    for change in (*spans, *changes):
        report = replace(
            report, pieces=[piece if isinstance(piece, str) else change(piece, chance) for piece in report.pieces]
        )
    return report, copies not in spans


def file(report: Drawn, chance: random.Random, *, as_text: bool) -> GivenFile:
    """The report as a page or as one of the texts that are made of pages."""
    kind = chance.choice(["html", "html", "bars", *(["lines", "run"] if as_text else [])])
    if kind == "html":
        charset = chance.choice(["utf-8", "gb2312", "utf-16", "none", "gbk"])
        page = as_html(report, chance, nested=chance.random() < 0.4, spans=chance.random() < 0.4)
        page = page.replace("charset='utf-8'", "" if charset == "none" else f"charset='{charset}'")
        encoding = {"gb2312": "gb18030", "gbk": "gb18030", "none": chance.choice(["utf-8", "gb18030"])}
        return GivenFile("a.html", page.encode(encoding.get(charset, charset)))
    return GivenFile("a.txt", {"bars": as_bars, "lines": as_lines, "run": as_run}[kind](report).encode())


def read(given_file: GivenFile, report: Drawn) -> tuple[list[str], int, int]:
    """The figures read wrong, and how many were not read, and inferred."""
    (found,) = read_file(given_file)
    if not isinstance(found, PrintedReport):
        return [], len(report.figures), 0
    wrong, unread, inferred = [], 0, 0
    for (table, cell), printed in report.figures.items():
        one = found.by_cell.get((TABLES[table], cell))
        if one is None or one.value is None:
            unread += 1
        elif one.inferred:
            inferred += 1
        elif one.value != value_of(printed):
            wrong.append(f"{table} {cell}: {one.value!r} instead of {printed!r}, {one.place}")
    return wrong, unread, inferred


EXAMPLES = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(EXAMPLES, max_examples=1500)


def honest_layout(seed: int) -> None:
    chance = random.Random(seed)
    report, as_text = drawn(chance)

    assert read(file(report, chance, as_text=as_text), report) == ([], 0, 0)


def damaged_layout(seed: int) -> None:
    chance = random.Random(seed)
    report = damage(drawn(chance)[0], chance)

    assert read(file(report, chance, as_text=True), report)[0] == []


@EXAMPLES
@given(st.integers(0, 2**32))
def test_an_honest_layout_is_read_whole(seed):
    honest_layout(seed)


@EXAMPLES
@given(st.integers(0, 2**32))
def test_a_damaged_table_gives_no_wrong_figure(seed):
    damaged_layout(seed)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@MANY
@given(st.integers(0, 2**32))
def test_many_honest_layouts_are_read_whole(seed):
    honest_layout(seed)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@MANY
@given(st.integers(0, 2**32))
def test_many_damaged_tables_give_no_wrong_figure(seed):
    damaged_layout(seed)
