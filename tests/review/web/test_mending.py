"""Registers looked through and mended in the page: what each heading and word was taken for, and every mistake with its field."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import lxml.html
import openpyxl
import pytest
from handing_in import AT, CODE, GOOD, IDENTITY, NAME, WRONG, YEAR, as_of, copy_of, hand_in, imported, requests, text_of
from reviewing import visiting

from gktools.registers.store.opening import open_store
from gktools.review import submissions
from gktools.review.accounts import Accounts
from gktools.review.web.sessions import MAX_IDLE

WORDS = f"/{YEAR}/{CODE}/registers/words"
BAD_DAYS = requests("1号,2024-02-30,自然人,", "2号,2024-02-30,自然人,", "3号,2024-02-31,公民,")


def names(page, near: str, begins: str = "m-") -> list[str]:
    """The names of the fields of the mistakes whose text contains some words."""
    found = lxml.html.fromstring(page.body).xpath(f"//ul[@class='mistakes']/li[contains(., '{near}')]//*[@name]/@name")
    return [name for name in found if name.startswith(begins)]


def whole(page, near: str) -> str:
    (name,) = [name for name in names(page, near) if name.count("-") == 1]
    return name


def select_of(page, label: str) -> str:
    (name,) = lxml.html.fromstring(page.body).xpath(f"//select[@aria-label='{label}']/@name")
    return name


def rows(page) -> list[list[str]]:
    """The rows of the tables of headings and words, without the lists to choose from."""
    found = lxml.html.fromstring(page.body).xpath("//table[contains(@class, 'matching')]/tbody/tr")
    return [[" ".join(cell.itertext()).strip() for cell in row if cell.get("class") != "change"] for row in found]


def columns_yaml(home) -> str:
    path = home / "params/columns.yaml"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def records(home) -> list[tuple[str, str]]:
    with open_store(home) as store:
        read = store.load_records(CODE, YEAR)["requests"]
    return sorted(zip(read["number"], (str(day)[:10] for day in read["received_on"]), strict=True))


# --- mistakes mended in the page ----------


def test_equal_mistakes_are_mended_at_once_and_others_one_by_one_and_the_mended_file_is_imported(clerk, home):
    path, page = hand_in(clerk, 依申请=BAD_DAYS)
    assert "这 2 格都改成" in text_of(page)

    clerk.post(path, {"what": "mend", whole(page, "2024-02-30"): "2024-02-29"})
    page = clerk.get(path)
    assert "在这里改了 2 格" in text_of(page)
    assert "2024-02-29" in text_of(page)
    clerk.post(path, {"what": "mend", whole(page, "2024-02-31"): "2024年3月1日"})
    page = clerk.get(path)

    assert "没有错，可以导入" in text_of(page)
    clerk.post(path, {"what": "import", **as_of(page)})
    assert records(home) == [("1号", "2024-02-29"), ("2号", "2024-02-29"), ("3号", "2024-03-01")]
    with open_store(home) as store:
        assert store.imports()[0].reason == "在网页里改了 3 格"
    assert not list((home / submissions.FOLDER).iterdir())


def test_each_cell_of_equal_mistakes_has_a_field_of_its_own(clerk, home):
    path, page = hand_in(clerk, 依申请=BAD_DAYS)
    single = [name for name in names(page, "2024-02-30") if name.count("-") == 2]

    clerk.post(path, {"what": "mend", single[0]: "2024-05-01", single[1]: "2024-05-02"})
    page = clerk.get(path)
    clerk.post(path, {"what": "mend", whole(page, "2024-02-31"): "2024-05-03"})
    clerk.post(path, {"what": "import", **as_of(clerk.get(path))})

    assert [day for _, day in records(home)] == ["2024-05-01", "2024-05-02", "2024-05-03"]


def test_mistakes_that_are_told_together_but_are_not_equal_are_mended_one_by_one(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,欧阳甲,某某", "2号,2024-03-01,上官乙,某某"))
    fields = names(page, "可能是个人信息")
    assert [name.rpartition("-")[2] for name in fields] == ["5", "6"]

    clerk.post(path, {"what": "mend", fields[0].rpartition("-")[0]: "自然人"})  # as if there were a field for both

    assert not list((home / submissions.FOLDER).rglob("mends.json"))


def test_the_mended_file_can_be_downloaded_and_taken_back(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,自然人,"))
    clerk.post(path, {"what": "mend", whole(page, "没有这一天"): "2024-02-29"})

    copy = copy_of(clerk, path)
    assert "%EF%BC%88%E5%B7%B2%E6%94%B9%EF%BC%89" in copy.headers["content-disposition"]
    cells = [
        cell for row in openpyxl.load_workbook(io.BytesIO(copy.body)).active.iter_rows(values_only=True) for cell in row
    ]
    assert "2024-02-29" in cells
    assert "2024-02-30" not in cells

    clerk.post(path, {"what": "unmend", "file": "0"})
    assert "没有这一天" in text_of(clerk.get(path))


def test_a_cell_that_need_not_be_filled_can_be_emptied(clerk, home):
    content = requests("1号,2024-03-01,自然人,").replace(",申请人名称".encode(), ",答复日".encode())
    path, page = hand_in(clerk, 依申请=content.replace(",自然人,".encode(), ",自然人,2024-03-99".encode()))
    (box,) = names(page, "没有这一天", "e-")

    clerk.post(path, {"what": "mend", box: "1"})

    assert "没有错，可以导入" in text_of(clerk.get(path))


def test_what_the_cover_says_is_mended_too(clerk, home):
    content = GOOD.replace("单位,minzheng\n年度,2024".encode(), "单位,某某局\n年度,二四\n本年无记录,大概".encode())
    path, page = hand_in(clerk, 依申请=content)

    assert names(page, "只能打", "k-") == []
    form = {whole(page, "某某局"): "示例区民政局", whole(page, "四位数"): "2024", names(page, "只能打", "e-")[0]: "1"}
    clerk.post(path, {"what": "mend", **form})

    text = text_of(clerk.get(path))
    assert "没有错，可以导入" in text
    assert "第 3 行：2024" in text


def test_that_a_register_has_no_records_is_ticked_in_the_page(clerk, home):
    templates = zipfile.ZipFile(io.BytesIO(clerk.get(f"{AT}/templates").body))
    answer = clerk.upload(AT, {"行政复议.xlsx": templates.read("一表一个文件/行政复议登记表.xlsx")})
    path = answer.headers["location"]

    clerk.post(path, {"what": "mend", whole(clerk.get(path), "本年无记录"): "√"})
    page = clerk.get(path)
    clerk.post(path, {"what": "import", **as_of(page)})

    assert imported(home) == [("reconsiderations", 0, "甲经办")]


def test_what_is_personal_is_neither_shown_nor_in_a_field(clerk, home):
    _, page = hand_in(clerk, 依申请=WRONG)

    assert NAME not in page.text
    assert IDENTITY not in page.text
    assert "有内容，不显示" in text_of(page)
    fields = lxml.html.fromstring(page.body).xpath("//main//input[@type='text']/@value")
    assert set(fields) <= {""}


@pytest.mark.parametrize("text", ["\u202e1", "字" * 2001])
def test_a_text_that_cannot_stand_in_a_cell_is_refused_and_what_was_written_stays_in_the_form(clerk, home, text):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,自然人,"))
    answer = clerk.post(path, {"what": "mend", whole(page, "没有这一天"): text})

    assert answer.status == 409
    assert "没有这一天" in text_of(answer)
    assert text in answer.text


def test_a_form_that_says_nothing_or_something_else_mends_nothing(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,自然人,"))
    other = whole(page, "没有这一天")[:-1] + "x"

    for form in ({}, {other: "2024-02-29"}, {"h-1": "申请编号"}, {whole(page, "没有这一天"): "  "}):
        assert clerk.post(path, {"what": "mend", **form}).status == 409
    assert not list((home / submissions.FOLDER).rglob("mends.json"))


def test_a_file_sent_again_is_read_without_what_was_mended_in_the_one_before(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,自然人,"))
    clerk.post(path, {"what": "mend", whole(page, "没有这一天"): "2024-02-29"})

    clerk.upload(path, {"依申请.csv": requests("1号,2024-07-01,自然人,")}, {"what": "add"})
    page = clerk.get(path)
    clerk.post(path, {"what": "import", **as_of(page)})

    assert records(home) == [("1号", "2024-07-01")]


def test_mended_cells_are_readable_by_the_owner_of_the_server_only_and_never_left_out(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,自然人,"))
    clerk.post(path, {"what": "mend", whole(page, "没有这一天"): "2024-02-29"})
    (kept,) = (home / submissions.FOLDER).rglob("mends.json")
    assert kept.stat().st_mode & 0o777 == 0o600

    kept.write_text("[")
    clerk.post(path, {"what": "again"})

    page = clerk.get(path)
    assert (page.status, "改过的格读不出来" in text_of(page), "删去这份草稿" in text_of(page)) == (200, True, True)


def test_nothing_is_imported_that_was_mended_after_it_was_shown(clerk, home):
    """As when the server was killed between mending and reading."""
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,自然人,"))
    clerk.post(path, {"what": "mend", whole(page, "没有这一天"): "2024-02-29"})
    page = clerk.get(path)
    (draft,) = submissions.submissions_of(home, "甲经办")
    (mend,) = submissions.mends_of(home, draft, draft.files[0])
    submissions.keep_mends(home, draft, draft.files[0], [replace(mend, text="2024-12-31")])

    answer = clerk.post(path, {"what": "import", **as_of(page)})

    assert (answer.status, "请再看一遍" in text_of(answer)) == (409, True)
    assert imported(home) == []


# --- headings and words ----------


def test_every_heading_and_word_is_shown_with_what_it_was_taken_for_and_why(clerk, home):
    _, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,公民,", "2号,2024-04-01,公民,"))

    assert ["申请编号", "申请编号", "表头就是这一栏的名字", "1号、2号"] in rows(page)
    assert ["公民 申请人类别", "自然人", "常见的叫法", "2"] in rows(page)


def test_a_heading_that_is_not_known_is_chosen_beside_its_mistake_and_kept_for_the_office(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,自然人,", day="来信那天"))
    assert "columns.yaml" not in page.text
    (name,) = names(page, "不认得这个栏目", "h-")

    clerk.post(path, {"what": "mend", name: "收到申请之日"})

    assert "没有错，可以导入" in text_of(clerk.get(path))
    assert '来信那天: "收到申请之日"' in columns_yaml(home)


def test_a_heading_taken_wrongly_is_changed_in_the_list(clerk, home):
    content = GOOD.replace("申请人名称".encode(), "答复日期".encode()).replace(NAME.encode(), b"2024-05-06")
    path, page = hand_in(clerk, 依申请=content)

    clerk.post(path, {"what": "mend", select_of(page, "答复日期改读作"): "收文日期"})

    assert ["答复日期", "收文日期", "本机关定过", "2024-05-06"] in rows(clerk.get(path))


def test_a_word_taken_wrongly_is_changed_in_the_list(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,公民,"))

    clerk.post(path, {"what": "mend", select_of(page, "公民改读作"): "其他"})

    assert ["公民 申请人类别", "其他", "本机关定过", "1"] in rows(clerk.get(path))


def test_a_word_that_is_not_known_is_kept_for_the_office_if_the_person_says_so(clerk, home):
    path, page = hand_in(clerk, 依申请=requests(*(f"{i}号,2024-03-01,热心市民,某某" for i in range(3))))
    (box,) = names(page, "热心市民", "k-")

    clerk.post(path, {"what": "mend", whole(page, "热心市民"): "自然人", box: "1"})

    assert "没有错，可以导入" in text_of(clerk.get(path))
    assert '申请人类别=热心市民: "自然人"' in columns_yaml(home)
    assert not list((home / submissions.FOLDER).rglob("mends.json"))


def test_a_meaning_that_is_none_is_not_kept(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,公民,"))

    answer = clerk.post(path, {"what": "mend", select_of(page, "公民改读作"): "=1+1"})

    assert answer.status == 409
    assert "没有错，可以导入" in text_of(answer)
    assert columns_yaml(home) == ""


def test_a_line_that_the_file_of_parameters_does_not_take_changes_nothing_and_the_page_stays(clerk, home):
    content = GOOD.replace("申请人名称".encode(), "来信=那天".encode()).replace(NAME.encode(), b"2024-05-06")
    path, page = hand_in(clerk, 依申请=content)

    answer = clerk.post(path, {"what": "mend", names(page, "不认得这个栏目", "h-")[0]: "收文日期"})

    assert answer.status == 409
    assert "不认得这个栏目" in text_of(answer)
    assert columns_yaml(home) == ""


def test_headings_of_an_office_whose_handler_the_person_is_not_are_not_changed(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,公民,", office="caizheng"))

    answer = clerk.post(path, {"what": "mend", select_of(page, "公民改读作"): "其他"})

    assert (answer.status, "不归您的机关答" in text_of(answer)) == (409, True)
    assert columns_yaml(home) == ""


# --- the office's own words ----------


KEPT = """\
依申请公开登记表:
  来文: 收文日期
"minzheng/依申请公开登记表":
  # 说明
  来信那天: 收到申请之日
  "申请人类别=群众": 自然人
"caizheng/依申请公开登记表":
  他们的: 忽略
"""


def test_what_was_kept_for_the_office_is_looked_through_and_taken_back(clerk, home):
    (home / "params/columns.yaml").write_text(KEPT, encoding="utf-8")
    text = text_of(clerk.get(WORDS))
    assert "表头“来信那天”读作“收到申请之日”这一栏" in text
    assert "“申请人类别”栏里的“群众”读作“自然人”" in text
    assert "全区都照这样读的" in text
    assert "他们的" not in text

    form = {"section": f"{CODE}/依申请公开登记表", "name": "申请人类别=群众"}
    assert clerk.post(WORDS, form).status == 303
    again = clerk.post(WORDS, form)

    assert "群众" not in columns_yaml(home)
    assert "# 说明" in columns_yaml(home)
    assert (again.status, "没有这一条" in text_of(again)) == (404, True)


@pytest.mark.parametrize(
    ("section", "name"),
    [("依申请公开登记表", "来文"), ("caizheng/依申请公开登记表", "他们的"), ("", ""), ("minzheng", "x")],
)
def test_nobody_takes_back_what_is_not_their_offices(clerk, home, section, name):
    (home / "params/columns.yaml").write_text(KEPT, encoding="utf-8")

    assert clerk.post(WORDS, {"section": section, "name": name}).status in (404, 409)

    assert columns_yaml(home) == KEPT


def test_only_the_handler_sees_the_offices_words(started, home):
    assert visiting(started["server"], "甲分管").get(WORDS).status == 403
    assert visiting(started["server"], "乙经办").get(WORDS).status in (403, 404)


# --- a session that ends ----------


def test_what_was_written_when_the_session_ended_stands_in_the_form_after_the_login(started, clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-02-30,公民,"))
    name, word = whole(page, "没有这一天"), select_of(page, "公民改读作")
    server = started["server"]
    with Accounts(home).open() as connection:
        connection.execute("UPDATE sessions SET seen=seen-?", (MAX_IDLE + 1,))

    answer = clerk.post(path, {"what": "mend", name: "2024-02-29", word: "其他"})
    assert "ended=kept" in answer.headers["location"]
    page = visiting(server, "甲经办").get(path)

    tree = lxml.html.fromstring(page.body)
    assert tree.xpath(f"//input[@name='{name}']/@value") == ["2024-02-29"]
    assert tree.xpath(f"//select[@name='{word}']/option[@selected]/text()") == ["其他"]
    assert "登录过期以前填的" in text_of(page)


def test_what_was_written_into_a_personal_column_is_kept_nowhere_when_the_session_ends(clerk, home):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,自然人,同上"))
    (name,) = names(page, "同上", "private-m-")
    with Accounts(home).open() as connection:
        connection.execute("UPDATE sessions SET seen=seen-?", (MAX_IDLE + 1,))

    answer = clerk.post(path, {"what": "mend", name: "司马某某"})

    assert "ended=part" in answer.headers["location"]
    with Accounts(home).reading() as connection:
        assert not [row for row in connection.execute("SELECT form FROM unsent") if "司马" in row[0]]


def test_answers_chosen_when_the_session_ended_are_chosen_after_the_login_and_files_are_said_to_be_lost(
    started, clerk, home
):
    path, page = hand_in(clerk, 依申请=requests("1号,2024-03-01,自然人,", day="受理日期"))
    name = lxml.html.fromstring(page.body).xpath("//fieldset//input[@type='radio']/@name")[0]
    with Accounts(home).open() as connection:
        connection.execute("UPDATE sessions SET seen=seen-?", (MAX_IDLE + 1,))

    clerk.post(path, {"what": "answer", name: "received"})
    sent = clerk.upload(AT, {"a.csv": GOOD})
    page = visiting(started["server"], "甲经办").get(path)

    assert lxml.html.fromstring(page.body).xpath("//input[@checked]/@value") == ["received"]
    assert "ended=part" in sent.headers["location"]
    said = re.sub("<[^>]*>", "", clerk.get(sent.headers["location"]).text)
    assert "文件" in said
