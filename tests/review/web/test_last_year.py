"""Figures of the year before brought in by the browser: typed, or in a workbook, and stored as the command stores them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import lxml.html
import openpyxl
import pytest
from clerks import CODE, YEAR, clerks_server, make_offices, text_of
from reviewing import Answer, Visitor, visiting

from gktools.cli.main import main
from gktools.forms.notices import load_format
from gktools.review.log import open_log
from gktools.review.web.pages import last_year
from gktools.review.web.server import ReviewServer
from gktools.workspace.project import open_project

AT, BEFORE = f"/{YEAR}/{CODE}/last-year", YEAR - 1
TABLE = load_format(BEFORE).forms[-1]
CELLS = TABLE.cells[:2]
WHY = {"reason": "库里没有上年的台账", "source": "示例区民政局2023年报告"}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[ReviewServer]:
    """A server of two offices without registers."""
    with clerks_server(tmp_path_factory.mktemp("last-year") / "work") as started:
        yield started


@pytest.fixture
def home(server) -> Path:
    """The working folder of the server, with nothing brought in."""
    home = server.context.home
    (home / "params/published" / str(BEFORE) / f"{CODE}.yaml").unlink(missing_ok=True)
    return home


@pytest.fixture
def clerk(server, home) -> Visitor:
    """The handler of the office at a browser."""
    visitor = visiting(server, "甲经办")
    visitor.get(AT)
    return visitor


@pytest.fixture
def read_here(monkeypatch) -> None:
    """Workbooks are read in this process; the test of figures that are uploaded starts one, as the server does for each."""
    monkeypatch.setattr(last_year, "_read_apart", last_year._read)


def stored(home: Path) -> str:
    path = home / "params/published" / str(BEFORE) / f"{CODE}.yaml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def field(cell: tuple[str, str]) -> str:
    return ":".join((TABLE.key, *cell))


def state(page: Answer) -> dict[str, str]:
    return {"state": lxml.html.fromstring(page.body).xpath("//form[@class='editing']//input[@name='state']/@value")[0]}


def workbook(
    clerk: Visitor, office: str = "示例区民政局", year: int = BEFORE, figures: tuple[object, ...] = (3, 0)
) -> bytes:
    """The template of the page, with the first figures of the last table filled in."""
    book = openpyxl.load_workbook(BytesIO(clerk.get(f"{AT}/template").body))
    book["封面"]["B1"], book["封面"]["B2"], book["封面"]["B3"] = office, year, WHY["source"]
    page = book[TABLE.name]
    empty = [cell for row in page.iter_rows() for cell in row if cell.value is None and type(cell).__name__ == "Cell"]
    for cell, figure in zip(empty, figures, strict=False):
        cell.value = figure
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_figures_typed_and_figures_uploaded_are_stored_as_the_command_stores_them(home, clerk, tmp_path, monkeypatch):
    content = workbook(clerk)
    other = tmp_path / "other"
    make_offices(other)
    (tmp_path / "filled.xlsx").write_bytes(content)
    monkeypatch.chdir(other)
    monkeypatch.delenv("GKTOOLS_HOME", raising=False)
    monkeypatch.setattr(sys, "argv", ["gktools", "year", "import-published", str(tmp_path / "filled.xlsx")])
    with pytest.raises(SystemExit) as ended:
        main()
        raise SystemExit(0)
    assert not ended.value.code
    by_command = stored(other)
    assert by_command

    typed = {"what": "type", **WHY, field(CELLS[0]): "3", field(CELLS[1]): "0", **state(clerk.get(AT))}
    assert clerk.post(AT, typed).status == 303
    assert stored(home) == by_command
    again = clerk.get(AT)
    assert f'value="{WHY["source"]}"' in again.text
    (first,) = lxml.html.fromstring(again.body).xpath(f"//input[@name='{field(CELLS[0])}']/@value")
    assert first == "3"

    (home / "params/published" / str(BEFORE) / f"{CODE}.yaml").unlink()
    sent = clerk.upload(AT, {"filled.xlsx": content}, {"what": "upload", **WHY, **state(clerk.get(AT))})
    assert sent.status == 303, text_of(sent)
    assert stored(home) == by_command
    with open_log(open_project(home)) as log:
        entry = log.entries(CODE, YEAR)[-1]
    assert (entry.kind, entry.person, entry.body.reason, entry.body.year) == (
        "brought-in",
        "甲经办",
        WHY["reason"],
        BEFORE,
    )


def test_a_figure_that_is_none_is_said_at_its_field_with_all_that_was_filled_in(home, clerk):
    typed = {"what": "type", **WHY, field(CELLS[0]): "三件", field(CELLS[1]): "-1", **state(clerk.get(AT))}
    answer = clerk.post(AT, typed)
    page = lxml.html.fromstring(answer.body)
    assert (answer.status, stored(home)) == (409, "")
    assert page.xpath(f"//input[@name='{field(CELLS[0])}']/@value") == ["三件"]
    assert page.xpath("//input[@aria-invalid='true']/@name") == [field(cell) for cell in CELLS]
    assert "要填数，不带单位" in text_of(answer)
    assert page.xpath("//input[@id='reason']/@value") == [WHY["reason"]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": ""}, "理由请写"),
        ({field(CELLS[0]): ""}, "一个数也没有填"),
        ({"state": "old"}, "您打开以后，别人"),
        ({"source": "x" * 301}, "最多 300 个字"),
        ({"source": "去年的\u202e报告"}, "“来自”里有"),
        ({"source": "去年的\u2066报告"}, "“来自”里有"),
        ({"source": "问过 13912345678"}, "“来自”里像是有手机号"),
        ({"reason": "问过 13912345678"}, "理由里像是有手机号"),
    ],
)
def test_what_cannot_be_saved_is_said_and_not_saved(home, clerk, given, said):
    typed = {"what": "type", **WHY, field(CELLS[0]): "3", **state(clerk.get(AT))} | given
    answer = clerk.post(AT, typed)
    assert (answer.status, stored(home)) == (409, "")
    assert said in text_of(answer)


def test_a_file_that_cannot_be_read_is_mended_in_the_page(home, clerk):
    path = home / "params/published" / str(BEFORE) / f"{CODE}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("source: 去年的\u202e报告\n", encoding="utf-8")
    page = clerk.get(AT)

    assert (page.status, "现在的这一份读不出来" in text_of(page)) == (200, True)
    answer = clerk.post(AT, {"what": "type", **WHY, field(CELLS[0]): "3", **state(page)})
    assert (answer.status, WHY["source"] in stored(home)) == (303, True)


@pytest.mark.parametrize(
    ("office", "year", "said"),
    [("示例区财政局", BEFORE, "封面上写的是示例区财政局"), ("示例区民政局", 2022, "2022 年")],
)
def test_the_workbook_of_another_office_or_year_is_refused(home, clerk, read_here, office, year, said):
    answer = clerk.upload(
        AT, {"a.xlsx": workbook(clerk, office, year)}, {"what": "upload", **WHY, **state(clerk.get(AT))}
    )
    assert (answer.status, stored(home)) == (409, "")
    assert said in text_of(answer)


def test_a_government_and_its_roll_up_may_have_one_name(home):
    project = open_project(home)
    entry = project.book[CODE]
    project.book["all"] = entry.model_copy(update={"rolls_up": CODE})

    assert project.named("示例区民政局") == {CODE, "all"}
    assert project.named(CODE) == {CODE}
    assert project.named("") == set()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", "<html>表</html>".encode()])
def test_a_file_that_is_no_such_workbook_is_answered_in_words(home, clerk, read_here, content):
    answer = clerk.upload(AT, {"a.xlsx": content}, {"what": "upload", **WHY, **state(clerk.get(AT))})
    assert (answer.status, stored(home)) == (409, "")
    assert "没有保存" in text_of(answer)
    assert "程序出错" not in text_of(answer)


def test_the_figures_are_their_handlers_alone(server, home):
    for person in ("甲分管", "丙经办"):
        visitor = visiting(server, person)
        visitor.get("/")
        assert visitor.get(AT).status in (403, 404)
        assert visitor.post(AT, {"what": "type", **WHY, field(CELLS[0]): "3"}).status in (403, 404)
    assert stored(home) == ""
