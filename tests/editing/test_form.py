"""The form for parameters: its fields come from the model, and what is saved keeps everything else as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from machine import examples, need
from projects import make_project
from pydantic import BaseModel

from gktools.editing.default_texts import default_texts
from gktools.editing.fields import fields, value_at
from gktools.editing.figures import usable_figures
from gktools.editing.office_file import OfficeFile, read_office, save
from gktools.editing.yaml_edit import set_value
from gktools.errors import ParamsError, hidden_character
from gktools.inputs.inputs import load_inputs
from gktools.text.sections import write_opening
from gktools.workspace.params_models import ReportParams
from gktools.workspace.project import Project

FIELDS = {field.path: field for field in fields(ReportParams)}
PHONE, ADDRESS, PROBLEMS = ("contact", "phone"), ("contact", "address"), ("text", "problems")
NUMBERING, SHARE, SIGNED = ("layout", "numbering"), ("checks", "other_share"), ("layout", "signed_on")
LABELS, HEADING = ("layout", "labels"), ("text", "overview", "disclosure", "heading")
PICTURES = ("layout", "pictures")
WRITTEN = """\
# yaml-language-server: $schema=../parameters.schema.json
# 本机关的说明
contact:
  address: 示例路1号  # 新址
  # 总机
  phone: '0000-1'     # 总机号

# 文字的说明
text:
  # 第一部分
  overview:
    lead: >-
      折起来的
      一段
    disclosure: {heading: "公开", omit: false}
  problems: |
    问题。

# 写法
layout:
  numbering: arabic
# 最后
"""


@pytest.fixture
def project(tmp_path) -> Project:
    """A working folder with one office, whose year gives a number of its own."""
    offices = {"minzheng": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
    made = make_project(tmp_path, offices, {(2024, "defaults"): {"checks": {"problems_characters": 80}}})
    (tmp_path / "params/defaults.yaml").write_text("contact: {postcode: '000000'}\n", encoding="utf-8")
    return made


def opened(project: Project, content: str | None = None) -> OfficeFile:
    """The office's file, with some content or none."""
    if content is not None:
        path = project.home / "params/2024/minzheng.yaml"
        path.write_text(content, encoding="utf-8", newline="")
    return read_office(project, "minzheng", 2024)


def text_of(file: OfficeFile) -> str:
    return file.path.read_bytes().decode("utf-8")


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came, in order."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    for name, field in model.model_fields.items():
        kind = field.annotation
        inner = isinstance(kind, type) and issubclass(kind, BaseModel)
        found |= leaves(kind, (*path, name)) if inner else {(*path, name)}
    return found


# --- fields -------------------------------------------------------------------------------------------------


def test_every_parameter_is_a_field_and_every_field_a_parameter():
    assert set(FIELDS) == leaves(ReportParams) - {
        ("differences",),
        ("decisions",),
    }  # lists of reasons are written in the file


def test_fields_are_called_as_the_model_calls_them():
    assert FIELDS[PHONE].name == "联系方式 › 电话"
    assert FIELDS[HEADING].name == "文字 › 第一部分 › 主动公开 › 小标题"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (PHONE, "line"),
        (PROBLEMS, "text"),
        (NUMBERING, "choice"),
        (("layout", "opening"), "flag"),
        (("counting", "near_days"), "integer"),
        (SHARE, "number"),
        (SIGNED, "date"),
        (LABELS, "labels"),
        (PICTURES, "several"),
    ],
)
def test_a_field_knows_what_it_holds(path, kind):
    assert FIELDS[path].kind == kind


@pytest.mark.parametrize("field", [f for f in FIELDS.values() if f.choices], ids=lambda field: field.name)
def test_a_choice_is_said_in_chinese(field):
    assert not any(choice.label.isascii() and choice.label.isalpha() for choice in field.choices)
    assert not any(str(choice.value) in field.description for choice in field.choices)


def test_a_choice_means_what_the_description_says():
    assert [(choice.value, choice.label) for choice in FIELDS["layout", "brackets"].choices] == [
        ("full", "全角"),
        ("half", "半角"),
    ]


def test_bounds_come_from_the_model():
    days = FIELDS["counting", "near_days"]

    assert (days.least, days.most) == (0, 366)
    assert FIELDS[PROBLEMS].longest == 20_000


def test_an_empty_heading_means_something_of_its_own():
    assert FIELDS[HEADING].blank == "不要小标题"
    assert FIELDS[PHONE].blank == ""


@pytest.mark.parametrize(
    ("path", "filled", "value"),
    [
        (PHONE, "  0000-1 ", "0000-1"),
        (PHONE, "   ", None),
        (PROBLEMS, "甲\r\n乙 ", "甲\n乙 "),
        (PROBLEMS, " \n", None),
        (SHARE, "０．２５", Decimal("0.25")),
        (SHARE, "一半", "一半"),
        (SHARE, "NaN", "NaN"),
        (("counting", "near_days"), "10", 10),
        (("counting", "near_days"), "1.5", "1.5"),
        (SIGNED, "2025年1月9日", date(2025, 1, 9)),
        (SIGNED, "2025/1/9", date(2025, 1, 9)),
        (SIGNED, "2025-13-01", "2025-13-01"),
        *((SIGNED, text, text) for text in ("25年1月9日", "25-1-9", "12/11/10", "202-1-9", "1/9/2025", "2025年1月")),
        *((SIGNED, text, text) for text in ("999999999999-01-01", "9" * 400)),
        *((("counting", "near_days"), text, text) for text in ("1_0", "1e1", "9" * 19)),
        (SHARE, "1e-1", "1e-1"),
        (("layout", "opening"), False, False),
        (LABELS, "requests.received：本年新收\n\n", {"requests": {"received": "本年新收"}}),
        (LABELS, "没有冒号", "没有冒号"),
        (PICTURES, ("applicants",), ("applicants",)),
        (PICTURES, (), ()),
    ],
)
def test_what_is_filled_in_is_read_as_the_field_asks(path, filled, value):
    assert FIELDS[path].parse(filled) == value


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: field.name)
def test_a_value_that_is_shown_and_not_touched_is_the_same_value(field):
    value = value_at(ReportParams(), field.path)

    assert field.parse(field.format(value)) == (value or None if field.kind == "labels" else value)


# --- where a value comes from -------------------------------------------------------------------------------


def test_the_source_of_a_value_is_the_nearest_file_that_says_it(project):
    file = opened(project, WRITTEN)
    paths = [PHONE, ("checks", "problems_characters"), ("contact", "postcode"), SHARE]

    assert [file.source(FIELDS[path]) for path in paths] == ["office", "year", "district", "built-in"]
    assert [file.value(FIELDS[path]) for path in paths] == ["0000-1", 80, "000000", Decimal("0.3")]


def test_an_office_without_a_file_has_what_the_defaults_give(project):
    file = opened(project)

    assert file.content is None
    assert file.value(FIELDS["contact", "postcode"]) == "000000"


# --- saving -------------------------------------------------------------------------------------------------


def test_a_changed_value_keeps_every_other_line(project):
    file = save(opened(project, WRITTEN), {PHONE: "0000-2"})

    assert lines_changed(WRITTEN, text_of(file)) == (
        ["  phone: '0000-1'     # 总机号"],
        ['  phone: "0000-2"  # 总机号'],
    )
    assert file.params.contact.phone == "0000-2"


def test_a_new_value_stands_where_the_model_has_it_and_moves_no_comment(project):
    file = save(opened(project, WRITTEN), {("contact", "email"): "a@b.example"})

    assert '# 总机号\n  email: "a@b.example"\n\n# 文字的说明\ntext:' in text_of(file)


def test_a_new_value_stands_behind_the_comment_that_goes_on_below_the_value_above_it():
    text = "text:\n  problems: null   # 例如\n                   # 一是……\n# 下一段\n"

    assert set_value(text, ("contact", "phone"), "1", {}) == (
        "text:\n  problems: null   # 例如\n                   # 一是……\ncontact:\n  phone: '1'\n# 下一段\n"
    )
    assert set_value(text, ("text", "others"), "无", {}).splitlines()[3] == "  others: 无"


def test_a_value_taken_out_takes_no_comment_of_its_neighbours(project):
    file = save(opened(project, WRITTEN), {PHONE: None, NUMBERING: None})
    gone, came = lines_changed(WRITTEN, text_of(file))

    assert gone == ["  phone: '0000-1'     # 总机号", "layout:", "  numbering: arabic"]
    assert came == []


def test_long_texts_are_blocks_and_a_folded_one_becomes_one(project):
    lead, text = ("text", "overview", "lead"), "一段。\n\n另一段：# 不是注释\n"
    file = save(opened(project, WRITTEN), {lead: text, PROBLEMS: text})

    assert "    lead: |\n      一段。\n\n      另一段：# 不是注释\n    disclosure:" in text_of(file)
    assert "  problems: |\n    一段。\n\n    另一段：# 不是注释\n\n# 写法" in text_of(file)


def test_braces_are_opened_for_a_long_text(project):
    file = save(opened(project, WRITTEN), {("text", "overview", "disclosure", "text"): "甲\n\n乙"})

    assert '    disclosure:\n      heading: "公开"\n      omit: false\n      text: |-\n        甲\n' in text_of(file)


def test_values_that_the_defaults_give_are_not_written(project):
    file = opened(project)
    same = {path: value_at(file.params, path) for path in FIELDS if path != LABELS}

    assert save(file, same) is file
    assert not file.path.exists()


@pytest.mark.parametrize("written", ["+8659110", "010010", "-0", "1_000"])
def test_a_number_in_a_text_beside_a_changed_value_stays_as_written(project, written):
    file = save(opened(project, f"contact: {{postcode: {written}, email: a}}\n"), {PHONE: "1"})

    assert file.params.contact.postcode == written


def test_a_value_that_is_written_already_stays_though_it_is_the_default(project):
    file = save(opened(project, "layout:\n  numbering: arabic\n"), {NUMBERING: "chinese"})

    assert text_of(file) == "layout:\n  numbering: chinese\n"


def test_the_last_value_taken_out_leaves_the_comments(project):
    file = save(opened(project, "# 说明\ncontact:\n  # 总机\n  phone: '1'\n"), {PHONE: None})

    assert text_of(file) == "# 说明\n  # 总机\n"
    assert file.params == file.inherited


def test_a_new_file_names_its_schema(project):
    file = save(opened(project), {PHONE: "1", SHARE: Decimal("0.25"), SIGNED: date(2025, 1, 9)})

    assert text_of(file) == (
        "# yaml-language-server: $schema=../parameters.schema.json\n"
        'contact:\n  phone: "1"\nlayout:\n  signed_on: 2025-01-09\nchecks:\n  other_share: 0.25\n'
    )


def test_an_empty_heading_is_written_as_such(project):
    file = save(opened(project), {HEADING: ""})

    assert file.params.text.overview.disclosure.heading == ""
    assert 'heading: ""' in text_of(file)


def test_labels_are_written_one_by_one(project):
    content = 'layout:\n  labels:\n    requests:\n      received: "甲"  # 当地叫法\n      carried_in: "乙"\n'
    file = save(opened(project, content), {LABELS: {"requests": {"received": "甲", "carried_out": "丙"}}})

    assert text_of(file) == (
        'layout:\n  labels:\n    requests:\n      received: "甲"  # 当地叫法\n      carried_out: "丙"\n'
    )


def test_what_is_chosen_of_several_is_written_as_a_list_and_nothing_chosen_as_none(project):
    file = save(opened(project), {PICTURES: ("applicants", "dispositions")})

    assert "  pictures: [applicants, dispositions]\n" in text_of(file)
    assert file.params.layout.pictures == ("applicants", "dispositions")
    assert save(file, {PICTURES: ("applicants", "dispositions")}) is file
    assert save(file, {PICTURES: ()}).params.layout.pictures == ()
    assert save(opened(project), {PICTURES: None}).params.layout.pictures == ()


@pytest.mark.parametrize("written", ["pictures: [applicants]  # 一张", "pictures:\n    - applicants  # 一张"])
def test_a_list_written_either_way_is_changed_and_keeps_its_comment(project, written):
    file = save(opened(project, f"layout:\n  {written}\n"), {PICTURES: ("dispositions",)})

    assert text_of(file) == "layout:\n  pictures: [dispositions]  # 一张\n"


def test_windows_line_ends_stay(project):
    file = save(opened(project, WRITTEN.replace("\n", "\r\n")), {PHONE: "2", PROBLEMS: "甲\n\n乙"})

    assert text_of(file).count("\n") == text_of(file).count("\r\n")
    assert file.params.text.problems == "甲\n\n乙"


def test_nothing_but_the_file_is_left_in_its_folder(project):
    save(opened(project, WRITTEN), {PHONE: "2"})

    assert sorted(path.name for path in (project.home / "params/2024").iterdir()) == ["defaults.yaml", "minzheng.yaml"]


AWKWARD = [
    "冒号: 井号 # 引号 \"'` 反斜杠\\n",
    "- 像列表\n? 像键\n%像指令\n---\n...\n",
    "表情 😀\n制表\t符\n",
    "行尾空格  \n下一行 ",
    "  行首空格\n再来",
    "\n\n空行开头",
    "空行结尾\n\n\n",
    "true",
    "012",
    "2024-01-01",
    "异体\U000e0100字",
]


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.parametrize("content", [None, WRITTEN, "text: {problems: 甲}\n"])
@pytest.mark.parametrize("path", [PROBLEMS, ADDRESS])
def test_an_awkward_text_comes_back_exactly(project, text, content, path):
    file = save(opened(project, content), {path: text})

    assert value_at(file.params, path) == text


ORDINARY = st.characters(exclude_characters="{}").filter(lambda character: not hidden_character(character))


@given(
    st.dictionaries(
        st.sampled_from([path for path, field in FIELDS.items() if field.kind in ("line", "text")]),
        st.none() | st.text(ORDINARY, min_size=1),
        min_size=1,
        max_size=4,
    )
)
@example({PROBLEMS: "0", PHONE: None})
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_come_back_exactly_and_no_comment_on_a_line_of_its_own_is_lost(project, texts):
    file = save(opened(project, WRITTEN), texts)

    for path, text in texts.items():
        assert value_at(file.params, path) == (value_at(file.inherited, path) if text is None else text)
    comments = [line.strip() for line in WRITTEN.splitlines() if line.strip().startswith("#")]
    kept = [line.strip() for line in text_of(file).splitlines() if line.strip() in comments]
    assert [comment for comment in comments if comment not in kept] == []


@pytest.mark.parametrize("character", ["\x07", "\x1b", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff"])
def test_a_character_that_would_steer_the_screen_is_not_saved(project, character):
    file = opened(project, WRITTEN)

    with pytest.raises(ParamsError, match="文字 › 第五部分：有看不见的“"):
        save(file, {PROBLEMS: f"一{character}二"})
    assert text_of(file) == WRITTEN


# --- refusing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({SHARE: Decimal(2)}, "校验界限 › 其他处理占比：不能大于 1（填的是“2”）"),
        ({SHARE: "一半"}, "校验界限 › 其他处理占比：要填数字（填的是“一半”）"),
        ({SIGNED: "昨天"}, "写法 › 落款日期：要填日期，如 2024-12-31（填的是“昨天”）"),
        ({LABELS: {"requests": {"recieved": "甲"}}}, "是不是“received”"),
        (
            {PROBLEMS: "甲\n\n有 {{ 新收申情 }} 件"},
            "文字 › 第五部分 第 3 行 第 3 列：没有“新收申情”这个指标；是不是“新收申请”",
        ),
        ({PROBLEMS: "{{ 新收申请 }"}, "花括号的写法不对"),
        ({PROBLEMS: "有 {{ ().__class__ }} 件"}, "文字 › 第五部分 第 1 行 第 3 列：花括号的写法不对"),
    ],
)
def test_a_wrong_value_is_named_by_its_field_and_nothing_is_written(project, changes, message):
    file = opened(project, WRITTEN)

    with pytest.raises(ParamsError) as refused:
        save(file, {PHONE: "2", **changes})

    assert message in str(refused.value)
    assert text_of(file) == WRITTEN


def test_everything_wrong_is_said_at_once(project):
    with pytest.raises(ParamsError) as refused:
        save(opened(project), {SHARE: Decimal(2), ("counting", "near_days"): -1})

    assert len(refused.value.problems) == 2
    assert not opened(project).path.exists()


@pytest.mark.parametrize("content", [WRITTEN, None])
def test_a_file_that_somebody_else_changed_is_left_alone(project, content):
    mine, theirs = opened(project, content), opened(project)
    changed = save(theirs, {PHONE: "0000-9"})
    after = text_of(changed)

    with pytest.raises(ParamsError, match="被别人"):
        save(mine, {ADDRESS: "示例路2号"})

    assert text_of(changed) == after


def test_a_file_that_is_no_yaml_is_named_with_its_line(project):
    with pytest.raises(ParamsError, match=r"minzheng\.yaml 第 3 行"):
        opened(project, "contact:\n phone: '1\n")


# --- figures ------------------------------------------------------------------------------------------------


def test_tokens_are_listed_with_their_present_figure_or_the_reason_why_not(project):
    figures = {figure.token: figure for figure in usable_figures(load_inputs(project, "minzheng", 2024))}

    assert figures["{{ 年度 }}"].shown == "2024"
    assert figures["{{ 会议次数 }}"].reason
    assert figures["{{ 会议次数 }}"].origin == "监督保障登记表"


# --- the form in a notebook ---------------------------------------------------------------------------------


class Shown:
    """A form's widgets by what is written on them, as a person finds them."""

    def __init__(self, form) -> None:
        self._widgets = list(self._all(form))

    def _all(self, widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from self._all(child)

    def __getitem__(self, written):
        return next(w for w in self._widgets if getattr(w, "description", "").startswith(written))

    @property
    def said(self) -> str:
        return " ".join(
            w.value for w in self._widgets if isinstance(getattr(w, "value", None), str) and "gk-said" in w.value
        )

    def reads(self, text: str) -> bool:
        return any(text in str(getattr(w, "value", "")) for w in self._widgets)


@pytest.fixture
def shown(project, monkeypatch) -> Shown:
    """The form of the office, its file being there."""
    need("ipywidgets", find_spec("ipywidgets"))
    from gktools.editing.widgets import parameter_form

    opened(project, WRITTEN)
    monkeypatch.setenv("GKTOOLS_HOME", str(project.home))
    return Shown(parameter_form("minzheng", 2024))


def test_a_government_and_its_roll_up_are_told_apart_in_the_list(tmp_path, monkeypatch):
    need("ipywidgets", find_spec("ipywidgets"))
    from gktools.editing.widgets import parameter_form

    body = {"names": [{"name": "示例区人民政府"}], "kind": "county_government"}
    made = make_project(tmp_path / "two", {"qu": body, "qu-all": body | {"rolls_up": "qu"}}, {(2024, "defaults"): {}})
    monkeypatch.setenv("GKTOOLS_HOME", str(made.home))
    offices = dict(Shown(parameter_form("qu-all", 2024))["机关"].options)

    assert offices["示例区人民政府"] == "qu"
    assert offices["示例区人民政府（本级政府汇总）"] == "qu-all"


def test_a_blank_box_shows_the_text_that_is_printed_in_its_place(project, shown):
    inputs = load_inputs(project, "minzheng", 2024)
    defaults = default_texts(inputs)

    assert shown["开头段"].value == ""
    assert shown["开头段"].placeholder == defaults["text", "opening"] == write_opening(inputs).text
    assert shown["开头段"].rows > 3
    assert shown["落款日期"].placeholder == "2025-01-31"
    assert defaults["text", "overview", "disclosure", "heading"] == "主动公开情况"
    assert defaults["text", "others"] == "没有其他需要报告的事项。"
    assert PROBLEMS not in defaults


def test_what_a_blank_box_stands_for_is_not_what_the_office_wrote(project):
    opened(project, WRITTEN.replace("problems: |", "opening: 自己的开头段。\n  others: 自己的。\n  problems: |"))
    inputs = load_inputs(project, "minzheng", 2024)

    assert write_opening(inputs).text == "自己的开头段。"
    assert default_texts(inputs)["text", "opening"].startswith("根据《中华人民共和国政府信息公开条例》")
    assert "自己的" not in default_texts(inputs)["text", "others"]


def test_the_form_saves_what_was_changed_and_says_so(project, shown):
    shown["电话"].value = "0000-2"
    assert shown["保存"].description == "保存（1 处）"
    shown["保存"].click()

    assert '  phone: "0000-2"  # 总机号' in text_of(opened(project))
    assert "已保存 1 处改动到 params/2024/minzheng.yaml" in shown.said
    assert shown["保存"].disabled


def test_an_emptied_field_goes_back_to_the_default(project, shown):
    shown["电话"].value = ""
    shown["小标题编号"].value = "chinese"
    shown["保存"].click()

    assert "phone" not in text_of(opened(project))
    assert "numbering: chinese" in text_of(opened(project))


def test_what_was_not_saved_can_be_taken_back(project, shown):
    shown["电话"].value = "0000-2"
    shown["恢复未保存的"].click()

    assert shown["电话"].value == "0000-1"
    assert text_of(opened(project)) == WRITTEN


def test_another_office_is_not_shown_while_something_is_unsaved(shown):
    shown["电话"].value = "0000-2"
    shown["机关"].value = ""

    assert shown["机关"].value == "minzheng"
    assert "1 处改动还没有保存" in shown.said


def test_a_refused_value_stays_in_the_form_with_the_reason(project, shown):
    shown["第五部分"].value = "有 {{ 新收申情 }} 件"
    shown["保存"].click()

    assert "是不是“新收申请”" in shown.said
    assert shown["第五部分"].value == "有 {{ 新收申情 }} 件"
    assert text_of(opened(project)) == WRITTEN


def test_the_office_of_a_broken_file_gets_a_message_and_no_fields(project, shown):
    shown["机关"].value = ""
    opened(project).path.write_text("contact: [", encoding="utf-8")
    shown["机关"].value = "minzheng"

    assert "不合 YAML 的写法" in shown.said
    assert shown["做报告"].disabled


def test_a_mistake_of_the_program_goes_to_a_log_and_is_told_without_a_traceback(project, shown, monkeypatch):
    monkeypatch.setattr("gktools.editing.widgets.save", lambda *_: 1 / 0)
    shown["电话"].value = "0000-2"
    shown["保存"].click()

    assert "技术细节在 output/parameters.log" in shown.said
    assert "Traceback" not in shown.said
    assert "ZeroDivisionError" in (project.home / "output/parameters.log").read_text(encoding="utf-8")


def test_a_folder_that_is_no_project_gets_a_message(tmp_path, monkeypatch):
    need("ipywidgets", find_spec("ipywidgets"))
    from gktools.editing.widgets import parameter_form

    monkeypatch.setenv("GKTOOLS_HOME", str(tmp_path))

    assert "gktools init" in Shown(parameter_form()).said


def test_a_report_that_cannot_be_made_is_told_in_chinese(project, shown):
    (project.home / "notebooks/annual_report.ipynb").unlink()
    shown["做报告"].click()

    assert "没有做成" in shown.said
    assert not shown["做报告"].disabled
