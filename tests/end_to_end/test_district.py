"""The whole sample district, built by the real notebook: every report stands, agrees with itself, and is fit to publish."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import lxml.html
import pytest
from conftest import BOARD_DAY
from machine import REPOSITORY

from gktools.build.batch import BuildOptions, build
from gktools.build.freshness import changed_since_built
from gktools.figures.counting.count import count_table
from gktools.figures.counting.proof import explain, explanations
from gktools.figures.table import Unknown, add, wan_from_fen
from gktools.inputs.inputs import load_inputs
from gktools.registers.schema import registers
from gktools.starter.scaffold import sample_registers
from gktools.workspace.project import open_project

KIBIBYTES = 60
OTHER = re.compile(r"\.\./[a-z0-9-]+/review\.html#")
"""A link from the review page of a whole government to the same cell of one of its offices."""
REPORTS = [
    (year, path.stem)
    for year in (2020, 2024)
    for path in sorted((REPOSITORY / f"params/{year}").glob("*.yaml"))
    if path.stem != "defaults"
]


@pytest.fixture(params=REPORTS, ids=lambda report: f"{report[0]}-{report[1]}")
def folder(request, district) -> Path:
    """The output folder of one report."""
    year, code = request.param
    return district.home / "output" / str(year) / code


@cache
def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


@cache
def ids_of(path: Path) -> set[str]:
    """Every id of a page."""
    return set(lxml.html.parse(path).getroot().xpath("//@id"))


def test_thirty_or_more_reports_are_made_and_none_fails(district, outcomes):
    assert len(outcomes) == len(REPORTS) >= 30
    assert {outcome.status for outcome in outcomes} == {"built"}


def test_a_second_build_makes_nothing_again(own_district):
    assert {outcome.status for outcome in build(own_district, [2020, 2024])} == {"unchanged"}


def test_only_the_offices_meant_to_be_blocked_are_blocked(outcomes):
    blocked = {(outcome.year, outcome.code) for outcome in outcomes if outcome.findings["block"]}

    assert blocked == {(2024, "jiaotong"), (2024, "chengguan"), (2024, "yunxi-all")}


def test_the_board_lists_every_office_with_its_open_findings(own_district, outcomes):
    from gktools.build.index_page import write_index

    page = lxml.html.parse(write_index(own_district, 2024, BOARD_DAY)).getroot()
    rows = {row.xpath(".//small")[0].text: row for row in page.xpath("//tbody/tr")}

    assert "还有 10 天" in page.text_content()
    assert list(rows)[:3] == ["yunxi-all", "jiaotong", "chengguan"]
    for outcome in outcomes:
        if outcome.year == 2024:
            assert [int(cell.text) for cell in rows[outcome.code].xpath("td[@class='n']")] == list(
                outcome.findings.values()
            )


def test_the_published_page_is_small_and_fetches_and_runs_nothing(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")

    assert len(text.encode()) <= KIBIBYTES * 1024
    assert '<html lang="zh-CN">' in text
    for forbidden in (
        "<script",
        "<link",
        "<img",
        "<iframe",
        "javascript:",
        " src=",
        "url(",
        "@import",
        "http:",
        "https:",
        " on",
    ):
        assert forbidden not in text.replace("version on", ""), forbidden
    assert lxml.html.document_fromstring(text).xpath("//*/@href") == []


def test_the_review_page_fetches_and_runs_nothing(folder):
    page = lxml.html.parse(folder / "review.html").getroot()

    assert not page.xpath("//script|//link|//img|//iframe|//*/@src|//*[starts-with(name(@*), 'on')]")
    assert all(href.startswith("#") or OTHER.match(href) for href in page.xpath("//@href"))


def test_links_of_the_review_page_lead_somewhere(folder):
    page = lxml.html.parse(folder / "review.html").getroot()

    assert {href[1:] for href in page.xpath("//@href") if href.startswith("#")} <= set(page.xpath("//@id"))
    for href in page.xpath("//@href[not(starts-with(., '#'))]"):
        assert href.partition("#")[2] in ids_of(folder / href.partition("#")[0])


def test_ids_are_unique_and_headers_name_headings(folder):
    for name in ("report.html", "review.html"):
        page = lxml.html.parse(folder / name).getroot()
        ids = page.xpath("//@id")
        headings = set(page.xpath("//th/@id"))
        assert len(ids) == len(set(ids))
        assert {ref for refs in page.xpath("//td/@headers") for ref in refs.split()} <= headings
        assert not [th for th in page.xpath("//th") if not th.text_content().strip()]


@pytest.mark.parametrize("name", ["report.html", "review.html"])
def test_the_figures_of_the_page_equal_report_json(folder, name):
    report = read(folder / "report.json")
    page = lxml.html.parse(folder / name).getroot()
    for key, cells in report["tables"].items():
        drawn = page.xpath(f"//section[@id='{key}']//td[@headers]")
        figures = [(td.xpath(".//summary") or [td])[0].text_content() for td in drawn]
        assert figures == ["—" if cell["value"] is None else format(Decimal(cell["value"]), "f") for cell in cells]


def test_the_text_of_the_page_equals_report_json(folder):
    report = read(folder / "report.json")
    page = lxml.html.parse(folder / "report.html").getroot()
    drawn = [piece.text_content() for piece in page.xpath("//main//p|//main//h3")]
    prose = [report["opening"], *report["sections"], report["signature"]]

    assert drawn == [paragraph for part in prose for paragraph in part["paragraphs"]]
    assert [h.text_content() for h in page.xpath("//h2")] == [section["title"] for section in report["sections"]]
    assert page.xpath("//h1")[0].text_content() == report["title"]


def test_report_json_keeps_to_the_schema_published_with_it(folder, district):
    import jsonschema

    schema = json.loads((district.home / "output/report.schema.json").read_text(encoding="utf-8"))
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(report, schema, jsonschema.Draft202012Validator)


def test_the_schema_says_of_every_field_what_it_holds(district):
    schema = json.loads((district.home / "output/report.schema.json").read_text(encoding="utf-8"))

    assert list(undescribed(schema)) == []
    del schema["$defs"]["cell"]["properties"]["value"]["description"]
    assert len(list(undescribed(schema))) == 1


def undescribed(node, path=""):
    """The fields of a JSON Schema without a description, each by its path."""
    if isinstance(node, dict):
        for name, field in node.get("properties", {}).items():
            if not field.get("description"):
                yield f"{path}/{name}"
        for key, child in node.items():
            yield from undescribed(child, f"{path}/{key}")


def test_every_figure_in_the_text_is_the_cell_it_is_bound_to(folder):
    report = read(folder / "report.json")
    cells = {(key, c["row_key"], c["column_key"]): c["value"] for key, cs in report["tables"].items() for c in cs}
    for section in report["sections"]:
        for figure in section["figures"]:
            paragraph = section["paragraphs"][figure["paragraph"]]
            assert paragraph[figure["start"] :].startswith(figure["text"])
            place = (figure.get("table"), figure.get("row_key"), figure.get("column_key"))
            if place in cells and not figure["token"].startswith("占比"):
                assert Decimal(figure["text"]) == cells[place]


def test_every_cell_is_explained_and_its_records_add_up(district, folder):
    year, code = int(folder.parent.name), folder.name
    inputs = load_inputs(district, code, year)
    for form in inputs.form.forms:
        table = count_table(form.key, inputs.records, inputs.form, inputs.params)
        answers = explanations(table, inputs.own)
        for cell in form.cells:
            parts = table.form.parts[cell]
            assert all(answers[part].definition for part in parts)
            assert all(witness.reason for part in parts for witness in answers[part].near)
            if inputs.office.rolls_up and not isinstance(table[cell], Unknown):
                assert table[cell] == add(share.figure for share in table.contributions(cell))
            if {table.source(part) for part in parts} == {"counted"}:
                total = sum(witness.amount for part in parts for witness in answers[part].counted)
                assert (wan_from_fen(total) if form.unit(cell) == "万元" else total) == table[cell]
            elif isinstance(table[cell], Unknown):
                assert table[cell].reason


def test_a_total_is_explained_by_the_records_of_its_parts(district):
    inputs = load_inputs(district, "shijian", 2024)
    table = count_table("requests", inputs.records, inputs.form, inputs.params)
    for row in ("received", "carried_in", "dispositions.total", "carried_out"):
        assert len(explain(table, inputs.own, (row, "total")).counted) == table[row, "total"]


def test_personal_data_of_the_registers_reach_no_output(district, outcomes):
    personal = {str(value) for path in sample_registers() for value in personal_values(path)}
    assert len(personal) > 100
    pattern = re.compile("|".join(sorted((re.escape(value) for value in personal), key=len, reverse=True)))
    for path in district.home.glob("output/*/*/*"):
        found = pattern.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{path.name}: {found and found[0]}"


def personal_values(path: Path) -> set[str]:
    """What stands in the personal columns of a register file."""
    from gktools.registers.intake.files import open_pages

    headings = {field.heading for register in registers().values() for field in register.fields if field.personal}
    values: set[str] = set()
    for page in open_pages(path):
        columns: list[int] = []
        for row in page.rows:
            texts = [str(value).strip() for value in row]
            columns = [i for i, text in enumerate(texts) if text in headings] or columns
            values |= {texts[i] for i in columns if i < len(texts) and len(texts[i]) > 2 and texts[i] not in headings}
    return values


@pytest.mark.parametrize("code", ["yunxi", "xigong-community"])
def test_the_same_inputs_give_the_same_bytes_in_another_folder(district, code, tmp_path):
    import shutil

    for name in ("params", "notebooks"):
        shutil.copytree(district.home / name, tmp_path / name)
    shutil.copyfile(district.home / "records.db", tmp_path / "records.db")
    again = open_project(tmp_path)
    build(again, [2020], [code], options=BuildOptions(workers=1))

    for path in (district.home / "output/2020" / code).iterdir():
        assert (tmp_path / "output/2020" / code / path.name).read_bytes() == path.read_bytes(), path.name


def test_changing_a_parameter_is_seen_and_named(district, tmp_path):
    import shutil

    shutil.copytree(district.home, tmp_path / "copy")
    project = open_project(tmp_path / "copy")
    assert changed_since_built(project, project.report("tongji", 2024)) == []
    with (tmp_path / "copy/params/2024/tongji.yaml").open("a", encoding="utf-8") as file:
        file.write("\nchecks: {other_count: 9}\n")

    assert changed_since_built(project, project.report("tongji", 2024)) == ["parameters"]
    assert changed_since_built(project, project.report("yunxi", 2024)) == []
