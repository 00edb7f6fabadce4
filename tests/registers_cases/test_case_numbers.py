"""Numbers that start at 1 each year: asked once, then a record is its number and the year it was received in."""

from __future__ import annotations

import pytest

from gktools.registers.store.opening import open_store
from registers_cases.desk import HEAD, KINDS, NAME, OFFICE, request

DECIDED = """numbering:
  mmj:
    依申请公开登记表: {way: yearly, person: 张三, reason: 台账每年另起}
"""


def decide(desk, text: str = DECIDED) -> None:
    (desk.home / "params/records.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def ledger(desk):
    """Make the ledger of requests of a year; every row a request, under HEAD and further columns."""

    def made(year: int, *rows: list[object], more: tuple[str, ...] = (), kind: str = "csv", name: str = ""):
        cover = [["登记表", "依申请公开登记表"], ["单位", NAME], ["年度", str(year)]]
        return desk.file([*cover, [*HEAD, *more], *rows], kind, name or f"{year}")

    return made


def of(year: int, number: object, *more: object, done: str = "03-20") -> list[object]:
    """A request received in March of a year, and granted in it."""
    day = f"{year}-{done}" if done else ""
    row = [number, "互联网", f"{year}-03-05", "自然人", day, "电子" if day else "", day, "予以公开" if day else ""]
    return [*row, *more]


def counted(desk, year: int) -> list[object]:
    return desk.figures("received", "carried_in", "dispositions.total", "carried_out", year=year)


def test_the_case_of_the_issue_is_asked_and_three_of_2023_stay_three(desk, shared):
    first, second = (desk.case(shared, f"registers/c10-{year}编号从1起.xlsx") for year in (2023, 2024))
    desk.loaded(first)
    (question,) = desk.asked(second)
    assert (question["code"], question["subject"]) == ("numbering", "mmj/依申请公开登记表")
    assert question["text"] == (
        "2024 年和 2023 年的依申请公开登记表里有相同的编号，年份却不同（这个文件里 2 条）。编号是每年从头编的，还是同一件？"
    )
    assert question["place"]["rows"] == [6, 7]
    assert counted(desk, 2023) == [3, 0, 3, 0]

    decide(desk, question["answers"][0]["ready"].replace("谁定的", "张三").replace("为什么", "台账每年另起"))
    desk.loaded(second)
    assert counted(desk, 2023) == [3, 0, 3, 0]
    assert counted(desk, 2024) == [2, 0, 2, 0]
    assert [row["number"] for row in desk.records("requests")] == [
        "1（2023年）", "2（2023年）", "3（2023年）", "1（2024年）", "2（2024年）",
    ]  # fmt: skip
    assert desk.loaded(first, second)["results"][1]["result"] == "same"


def test_an_answer_without_who_and_why_is_refused(desk, ledger):
    desk.loaded(ledger(2023, of(2023, 1)))
    (question,) = desk.asked(ledger(2024, of(2024, 1)))
    decide(desk, question["answers"][0]["ready"])
    code, _, err = desk.command("records", "import", ledger(2024, of(2024, 1)))

    assert code == 1
    assert "请写上是谁定的、为什么" in err


def test_once_said_to_be_one_case_the_later_ledger_counts(desk, ledger):
    desk.loaded(ledger(2023, of(2023, 1, done="")))
    later = ledger(2024, [*of(2023, 1)[:2], "2024-01-05", *of(2024, 1)[3:]])
    assert desk.asked(later)[0]["code"] == "numbering"
    decide(desk, DECIDED.replace("yearly", "throughout"))
    desk.loaded(later)

    assert (counted(desk, 2023), counted(desk, 2024)) == ([0, 0, 0, 0], [1, 0, 1, 0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_carried_over_stays_one_and_does_not_meet_this_years(desk, ledger, kind):
    desk.loaded(ledger(2023, of(2023, 1), of(2023, 2, done=""), kind=kind))
    carried = [2, "互联网", "2023-03-05", "自然人", "2024-01-10", "电子", "2024-01-10", "部分公开"]
    second = ledger(2024, carried, of(2024, 1), of(2024, 2, done=""), kind=kind)
    (question,) = desk.asked(second)
    assert sorted(question["place"]["rows"]) == [5, 6, 7]
    decide(desk)
    desk.loaded(second)

    assert counted(desk, 2023) == [2, 0, 1, 1]
    assert counted(desk, 2024) == [2, 1, 2, 1]
    assert len(desk.records("requests")) == 4
    assert desk.loaded(second)["results"][0]["result"] == "same"


def test_what_was_decided_holds_for_the_next_year_without_a_question(desk, ledger):
    desk.loaded(ledger(2022, of(2022, 1)))
    decide(desk)
    for year in (2023, 2024):
        desk.loaded(ledger(year, of(year, 1), of(year, 2)))

    assert [counted(desk, year)[0] for year in (2022, 2023, 2024)] == [1, 2, 2]


def test_a_number_that_says_its_year_is_one_case_and_is_not_asked_about(desk, ledger):
    number = "示依申〔2023〕7号"
    desk.loaded(ledger(2023, of(2023, number, done="")))
    desk.loaded(ledger(2024, [number, *of(2024, 1)[1:2], "2024-01-03", *of(2024, 1)[3:]]))
    decide(desk)
    desk.loaded(
        ledger(2024, [number, *of(2024, 1)[1:2], "2024-01-03", *of(2024, 1)[3:]], of(2024, "示依申〔2024〕7号"))
    )

    assert len(desk.records("requests")) == 2


@pytest.mark.parametrize(
    ("number", "asked"), [("20230001", False), ("2010", True), ("00012", True), ("A-2023-1", False)]
)
def test_whether_a_number_says_its_year(desk, ledger, number, asked):
    desk.loaded(ledger(2023, of(2023, number)))
    found = desk.take(ledger(2024, of(2024, number)))

    assert bool(found["questions"]) is asked


REDO = ("重作原申请编号",)


def test_a_reference_that_fits_two_years_is_asked_about_and_counts_as_it_is_written(desk, ledger):
    decide(desk)
    desk.loaded(ledger(2023, of(2023, 3, "", done=""), more=REDO))
    second = [of(2024, 3, "", done=""), of(2024, 4, "3")]
    (question,) = desk.asked(ledger(2024, *second, more=REDO))
    assert (question["code"], question["kept"], question["place"]["rows"]) == ("numbering.reference", "cell", [6])
    assert [answer["ready"] for answer in question["answers"]] == ["写成 3（2023年）", "写成 3（2024年）"]

    for written, figures in (("3（2024年）", [1, 1, 1, 1]), ("3(2023)", [1, 1, 1, 1])):
        desk.loaded(ledger(2024, second[0], of(2024, 4, written), more=REDO))
        done = [row["number"] for row in requests_done(desk)]
        assert (counted(desk, 2024), done) == (figures, [written.replace("(2023)", "（2023年）"), "4（2024年）"])


def requests_done(desk) -> list[dict]:
    from gktools.figures.counting.requests import requests_in_time
    from gktools.workspace.params_models import CountingRules

    with open_store(desk.home) as store:
        frame = requests_in_time(store.load_records(OFFICE, 2024), CountingRules()).frame()
    return frame[frame["completed"].notna()].to_dict("records")


def test_a_reference_to_the_only_year_that_it_can_mean_is_found(desk, ledger):
    decide(desk)
    desk.loaded(ledger(2023, of(2023, 3), of(2023, 5, done=""), of(2023, 4), more=()))
    desk.loaded(ledger(2024, of(2024, 1, ""), of(2024, 3, "3", done="04-01"), more=REDO))

    named = {row["number"]: row["redo_of"] for row in desk.records("requests")}
    assert named["3（2024年）"] == "3（2023年）", "a case is not its own redoing"


def test_in_other_registers_too_numbers_that_meet_are_asked_about(desk):
    def decisions(year):
        cover = [["登记表", "行政决定登记表"], ["单位", NAME], ["年度", str(year)]]
        rows = [[n, "行政许可", f"{year}-04-0{n}"] for n in (1, 2)]
        return desk.file([*cover, ["决定文书号", "类别", "决定日期"], *rows], name=f"决定{year}")

    desk.loaded(decisions(2023))
    (question,) = desk.asked(decisions(2024))
    assert question["code"] == "numbering"
    decide(desk, DECIDED.replace("依申请公开登记表", "行政决定登记表"))
    desk.loaded(decisions(2024))

    assert len(desk.records("decisions")) == 4


def test_the_history_and_an_undo_know_the_years(desk, ledger):
    desk.loaded(ledger(2023, of(2023, 1)))
    decide(desk)
    desk.loaded(ledger(2024, of(2024, 1)))
    desk.loaded(ledger(2024, of(2024, 1, done="04-20")))
    with open_store(desk.home) as store:
        before = store.load_records(OFFICE, 2024).digest()
        first = store.load_records(OFFICE, 2023, as_of=1)
        store.undo(3)
        store.undo(4)
        assert store.load_records(OFFICE, 2024).digest() == before
        assert first["requests"]["number"].tolist() == ["1"], "as it was before anything was decided"
        numbers = {(one.year, str(change)) for one in store.history("1") for change in one.changes[:1]}
        store.undo(3)
        store.undo(2)
        assert store.load_records(OFFICE, 2024)["requests"]["number"].tolist() == ["1（2023年）"]
    assert (2023, "申请编号：1 → 1（2023年）") in numbers


def test_two_rows_of_one_number_stay_refused_where_numbers_go_on(desk, ledger):
    decide(desk, DECIDED.replace("yearly", "throughout"))
    code, _, err = desk.command(
        "records", "import", ledger(2024, of(2024, 1), [*request("1")[:2], "2023-05-05", *of(2024, 1)[3:]])
    )

    assert code == 1
    assert "编号重复（第 5 行和第 6 行）" in err
