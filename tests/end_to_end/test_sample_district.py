"""The made-up district: complete, clean but for what is wrong on purpose, and made from its seed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sample_district as district
from literal_registers import NOW
from sample_mistakes import OFFICE as LAWLESS

from gktools.checks.comparison import year_on_year_rules
from gktools.checks.rules import rules
from gktools.checks.text_similarity import check_similarity
from gktools.figures.counting.count import count_table
from gktools.figures.counting.requests import requests_in_time
from gktools.figures.table import Table, Unknown
from gktools.findings import Severity
from gktools.forms.model import Form, leaves
from gktools.forms.notices import load_format
from gktools.inputs.inputs import Inputs, PreviousOffice, as_printed
from gktools.registers.intake.reading import read_file
from gktools.registers.schema import registers
from gktools.registers.sheet import Sheet
from gktools.registers.store.loading import Records
from gktools.registers.store.opening import open_store
from gktools.registers.store.store import Store
from gktools.report.report import draft_report
from gktools.review.people import named_people
from gktools.starter.schemas import schemas
from gktools.text.sections import check_texts
from gktools.workspace.offices import Office
from gktools.workspace.params_models import CountingRules
from gktools.workspace.project import Project, open_project

SAMPLE = district.TARGET
OF_SLIPS = {
    "records.case-unmatched", "records.chain-circular", "records.chain-request", "records.chain-unheld",
    "records.closed-before-begun", "records.closed-undated", "records.corrected-upheld", "records.delivery-differs",
    "records.declared-early",
    "records.counted-nowhere", "records.ended-twice", "records.fee-differs", "records.fee-uncounted", "records.fee-unsaid",
    "records.first-instance-named",
    "records.given-up-paid", "records.instance-alone", "records.item-listed", "records.interpretation-unsaid",
    "records.own-number-twice", "records.own-numbers-twice",
    "records.number-suffixed", "records.judgment-not-effective", "records.kind-unprinted", "records.lapse-differs", "records.lapse-year",
    "records.lapsed-answered", "records.limit-unfounded", "records.number-alike", "records.outcome-differs", "records.pending-closed",
    "records.receipt-differs", "records.reconsideration-unnamed", "records.redo-answered", "records.redo-applicant",
    "records.redo-before", "records.redo-circular", "records.redo-repeated", "records.redo-self",
    "records.repeal-undated", "records.suspended-closed", "records.taken-over-later", "records.third-party-differs",
    "records.unclear-answered", "records.withdrawn-answered", "records.withdrawn-early", "records.withdrawn-late",
    "records.written-twice",
}  # fmt: skip
"""Slips of the pen, of which the sample has no example: each has its case in tests/checks/cases/test_cases.py."""
OF_PARAMETERS = {"records.calendar-changed", "records.undecided"}
"""Rules about the parameters that records are counted by."""
FORMS = ("disclosures", "requests", "reviews")


def reports() -> list[tuple[str, int]]:
    """Every report of the sample that is counted from registers: the offices that have parameters for the year."""
    folder, book = district.ROOT / "params", open_project(district.ROOT).book
    found = [(p.stem, int(p.parent.name)) for p in sorted(folder.glob("2*/*.yaml")) if p.stem != "defaults"]
    return [(code, year) for code, year in found if not book[code].rolls_up]


def bodies(project: Project, year: int) -> list[Office]:
    """The offices that count from registers of their own: all but sums of others."""
    return [office for office in project.offices(year) if not office.rolls_up]


@pytest.fixture(scope="module")
def project() -> Project:
    return open_project(district.ROOT)


@pytest.fixture(scope="module")
def sheets(project) -> list[Sheet]:
    """Every register of the sample; none may have a problem."""
    read = []
    for path in sorted(SAMPLE.glob("*/*.*")):
        said = read_file(path, project.find)
        found, problems = said.sheets, said.problems
        assert problems == (), path.name
        read += found
    return read


@pytest.fixture(scope="module")
def store(sheets, tmp_path_factory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("store")) as opened:
        opened.add(sheets, NOW)
        yield opened


@pytest.fixture(scope="module")
def inputs(project, store):
    @cache
    def build(office: str, year: int) -> Inputs:
        official, params = load_format(year), project.params(office, year)
        form = as_printed(official, params.layout)
        records, known = store.load_records(office, year), project.office(office, year)
        before = (PreviousOffice(office, known.name, records.at(year - 1)),)
        return Inputs(known, year, official, form, params, records, before=before)

    return build


def table(given: Inputs, key: str) -> Table:
    return count_table(key, given.records, given.form, given.params)


def columns(form: Form) -> list[str]:
    return [path for path, _ in leaves(form.blocks[0].columns)]


def handed_in(sheets: list[Sheet], register: str) -> list[tuple[Sheet, Any]]:
    return [(sheet, record) for sheet in sheets if sheet.register == register for _, record in sheet.records]


# --- the generator and its files ----------------------------------------------------------------------------


def test_the_seed_gives_the_committed_registers_byte_for_byte(tmp_path):
    district.write(tmp_path)

    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.glob("*/*")}
    kept = {path.relative_to(SAMPLE): path.read_bytes() for path in SAMPLE.glob("*/*")}
    assert made.keys() == kept.keys()
    assert [str(path) for path in made if made[path] != kept[path]] == []


def test_the_sample_is_small():
    assert sum(path.stat().st_size for path in SAMPLE.glob("*/*")) < 3_000_000


def test_two_offices_keep_their_registers_as_csv_in_two_encodings():
    with pytest.raises(UnicodeDecodeError):
        (SAMPLE / "2024/jiaoyu-requests.csv").read_text(encoding="utf-8")
    assert (SAMPLE / "2024/qingshi-street-requests.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_every_person_and_party_of_the_registers_is_plainly_made_up():
    for _, _, made in district.all_sheets():
        for sheet in made:
            personal = [known.key for known in sheet.register.fields if known.personal]
            assert [
                row[key] for row in sheet.rows for key in personal if not row.get(key, "示例").startswith("示例")
            ] == []


# --- the parameters -----------------------------------------------------------------------------------------


def test_there_are_enough_offices_of_different_kinds(project):
    kinds = {project.office(code, 2020).kind.key for code, entry in project.book.items() if not entry.rolls_up}

    assert len(project.offices(2020)) >= 17
    assert len(reports()) >= 30
    assert kinds >= {
        "county_government",
        "government_office",
        "county_department",
        "subdistrict",
        "township_government",
        "zone",
    }


@pytest.mark.parametrize(("office", "year"), reports())
def test_the_parameters_of_every_report_hold(project, office, year):
    params = project.params(office, year)

    assert project.office(office, year).code == office
    assert check_texts(params) == []
    assert "gktools 的示例" in (params.text.others or ""), "every page says that it is made up"
    assert project.unused_files(year) == []


def test_every_office_of_a_report_year_has_parameters(project):
    assert {(office.code, year) for year in project.years() for office in bodies(project, year)} == set(reports())


def test_no_two_offices_share_their_people_or_their_words(project):
    people = [name for entry in project.book.values() for name in named_people(entry.people)]
    texts = [project.params(*report).text for report in reports()]

    assert len(people) == len(set(people))
    assert all(re.fullmatch(r"(经办人|分管|负责人)[甲乙丙丁戊己庚][一二三四五六七八九]", name) for name in people)
    assert len({text.problems for text in texts}) == len(texts)
    assert len({text.overview.lead for text in texts}) == len(texts)


def test_the_schemas_beside_the_parameters_are_those_of_the_models():
    for name, schema in schemas().items():
        assert (district.ROOT / "params" / name).read_text(encoding="utf-8") == schema


@pytest.mark.parametrize(
    "path", sorted((district.ROOT / "params").rglob("*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_every_parameter_file_names_its_schema(path: Path):
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert (path.parent / first.partition("$schema=")[2]).is_file()


# --- the figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("office", "year"), reports())
def test_what_came_in_equals_what_was_completed_and_carried_out_in_every_column(inputs, office, year):
    requests = table(inputs(office, year), "requests")

    for column in columns(requests.form):
        came = requests["received", column] + requests["carried_in", column]
        assert came == requests["dispositions.total", column] + requests["carried_out", column]


@pytest.mark.parametrize("year", [2020, 2024])
def test_every_disposition_and_every_kind_of_applicant_occurs(inputs, year):
    tables = [table(inputs(office, of), "requests") for office, of in reports() if of == year]

    for cell in tables[0].form.cells:
        if cell[1] == "total" or cell[0] == "received":
            assert any(known[cell] for known in tables), cell


@pytest.mark.parametrize("key", ["requests", "reviews"])
@pytest.mark.parametrize(("earlier", "later"), [(2019, 2020), (2023, 2024)])
def test_what_is_open_at_the_end_of_a_year_stands_again_in_the_next(sheets, store, project, key, earlier, later):
    register = {"requests": "requests", "reviews": "reconsiderations"}[key]
    end = {"requests": "completed", "reviews": "closed_on"}[key]
    carried = 0
    for office in bodies(project, earlier):
        records = store.load_records(office.code, later)
        frame = requests_in_time(records, CountingRules()).frame() if key == "requests" else records[register]
        begun = frame["received"] if key == "requests" else frame["notified_on"]
        last = date(earlier, 12, 31).isoformat()
        waiting = frame[(begun <= last) & (begun >= f"{earlier}-01-01") & ~(frame[end] <= last)]
        again = {r["number"] for s, r in handed_in(sheets, register) if (s.code, s.year) == (office.code, later)}
        assert set(waiting["number"]) <= again
        carried += int(waiting[end].notna().sum())
    assert carried > 0


@pytest.mark.parametrize(("earlier", "later"), [(2019, 2020), (2023, 2024)])
def test_a_year_carries_in_what_the_year_before_carried_out(store, project, earlier, later):
    params, carried = project.params("minzheng", 2020), 0
    for office in bodies(project, later):
        records = store.load_records(office.code, later)
        before = count_table("requests", records.at(earlier), load_format(earlier), params)
        after = count_table("requests", records, load_format(later), params)
        for column in columns(after.form):
            assert after["carried_in", column] == before["carried_out", column]
        carried += after["carried_in", "total"]
    assert carried > 5


def test_no_old_case_is_still_open_when_the_new_years_begin(store, project):
    rules = CountingRules()
    for office in bodies(project, 2024):
        frame = requests_in_time(store.load_records(office.code, 2023), rules).frame()
        assert frame[(frame["received"] < "2023-01-01") & frame["completed"].isna() & (frame["out"] == "")].empty


def test_everything_that_can_happen_to_a_request_happens(sheets):
    requests = [record for _, record in handed_in(sheets, "requests")]
    happened = {key for record in requests for key, value in record.items() if value is not None}

    assert happened >= {
        "correction_notified_on", "corrected_on", "reasons_asked_on", "third_party_replied_on", "others_replied_on",
        "extended_on", "fee_paid", "posted_on", "signed_on", "sent_on", "lapsed_on", "withdrawn_on", "earlier_number",
        "redo_of",
    }  # fmt: skip
    assert {record["delivery"] for record in requests} >= set(registers()["requests"]["delivery"].choices)


def test_every_way_a_dispute_goes_occurs(sheets):
    lawsuits = [record for _, record in handed_in(sheets, "lawsuits")]

    assert {record["role"] for record in lawsuits} == set(registers()["lawsuits"]["role"].choices)
    assert {record["instance"] for record in lawsuits} >= {"first", "second"}
    assert any(record["reconsideration_number"] for record in lawsuits)
    assert any(record["first_number"] for record in lawsuits)
    assert {record["method"] for _, record in handed_in(sheets, "reconsiderations")} >= {
        "upheld",
        "revoked",
        "ordered_to_redo",
        None,
    }


def test_a_document_good_to_31_december_lapses_in_the_next_year(inputs):
    witnesses = 0
    for office, year in reports():
        if year == 2024:
            documents = inputs(office, year).records["documents"]
            lapsing = documents[(documents["expires_on"] == "2023-12-31") & (documents["lead"] == True)]  # noqa: E712
            repealed = table(inputs(office, year), "disclosures")["article_20_1.normative_documents", "repealed"]
            assert repealed >= len(lapsing)
            witnesses += len(lapsing)
    assert witnesses > 0


def test_no_answer_is_given_before_its_request_and_none_on_a_day_off(sheets):
    for _, record in handed_in(sheets, "requests"):
        replied, received = record["replied_on"], record["received_on"]
        if replied and received:
            assert received <= replied <= received + timedelta(days=100)
            assert district.on_workday(replied) == replied


# --- offices with a part to play ----------------------------------------------------------------------------


def test_one_office_proves_nothing_but_zeros(inputs):
    for year in (2020, 2024):
        given = inputs("tongji", year)
        assert [len(given.records[key]) for key in registers()] == [0] * len(registers())
        assert all(value == 0 for key in FORMS for value in table(given, key).figures.values())


def test_one_office_declares_what_it_keeps_no_register_of(inputs):
    for year in (2020, 2024):
        given = inputs("renshe", year)
        disclosures = table(given, "disclosures")
        declared = {cell for cell in disclosures.form.cells if disclosures.source(cell) == "declared"}
        assert not given.records.covers("decisions")
        assert declared == {
            cell for cell in disclosures.form.cells if disclosures.form.counts(cell) == "decisions.decided"
        }
        assert disclosures.strays == ()


def test_a_register_that_is_missing_leaves_its_cells_unknown(inputs):
    disclosures = table(inputs("jiaotong", 2024), "disclosures")
    unknown = {cell for cell, value in disclosures.figures.items() if isinstance(value, Unknown)}

    assert unknown == {cell for cell in disclosures.form.cells if disclosures.form.counts(cell) == "decisions.decided"}
    assert not any(
        isinstance(value, Unknown) for value in table(inputs("jiaotong", 2020), "disclosures").figures.values()
    )


def test_only_two_reports_have_findings_that_forbid_publication(inputs):
    blocked = {report: found for report in reports() if (found := codes(inputs(*report), Severity.BLOCK))}

    of_records = {code for code in rules() if code.startswith("records.") and rules()[code].severity is Severity.BLOCK}
    of_records -= {"records.other-file"}  # of a store of before
    of_records -= OF_SLIPS
    of_records -= OF_PARAMETERS
    assert blocked == {
        ("chengguan", 2024): {"disclosures.declared-conflict", "text.received"},
        ("jiaotong", 2024): {"disclosures.unknown", "requests.carried-in", "requests.carried-cases"} | of_records,
    }


def test_nothing_is_wrong_between_the_years_of_an_office_that_keeps_the_law(inputs):
    told = {
        report for report in reports() for f in draft_report(inputs(*report)).findings if f.code in year_on_year_rules()
    }

    assert told == {(LAWLESS, 2024)}


def test_no_two_offices_of_a_year_are_alike(project):
    assert [str(finding) for year in (2020, 2024) for finding in check_similarity(project, year)] == []


def test_every_rule_about_single_records_is_broken_somewhere_and_an_ordinary_office_breaks_few(inputs):
    found = {report: of_records(inputs(*report)) for report in reports()}
    of_imports = {
        f"records.{code}"
        for code in (
            "import-warning",
            "import-words",
            "gone",
            "left-behind",
            "of-merged",
            "other-file",
            "put-back",
            "withdrawn",
        )
    }

    assert (
        set().union(*found.values())
        == {code for code in rules() if code.startswith("records.")} - of_imports - OF_SLIPS - OF_PARAMETERS
    )
    assert max(len(codes) for report, codes in found.items() if report != (LAWLESS, 2024)) <= 3


def of_records(given: Inputs) -> list[str]:
    """The codes of the findings about single records."""
    return [finding.code for finding in draft_report(given).findings if finding.code.startswith("records.")]


def test_mistakes_that_need_an_explanation_come_back_as_such(inputs):
    assert codes(inputs("chengguan", 2024), Severity.EXPLAIN) >= {"requests.other-share", "text.ordinals"}


def codes(given: Inputs, severity: Severity) -> set[str]:
    return {finding.code for finding in draft_report(given).findings if finding.severity == severity}


def test_governments_tell_of_assessment_evaluation_and_accountability(sheets, project):
    wanted = {"assessment", "public_evaluation", "accountability"}
    for year in district.YEARS:
        for office in bodies(project, year):
            if office.kind.government:
                held = {
                    r["kind"] for s, r in handed_in(sheets, "activities") if (s.code, s.year) == (office.code, year)
                }
                assert held >= wanted


def test_the_park_is_called_by_the_name_it_had(project):
    assert project.office("kaifaqu", 2020).name != project.office("kaifaqu", 2024).name


def test_the_filings_of_the_reference_office_come_back_from_its_register(inputs):
    given = inputs("xigong-community", 2020)
    overview = draft_report(given).prose["overview"]
    figures = [figure.text for paragraph in overview.paragraphs for figure in paragraph.figures]

    assert counted_filings(given.records) == district.FILINGS
    assert figures[:5] == ["13", "9", "8", "7", "16"]
    assert all(value == 0 for key in FORMS for value in table(given, key).figures.values())


def counted_filings(records: Records) -> dict[str, int]:
    return records["matters"].groupby("kind", sort=False)["count"].sum().to_dict()


def test_the_sample_of_the_reference_office_is_in_words_of_its_own(inputs, shared):
    published = (shared / "reference_report/annual_report_2020.txt").read_text(encoding="utf-8")
    own = draft_report(inputs("xigong-community", 2020)).prose
    sentences = [s for key in ("overview", "problems") for s in re.split("[。；\n]", own[key].text) if len(s) > 14]

    assert [sentence for sentence in sentences if sentence in published] == []
