"""A report is moved into output/ only if the notebook made what was asked for: all of it, from those inputs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from nbformat import from_dict
from projects import keep, make_project

from gktools.build.asked_for import asked_for, require_asked
from gktools.errors import GktoolsError
from gktools.inputs.inputs import load_inputs
from gktools.prose import Paragraph
from gktools.render.page import draft_notebook
from gktools.report.report import draft_report, make_report
from gktools.text.charts.pictures import draw_pictures

OFFICES = {
    code: {"names": [{"name": f"示例区{name}局"}], "kind": "county_department"}
    for code, name in (("minzheng", "民政"), ("caizheng", "财政"))
}
PICTURED = {"layout": {"pictures": ["applicants"]}}
REQUEST = {"number": "1", "received_on": "2024-03-01", "channel": "in_person", "applicant": "natural_person"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = make_project(
        tmp_path_factory.mktemp("asked") / "work", OFFICES, {(2024, code): PICTURED for code in OFFICES}
    )
    for code in OFFICES:
        keep(made, code, 2024, {"requests": [REQUEST]})
    return made


@pytest.fixture(scope="module")
def reports(project):
    return {(code, year): draft_report(load_inputs(project, code, year)) for code in OFFICES for year in (2024, 2023)}


def told(project, report, **asked) -> str:
    with pytest.raises(GktoolsError) as raised:
        require_asked(project, replace(asked_for(project, "minzheng", 2024), **asked), draft_notebook(report))
    return str(raised.value)


def test_the_report_that_was_asked_for_is_accepted(project, reports):
    require_asked(project, asked_for(project, "minzheng", 2024), draft_notebook(reports["minzheng", 2024]))


@pytest.mark.parametrize(("code", "year"), [("caizheng", 2024), ("minzheng", 2023)])
def test_a_report_of_another_office_or_year_is_named_with_the_one_asked_for(project, reports, code, year):
    message = told(project, reports[code, year])

    assert f"（{code}）{year} 年的，要做的是示例区民政局（minzheng）2024 年的" in message
    assert "写死了 office、year" in message


def show(report, part, instead):
    """Return the notebook of a report in which another value is shown in place of a part."""
    notebook = draft_notebook(report)
    shown = part._repr_mimebundle_()
    next(o for o in notebook.cells[0].outputs if o.data == shown).data = from_dict(instead._repr_mimebundle_())
    return notebook


def test_a_table_of_another_office_shown_within_the_report_is_told_by_its_title(project, reports):
    mine, other = (reports[code, 2024].tables["requests"] for code in ("minzheng", "caizheng"))
    notebook = show(reports["minzheng", 2024], mine, other)
    with pytest.raises(
        GktoolsError, match="里的“三、收到和处理政府信息公开申请情况”是示例区财政局（caizheng）2024 年的"
    ):
        require_asked(project, asked_for(project, "minzheng", 2024), notebook)


def test_a_text_shown_otherwise_than_it_was_checked_is_told(project, reports):
    signature = reports["minzheng", 2024].prose["signature"]
    changed = replace(signature, paragraphs=(Paragraph("示例区财政局"),))
    notebook = show(reports["minzheng", 2024], signature, changed)
    with pytest.raises(GktoolsError, match="“落款”和核对过的报告里的不一样"):
        require_asked(project, asked_for(project, "minzheng", 2024), notebook)


def test_pictures_of_tables_of_another_office_are_told(project, reports):
    mine, other = reports["minzheng", 2024], reports["caizheng", 2024]
    pictures = draw_pictures(mine.inputs, *mine.tables.values())
    notebook = show(mine, pictures, draw_pictures(mine.inputs, *other.tables.values()))
    with pytest.raises(GktoolsError, match="里的“图”是"):
        require_asked(project, asked_for(project, "minzheng", 2024), notebook)


@pytest.mark.parametrize("part", ["requests", "others"])
def test_a_report_is_not_composed_of_parts_of_another_office(reports, part):
    mine, other = reports["minzheng", 2024], reports["caizheng", 2024]
    parts = {**mine.tables, **mine.prose, part: {**other.tables, **other.prose}[part]}
    with pytest.raises(GktoolsError, match="是 caizheng 2024 年的，这份报告是 minzheng 2024 年的"):
        make_report(mine.inputs, *parts.values())


def test_changes_for_one_run_written_into_the_notebook_are_told(project):
    changed = draft_report(load_inputs(project, "minzheng", 2024, {"contact": {"phone": "12345"}}))

    assert "overrides" in told(project, changed)


def test_parameters_changed_while_the_report_was_made_are_those_of_before_or_after(project, reports):
    report = reports["minzheng", 2024]
    before = replace(asked_for(project, "minzheng", 2024), parameters="as they were before")

    require_asked(project, before, draft_notebook(report))
    changed = draft_report(load_inputs(project, "minzheng", 2024, {"contact": {"phone": "12345"}}))
    assert "再做一次" in told(project, changed, parameters="as they were before")


def test_records_of_an_earlier_import_are_told(project, reports):
    keep(project, "minzheng", 2024, {"requests": [REQUEST, {**REQUEST, "number": "2"}]})

    assert "第 1 次导入时的，台账库里是第 3 次导入的" in told(project, reports["minzheng", 2024])
    require_asked(
        project, replace(asked_for(project, "minzheng", 2024), as_of=1), draft_notebook(reports["minzheng", 2024])
    )
