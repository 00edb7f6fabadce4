"""Every field of the counted registers walked through: no single innocent cell takes a record out of the count without a word.

Each cell of a lawful record is changed in turn, as a clerk might write it, and read from a file. Where the record then
leaves the figures of its year, the import refuses, asks or warns, a check finds it, or the change stands in SAID, with
the reason why it says so itself.
"""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

import pytest
from casework import HERE, check, inputs_of
from corpus.files import as_csv
from literal_registers import NOW, sheet

from gktools.checks.rules import rules
from gktools.figures.counting.count import count_table
from gktools.figures.table import Unknown
from gktools.registers.intake.reading import read_file
from gktools.registers.questions import kinds
from gktools.registers.schema import registers

YEAR = 2024
ANSWERED = {
    "number": "1号", "channel": "当面", "arrived_on": "2024-03-01", "received_on": "2024-03-01", "applicant": "自然人",
    "replied_on": "2024-03-20", "delivery": "电子", "sent_on": "2024-03-20", "disposition": "予以公开", "articles": "36(二)",
}  # fmt: skip
UPHELD = {
    "number": "复1号",
    "request_number": "1号",
    "notified_on": "2024-04-01",
    "closed_on": "2024-06-03",
    "method": "维持",
}
SUED = {
    "number": "初1号", "request_number": "1号", "reconsideration_number": "复1号", "role": "原行为主体", "instance": "一审",
    "notified_on": "2024-07-01", "judged_on": "2024-09-02", "effective_on": "2024-09-20", "method": "驳回诉讼请求",
}  # fmt: skip
ISSUED = {"number": "示政规〔2024〕1号", "title": "甲", "kind": "行政规范性文件", "published_on": "2024-03-01"}
DECIDED = {"number": "示罚〔2024〕1号", "kind": "行政处罚", "decided_on": "2024-03-01"}
COLLECTED = {"name": "某费", "collected_on": "2024-03-01", "receipt": "A1", "amount": "100"}


def other(record, **given):
    """A second record, which no change of the first may take along."""
    return record | {"number": record["number"].replace("1号", "2号")} | given


LEDGERS = {
    "requests": [ANSWERED, other(ANSWERED)],
    "reconsiderations": [UPHELD, other(UPHELD, request_number="2号")],
    "lawsuits": [SUED, other(SUED, request_number="2号", reconsideration_number="复2号")],
    "documents": [ISSUED, other(ISSUED, title="乙")],
    "decisions": [DECIDED, other(DECIDED)],
    "charges": [COLLECTED, COLLECTED | {"receipt": "A2", "amount": "200"}],
}
WAYS = {
    "date": ("", "2014-03-01", "2023-06-01", "2024-02-01", "2024-12-31", "2025-02-01", "/"),
    "text": ("", "无", "1号", "2号", "复2号", "初2号", "旧9号", "1、2号", "0"),
    "yes_no": ("", "是", "否", "无"),
    "count": ("", "0", "5", "无"),
    "yuan": ("", "5", "无"),
}
SAID = {
    ("requests", "handed_over_on"): "移交的由承接单位计（另有规则）",
    ("lawsuits", "role"): "共同被告由原行为主体计",
    ("charges", "amount"): "一笔收多少就是多少",
    ("documents", "lead"): "联合发文由牵头机关计",
    ("documents", "published_on"): "以前公布的是现行有效，不是本年制发",
    ("documents", "repealed_on"): "废止的不再现行有效，计入本年废止",
    ("documents", "expires_on"): "期满的不再现行有效，计入本年废止",
}
_OFFICES = count()


def figures_of(register, table):
    """The figures of a table that a register is counted for, without totals."""
    for cell, figure in table.figures.items():
        own = table.form.parts[cell] == (cell,) and table.form.counts(cell).startswith(f"{register}.")
        if own and not isinstance(figure, Unknown):
            yield figure


@pytest.fixture(scope="module")
def told(filing_cabinet, tmp_path_factory):
    """The figure of a register in its table, and whether something is said, with the first record of its ledger changed.

    What is said is found out when it is asked for: most changes leave the figure as it was.
    """
    folder = tmp_path_factory.mktemp("walk")

    def find(register, changed):
        office = f"walk-{next(_OFFICES)}"
        schema, rows = registers()[register], [changed, *LEDGERS[register][1:]]
        keys = [field.key for field in schema.fields if not field.personal]
        head = [schema[key].heading for key in keys]
        cover = [["登记表", schema.label], ["单位", HERE.name], ["年度", str(YEAR)]]
        path = folder / f"{office}.csv"
        path.write_bytes(as_csv([*cover, head, *([row.get(key, "") for key in keys] for row in rows)]))
        reading = read_file(path, lambda _: office)
        if not reading.sound:
            return None, lambda: True
        others = [sheet(key, YEAR, rows, office) for key, rows in LEDGERS.items() if key != register]
        filing_cabinet.add([*reading.sheets, *others], NOW)
        inputs = inputs_of(filing_cabinet.load_records(office, YEAR))
        tables = (count_table(form.key, inputs.records, inputs.form, inputs.params) for form in inputs.form.forms)
        figure = sum(figure for table in tables for figure in figures_of(register, table))
        return figure, lambda: any(one.warnings for one in reading.sheets) or bool(check(inputs))

    return find


@pytest.fixture(scope="module")
def lawful(told):
    """The figure of every register whose ledger is lawful, and whether something is said."""
    return {register: told(register, rows[0]) for register, rows in LEDGERS.items()}


@pytest.mark.parametrize("register", LEDGERS)
def test_the_lawful_ledger_is_counted_without_a_word(lawful, register):
    figure, said = lawful[register]

    assert figure
    assert not said()


FIELDS = [(register, field.key) for register in LEDGERS for field in registers()[register].fields if not field.personal]


@pytest.mark.parametrize(
    "every", [pytest.param(False, id="half"), pytest.param(True, id="all", marks=pytest.mark.soak)]
)
@pytest.mark.parametrize(("register", "key"), FIELDS)
def test_no_cell_takes_a_record_out_of_the_count_without_a_word(told, lawful, register, key, every):
    """Every second way of writing a cell, for the next field the others; all of them under make soak."""
    field, record = registers()[register][key], LEDGERS[register][0]
    whole, _ = lawful[register]
    ways = WAYS.get(field.type) or ("", "无", *field.allowed[:5], *field.allowed[-2:])
    silent = []
    for cell in ways if every else ways[FIELDS.index((register, key)) % 2 :: 2]:
        if cell == record.get(key, ""):
            continue
        figure, said = told(register, record | {key: cell})
        if figure is not None and figure < whole and not said():
            silent.append(cell)

    assert not silent or (register, key) in SAID


def test_what_says_so_itself_names_fields_that_there_are():
    assert all(registers()[register][key] for register, key in SAID)


def test_the_page_names_rules_and_questions_that_there_are():
    page = (Path(__file__).parents[3] / "docs/left_out.md").read_text(encoding="utf-8")
    told = {word for row in page.splitlines() for word in re.findall(r"`([a-z.-]+)`", row.rpartition(" | ")[2])}
    known = {*rules(), *kinds()}

    assert told
    assert {word if "." in word else f"records.{word}" for word in told} <= known
