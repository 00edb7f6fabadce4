"""Random registers dressed as clerks write them: in ways that change nothing, and in ways that have to be asked about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from corpus.struck import Mixed, Out
from hypothesis import strategies as st

from gktools.registers.schema import Field, Register
from gktools.registers.words import Ask, Never, dictionary

PLACEHOLDERS = ("无", "/", "—", "-", "－", "——", "N/A", "空", "\u3000")
HIDDEN_SIGNS = ("\u200b", "\ufeff", "\u200e", "\u00a0", "\u2060")
WIDE = {code: code + 0xFEE0 for code in (*range(0x30, 0x3A), 0x2D, 0x2E, 0x2F)}
TYPED = ("date", "count", "number", "yuan")


@dataclass(frozen=True)
class Grid:
    """A register as it is written: fields and headings by column, and the cells of the rows.

    over stands between the cover and the heading, under below the rows; hidden are the rows and columns that are not
    shown, counted from 0 among rows and columns of the grid.
    """

    register: Register
    fields: tuple[Field, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    over: tuple[tuple[Any, ...], ...] = ()
    under: tuple[tuple[Any, ...], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    said: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, register: Register, rows: list[dict[str, Any]]) -> Grid:
        """Return the records under the plain headings of the fields that any of them fills."""
        fields = tuple(known for known in register.fields if known.required or any(known.key in row for row in rows))
        fields = fields if len(fields) > 2 else register.fields
        cells = tuple(tuple(row.get(known.key, "") for known in fields) for row in rows)
        return cls(register, fields, tuple(known.heading for known in fields), cells)

    def places(self, wanted: Any) -> list[tuple[int, int]]:
        """Return the cells for which a function of their field and value is true."""
        return [(i, j) for i, row in enumerate(self.rows) for j, cell in enumerate(row) if wanted(self.fields[j], cell)]

    def put(self, i: int, j: int, cell: Any, said: str) -> Grid:
        """Return it with another cell."""
        row = (*self.rows[i][:j], cell, *self.rows[i][j + 1 :])
        return replace(self, rows=(*self.rows[:i], row, *self.rows[i + 1 :]), said=(*self.said, said))


def text_of(value: Any) -> str:
    """Return a value as plain text."""
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if isinstance(value, Decimal) else str(value)


# --- what changes nothing ----------


def day_in_words(draw: Any, day: date) -> Any:
    return draw(
        st.sampled_from(
            (
                day, day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
                f"{day.year}.{day.month}.{day.day}", f"{day:%Y%m%d}", f"{day.year} 年 {day.month} 月 {day.day} 日",
                day.isoformat().translate(WIDE), f"{day.isoformat()} 00:00:00",
            )
        )
    )  # fmt: skip


def spelled(draw: Any, grid: Grid) -> Grid:
    """Spell every day and number in a way of its own."""

    def cell(known: Field, value: Any) -> Any:
        if isinstance(value, date):
            return day_in_words(draw, value)
        if isinstance(value, Decimal):
            return draw(st.sampled_from((value, f"{value:,.2f}", f"{value:.2f}元", f"￥{value:.2f}", f"{value:f}")))
        if isinstance(value, int) and not isinstance(value, bool):
            return draw(st.sampled_from((value, str(value), str(value).translate(WIDE))))
        return value

    rows = tuple(tuple(cell(*pair) for pair in zip(grid.fields, row, strict=True)) for row in grid.rows)
    return replace(grid, rows=rows, said=(*grid.said, "spelled"))


def filled_with_placeholders(draw: Any, grid: Grid) -> Grid:
    """Write 无 or a dash where nothing is to be said."""
    for i, j in grid.places(lambda known, cell: cell == "" and not known.required and bool(known.key)):
        known = grid.fields[j]
        if all(cell == "" for cell, at in zip(grid.rows[i], grid.fields, strict=True) if at.required):
            continue  # an empty row
        if known.type not in ("yes_no", "count", "number", "yuan") and not known.any_word and draw(st.booleans()):
            words = [word for word in PLACEHOLDERS if word not in known.asks]
            grid = grid.put(i, j, draw(st.sampled_from(words)), f"placeholder {known.key}")
    return grid


def with_hidden_signs(draw: Any, grid: Grid) -> Grid:
    """Put signs that nobody sees into texts."""
    for i, j in grid.places(lambda known, cell: isinstance(cell, str) and len(cell.strip()) > 1):
        if draw(st.integers(0, 3)) == 0:
            text, sign = grid.rows[i][j], draw(st.sampled_from(HIDDEN_SIGNS))
            at = draw(st.integers(0, len(text)))
            if sign == "\u00a0" and 0 < at < len(text):
                continue  # a space within is one
            grid = grid.put(i, j, text[:at] + sign + text[at:], f"unseen {grid.fields[j].key}")
    return grid


def in_ten_thousands(draw: Any, grid: Grid) -> Grid:
    """Write the amounts of a column in 万元."""
    for j, known in enumerate(grid.fields):
        if known.type == "yuan" and draw(st.booleans()):
            head = (*grid.head[:j], grid.head[j].replace("（元）", "") + "（万元）", *grid.head[j + 1 :])
            rows = tuple(
                (*row[:j], f"{row[j] / 10000:f}" if isinstance(row[j], Decimal) else row[j], *row[j + 1 :])
                for row in grid.rows
            )
            grid = replace(grid, head=head, rows=rows, said=(*grid.said, f"万元 {known.key}"))
    return grid


def with_words(draw: Any, grid: Grid) -> Grid:
    """Write values by sure words of the dictionary."""
    for i, j in grid.places(lambda known, cell: isinstance(cell, str) and bool(known.allowed)):
        known = grid.fields[j]
        words = dictionary(grid.register.key, known.key).sure
        mine = [word for value, several in words.items() if known.label(value) == grid.rows[i][j] for word in several]
        if mine and draw(st.booleans()):
            grid = grid.put(i, j, draw(st.sampled_from(mine)), f"word {known.key}")
    return grid


def moved(draw: Any, grid: Grid) -> Grid:
    """Change the order of rows and columns, with empty rows and a column of numbers before."""
    order = draw(st.permutations(range(len(grid.fields))))
    rows = draw(st.permutations(grid.rows))
    cells = [tuple(row[j] for j in order) for row in rows]
    fields, head = tuple(grid.fields[j] for j in order), tuple(grid.head[j] for j in order)
    if draw(st.booleans()):
        ordinal = Field("", "序号")
        fields, head = (ordinal, *fields), ("序号", *head)
        cells = [(number, *row) for number, row in enumerate(cells, start=1)]
        cells += [(len(cells) + 1, *("" for _ in order))] * draw(st.integers(0, 2))
    elif draw(st.booleans()):
        cells.insert(draw(st.integers(0, len(cells))), tuple("" for _ in order))
    return replace(grid, fields=fields, head=head, rows=tuple(cells), said=(*grid.said, "moved"))


def summed(draw: Any, grid: Grid) -> Grid:
    """Add a row of sums, below or on top."""
    amounts = [j for j, known in enumerate(grid.fields) if known.type in ("yuan", "count")]
    free = [j for j, known in enumerate(grid.fields) if known.type == "text" and j not in amounts]
    plain = all(isinstance(row[j], int | Decimal | str) for row in grid.rows for j in amounts)
    if not amounts or not free or amounts[0] < free[0] or not plain or not draw(st.booleans()):
        return grid
    sums: list[Any] = ["" for _ in grid.fields]
    sums[free[0]] = draw(st.sampled_from(("合计", "总计", "合 计")))
    for j in amounts:
        sums[j] = sum((row[j] for row in grid.rows if isinstance(row[j], int | Decimal)), 0)
    if free[0] == 0 or draw(st.booleans()):
        return replace(grid, under=(tuple(sums),), said=(*grid.said, "sum below"))
    return grid


HONEST = (in_ten_thousands, with_words, moved, summed, spelled, filled_with_placeholders, with_hidden_signs)


# --- what has to be asked about, or refused ----------


def doubled(draw: Any, grid: Grid) -> Grid:
    """Two values in one cell."""
    places = grid.places(lambda known, cell: known.type in TYPED and cell != "")
    if not places:
        return grid
    i, j = draw(st.sampled_from(places))
    between = draw(st.sampled_from(("\n", " ", "、", "；", "\r\n", "/", "～")))
    other = draw(st.sampled_from((grid.rows[i][j], 5, "30", "2024-3-7")))
    return grid.put(i, j, f"{text_of(grid.rows[i][j])}{between}{text_of(other)}", f"doubled {grid.fields[j].key}")


def struck(draw: Any, grid: Grid) -> Grid:
    """A part of a cell, or all of it, struck out."""
    places = grid.places(lambda known, cell: cell != "" and bool(known.key))
    i, j = draw(st.sampled_from(places))
    text = text_of(grid.rows[i][j])
    out = (
        Out(grid.rows[i][j]) if draw(st.booleans()) else Mixed(f"~~{draw(st.sampled_from(('50', '2', '甲')))}~~{text}")
    )
    return grid.put(i, j, out, f"struck {grid.fields[j].key}")


def hidden(draw: Any, grid: Grid) -> Grid:
    """A row or a column that is hidden."""
    if draw(st.booleans()):
        return replace(grid, hidden_rows=(draw(st.integers(0, len(grid.rows) - 1)),), said=(*grid.said, "hidden row"))
    return replace(
        grid, hidden_columns=(draw(st.integers(0, len(grid.fields) - 1)),), said=(*grid.said, "hidden column")
    )


def other_unit(draw: Any, grid: Grid) -> Grid:
    """A unit in a cell or above the table that the heading contradicts."""
    places = grid.places(lambda known, cell: known.type == "yuan" and isinstance(cell, Decimal))
    if not places:
        return grid
    if draw(st.booleans()):
        return replace(grid, over=(("单位：万元",),), said=(*grid.said, "unit above"))
    i, j = draw(st.sampled_from(places))
    return grid.put(i, j, f"{grid.rows[i][j]:f}万元", f"unit {grid.fields[j].key}")


def other_word(draw: Any, grid: Grid) -> Grid:
    """A word of several meanings, or of none, in the place of a value."""
    found = []
    for i, j in grid.places(lambda known, cell: bool(known.key)):
        words = dictionary(grid.register.key, grid.fields[j].key)
        found += [
            (i, j, meant.word)
            for meant in words.entries()
            if isinstance(meant.what, Never) or (isinstance(meant.what, Ask) and not meant.what.unless)
        ]
    if not found:
        return grid
    i, j, word = draw(st.sampled_from(found))
    return grid.put(i, j, word, f"word {word} for {grid.fields[j].key}")


def below_nought(draw: Any, grid: Grid) -> Grid:
    """A number below nought."""
    places = grid.places(lambda known, cell: known.type in ("count", "yuan") and cell not in ("", 0))
    if not places:
        return grid
    i, j = draw(st.sampled_from(places))
    form = draw(st.sampled_from(("-{}", "（{}）", "－{}", "({})", "△{}", "红字{}")))
    return grid.put(i, j, form.format(text_of(grid.rows[i][j])), f"negative {grid.fields[j].key}")


def annotated(draw: Any, grid: Grid) -> Grid:
    """A note in a cell that holds a day or a number."""
    places = grid.places(lambda known, cell: known.type in TYPED and cell != "")
    if not places:
        return grid
    i, j = draw(st.sampled_from(places))
    form = draw(
        st.sampled_from(
            (
                "约{}",
                "{}左右",
                "{}件多",
                "{}（补）",
                "{}?",
                "近{}",
                "{}余",
                "不到{}",
                "{}起",
                "{}至今",
                "{}%",
                "{}+5",
                "={}+1",
            )
        )
    )
    return grid.put(i, j, form.format(text_of(grid.rows[i][j])), f"note {grid.fields[j].key}")


def half_a_day(draw: Any, grid: Grid) -> Grid:
    """A day that lacks its year, or could be another one."""
    places = grid.places(lambda known, cell: isinstance(cell, date))
    if not places:
        return grid
    i, j = draw(st.sampled_from(places))
    day = grid.rows[i][j]
    form = draw(
        st.sampled_from(
            (
                f"{day.month}月{day.day}日", f"{day.month}.{day.day}", f"{day.day}/{day.month}/{day.year}", f"{day.year}年{day.month}月",
                f"{day.month}-{day.day}", f"{day.year}", f"{day.year % 100}-{day.month}-{day.day}", f"{day.month}/{day.day}/{day.year}",
                f"{day.month}月底", f"{day.year}年{day.month}月上旬", f"农历{day.month}月{day.day}日", f"{day.year}-02-30",
            )
        )
    )  # fmt: skip
    return grid.put(i, j, form, f"half a day {grid.fields[j].key}")


def several_numbers(draw: Any, grid: Grid) -> Grid:
    """Several numbers in the cell of one."""
    says_how_many = any(known.type == "count" for known in grid.register.fields)
    places = grid.places(lambda known, cell: known.series and cell != "" and not says_how_many)
    if not places:
        return grid
    i, j = draw(st.sampled_from(places))
    form = draw(
        st.sampled_from(
            (
                "示〔2024〕3-8号",
                "示〔2024〕1、2、5号",
                "3—8号",
                "甲1至甲4",
                "甲1\n甲2",
                "示〔2024〕1号；示〔2024〕2号",
                "示〔2024〕1号等3件",
                "甲1（3件）",
                "示〔2024〕1号等三件",
            )
        )
    )
    return grid.put(i, j, form, f"several {grid.fields[j].key}")


def names_nothing(draw: Any, grid: Grid) -> Grid:
    """A word in a column that names another record."""
    places = grid.places(lambda known, cell: bool(known.refers_to))
    if not places:
        return grid
    i, j = draw(st.sampled_from(places))
    return grid.put(
        i, j, draw(st.sampled_from(("是", "同上", "见备注", "有", "待查", "√"))), f"reference {grid.fields[j].key}"
    )


def unsure_heading(draw: Any, grid: Grid) -> Grid:
    """A heading that may mean a field, in the place of its own."""
    places = [(j, word) for j, known in enumerate(grid.fields) for word in known.unsure]
    if not places:
        return grid
    j, word = draw(st.sampled_from(places))
    return replace(grid, head=(*grid.head[:j], word, *grid.head[j + 1 :]), said=(*grid.said, f"heading {word}"))


DOUBTFUL = (
    doubled, struck, hidden, other_unit, other_word, below_nought, annotated, half_a_day, several_numbers, names_nothing,
    unsure_heading,
)  # fmt: skip
