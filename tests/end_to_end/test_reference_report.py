"""The real report of 2020 comes back from records: every paragraph and every cell, in order."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import lxml.html
import pytest
from projects import keep, make_project

from gktools.build.run import run_report_job
from gktools.workspace.project import Project

OFFICE = "community"
NAME = "社区治理和服务创新办公室"
YEAR = 2020
FILED = re.compile(r"([一-鿿]+备案)(\d+)件")
LOCAL = {
    "opening": False,
    "signature": False,
    "numbering": "arabic",
    "brackets": "half",
    "banner_covers_total": False,
    "labels": {
        "requests": {"organisation.charity": "社会组织"},
        "disclosures": {"article_20_9.amount": "采购总金额（单位：万元，保留4位小数）"},
    },
}


@pytest.fixture(scope="module")
def copy(shared: Path) -> list[str]:
    """The lines of the report's text copy."""
    text = (shared / "reference_report/annual_report_2020.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def project(copy: list[str], tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The reference office with its sentences as parameters, the five filing counts cut out of them."""
    home = tmp_path_factory.mktemp("reference")
    offices = {OFFICE: {"names": [{"name": NAME}], "kind": "county_department"}}
    return make_project(home, offices, {(YEAR, OFFICE): {"layout": LOCAL, "text": texts(copy)}})


@pytest.fixture(scope="module")
def page(project: Project, copy: list[str]) -> lxml.html.HtmlElement:
    """The published page, made by the master notebook from 53 filings and ten proven empty registers."""
    keep(project, OFFICE, YEAR, {"matters": filings(copy)})
    return build(project)


def test_title_sections_paragraphs_and_cells_come_back_in_order(page, copy):
    assert printed(page) == expected(copy)


def test_all_198_figures_of_the_tables_come_back(page):
    assert [cell.text for cell in page.xpath("//td[not(@class='note')]")] == ["0"] * (22 + 161 + 15)


def test_the_five_filing_counts_come_from_the_register(copy):
    counts = {kind: int(count) for kind, count in FILED.findall("".join(copy))}

    assert list(counts.values()) == [13, 9, 8, 7, 16]
    assert not re.search(r"备案\d", str(texts(copy)))


@pytest.mark.parametrize("removed", range(5))
def test_one_filing_fewer_makes_another_report(project, copy, removed):
    kinds = list(dict.fromkeys(filing["kind"] for filing in filings(copy)))
    rows = filings(copy)
    rows.remove(next(row for row in rows if row["kind"] == kinds[removed]))
    keep(project, OFFICE, YEAR, {"matters": rows})

    different = [
        (ours, theirs) for ours, theirs in zip(drafted(project), expected(copy), strict=True) if ours != theirs
    ]

    assert len(different) == 1
    assert kinds[removed] in different[0][0]


def test_a_filing_of_another_year_is_not_counted(project, copy):
    rows = filings(copy)
    rows[0] = {**rows[0], "handled_on": "2021-01-01"}
    keep(project, OFFICE, YEAR, {"matters": rows})

    assert drafted(project) != expected(copy)


@pytest.mark.parametrize("register", ["requests", "documents", "decisions", "lawsuits"])
def test_a_register_that_was_not_handed_in_leaves_no_zero(copy, tmp_path, register):
    offices = {OFFICE: {"names": [{"name": NAME}], "kind": "county_department"}}
    project = make_project(tmp_path, offices, {(YEAR, OFFICE): {"layout": LOCAL, "text": texts(copy)}})
    keep(project, OFFICE, YEAR, {"matters": filings(copy)}, leave_out=[register])

    assert "—" in drafted(project)


def build(project: Project) -> lxml.html.HtmlElement:
    """Run the master notebook through papermill and read the published page."""
    outcome = run_report_job(project.report(OFFICE, YEAR), NAME)
    assert outcome.status == "built", outcome.message
    return lxml.html.parse(project.home / f"output/{YEAR}/{OFFICE}/report.html").getroot()


def drafted(project: Project) -> list[str]:
    """The same page without a notebook: the parts the notebook would mark, through the same exporter's template."""
    import nbformat

    from gktools.inputs.inputs import load_inputs
    from gktools.render.page import ReportExporter
    from gktools.report.report import draft_report

    report = draft_report(load_inputs(project, OFFICE, YEAR))
    parts = [*report.prose.values(), *report.tables.values(), report]
    outputs = [nbformat.v4.new_output("display_data", part._repr_mimebundle_()) for part in parts]
    cells = [nbformat.v4.new_code_cell("", outputs=[output]) for output in outputs]
    text, _ = ReportExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
    return printed(lxml.html.document_fromstring(text))


def texts(lines: list[str]) -> dict[str, object]:
    """The office's sentences, with a token for each filing count."""
    parts = split(lines)
    aspects = dict(
        zip(("disclosure", "on_request", "management", "platform", "supervision"), parts["overview"], strict=True)
    )
    passages = {
        key: {"heading": heading.partition(".")[2], "text": FILED.sub(r'\1{{ 办理事项["\1"] }}件', text)}
        for key, (heading, text) in aspects.items()
    }
    return {
        "overview": {"lead": parts["lead"], **passages},
        "problems": "\n\n".join(parts["problems"]),
        "others": "\n\n".join(parts["others"]),
    }


def split(lines: list[str]) -> dict[str, object]:
    """The copy's prose: the lead, the five aspects with their headings, and sections five and six."""
    at = {line[0]: i for i, line in enumerate(lines) if re.match(r"[一二三四五六]、", line) and "\t" not in line}
    overview = lines[at["一"] + 1 : at["二"]]
    return {
        "lead": overview[0],
        "overview": [(heading, text) for heading, text in list(pairwise(overview[1:]))[::2]],
        "problems": lines[at["五"] + 1 : at["六"]],
        "others": lines[at["六"] + 1 :],
    }


def filings(lines: list[str]) -> list[dict[str, str]]:
    """One record a filing, as many of each kind as the copy says."""
    return [
        {"kind": kind, "handled_on": f"2020-{1 + i % 12:02d}-15", "number": f"{kind}-{i + 1}"}
        for kind, count in FILED.findall("".join(lines))
        for i in range(int(count))
    ]


def printed(page: lxml.html.HtmlElement) -> list[str]:
    """What the page prints, piece by piece: title, headings, paragraphs, and the filled cells of its tables."""
    pieces = page.xpath("//main")[0].xpath(".//h1|.//h2|.//h3|.//p|.//th|.//td")
    return [folded for piece in pieces if (folded := fold(piece.text_content()))]


def expected(lines: list[str]) -> list[str]:
    """What the copy prints, with the one label it puts a row too low at its official place."""
    pieces = [fold(piece) for line in lines for piece in line.split("\t")]
    pieces = [piece for piece in pieces if piece]
    pieces.remove(low := fold("（五）不予处理"))
    pieces.insert(pieces.index(fold("1.信访举报投诉类申请")), low)
    return pieces


def fold(text: str) -> str:
    """NFKC without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())
