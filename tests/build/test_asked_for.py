"""A report is moved into output/ only if the notebook made what was asked for: all of it, from the inputs it was given."""

from __future__ import annotations

from dataclasses import replace

import pytest
from nbformat import from_dict
from projects import keep, make_project

from gktools.build.asked_for import require_asked
from gktools.build.freshness import notebook_hash
from gktools.errors import GktoolsError
from gktools.inputs.inputs import load_inputs, with_params
from gktools.prose import Paragraph
from gktools.registers.schema import registers
from gktools.render.page import draft_notebook
from gktools.report.report import INPUTS, draft_report, make_report
from gktools.text.charts.pictures import draw_pictures
from gktools.workspace.params_models import ReportParams

OFFICES = {
    code: {"names": [{"name": f"示例区{name}局"}], "kind": "county_department"}
    for code, name in (("minzheng", "民政"), ("caizheng", "财政"))
}
PICTURED = {"layout": {"pictures": ["applicants"]}}
NOTHING = {key: ([], []) for key in registers()}
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


def check(project, notebook, inputs=None) -> None:
    """Hold a notebook against what was asked for: minzheng 2024 as it stands."""
    inputs = inputs or load_inputs(project, "minzheng", 2024)
    require_asked(project, inputs, inputs.hashes() | {"notebook": notebook_hash(notebook.cells)}, notebook)


def told(project, report) -> str:
    with pytest.raises(GktoolsError) as raised:
        check(project, draft_notebook(report))
    return str(raised.value)


def test_the_report_that_was_asked_for_is_accepted(project, reports):
    check(project, draft_notebook(reports["minzheng", 2024]))


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
        check(project, notebook)


def test_a_text_shown_otherwise_than_it_was_checked_is_told(project, reports):
    signature = reports["minzheng", 2024].prose["signature"]
    changed = replace(signature, paragraphs=(Paragraph("示例区财政局"),))
    notebook = show(reports["minzheng", 2024], signature, changed)
    with pytest.raises(GktoolsError, match="“落款”和核对过的报告里的不一样"):
        check(project, notebook)


def test_pictures_of_tables_of_another_office_are_told(project, reports):
    mine, other = reports["minzheng", 2024], reports["caizheng", 2024]
    pictures = draw_pictures(mine.inputs, *mine.tables.values())
    notebook = show(mine, pictures, draw_pictures(mine.inputs, *other.tables.values()))
    with pytest.raises(GktoolsError, match="里的“图”是"):
        check(project, notebook)


@pytest.mark.parametrize("part", ["requests", "others"])
def test_a_report_is_not_composed_of_parts_of_another_office(reports, part):
    mine, other = reports["minzheng", 2024], reports["caizheng", 2024]
    parts = {**mine.tables, **mine.prose, part: {**other.tables, **other.prose}[part]}
    with pytest.raises(GktoolsError, match="是 caizheng 2024 年的，这份报告是 minzheng 2024 年的"):
        make_report(mine.inputs, *parts.values())


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (lambda inputs, project: with_params(inputs, project, ReportParams()), "参数或单位表"),
        (lambda inputs, _: replace(inputs, own=replace(inputs.own, read=NOTHING)), "登记表里的记录"),
        (lambda inputs, _: replace(inputs, before=()), "上年的数"),
    ],
)
def test_other_inputs_than_those_that_were_given_are_named(project, other, named):
    changed = draft_report(other(load_inputs(project, "minzheng", 2024), project))

    assert f"总笔记本用的不是交给它的{named}" in told(project, changed)


def test_a_hash_that_the_notebook_leaves_out_is_one_that_differs(project, reports):
    notebook = draft_notebook(reports["minzheng", 2024])
    shown = next(o for o in notebook.cells[0].outputs if INPUTS in o.data)
    del shown.data[INPUTS]["hashes"]["records"]
    with pytest.raises(GktoolsError, match="不是交给它的登记表里的记录"):
        check(project, notebook)


def test_cells_that_are_not_those_of_the_file_are_told(project, reports):
    notebook = draft_notebook(reports["minzheng", 2024])
    inputs = load_inputs(project, "minzheng", 2024)
    with pytest.raises(GktoolsError, match=r"annual_report\.ipynb 在做这份报告的时候换了"):
        require_asked(project, inputs, inputs.hashes() | {"notebook": "of the file"}, notebook)


def executed(*tags):
    """The cells of an executed notebook: that of parameters, the added one, two more; with the tags of each."""
    cells = [{"cell_type": "code", "source": f"x{number}", "metadata": {"tags": of}} for number, of in enumerate(tags)]
    return [cell | {"source": "added"} if "injected-parameters" in cell["metadata"]["tags"] else cell for cell in cells]


PARAMETERS, ADDED = ["parameters"], ["injected-parameters"]


@pytest.mark.parametrize(
    "tags",
    [
        (PARAMETERS, ADDED, ["skip-execution"], []),
        (PARAMETERS, ADDED, [], ["raises-exception"]),
        ([], ADDED, PARAMETERS, []),
        (PARAMETERS, [], [], ADDED),
    ],
    ids=["left out", "errors stop nothing", "parameters later", "added later"],
)
def test_a_tag_that_changes_what_is_executed_is_part_of_the_code(tags):
    cells = executed(PARAMETERS, ADDED, [], [])
    assert notebook_hash(executed(PARAMETERS, ADDED, ["my-tag"], [])) == notebook_hash(cells)

    other = executed(*tags)
    for one, as_it_was in zip(other, cells, strict=True):
        one["source"] = one["source"] if "injected-parameters" in one["metadata"]["tags"] else as_it_was["source"]
    assert notebook_hash(other) != notebook_hash(cells)


def test_records_that_came_while_the_report_was_made_do_not_matter(project, reports):
    inputs = load_inputs(project, "minzheng", 2024)
    keep(project, "minzheng", 2024, {"requests": [REQUEST, {**REQUEST, "number": "2"}]})

    check(project, draft_notebook(reports["minzheng", 2024]), inputs)
    assert "登记表里的记录" in told(project, reports["minzheng", 2024])
