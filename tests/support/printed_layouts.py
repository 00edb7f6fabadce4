"""Published reports with known figures, drawn as offices' pages draw them: with spans, fillers, pieces, and damage."""

from __future__ import annotations

import html
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from gktools.forms.grid import grid
from gktools.forms.model import Cell, Form, ReportFormat
from gktools.forms.notices import load_format

Figures = Mapping[tuple[str, Cell], str]


@dataclass
class DrawnCell:
    """A cell as drawn: its text, its spans, and the cell of the form whose figure it has."""

    text: str
    columns: int = 1
    rows: int = 1
    cell: tuple[str, Cell] | None = None
    head: bool = False


Rows = list[list[DrawnCell]]


@dataclass
class Drawn:
    """A report as pieces: paragraphs and tables."""

    format: ReportFormat
    figures: dict[tuple[str, Cell], str]
    pieces: list[str | Rows] = field(default_factory=list)

    @property
    def tables(self) -> list[Rows]:
        return [piece for piece in self.pieces if isinstance(piece, list)]


def figures_of(year: int, chance: random.Random, *, large: bool = False) -> dict[tuple[str, Cell], str]:
    """Figures that agree in every sum, with blanks and other texts among those of the first table."""
    format_ = load_format(year)
    found: dict[tuple[str, Cell], str] = {}
    most = 2000 if large else 60
    for form in format_.forms:
        values: dict[Cell, Decimal] = {}
        for cell in form.cells:
            if cell not in form.sums_across and cell not in form.sums_down:
                values[cell] = Decimal(chance.choice([0, 0, chance.randrange(most)]))
        for sums in (form.sums_across, form.sums_down, form.sums_across):
            for total, parts in sums.items():
                if all(part in values for part in parts):
                    values[total] = sum((values[part] for part in parts), Decimal(0))
        for cell in form.cells:
            text = str(values[cell])
            if form.key == "disclosures" and form.unit(cell) == "万元":
                text = f"{chance.randrange(9000)}.{chance.randrange(10**4):04}"
            found[form.key, cell] = text
    return found


def draw(year: int, figures: Mapping[tuple[str, Cell], str], name: str = "示例市某局") -> Drawn:
    """Draw a report as the notice has it: one table a form, with merged cells."""
    format_ = load_format(year)
    drawn = Drawn(format_, dict(figures))
    drawn.pieces.append(f"{name}{year}年政府信息公开工作年度报告")
    for section in format_.sections:
        drawn.pieces.append(section.title)
        if section.form:
            drawn.pieces.append(rows_of(format_[section.form], figures))
        else:
            drawn.pieces.append("本单位认真做好各项工作。其他行政许可事项另行公布，全年开展培训3次。")
    return drawn


def rows_of(form: Form, figures: Mapping[tuple[str, Cell], str]) -> Rows:
    return [
        [
            DrawnCell(
                figures[form.key, cell.cell] if cell.cell else cell.text,
                cell.columns,
                cell.rows,
                (form.key, cell.cell) if cell.cell else None,
                cell.kind != "figure",
            )
            for cell in line.cells
        ]
        for line in grid(form).lines
    ]


# --- honest layouts -------------------------------------------------------------------------------------------


def fillers(rows: Rows, _: random.Random) -> Rows:
    """No spans: every cell that a merged one covers is drawn, empty."""
    width = max(sum(cell.columns for cell in row) for row in rows)
    square: list[list[DrawnCell | None]] = [[None] * width for _ in rows]
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while column < width and square[number][column] is not None:
                column += 1
            for down in range(cell.rows):
                for across in range(cell.columns):
                    if number + down < len(rows) and column + across < width:
                        first = not down and not across
                        square[number + down][column + across] = (
                            replace(cell, columns=1, rows=1) if first else DrawnCell("")
                        )
            column += cell.columns
    return [[cell or DrawnCell("") for cell in row] for row in square]


def copies(rows: Rows, _: random.Random) -> Rows:
    """No spans: every cell that a merged one covers is drawn with its text again, as some programs write tables out."""
    width = max(sum(cell.columns for cell in row) for row in rows)
    square: list[list[DrawnCell | None]] = [[None] * width for _ in rows]
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while column < width and square[number][column] is not None:
                column += 1
            for down in range(min(cell.rows, len(rows) - number)):
                for across in range(min(cell.columns, width - column)):
                    square[number + down][column + across] = replace(cell, columns=1, rows=1)
            column += cell.columns
    return [[cell or DrawnCell("") for cell in row] for row in square]


def no_spans(rows: Rows, _: random.Random) -> Rows:
    """Spans lost: only the cells that have a text."""
    return [[replace(cell, columns=1, rows=1) for cell in row] for row in rows]


def shifted(rows: Rows, chance: random.Random) -> Rows:
    """A span on another column of the row than in the header."""
    made = []
    for row in rows:
        values = [cell for cell in row if cell.cell]
        if len(values) > 2 and chance.random() < 0.5:
            wide = chance.choice(values[:-1])
            row = [replace(cell, columns=cell.columns + 1) if cell is wide else cell for cell in row]
        made.append(row)
    return made


def spaced(rows: Rows, chance: random.Random) -> Rows:
    """Blanks of every kind inside labels and around figures."""
    blanks = ["", "", "", " ", "\u3000", "\u00a0", "\u200b", "\n"]

    def text(cell: DrawnCell) -> str:
        if cell.head:
            return "".join(f"{character}{chance.choice(blanks)}" for character in cell.text)
        return f"{chance.choice(['', ' ', chr(0xA0)])}{cell.text}{chance.choice(['', ' ', chr(0x200B)])}"

    return [[replace(cell, text=text(cell)) for cell in row] for row in rows]


def reworded(rows: Rows, chance: random.Random) -> Rows:
    """Labels in full or half width, without ordinals' marks, with notes."""
    changes: list[Callable[[str], str]] = [
        lambda text: text,
        lambda text: text.replace("（", "(").replace("）", ")"),
        lambda text: text.replace(".", "．"),
        lambda text: text.replace(".", "、", 1) if text[:1].isdigit() else text,
        lambda text: text.replace("“", '"').replace("”", '"'),
        lambda text: text.replace("、", "，") if text[1:2] != "、" else text,
    ]
    change = chance.choice(changes)
    return [[replace(cell, text=change(cell.text)) if cell.head else cell for cell in row] for row in rows]


HONEST = (fillers, copies, no_spans, shifted, spaced, reworded)


def pieces(drawn: Drawn, chance: random.Random) -> Drawn:
    """Tables cut into several after some rows, as at the end of a page; no row that spans is cut."""
    made: list[str | Rows] = []
    for piece in drawn.pieces:
        if isinstance(piece, str) or chance.random() < 0.4:
            made.append(piece)
            continue
        start = 0
        ends = [end for end in range(1, len(piece)) if chance.random() < 0.15]
        for end in [*ends, len(piece)]:
            made.append(
                [[replace(cell, rows=min(cell.rows, end - start - 0)) for cell in row] for row in piece[start:end]]
            )
            start = end
    return replace(drawn, pieces=made)


# --- as files -------------------------------------------------------------------------------------------------


def as_html(drawn: Drawn, chance: random.Random | None = None, *, nested: bool = False, spans: bool = False) -> str:
    """The report as a page; nested in a table that lays it out, every letter of a label in a span of its own."""

    def inside(cell: DrawnCell) -> str:
        text = html.escape(cell.text).replace("\n", "<br/>")
        if spans and cell.head and "&" not in text and "<" not in text:
            text = "".join(f"<span lang='EN-US'>{character}</span>" for character in text)
        return f"<p class='MsoNormal' style='mso-spacerun:yes'>{text}</p>" if chance and chance.random() < 0.5 else text

    def cell(one: DrawnCell) -> str:
        wide = f" colspan='{one.columns}'" if one.columns > 1 else ""
        low = f" rowspan='{one.rows}'" if one.rows > 1 else ""
        return f"<td{wide}{low}>{inside(one)}</td>"

    def table(rows: Rows) -> str:
        lines = "\n".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in rows)
        return f"<table border='1'><tbody>{lines}</tbody></table>"

    body = "\n".join(
        f"<p>{html.escape(piece)}</p>" if isinstance(piece, str) else table(piece) for piece in drawn.pieces
    )
    body = (
        f"<table><tr><td>索引号</td><td>000014349/2022-00007</td></tr><tr><td colspan='2'>{body}</td></tr></table>"
        if nested
        else body
    )
    return f"<html><head><meta charset='utf-8'><title>政府信息公开</title></head><body><div class='TRS_Editor'>{body}</div></body></html>"


def as_bars(drawn: Drawn) -> str:
    """The report as text with a bar between cells, tables apart."""
    lines = []
    for piece in drawn.pieces:
        rows = (
            []
            if isinstance(piece, str)
            else ["| " + " | ".join(" ".join(c.text.split()) for c in row) + " |" for row in piece]
        )
        lines += [piece] if isinstance(piece, str) else ["", *rows, ""]
    return "\n".join(lines)


def as_lines(drawn: Drawn) -> str:
    """The report as text with a line for every cell that has a text."""
    lines = []
    for piece in drawn.pieces:
        lines += (
            [piece] if isinstance(piece, str) else [cell.text for row in piece for cell in row if cell.text.strip()]
        )
    return "\n\n".join(lines)


def as_run(drawn: Drawn, between: str = " ") -> str:
    """The report as one line: the cells with something between them."""
    said = []
    for piece in drawn.pieces:
        said += [piece] if isinstance(piece, str) else [between.join(cell.text for row in piece for cell in row)]
    return between.join(said)


# --- damage ---------------------------------------------------------------------------------------------------


def damage(drawn: Drawn, chance: random.Random) -> Drawn:
    """Something lost: a cell, a row, a label, a header cell, a span; or drawn twice."""
    made = [piece if isinstance(piece, str) else [list(row) for row in piece] for piece in drawn.pieces]
    tables = [piece for piece in made if isinstance(piece, list) and piece]
    damaged: list[list[DrawnCell]] = []
    for _ in range(chance.randrange(1, 4)):
        table = chance.choice(tables)
        rows = [row for row in table if row and not any(row is one for one in damaged)]
        if not rows:
            continue
        row = chance.choice(rows)
        damaged.append(row)
        place = chance.randrange(len(row))
        kind = chance.choice(["cell", "cell", "row", "label", "head", "twice", "span", "joined", "row_twice"])
        if kind == "cell":
            del row[place]
        elif kind == "row":
            table[:] = [one for one in table if one is not row]
        elif kind == "label":
            heads = [cell for cell in row if cell.head]
            if heads:
                row[row.index(chance.choice(heads))] = DrawnCell(chance.choice(["", "？？", "某某某"]))
        elif kind == "head":
            heads = [cell for cell in row if cell.head]
            if heads:
                row.remove(chance.choice(heads))
        elif kind == "twice":
            row.insert(place, replace(row[place]))
        elif kind == "span":
            row[place] = replace(row[place], columns=chance.randrange(1, 4), rows=chance.randrange(1, 4))
        elif kind == "joined":
            number = next(place for place, one in enumerate(table) if one is row)
            if number + 1 < len(table) and not any(table[number + 1] is one for one in damaged):
                row += table.pop(number + 1)
        elif kind == "row_twice":
            table.insert(next(place for place, one in enumerate(table) if one is row), list(row))
    return replace(drawn, pieces=made)


def damage_bytes(text: str, chance: random.Random) -> str:
    """A stretch of a file lost."""
    start = chance.randrange(len(text))
    return text[:start] + text[start + chance.choice([1, 5, 30, 200, 1000]) :]
