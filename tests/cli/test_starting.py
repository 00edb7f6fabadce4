"""gktools init --from: a working folder from last year's report, shown and confirmed, and no sentence of it in this year's."""

import json
from dataclasses import replace

import pytest
from faultless import figures

from gktools.checks.finished.audit import audit_reports
from gktools.checks.finished.last_report import comparison_text, take_from
from gktools.cli import starting
from gktools.cli.starting import Wanted, start_from
from gktools.errors import GktoolsError
from gktools.inputs.published_figures import read_published
from gktools.reading.published import from_json
from gktools.workspace.project import open_project

ROW, OUT = "一、本年新收政府信息公开申请数量", "四、结转下年度继续办理"
SENTENCE = "全年收到政府信息公开申请8件，结转下年度继续办理3件。"
OPENING = "如有疑问，请联系（地址：临川县府前路1号；邮编：344100；电话：0794-1234567；邮箱：gk@example.cn）。"


def last_year(unit="临川县审计局", **more):
    data = figures(2023) | {"unit": unit, "text": {"一": SENTENCE, "五": "问题若干。", "六": "无。"}, "level": None}
    data["table3"][ROW] |= {"自然人": 8, "总计": 8}
    data["table3"][OUT] |= {"自然人": 8, "总计": 8}
    return data | more


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "去年.json"
    path.write_text(json.dumps(last_year(), ensure_ascii=False), encoding="utf-8")
    return path


def taken(**more):
    (report,) = from_json(json.dumps(last_year(), ensure_ascii=False), "报告/去年.json")
    (audit,) = audit_reports([replace(report, **more)])
    return take_from(audit)


def test_the_contact_is_taken_from_the_opening():
    assert taken(opening=OPENING).contact == {
        "address": "临川县府前路1号",
        "postcode": "344100",
        "phone": "0794-1234567",
        "email": "gk@example.cn",
    }


def test_each_part_of_the_contact_is_taken_with_where_it_stood_also_from_a_line_that_was_spread():
    spread = "请联系（地址：临川县府前路1号 ， 邮 编 ： 344100 ）。"
    last = taken(opening=spread, text={"六": "联系电话：0794-1234567。"})

    assert last.contact == {"address": "临川县府前路1号", "postcode": "344100", "phone": "0794-1234567"}
    assert last.places["postcode"] == "开头段"
    assert last.places["phone"].startswith("六、")


def test_what_is_taken_has_no_characters_that_no_file_may_have():
    hidden = taken(opening="电话：0794\u200b-1234567", title="去年\u202e的\n报告", text={"五": "问题\u202e若干。"})

    assert (hidden.contact["phone"], hidden.text["problems"]) == ("0794-1234567", "问题若干。")
    assert hidden.published.source.startswith("去年的 报告")


def test_figures_are_taken_that_were_read_for_certain_with_their_source():
    last = taken(title="临川县审计局2023年政府信息公开工作年度报告", published_on="2024-01-20")

    assert last.published.figures["requests"]["received", "natural_person"] == 8
    assert last.published.source == "临川县审计局2023年政府信息公开工作年度报告，去年.json，2024-01-20"
    assert last.left_out == 0


def test_a_figure_that_was_inferred_is_left_out():
    (report,) = from_json(json.dumps(last_year(), ensure_ascii=False), "去年.json")
    inferred = tuple(replace(cell, inferred=cell.row == ROW) for cell in report.cells)
    last = taken(cells=inferred)

    assert ("received", "natural_person") not in last.published.figures["requests"]
    assert last.left_out == 7


def test_a_token_is_proposed_only_where_the_figure_equals_its_cells():
    assert [(one.token, one.words) for one in taken().proposals] == [("新收申请", "全年收到政府信息公开申请8件")]
    assert "{{ 新收申请 }}" in comparison_text(taken())


def test_a_local_label_is_taken_and_one_that_reads_as_another_is_not():
    printed = {"自然人申请": "自然人", "1.属于国家机密": "1.属于国家秘密", "总数": "（七）总计"}
    labels = taken(misprints=printed).labels

    assert labels["requests"]["dispositions.refused.state_secret"] == "1.属于国家机密"
    assert all("总计" not in label for label in labels["requests"].values())


def test_a_folder_is_made_for_the_next_year_without_a_sentence_of_last_year(source, tmp_path, capsys):
    start_from(source, tmp_path / "新", Wanted("shenji", yes=True))
    project = open_project(tmp_path / "新")
    office = project.office("shenji", 2024)

    assert (office.name, office.kind.key) == ("临川县审计局", "county_department")
    assert project.params("shenji", 2024).text.own() == {}
    written = tmp_path / "新/params/2024/shenji.yaml"
    assert SENTENCE not in written.read_text(encoding="utf-8")
    kept = tmp_path / "新/params/published/2023"
    published = read_published(kept / "shenji.yaml", "shenji.yaml", 2023)
    assert published.figures["requests"]["carried_out", "total"] == 8
    assert SENTENCE in (kept / "shenji.md").read_text(encoding="utf-8")
    out = capsys.readouterr().out
    assert "报告的标题" in out
    assert "从名称猜的" in out


def test_a_report_without_a_year_is_that_before_the_year_asked_for_and_the_doubt_is_told(tmp_path, capsys):
    (path := tmp_path / "去年.json").write_text(json.dumps(last_year(year=None), ensure_ascii=False), encoding="utf-8")
    start_from(path, tmp_path / "新", Wanted("shenji", year=2024, yes=True))

    assert (tmp_path / "新/params/published/2023/shenji.yaml").is_file()
    assert "没有读准，先对照原件看：没有读出是哪一年的报告，当作 2023 年的" in capsys.readouterr().out


def test_what_says_neither_unit_nor_year_is_no_report_of_last_year(tmp_path):
    (path := tmp_path / "什么.json").write_text(json.dumps(last_year(None, year=None)), encoding="utf-8")
    with pytest.raises(GktoolsError, match="没有读出是哪一年的报告"):
        start_from(path, tmp_path / "新", Wanted("shenji", year=2024, yes=True))


def test_a_folder_whose_figures_cannot_be_written_is_not_made(source, tmp_path, monkeypatch):
    def fail(*_):
        raise GktoolsError("磁盘满了")

    monkeypatch.setattr("gktools.editing.last_report.published_text", fail)
    with pytest.raises(GktoolsError, match="磁盘满了"):
        start_from(source, tmp_path / "新", Wanted("shenji", yes=True))

    assert list((tmp_path / "新").iterdir()) == []


def test_nothing_is_made_without_a_yes(source, tmp_path):
    with pytest.raises(GktoolsError, match="--yes"):
        start_from(source, tmp_path / "新", Wanted("shenji"))

    assert not (tmp_path / "新").exists()


def test_a_person_at_a_terminal_chooses_the_kind_and_confirms(source, tmp_path, monkeypatch):
    monkeypatch.setattr(starting, "at_terminal", lambda: True)
    answers = iter(["九", "2", "y"])
    start_from(source, tmp_path / "新", Wanted("shenji"), read=lambda _: next(answers))

    assert open_project(tmp_path / "新").office("shenji", 2024).kind.key == "province_government"


@pytest.mark.parametrize(
    ("unit", "wanted", "said"),
    [
        ("临川市人民政府", Wanted("shenji", yes=True), "--kind 写明：city_government"),
        ("某单位", Wanted("shenji", yes=True), "分不出是哪一类机关"),
        ("临川县审计局", Wanted("shenji", "departmant", yes=True), "是不是“department”"),
        ("临川县审计局", Wanted("审计", yes=True), "只能用小写字母"),
        ("", Wanted("shenji", yes=True), "没有读出单位名称"),
    ],
)
def test_what_cannot_be_decided_is_asked_for_and_nothing_is_made(tmp_path, unit, wanted, said):
    path = tmp_path / "去年.json"
    path.write_text(json.dumps(last_year(unit), ensure_ascii=False), encoding="utf-8")
    with pytest.raises(GktoolsError, match=said):
        start_from(path, tmp_path / "新", wanted)

    assert not (tmp_path / "新").exists()


def test_the_command_says_what_is_wrong_with_its_options(run, tmp_path, source):
    assert "--from" in run("init", "新", "--yes")[2]
    assert run("init", "新", "--from", source, "--yes", home=tmp_path)[0] == 0
