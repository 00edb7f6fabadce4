"""Random valid registers written in every dialect read back equal; headings mapped; sums compared; articles read."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xlsxwriter
from corpus.xls import xls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machine import examples
from random_registers import filled

from gktools.errors import ParamsError
from gktools.registers.dispositions import articles_in, disposition
from gktools.registers.intake import columns
from gktools.registers.intake.columns import Column
from gktools.registers.intake.own_words import OwnWords, read_own_words
from gktools.registers.intake.reading import read_file
from gktools.registers.intake.values import parse
from gktools.registers.intake.xlsx_guard import letters_of
from gktools.registers.schema import registers

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
OVER = {
    "third_party_asked_on": ("征求第三方", "发出日"),
    "third_party_replied_on": ("征求第三方", "回复日"),
    "others_asked_on": ("征求其他机关", "发出日"),
    "others_replied_on": ("征求其他机关", "回复日"),
}


def day_in(style: int, day: date) -> str:
    return (
        day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}.{day.month}.{day.day}", f"{day:%Y%m%d}", day.isoformat().translate(WIDE),
    )[style]  # fmt: skip


def as_text(value, style: int) -> str:
    if isinstance(value, date):
        return day_in(style, value)
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if style % 2 else f"{value:.2f}"
    return "" if value is None else str(value)


def cover(schema, ticked: bool) -> list[list[str]]:
    lines = [["登记表", schema.label], ["单位", "minzheng"], ["年度", "2024"]]
    return [*lines, ["本年无记录", "√"]] if ticked else lines


def headings(schema, keys, two_rows: bool) -> list[list[str]]:
    names = [schema[key].heading for key in keys]
    if not two_rows:
        return [names]
    return [
        [OVER[key][0] if key in OVER else name for key, name in zip(keys, names, strict=True)],
        [OVER[key][1] if key in OVER else "" for key in keys],
    ]


def bytes_of(dialect: str, rows: list[list], style: int) -> bytes:
    texts = [[as_text(value, style) for value in row] for row in rows]
    if dialect in ("utf-8", "utf-8-sig", "gb18030"):
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows(texts)
        return buffer.getvalue().encode(dialect)
    if dialect == "utf-16":
        return "\n".join("\t".join(row) for row in texts).encode("utf-16")
    if dialect == "xls":
        plain = [[float(value) if isinstance(value, Decimal) else value for value in row] for row in rows]
        return xls(("登记", plain))
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"default_date_format": "yyyy-mm-dd", "in_memory": True}) as book:
        page = book.add_worksheet("登记")
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if isinstance(value, str) or dialect == "xlsx text":
                    page.write_string(i, j, texts[i][j])
                elif isinstance(value, date):
                    page.write_datetime(i, j, value)
                elif value is not None:
                    page.write_number(i, j, value)
    return output.getvalue()


def read_back(suffix: str, content: bytes, renamed=None):
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"登记.{suffix}"
        path.write_bytes(content)
        said = read_file(path, lambda name: name, None, renamed)
        sheets, problems = said.sheets, said.problems
    assert problems == (), [str(problem) for problem in problems]
    (sheet,) = sheets
    return sheet


@pytest.mark.parametrize("dialect", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "xls", "xlsx", "xlsx text"])
@settings(max_examples=examples(8), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_random_register_reads_back_equal_from_every_dialect(dialect, data):
    schema = data.draw(st.sampled_from(list(registers().values())))
    rows = data.draw(filled(schema))
    keys = data.draw(st.permutations([field.key for field in schema.fields]))
    style, two_rows = data.draw(st.integers(0, 5)), schema.key == "requests" and data.draw(st.booleans())
    blank = data.draw(st.booleans())
    plain = dialect == "utf-16"  # written without quotes
    rows = [{key: v.replace('"', "“") if plain and isinstance(v, str) else v for key, v in row.items()} for row in rows]
    body = [[row.get(key) for key in keys] for row in rows]
    lines = [*cover(schema, not rows), *headings(schema, keys, two_rows)]
    filler = [[None] * len(keys)] if blank else []
    whole = [*filler, *lines, *filler, *body, *filler]

    sheet = read_back(
        "xls" if dialect == "xls" else "xlsx" if "xlsx" in dialect else "csv", bytes_of(dialect, whole, style)
    )

    expected = []
    for row in rows:
        record = {field.key: parse(field, row.get(field.key)) for field in schema.kept}
        expected.append(
            {field.key: field.default if record[field.key] is None else record[field.key] for field in schema.kept}
        )
    assert [{field.key: record[field.key] for field in schema.kept} for _, record in sheet.records] == expected
    first = len(lines) + 2 * len(filler) + 1
    assert sheet.lines == tuple(range(first, first + len(rows)))
    for field in (field for field in schema.fields if field.personal):
        assert list(sheet.personal[field.key]) == [parse(field, row.get(field.key)) or "" for row in rows]


# --- a column, each distinct value parsed once ----------


def test_a_tick_is_not_the_number_one_although_they_are_equal():
    column = Column(0, registers()["documents"]["lead"], from_1904=False)
    wrong = list(column.take([[True], [1], [True]]))

    assert column.values[0] is True
    assert [place for place, _ in wrong] == [1]


def test_no_more_values_are_remembered_than_stated_and_all_are_read(monkeypatch):
    monkeypatch.setattr(columns, "_REMEMBERED", 3)
    column = Column(0, registers()["requests"]["topic"], from_1904=False)

    assert list(column.take([[f"题{i % 7}"] for i in range(50)])) == []
    assert column.values == [f"题{i % 7}" for i in range(50)]
    assert len(column._known) <= 3


# --- headings that differ, mapped once ----------


@pytest.fixture
def mapped(tmp_path):
    def mapping(text: str):
        path = tmp_path / "params" / "columns.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return read_own_words(path)

    return mapping


ROWS = [["单位", "m"], ["年度", "2024"], ["登记表", "requests"], ["件号", "收件日", "申请人身份", "经办", "备注"]]


def test_headings_mapped_in_columns_yaml_are_read_and_those_to_ignore_passed_over(mapped):
    renamed = mapped(
        "依申请公开登记表:\n  件号: 申请编号\n  收件 日: 收到申请之日\n  申请人身份: applicant\n".replace(
            "applicant", "申请人类别"
        )
        + "  经办: 忽略\n  备注: 忽略\n"
    )
    content = bytes_of("utf-8", [*ROWS, ["1", "2024-03-01", "自然人", "某某", "急"]], 0)

    ((_, record),) = read_back("csv", content, renamed).records

    assert record == {"number": "1", "received_on": date(2024, 3, 1), "applicant": "natural_person"}


def test_the_line_that_a_message_shows_is_the_line_that_maps_the_heading(mapped, tmp_path):
    path = tmp_path / "登记.csv"
    path.write_bytes(
        bytes_of(
            "utf-8",
            [*ROWS[:3], ["申请编号", "收到申请的日", "申请人类别", "注: #1"], ["1", "2024-03-01", "自然人", "/"]],
            0,
        )
    )
    problems = read_file(path, str).problems
    shown = [
        str(problem).partition("下面加一行“")[2].partition("”（冒号后")[0]
        for problem in problems
        if "加一行" in str(problem)
    ]
    assert shown == ["  收到申请的日: 收到申请之日", '  "注: #1": 忽略']

    said = read_file(path, str, None, mapped("\n".join(["依申请公开登记表:", *shown])))
    sheets, problems = said.sheets, said.problems

    assert problems == ()
    assert sheets[0].columns["received_on"] == (date(2024, 3, 1),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("申请表:\n  甲: 申请编号\n", "params/columns.yaml 第 1 行 第 1 列：没有“申请表”这张登记表"),
        ("requests:\n  甲: 申请编好\n", "params/columns.yaml 第 2 行 第 3 列：依申请公开登记表没有“申请编好”这一栏；是不是“申请编号”"),
        ("requests:\n  甲: 申请编号\n  甲: 答复日\n", "“甲”写了两次"),
        ("requests: 甲\n", "要填下一级的项目"),
        ("requests:\n  甲: 3\n", "要填文字"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_columns_yaml_is_told_with_its_line(mapped, text, said):
    with pytest.raises(ParamsError) as told:
        mapped(text)

    assert said in str(told.value)


def test_without_columns_yaml_nothing_is_mapped(tmp_path):
    assert read_own_words(tmp_path / "columns.yaml") == OwnWords()


# --- dispositions and articles ----------


@pytest.mark.parametrize(
    ("written", "articles"),
    [
        ("36(四)", ["36(4)"]), ("三十六条第四项", ["36(4)"]), ("《条例》第三十六条第（四）项", ["36(4)"]), ("第十四条", ["14"]),
        ("14条", ["14"]), ("36(3)、16(1)", ["36(3)", "16(1)"]), ("第三十六条第一款第七项", ["36(7)"]), ("第四十二条", ["42"]),
        ("第二十条", ["20"]), ("14", ["14"]), ("15、32", ["15", "32"]), ("39①", ["39(1)"]), ("16 ②", ["16(2)"]), ("三十八", ["38"]),
        ("20", []), ("3", []), ("99", []), ("予以公开", []), ("第三十六条 予以公开", []), ("", []),
    ],
)  # fmt: skip
def test_articles_are_read_as_staff_write_them(written, articles):
    assert articles_in(written) == articles


def test_every_official_row_is_known_by_its_label_and_none_by_what_stands_for_several():
    field = registers()["requests"]["disposition"]
    for word in field.allowed:
        assert field.label(disposition(field, word)) == word
    for word in ("第十四条", "14", "30", "16②", "36(3)", "3.1", "（三）不予公开", "第三十条"):
        with pytest.raises(ValueError, match="对应好几种结果"):
            disposition(field, word)


def test_the_names_of_columns_are_those_of_a_spreadsheet():
    assert [letters_of(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
