"""gktools check FILE…: published reports audited, without a working folder."""

import json
import re

import pytest
from faultless import figures


@pytest.fixture
def folder(tmp_path):
    right = figures(2024) | {"unit": "临川县审计局", "text": {"一": "工作正常开展。"}}
    wrong = json.loads(json.dumps(right)) | {"unit": "<b>临川县财政局</b>"}
    wrong["table3"]["（七）总计"] |= {"自然人": 3}
    last = figures(2023) | {"unit": "临川县审计局"}
    last["table3"]["四、结转下年度继续办理"] |= {"自然人": 2, "总计": 2}
    for name, data in (("对的", right), ("错的", wrong), ("上年", last)):
        data["complete_tables"] = False
        (tmp_path / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "坏的.json").write_text("{", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("files", "code"),
    [(("对的.json",), 0), (("错的.json",), 1), (("坏的.json", "错的.json"), 2), (("没有.json",), 2)],
)
def test_the_exit_code_tells_whether_something_must_be_corrected_or_was_not_read(run, folder, files, code):
    assert run("check", *files, home=folder)[0] == code


def test_what_could_not_be_read_is_named_and_the_rest_is_audited(run, folder):
    _, out, err = run("check", "坏的.json", "没有.json", "错的.json", home=folder)

    assert [line.partition("：")[0] for line in err.splitlines()] == ["读不了", "读不了"]
    assert "坏的.json" in err
    assert "没有.json" in err
    assert "[要更正]" in out
    assert "[推测]" in out


def test_several_files_end_in_a_table(run, folder):
    out = run("check", "对的.json", "错的.json", home=folder)[1]

    assert re.search(r"│ 对的.json *│ 临川县审计局 *│ 2024 *│ 0 ", out)
    assert "│" not in run("check", "错的.json", home=folder)[1]


def test_last_years_report_is_compared(run, folder):
    code, out, _ = run("check", "对的.json", "--before", "上年.json", "--json", home=folder)
    (audit,) = json.loads(out)

    assert code == 1
    assert audit["compared_with"] == "上年.json"
    assert {finding["code"] for finding in audit["findings"]} == {"requests.carried-in"}
    assert audit["proposals"][0]["table"] == "requests"


def test_unit_and_year_are_said_where_they_were_not_read(run, folder):
    data = json.loads((folder / "对的.json").read_text(encoding="utf-8"))
    del data["unit"], data["year"]
    (folder / "无名.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    unread, _, err = run("check", "无名.json", home=folder)
    code, out, _ = run("check", "无名.json", "--year", "2024", "--unit", "临川县审计局", home=folder)

    assert (unread, code) == (2, 0)
    assert "--year" in err
    assert "临川县审计局，2024 年度" in out


def test_the_page_is_self_contained_and_the_same_each_time(run, folder):
    pages = []
    for name in ("一.html", "二.html"):
        run("check", "对的.json", "错的.json", "--html", name, home=folder)
        pages.append((folder / name).read_text(encoding="utf-8"))
    page, again = pages

    assert page == again
    assert not re.search(r"<script|https?://|src=|url\(|\son[a-z]+=|<b>", page)
    assert "&lt;b&gt;临川县财政局" in page
    assert len(re.findall(' id="([^"]+)"', page)) == len(set(re.findall(' id="([^"]+)"', page)))
    assert set(re.findall('href="#([^"]+)"', page)) <= set(re.findall(' id="([^"]+)"', page))
    heads = {one for listed in re.findall(' headers="([^"]+)"', page) for one in listed.split()}
    assert heads <= set(re.findall(' id="([^"]+)"', page))
