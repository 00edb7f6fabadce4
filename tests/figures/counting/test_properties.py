"""What holds whatever an office's registers say."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from decimal import Decimal

import lxml.html
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from literal_registers import filled, sheet
from machine import examples

from gktools.figures.counting.count import count_table
from gktools.figures.counting.proof import explain
from gktools.figures.table import Unknown, figure_to_json, fill, format_figure, wan_from_fen
from gktools.forms.notices import load_format
from gktools.registers.intake.contradictions import contradictions
from gktools.registers.schema import registers
from gktools.workspace.params_models import CountingRules, ReportParams

FEW = settings(max_examples=examples(6), deadline=None, database=None)
FORMS = [form for year in (2020, 2024) for form in load_format(year).forms]

DAYS = st.dates(date(2022, 11, 1), date(2025, 2, 28)).map(str)
RULES = st.builds(
    CountingRules,
    completed_by=st.sampled_from(["delivery", "document"]),
    reviews_include_carried_in=st.booleans(),
    sole_reviewer_counts=st.booleans(),
    joint_documents=st.sampled_from(["lead", "all"]),
    charges_include_processing_fees=st.booleans(),
)


def words(register: str, field: str) -> st.SearchStrategy[str]:
    return st.sampled_from(registers()[register][field].allowed)


def numbered(records: list[dict], key: str = "number") -> list[dict]:
    return [record | {key: str(i)} for i, record in enumerate(records, start=1)]


@st.composite
def one_request(draw):
    """A request that was answered, lapsed, was withdrawn or waits; answered after it came, never before."""
    received = draw(st.dates(date(2022, 11, 1), date(2025, 2, 1)))
    later = st.integers(0, 400).map(lambda days: str(received + timedelta(days)))
    record = {"applicant": draw(words("requests", "applicant"))}
    if draw(st.booleans()):
        record["received_on"] = str(received)
    else:
        record |= {
            "channel": draw(words("requests", "channel")),
            "arrived_on": str(received),
            "confirmed_on": str(received),
        }
    end = draw(st.sampled_from(["open", "answered", "delivered", "lapsed", "withdrawn", "handed over"]))
    if end in ("answered", "delivered"):  # an answer that is not delivered stays open
        day = draw(later)
        record |= {"replied_on": day, "disposition": draw(words("requests", "disposition"))}
        if end == "delivered":
            way = draw(
                st.sampled_from([("邮寄", "posted_on"), ("当面", "signed_on"), ("电子", "sent_on"), ("邮寄", "topic")])
            )
            record |= {"delivery": way[0], way[1]: day}
    elif end == "lapsed":
        lapse = draw(st.sampled_from([("other.not_corrected", "correction_due_on"), ("other.not_paid", "fee_due_on")]))
        record |= {"disposition": lapse[0], lapse[1]: draw(later)}
    elif end == "withdrawn":
        record["withdrawn_on"] = draw(later)
    elif end == "handed over":
        record["handed_over_on"] = draw(later)
    if draw(st.booleans()):
        record |= {"fee_paid": str(draw(st.decimals(0, 5000, places=2))), "fee_paid_on": draw(later)}
    return record


REQUESTS = st.lists(one_request(), max_size=12).map(numbered)


@st.composite
def redone_requests(draw):
    """Requests some of which were decided anew, once or in a chain."""
    found = draw(REQUESTS)
    answered = [record for record in found if "replied_on" in record and "delivery" not in record]
    for i, first in enumerate(answered[: draw(st.integers(0, 3))]):
        day = str(date.fromisoformat(first["replied_on"]) + timedelta(draw(st.integers(1, 300))))
        again = {
            "received_on": first["replied_on"],
            "replied_on": day,
            "disposition": draw(words("requests", "disposition")),
        }
        found.append(first | again | {"number": f"重{i}", "redo_of": first["number"]})
    return found


@st.composite
def one_review(draw, register):
    record = {"notified_on": draw(DAYS)}
    if draw(st.booleans()):
        closed = "closed_on" if register == "reconsiderations" else "effective_on"
        record |= {closed: draw(DAYS), "method": draw(words(register, "method"))}
    if register == "lawsuits":
        record["role"] = draw(words("lawsuits", "role"))
        record["first_number"] = draw(st.sampled_from(["", "1", "2"]))
    return record


@st.composite
def one_document(draw):
    days = {key: draw(DAYS) for key in ("expires_on", "repealed_on", "public_on") if draw(st.booleans())}
    return {
        "kind": draw(words("documents", "kind")),
        "published_on": draw(DAYS),
        "lead": draw(st.sampled_from("是否")),
    } | days


def other_registers():
    money = st.decimals(0, 10**9, places=2).map(str)
    decisions = st.fixed_dictionaries({"kind": words("decisions", "kind"), "decided_on": DAYS})
    items = st.fixed_dictionaries(
        {
            "name": st.just("甲"),
            "kind": words("items", "kind"),
            "listed": st.sampled_from("是否"),
            "added_on": DAYS,
            "removed_on": DAYS,
        }
    )
    charges = st.fixed_dictionaries({"name": st.just("占道费"), "collected_on": DAYS, "amount": money})
    procurements = st.fixed_dictionaries({"central": st.sampled_from("是否"), "signed_on": DAYS, "amount": money})
    return st.fixed_dictionaries(
        {
            "requests": redone_requests(),
            "reconsiderations": st.lists(one_review("reconsiderations"), max_size=6).map(numbered),
            "lawsuits": st.lists(one_review("lawsuits"), max_size=6).map(numbered),
            "documents": st.lists(one_document(), max_size=6).map(lambda found: numbered(found, "title")),
            "decisions": st.lists(decisions, max_size=6).map(numbered),
            "items": st.lists(items, max_size=4).map(lambda found: numbered(found, "code")),
            "charges": st.lists(charges, max_size=4),
            "procurements": st.lists(procurements, max_size=4).map(numbered),
        }
    )


REGISTERS = other_registers()
YEARS = st.sampled_from([2023, 2024])


def tables(held, year, rules):
    params = ReportParams(counting=rules)
    return [count_table(form.key, held, load_format(year), params) for form in load_format(year).forms]


@FEW
@given(REGISTERS, YEARS, RULES)
def test_any_registers_give_tables_whose_identities_hold_and_whose_totals_add_up(records, given_, year, rules):
    for table in tables(records(year, covers="all", **given_), year, rules):
        assert not [figure for figure in table.figures.values() if isinstance(figure, Unknown)]
        for sums in (table.form.sums_across, table.form.sums_down):
            for total, parts in sums.items():
                assert table[total] == sum(table[part] for part in parts)
        for identity in table.form.identities:
            for column in dict.fromkeys(column for _, column in table.form.cells):
                assert sum(table[row, column] for row in identity.left) == sum(
                    table[row, column] for row in identity.right
                )


@FEW
@given(REGISTERS, YEARS, RULES)
def test_the_records_behind_every_cell_add_up_to_it(records, given_, year, rules):
    held = records(year, covers="all", **given_)
    for table in tables(held, year, rules):
        for cell in filled(table):
            amount = sum(witness.amount for witness in explain(table, held, cell).counted)
            assert (wan_from_fen(amount) if table.form.unit(cell) == "万元" else amount) == table[cell]


@FEW
@given(redone_requests(), RULES)
def test_what_is_carried_out_of_a_year_is_carried_into_the_next_column_by_column(records, requests, rules):
    kept = [request for request in requests if "handed_over_on" not in request]
    held = records(2024, covers=["requests", ("requests", 2023), ("requests", 2025)], requests={2024: kept})
    old, new = (
        count_table("requests", held.at(year), load_format(year), ReportParams(counting=rules)) for year in (2023, 2024)
    )

    for column in dict.fromkeys(column for _, column in old.form.cells):
        assert old["carried_out", column] == new["carried_in", column]


@FEW
@given(REGISTERS, RULES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(records, given_, rules, random):
    shuffled = {register: random.sample(rows, len(rows)) for register, rows in given_.items()}
    first = tables(records(2024, covers="all", **given_), 2024, rules)
    second = tables(records(2024, covers="all", **shuffled), 2024, rules)

    assert [table.figures for table in first] == [table.figures for table in second]


@FEW
@given(REGISTERS)
def test_a_register_cut_into_the_files_of_several_years_counts_the_same(records, given_):
    cut = {}
    for register, rows in given_.items():
        single = registers()[register].yearly
        cut[register] = {2024: rows} if single else {2023: rows[::2], 2024: rows[1::2]}
    whole = tables(records(2024, covers="all", **given_), 2024, CountingRules())
    parts = tables(records(2024, covers="all", **cut), 2024, CountingRules())

    assert [table.figures for table in whole] == [table.figures for table in parts]


@FEW
@given(st.lists(one_request(), max_size=8).map(numbered))
def test_every_request_is_received_in_exactly_one_year_and_ends_in_at_most_one(records, requests):
    kept = [request for request in requests if "handed_over_on" not in request]
    held = records(2024, covers=[("requests", year) for year in range(2022, 2028)], requests=kept)
    years = [count_table("requests", held.at(year), load_format(year), ReportParams()) for year in range(2022, 2028)]

    assert sum(table["received", "total"] for table in years) == len(kept)
    ended = sum(table["dispositions.total", "total"] for table in years)
    assert ended + years[-1]["carried_out", "total"] == len(kept)


@settings(max_examples=examples(10), deadline=None, database=None)
@given(st.sampled_from(FORMS), st.data())
def test_html_and_json_equal_the_table_cell_by_cell(form, data):
    money = st.decimals(0, 10**8, places=6)
    unknown = st.just(Unknown("没有登记"))
    known = {}
    for cell in form.cells:
        if cell not in form.sums_across and cell not in form.sums_down:
            low = -1000 if form.signed(cell) else 0
            figure = money if form.unit(cell) == "万元" else st.integers(low, 10**7)
            known[cell] = data.draw(st.one_of(figure, unknown) if data.draw(st.booleans()) else figure)
    table = fill(form, known)
    html = str(table.to_html())
    drawn = [cell.text for cell in lxml.html.fromstring(html).iter("td") if cell.get("class") != "note"]
    written = json.loads(json.dumps(table.to_json()), parse_float=Decimal)

    assert drawn == [format_figure(table[cell]) for cell in form.cells]
    assert [cell["value"] for cell in written] == [
        None if figure_to_json(table[cell]) is None else table[cell] for cell in form.cells
    ]
    assert pd.read_html(io.StringIO(html))[0].shape[1] == max(len(line) for line in spread(html))


def spread(html: str) -> list[list[str]]:
    """The rows of a table with every cell repeated over the columns and rows it spans."""
    rows: dict[tuple[int, int], str] = {}
    lines = lxml.html.fromstring(html).findall(".//tr")
    for i, line in enumerate(lines):
        column = 0
        for cell in line:
            while (i, column) in rows:
                column += 1
            for down in range(int(cell.get("rowspan", 1))):
                for across in range(int(cell.get("colspan", 1))):
                    rows[i + down, column + across] = cell.text or ""
            column += int(cell.get("colspan", 1))
    return [[rows[i, column] for column in range(1 + max(c for r, c in rows if r == i))] for i in range(len(lines))]


@FEW
@given(redone_requests())
def test_the_records_made_up_here_are_ones_a_file_may_hold(requests):
    for _, record in sheet("requests", 2024, requests).records:
        assert not list(contradictions("requests", record))
