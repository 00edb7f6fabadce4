"""Parameters: who says what holds, and every mistake with file, line and column, in Chinese."""

from __future__ import annotations

import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from gktools.errors import NotFoundError, ParamsError
from gktools.forms.local_wording import labels_of, misleading_labels
from gktools.forms.notices import load_format
from gktools.inputs.inputs import load_inputs
from gktools.registers.intake.own_words import read_own_words
from gktools.starter.schemas import schemas
from gktools.workspace.params_file import write_params_file
from gktools.workspace.params_models import CountingRules, ReportParams
from gktools.workspace.project import open_project
from gktools.workspace.records_params import read_records_params

PARAMS = Path(__file__).parents[2] / "params"
OFFICES = """\
offices:
  qu: {names: [{name: 示例区人民政府}], kind: county_government}
  minzheng:
    names:
      - {name: 示例区民政局, until: 2022-06-30}
      - {name: 示例区民政和社会工作局, since: 2022-07-01}
    kind: county_department
    parent: qu
  jiu: {names: [{name: 示例区旧城改造办, until: 2021-12-31}], kind: subdistrict, parent: qu}
"""


@pytest.fixture
def home(tmp_path):
    """A working folder with three offices and no parameters yet."""
    (tmp_path / "params/2024").mkdir(parents=True)
    (tmp_path / "params/offices.yaml").write_text(OFFICES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def params(home):
    """Write parameter files and return the parameters of one office's report of 2024."""

    def merge(office="", year="", defaults="", overrides=None):
        for name, text in (("2024/minzheng", office), ("2024/defaults", year), ("defaults", defaults)):
            if text:
                (home / f"params/{name}.yaml").write_text(text, encoding="utf-8")
        return open_project(home).params("minzheng", 2024, overrides)

    return merge


@pytest.fixture
def wrong(params):
    """The lines told of parameter files that cannot be used."""

    def told(office="", **rest):
        with pytest.raises(ParamsError) as caught:
            params(office, **rest)
        return str(caught.value).splitlines()

    return told


FILE = "params/2024/minzheng.yaml"


def test_an_office_book_with_the_size_and_time_of_another_is_read_again(home):
    book = home / "params/offices.yaml"
    whole, facts = book.read_bytes(), book.stat()
    book.write_bytes(whole.replace("民政".encode(), "财政".encode()))
    os.utime(book, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    forged = open_project(home).book
    book.write_bytes(whole)
    os.utime(book, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    assert open_project(home).book != forged


# --- merging ----------


def test_without_any_file_the_defaults_hold(params):
    assert params() == ReportParams()


def test_what_a_nearer_file_says_holds(params):
    found = params(
        office="contact: {phone: 1-3}",
        year="contact: {phone: 1-2, email: 2-2}",
        defaults="contact: {phone: 1-1, email: 2-1, address: 3-1}\nlayout: {brackets: half}",
    )

    assert (found.contact.phone, found.contact.email, found.contact.address) == ("1-3", "2-2", "3-1")
    assert found.layout.brackets == "half"


def test_changes_for_one_run_come_last(params):
    found = params("counting: {near_days: 5}", overrides={"counting": {"near_days": 7}})

    assert found.counting.near_days == 7
    assert params("counting: {near_days: 5}", overrides={}).counting.near_days == 5


def test_deep_parts_are_merged_and_not_replaced(params):
    found = params(
        office="text: {overview: {platform: {text: 乙}}}",
        defaults="text: {overview: {lead: 甲, platform: {heading: 平台}}, problems: 丙}",
    )

    assert (found.text.overview.lead, found.text.problems) == ("甲", "丙")
    assert (found.text.overview.platform.heading, found.text.overview.platform.text) == ("平台", "乙")


def test_parameters_of_another_office_or_year_are_not_read(home, params):
    (home / "params/2024/qu.yaml").write_text("contact: {phone: 别的}", encoding="utf-8")
    (home / "params/2023").mkdir()
    (home / "params/2023/minzheng.yaml").write_text("contact: {phone: 往年}", encoding="utf-8")

    assert params().contact.phone is None


def test_a_number_written_for_a_text_keeps_every_digit(params):
    found = params("contact: {postcode: 001000, phone: +86-591, address: 12345678, email: 1_000}")

    assert (found.contact.postcode, found.contact.phone) == ("001000", "+86-591")
    assert (found.contact.address, found.contact.email) == ("12345678", "1_000")
    assert params("contact: {phone: +8659112345678}").contact.phone == "+8659112345678"


@pytest.mark.parametrize(
    "written",
    ["010010", "007", "12:30", "0o17", "1_000", "0x1F", "1e5", "1.50", "-0", "+86", "no", "2024-01-31", "True"],
)
def test_what_other_readers_of_yaml_take_for_a_number_a_day_or_a_yes_stays_text(params, home, written):
    assert params(f"contact: {{phone: {written}}}").contact.phone == written
    (home / "params/offices.yaml").write_text(OFFICES.replace("示例区旧城改造办", written), encoding="utf-8")
    assert open_project(home).book["jiu"].names[0].name == written


@pytest.mark.parametrize("written", ["true", "false", "[1]", "{a: 1}"])
def test_a_yes_or_a_list_for_a_text_is_told_with_its_line(wrong, written):
    assert wrong(f"contact:\n  phone: {written}")[0].startswith(
        f"{FILE} 第 2 行 第 3 列：“phone”要填文字（含数字、日期、是否的文字请加引号）"
    )


@pytest.mark.parametrize("written", ["null", "~", ""])
def test_nothing_written_for_a_text_is_nothing(params, written):
    assert params(f"contact: {{phone: {written}}}").contact.phone is None


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ({"contact": {"postcode": 0o10010}}, "postcode"),
        ({"contact": {"phone": 1e5}}, "phone"),
        ({"text": {"problems": 2024}}, "problems"),
        ({"differences": [{"rule": "上年结转", "reason": "合并", "person": 7}]}, "person"),
    ],
)
def test_a_number_for_a_text_in_a_change_for_one_run_is_told(wrong, overrides, name):
    assert wrong(overrides=overrides) == [
        f"临时改动：“{name}”要填文字（含数字、日期、是否的文字请加引号）：不加引号的数，前面的 0 会丢，010010 会读成 4104"
    ]


def test_numbers_dates_and_choices_are_what_they_are(params):
    found = params(
        "checks: {other_share: 0.25, other_count: 4}\n"
        "layout: {signed_on: 2025-01-20, numbering: arabic, opening: false}\n"
        "counting: {completed_by: document}"
    )

    assert (found.checks.other_share, found.checks.other_count) == (Decimal("0.25"), 4)
    assert (found.layout.signed_on, found.layout.numbering) == (date(2025, 1, 20), "arabic")
    assert not found.layout.opening
    assert found.counting.completed_by == "document"


def test_a_file_with_nothing_but_remarks_says_nothing(params):
    assert params("# 暂时不改\n") == ReportParams()


def test_text_may_run_over_lines_and_a_byte_order_mark_does_no_harm(home, params):
    (home / "params/2024/minzheng.yaml").write_bytes(
        b"\xef\xbb\xbf" + "text:\n  problems: |\n    一是。\n\n    二是。\n".encode()
    )

    assert params().text.problems == "一是。\n\n二是。\n"


def test_parameters_cannot_be_changed_afterwards(params):
    with pytest.raises(ValidationError):
        params().counting.near_days = 3


# --- mistakes ----------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contact:\n  fone: 1", f"{FILE} 第 2 行 第 3 列：没有“fone”这个项目；是不是“phone”？"),
        ("kontakt: {}", f"{FILE} 第 1 行 第 1 列：没有“kontakt”这个项目；是不是“contact”？"),
        ("layout:\n  opening: yes", f"{FILE} 第 2 行 第 3 列：“opening”只能填 true 或 false（填的是“yes”）"),
        ("layout:\n  opening: 1", f"{FILE} 第 2 行 第 3 列：“opening”只能填 true 或 false（填的是“1”）"),
        (
            "layout: {brackets: 半角}",
            f"{FILE} 第 1 行 第 10 列：“brackets”只能填 'full' 或 'half'：full 全角，half 半角（填的是“半角”）",
        ),
        (
            "counting: {joint_documents: 牵头}",
            f"{FILE} 第 1 行 第 12 列：“joint_documents”只能填 'lead' 或 'all'：lead 只由牵头机关计，all 都计（填的是“牵头”）",
        ),
        ("layout: {signed_on: 一月}", f"{FILE} 第 1 行 第 10 列：“signed_on”要填日期，如 2024-12-31（填的是“一月”）"),
        ("counting: {near_days: 400}", f"{FILE} 第 1 行 第 12 列：“near_days”不能大于 366（填的是“400”）"),
        ("counting: {near_days: -1}", f"{FILE} 第 1 行 第 12 列：“near_days”不能小于 0（填的是“-1”）"),
        ("counting: {near_days: 几天}", f"{FILE} 第 1 行 第 12 列：“near_days”要填整数（填的是“几天”）"),
        ("checks: {other_share: 三成}", f"{FILE} 第 1 行 第 10 列：“other_share”要填数字（填的是“三成”）"),
        ("checks: {other_share: .nan}", f"{FILE} 第 1 行 第 10 列：“other_share”要填数字（填的是“.nan”）"),
        ("text: 一段话", f"{FILE} 第 1 行 第 1 列：“text”要填下一级的项目（填的是“一段话”）"),
        ("text: {problems: [甲]}", f"{FILE} 第 1 行 第 8 列：“problems”要填文字（含数字、日期、是否的文字请加引号）"),
        (f"text: {{problems: {'长' * 20001}}}", f"{FILE} 第 1 行 第 8 列：“problems”太长，最多 20000 个字"),
        (f"contact: {{phone: '{'1' * 301}'}}", f"{FILE} 第 1 行 第 11 列：“phone”太长，最多 300 个字"),
        (
            f"text: {{overview: {{platform: {{heading: {'长' * 301}}}}}}}",
            f"{FILE} 第 1 行 第 30 列：“heading”太长，最多 300 个字",
        ),
        ("- a\n- b", f"{FILE} 第 1 行 第 1 列：应是“项目: 值”的写法"),
        ("只有一句话", f"{FILE} 第 1 行 第 1 列：应是“项目: 值”的写法"),
        ("contact:\n  phone: 1\n  phone: 2", f"{FILE} 第 3 行 第 3 列：“phone”写了两次，只能留一个"),
        ("contact:\n  phone: 1\n fax: 2", f"{FILE} 第 3 行 第 2 列：这里不合 YAML 的写法"),
        ("contact: {phone: '1}", f"{FILE} 第 1 行"),
        ("contact: \x07", f"{FILE}：不是可读的 YAML 文件，可能有控制字符"),
        ("contact: &x {phone: *x}", f"{FILE}"),
        (
            "layout:\n  labels:\n    requests:\n      organisation.charit: 社会组织",
            f"{FILE} 第 4 行 第 7 列：“organisation.charit”不是 requests 里的行或列；是不是“organisation.charity”",
        ),
        ("layout:\n  labels:\n    request: {a: b}", f"{FILE} 第 3 行 第 5 列：“request”不是一张表；是不是“requests”"),
    ],
)
def test_a_mistake_is_told_with_file_line_column_and_what_is_allowed(wrong, text, told):
    (line,) = wrong(text)

    assert line.startswith(told)


def test_everything_wrong_in_every_file_is_told_at_once(wrong):
    told = wrong(
        "contact: {fone: 1}\nlayout:\n  labels: {requests: {a: 甲, b: 乙}}\n",
        year="counting: {near_days: x}",
        defaults="contact: [",
        overrides={"layout": {"brackets": "?"}},
    )

    assert [line.partition("：")[0] for line in told] == [
        "params/defaults.yaml 第 2 行 第 1 列", "params/2024/defaults.yaml 第 1 行 第 12 列",
        f"{FILE} 第 1 行 第 11 列", f"{FILE} 第 3 行 第 23 列", f"{FILE} 第 3 行 第 29 列", "临时改动",
    ]  # fmt: skip


def test_a_mistake_in_a_farther_file_is_told_at_its_place_there(wrong):
    (line,) = wrong("contact: {phone: 1}", defaults="contact:\n  email: 1\n  fone: 2\n")

    assert line.startswith("params/defaults.yaml 第 3 行 第 3 列：没有“fone”")


def test_a_wrong_value_that_a_nearer_file_puts_right_does_no_harm(params):
    assert params("counting: {near_days: 3}", defaults="counting: {near_days: x}").counting.near_days == 3


def test_a_file_in_another_encoding_is_told(home, wrong):
    (home / FILE).write_bytes("contact: {address: 示例区中山路八号}".encode("gb18030"))

    assert wrong() == [f"{FILE}：文件不是 UTF-8 编码，请用 UTF-8 另存后再试"]


@pytest.mark.parametrize("overrides", ["{}", [1], "counting"])
def test_changes_for_one_run_that_are_no_mapping_are_told(wrong, overrides):
    assert wrong(overrides=overrides) == ["临时改动：应是“项目: 值”的写法"]


def test_a_wrong_change_for_one_run_is_told_by_that_name(wrong):
    assert wrong(overrides={"contact": {"fone": 1}}) == ["临时改动：没有“fone”这个项目；是不是“phone”？"]


def test_the_local_wording_of_any_notice_may_be_given(params):
    labels = {"organisation.charity": "社会组织", "dispositions.other": "（六）其他", "corner": "（略）"}
    found = params(f"layout: {{labels: {{requests: {json.dumps(labels, ensure_ascii=False)}}}}}")

    assert found.layout.labels["requests"] == labels


GRANTED, PARTLY = "dispositions.granted", "dispositions.partly_granted"


@pytest.mark.parametrize(
    ("table", "labels", "path", "other"),
    [
        ("requests", {GRANTED: "（二）部分公开（区分处理的，只计这一情形，不计其他情形）"}, GRANTED, "（二）部分公开"),
        ("requests", {GRANTED: "(1) 部 分　公开"}, GRANTED, "（二）部分公开"),
        ("requests", {GRANTED: "部分公开和其余"}, GRANTED, "（二）部分公开"),
        ("requests", {PARTLY: "一、予以公开"}, PARTLY, "（一）予以公开"),
        ("requests", {"natural_person": "总计"}, "natural_person", "（七）总计"),
        ("requests", {"carried_in": "1.本年新收政府信息公开申请数量"}, "carried_in", "一、本年新收"),
        ("requests", {GRANTED: "甲乙", PARTLY: "1. 甲 乙"}, PARTLY, "1. 甲 乙"),
        ("disclosures", {"article_20_1.issued": "本年废止件数"}, "article_20_1.issued", "本年废止件数"),
    ],
)  # fmt: skip
def test_a_label_that_reads_as_another_row_or_column_is_refused_at_its_place(wrong, table, labels, path, other):
    (problem,) = wrong(f"layout: {{labels: {{{table}: {json.dumps(labels, ensure_ascii=False)}}}}}")

    assert f"“{labels[path]}”会被当成另一行（列）“{other}" in problem
    assert "第 1 行" in problem


@pytest.mark.parametrize("year", [2019, 2024])
def test_every_official_label_may_be_written_as_it_is(year):
    for form in load_format(year).forms:
        assert list(misleading_labels(form, labels_of(form))) == []


@pytest.mark.parametrize(
    "written",
    [
        "text: {problems: '九\u200b件'}",
        "contact: {phone: '1\u2060'}",
        "layout: {labels: {requests: {received: '甲\u00ad'}}}",
    ],
)
def test_a_character_that_nobody_sees_is_refused_in_every_text_by_its_name_and_place(wrong, written):
    (problem,) = wrong(written)

    assert problem.startswith("params/2024/minzheng.yaml 第 1 行")
    assert any(f"“{name}”" in problem for name in ("零宽空格", "词连接符", "软连字符"))


def test_a_file_that_belongs_to_no_office_is_told_with_the_nearest(home):
    (home / "params/2024/minzhen.yaml").write_text("", encoding="utf-8")
    (home / "params/2024/defaults.yaml").write_text("", encoding="utf-8")

    assert [str(problem) for problem in open_project(home).unused_files(2024)] == [
        "params/2024/minzhen.yaml：单位表里没有“minzhen”，这个文件不会被用到；是不是“minzheng”？"
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("params/2024/minzheng.yml", "这个文件不会被用到：只读 minzheng.yaml（小写，.yaml 结尾）"),
        ("params/2024/minzheng.YAML", "这个文件不会被用到：只读 minzheng.yaml（小写，.yaml 结尾）"),
        ("params/2024/minzheng.yaml.txt", "这个文件不会被用到：只读 minzheng.yaml（小写，.yaml 结尾）"),
        ("params/2024/MINZHENG.yaml", "这个文件不会被用到：只读 minzheng.yaml（小写，.yaml 结尾）"),
        ("params/2024/minzheng (1).yaml", "单位表里没有“minzheng (1)”，这个文件不会被用到；是不是“minzheng”？"),
        ("params/calender.yaml", "这个文件不会被用到；是不是“calendar”？"),
        ("params/calendar.yml", "这个文件不会被用到：只读 calendar.yaml（小写，.yaml 结尾）"),
        ("params/published/2023/minzheng.yml", "这个文件不会被用到：只读 minzheng.yaml（小写，.yaml 结尾）"),
        ("params/published/2023/minzhen.yaml", "单位表里没有“minzhen”，这个文件不会被用到；是不是“minzheng”？"),
        ("params/2024年/minzheng.yaml", "这个文件夹不会被用到：一年的参数放在 params/2024 这样的文件夹里"),
    ],
)
def test_a_file_of_parameters_with_another_name_is_told(home, run, name, told):
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", encoding="utf-8")
    (home / "params/2024/说明.txt").write_text("", encoding="utf-8")
    (home / "params/2024/.minzheng.yml").write_text("", encoding="utf-8")

    (problem,) = map(str, open_project(home).unused_files(2024))

    where = "params/2024年" if "年" in name else name
    assert problem == f"{where}：{told}"
    for command in ("check", "doctor"):
        assert f"提醒：{problem}\n" in run(command, home=home)[2]


# --- offices ----------


def test_an_office_has_the_name_it_had_at_the_end_of_the_year(home):
    project = open_project(home)

    assert project.office("minzheng", 2021).name == "示例区民政局"
    assert project.office("minzheng", 2022).name == "示例区民政和社会工作局"
    assert project.office("minzheng", 2024).name == "示例区民政和社会工作局"
    assert project.find("示例区民政局") == project.find("minzheng") == "minzheng"


def test_only_the_offices_that_existed_at_the_end_of_the_year_report(home):
    project = open_project(home)

    assert [office.code for office in project.offices(2021)] == ["qu", "minzheng", "jiu"]
    assert [office.code for office in project.offices(2022)] == ["qu", "minzheng"]
    with pytest.raises(NotFoundError, match="“jiu”在 2022 年底没有有效的名称"):
        project.office("jiu", 2022)


def test_whether_an_office_may_make_rules_follows_its_kind_unless_said(home):
    assert open_project(home).office("minzheng", 2024).may_make_rules is False
    said = OFFICES.replace("    parent: qu\n  jiu", "    parent: qu\n    may_make_rules: true\n  jiu")
    (home / "params/offices.yaml").write_text(said, encoding="utf-8")

    assert open_project(home).office("minzheng", 2024).may_make_rules is True


def test_an_unknown_office_is_told_with_the_nearest(home):
    project = open_project(home)

    with pytest.raises(NotFoundError, match=r"单位表里没有“minzhen”；是不是“minzheng”？（见 params/offices\.yaml）"):
        project.office("minzhen", 2024)
    with pytest.raises(NotFoundError, match="没有“示例区民政”；是不是“示例区民政局”"):
        project.find("示例区民政")
    with pytest.raises(
        NotFoundError, match="没有“区民”；是不是“示例区民政局”“示例区民政和社会工作局”？请写全称或者代码"
    ):
        project.find("区民")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  qu: {", "  Qu: {", "params/offices.yaml 第 2 行 第 3 列：“Qu”作机关代码不行：只能用小写字母、数字和短横线"),
        ("  qu: {", "  -qu: {", "“-qu”作机关代码不行"),
        ("  jiu: {", "  ../jiu: {", "“../jiu”作机关代码不行"),
        ("kind: subdistrict", "kind: subdistric", "没有“subdistric”这种机关；是不是“subdistrict”"),
        (
            "kind: subdistrict, parent: qu",
            "kind: subdistrict, parent: qv",
            "第 9 行 第 74 列：“parent”“qv”不在单位表里；是不是“qu”",
        ),
        ("kind: county_government}", "kind: county_government, parent: jiu}", "“parent”绕了一圈又是自己的上级"),
        ("kind: county_government}", "kind: county_government, parent: qu}", "“parent”绕了一圈又是自己的上级"),
        ("names: [{name: 示例区人民政府}]", "names: []", "“names”至少要有 1 项"),
        ("names: [{name: 示例区人民政府}], ", "", "缺“names”"),
        ("name: 示例区人民政府", "name: 示", "“name”太短，至少要有 2 个字（填的是“示”）"),
        ("until: 2021-12-31", "until: 去年", "“until”要填日期，如 2024-12-31（填的是“去年”）"),
        ("kind: subdistrict,", "kind: subdistrict, phone: 1,", "没有“phone”这个项目"),
        ("offices:", "office:", "没有“office”这个项目；是不是“offices”"),
    ],
)
def test_a_mistake_in_the_book_of_offices_is_told(home, old, new, told):
    assert old in OFFICES
    (home / "params/offices.yaml").write_text(OFFICES.replace(old, new), encoding="utf-8")

    with pytest.raises(ParamsError) as caught:
        open_project(home)
    assert any(told in line for line in str(caught.value).splitlines()), str(caught.value)


def test_a_folder_without_offices_is_told(tmp_path):
    with pytest.raises(NotFoundError, match=r"没有 params/offices\.yaml；新建工作目录请用 gktools init"):
        open_project(tmp_path)


def test_the_years_are_those_that_have_a_folder(home):
    for name in ("2019", "2020", "old", "20245"):
        (home / "params" / name).mkdir()

    assert open_project(home).years() == [2019, 2020, 2024]


# --- schema ----------


def test_the_schemas_beside_the_parameters_are_those_of_the_models():
    kept = {path.name: path.read_text(encoding="utf-8") for path in PARAMS.glob("*.schema.json")}

    assert kept in ({}, schemas())


def test_every_parameter_file_of_the_sample_names_the_schema_of_its_kind():
    named = {
        path.relative_to(PARAMS).as_posix(): path.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")[2]
        for path in PARAMS.rglob("*.yaml")
    }

    assert named.pop("offices.yaml") == "offices.schema.json"
    assert named.pop("defaults.yaml") == "parameters.schema.json"
    assert set(named.values()) == {"../parameters.schema.json"}


@pytest.mark.parametrize("name", schemas())
def test_a_schema_titles_every_parameter_in_chinese_and_allows_no_others(name):
    schema = json.loads(schemas()[name])
    for model in [schema, *schema.get("$defs", {}).values()]:
        assert model["additionalProperties"] is False
        assert all("一" <= text[0] <= "鿿" for text in [model["description"]])
        for key, field in model["properties"].items():
            assert key == "offices" or any("一" <= letter <= "鿿" for letter in field["title"]), key


def test_every_counting_default_is_the_one_of_the_documented_rules():
    assert CountingRules().model_dump() == {
        "completed_by": "delivery",
        "reviews_include_carried_in": True,
        "sole_reviewer_counts": True,
        "joint_documents": "lead",
        "charges_include_processing_fees": True,
        "money_decimals": 6,
        "near_days": 31,
    }


def test_a_section_with_nothing_but_remarks_says_nothing(params):
    office = "text:\n  # 还没有写\n  overview:\n    disclosure:\ncontact:\n"

    assert params(office) == ReportParams()
    assert params(office, year="contact: {phone: '1'}\n").contact.phone == "1"


@pytest.mark.parametrize(
    "code",
    ["con", "nul", "com1", "lpt9", "prn", "aux", "a" * 41, "CON", "min.zheng", "min zheng", "民政", "-a", "nul.yaml"],
)
def test_a_code_names_a_folder_on_every_system(home, code):
    (home / "params/offices.yaml").write_text(OFFICES.replace("  qu:", f"  {code}:", 1), encoding="utf-8")

    with pytest.raises(ParamsError, match="作机关代码不行：只能用小写字母、数字和短横线，最多 40 个，不能是 con"):
        open_project(home)


@pytest.mark.parametrize("code", ["a" * 40, "con-1", "com10", "console", "2gong"])
def test_a_code_that_only_resembles_a_forbidden_one_is_one(home, code):
    (home / "params/offices.yaml").write_text(
        OFFICES.replace("  qu:", f"  {code}:", 1).replace("parent: qu", f"parent: {code}"), encoding="utf-8"
    )

    assert code in open_project(home).book


@pytest.mark.parametrize(
    ("written", "told"), [("民政\\n网站完整", "换行"), ("民政\\t局", "制表符"), ("民\\u202e政局", "强制从右到左")]
)
def test_a_name_is_one_line_of_what_is_seen(home, written, told):
    (home / "params/offices.yaml").write_text(OFFICES.replace("示例区人民政府", f'"{written}"'), encoding="utf-8")

    with pytest.raises(ParamsError, match=told):
        open_project(home)


# --- a key behind a link ----------

KEY = "0123456789abcdef" * 4
READERS = {
    "offices.yaml": open_project,
    "calendar.yaml": lambda home: open_project(home).calendar(),
    "records.yaml": lambda home: read_records_params(home / "params/records.yaml"),
    "columns.yaml": lambda home: read_own_words(home / "params/columns.yaml"),
    "defaults.yaml": lambda home: open_project(home).params("minzheng", 2024),
    "2024/minzheng.yaml": lambda home: open_project(home).params("minzheng", 2024),
    "published/2023/minzheng.yaml": lambda home: load_inputs(open_project(home), "minzheng", 2024),
}


def laid(home, name, lay):
    """Put a key into the place of a parameter file, and return what reading the file says."""
    (home / "records.key").write_text(KEY + "\n", encoding="ascii")
    place = home / "params" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    lay(place, home / "records.key")
    with pytest.raises(ParamsError) as caught:
        READERS[name](home)
    return str(caught.value)


@pytest.mark.parametrize("name", READERS)
def test_a_parameter_file_that_is_a_link_to_a_key_is_not_read(home, name):
    told = laid(home, name, lambda place, key: place.symlink_to(key))

    assert f"params/{name}：这是一个链接" in told
    assert KEY[:12] not in told


@pytest.mark.parametrize("name", READERS)
def test_a_parameter_file_that_is_a_key_by_another_name_is_not_quoted(home, name):
    told = laid(home, name, lambda place, key: place.hardlink_to(key))

    assert f"params/{name}" in told
    assert KEY[:12] not in told


@pytest.mark.parametrize("folder", ["params", "params/2024"])
def test_a_folder_of_parameters_that_is_a_link_is_not_read(home, folder):
    (home / "params/2024/minzheng.yaml").write_text(KEY, encoding="ascii")
    (home / folder).rename(home / "elsewhere")
    (home / folder).symlink_to(home / "elsewhere")

    with pytest.raises(ParamsError, match="这是一个链接") as caught:
        open_project(home).params("minzheng", 2024)
    assert KEY[:12] not in str(caught.value)


def test_nothing_is_written_into_a_folder_of_parameters_that_is_a_link(home):
    (home / "elsewhere").mkdir()
    (home / "params/published").symlink_to(home / "elsewhere")

    with pytest.raises(ParamsError, match="没有保存：published 是一个链接"):
        write_params_file(home / "params/published/2023/minzheng.yaml", "tables: {}")
    assert list((home / "elsewhere").iterdir()) == []


def test_no_notebook_is_handed_the_text_behind_a_link(home):
    project = open_project(home)
    (home / "records.key").write_text(KEY, encoding="ascii")
    (home / "params/defaults.yaml").symlink_to(home / "records.key")

    assert KEY[:12] not in repr(project.locator("minzheng", 2024))


def test_no_notebook_is_handed_a_private_file_that_stands_for_parameters_once_they_are_read(home):
    project = open_project(home)
    (home / "params/2024").mkdir(exist_ok=True)
    (home / "params/2024/minzheng.yaml").write_text(f"-----BEGIN PRIVATE KEY-----\n{KEY}\n", encoding="ascii")

    assert KEY[:12] not in repr(project.locator("minzheng", 2024))


def test_a_value_that_looks_like_a_key_is_not_quoted(wrong):
    assert KEY[:12] not in "".join(wrong(f"counting: {KEY}"))
