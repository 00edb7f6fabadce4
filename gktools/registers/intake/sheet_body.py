"""The rows of a sheet below its heading, read as the records of one register, or everything wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

from ...errors import Problem
from ..questions import Inquiry, Question, QuestionPlace
from ..schema import Field, days_of, fold_number, year_in
from ..sheet import MatchedColumn, MatchedWord, Sheet
from ..word_warnings import format_own_headings, format_taken_headings, format_unread
from ..words import (
    COMMENT,
    ELSEWHERE,
    IGNORED,
    ORDINAL,
    SECTION,
    UNREAD,
    book,
    looks_personal,
    may_be_elsewhere,
    may_be_set_off,
)
from .columns import AmbiguousWord, Column, Wrong, YearsTerm
from .conditions import BETWEEN
from .constants import NamesSaid, constants_of, told_agreed
from .contradictions import contradictions
from .cover import is_cover
from .doubtful_days import doubtful_days
from .effects import EffectColumns
from .files import FileSheet
from .headings import Columns, Header
from .ignored import IgnoredNumbers
from .meanings import RegisterTable, resolve_words
from .merged_cells import MergedCells
from .mistakes import Mistakes
from .notes import comments_above, notes_above, other_units, says_of_rows
from .organs import MOST, IsOwn, besides_own, names_an_organ
from .own_words import IGNORE, Constants, section_of, written_line
from .personal import doubtful_persons, is_personal_number, quotable
from .places import Placed, Row, Where
from .ragged import RaggedRows
from .row_kinds import Doubt, RowKind, RowKinds, besides_the_commonest, first_text, is_value, may_hold
from .second_tables import other_heading
from .sections import Sections
from .sum_records import named_for_others, sums_of_others
from .sums import SumRow, compare, sum_row
from .titles import TableName, ask_about_names
from .units import FEN, YUAN, heading_in
from .values import LEFT_OUT, Several, Unclear, text_of
from .xlsx_guard import letters_of

MOST_PROBLEMS = 2000
"""The maximum number of problems of one sheet; with more the file is probably of another kind."""
_AT_ONCE = 500
"""The number of rows read between two checks of the number of problems."""
_PAIRS = 10
"""The maximum number of equal rows listed in one message."""
_ABOVE = "这一行在表头上面，却像是一条记录（例如排序时把表头也排进去了）；请把表头移到所有记录的上面，再导入"
_LAST = 10**6
"""The position of problems of a complete row."""


class SheetBody:
    """The records of a sheet, parsed by column."""

    def __init__(
        self,
        where: Where,
        header: Header,
        columns: Mapping[int, Column],
        found: Columns,
        page: FileSheet,
    ) -> None:
        self._comments, self._other_sheets = page.comments, page.others
        self._ragged = RaggedRows(where, header, columns) if page.delimited else None
        self._where, self._header, self._bare = where, header, found.bare
        self._places = list(columns.values())
        self.columns = {column.field.key: column for column in columns.values()}
        self.lines: list[int] = []
        self._sums: list[SumRow] = []
        self._broken: set[int] = set()
        self._told: set[int] = set()
        seen = {**dict.fromkeys(found.effects, UNREAD), **dict.fromkeys(header.ordinals, ORDINAL)}
        self._looked_at = {**header.looked_at, **seen}
        self._beside: dict[str, list[str]] = {key: [] for key in (*self._looked_at.values(), ELSEWHERE, COMMENT)}
        kept = (column.place for column in self._places if column.field.type == "text")
        self._elsewhere = sorted({*kept, *header.ordinals})
        self._mistakes = Mistakes(where, header.register)
        taken = [(word, found.fields[place].field.heading) for place, word in sorted(found.taken.items())]
        unread = [word for _, word in sorted(found.unread.items())]
        texts = (*format_unread(unread), *format_taken_headings(taken))
        self._said: list[Problem] = [where.problem(text, header.last + 1) for text in texts]
        self._doubles: dict[int, int] = {}  # by place, the place of the first
        self._same: list[tuple[int, int]] = []
        self._examples = 0
        self._aside: list[Placed] = []
        self._kinds = RowKinds(header, self._places)
        self._ignored = IgnoredNumbers(where, header, self.columns)
        self._effects = EffectColumns(where, header, found.effects)
        self._own_sums: set[int] = set()  # lines called sums in a sheet of nothing else
        self._notes: list[int] = []  # lines of notes about rows
        self._sections, self._speaking = Sections(header.register), list[int]()  # lines of texts that speak of rows
        self._ended = False  # whether another table has begun
        self._none: list[int] = []  # lines that say that there is no record
        self._merged = MergedCells(where, header, self._places, page)
        self._asked: set[int] = set()  # lines whose words are asked about
        self._doubts: dict[Doubt, list[tuple[int, Row, RowKind]]] = {}
        self.words: tuple[MatchedWord, ...] = ()
        self.answered_away = False  # by an answer about a name around the table
        told = (place for place in sorted(header.passed_over) if any(map(names_an_organ, header.words[place])))
        self.organs: dict[int, dict[str, list[int]]] = {place: {} for place in told}

    def read(self, start: int, rows: Iterator[Row], inquiry: Inquiry) -> list[Placed]:
        """Read every row from an index on, up to MOST_PROBLEMS problems, and ask about doubtful ones; return the problems."""
        problems: list[Placed] = []
        numbered = enumerate(rows, start + 1)
        while len(problems) + self._mistakes.cells <= MOST_PROBLEMS and (several := list(islice(numbered, _AT_ONCE))):
            problems += self._keep(list(self._records(several)))
        problems += self._keep(self._ask_rows(inquiry))
        self._in_order()
        self._ignored.ask(inquiry)
        if self._ragged:
            problems += self._ragged.problems()
            self._said += self._ragged.warnings()
            self._ragged.ask(inquiry)
        problems += self._aside
        return [*problems, *self._mistakes.problems()]

    def _keep(self, records: Sequence[tuple[int, Row]]) -> Iterator[Placed]:
        """Take records; yield the problems of columns without a heading."""
        self.lines += [line for line, _ in records]
        self._take([line for line, _ in records], [row for _, row in records])
        self._ignored.take(row for _, row in records)
        self._effects.take(row for _, row in records)
        if self._ragged:
            self._ragged.take(records)
        yield from self._unheaded(records)

    def tell_own_headings(self, columns: Sequence[MatchedColumn]) -> None:
        """Add a warning about the headings that were taken for what the office said: that is kept with the import."""
        register = self._header.register
        own = [
            (one.heading, register[one.field].heading if one.field else IGNORE) for one in columns if one.why == "own"
        ]
        if own:
            self._said.append(self._where.problem(format_own_headings(own), self._header.last + 1))

    def fill_in(self, given: Constants, agreed: Constants, whose: str, inquiry: Inquiry) -> None:
        """Add the columns missing in the file with the office's constant values, and those that its names agree on, with a
        warning about each."""
        header, missing = self._header, {key: value for key, value in given.items() if key not in self.columns}
        said = NamesSaid(self._where, header.words, header.passed_over)
        own = constants_of(missing, header.register, said, whose, inquiry)
        for key, value, warning in (*own, *told_agreed(agreed, header.register)):
            self.columns[key] = Column(-1, header.register[key], False)
            self.columns[key].values = [value] * len(self.lines)
            self._said.append(self._where.problem(warning))

    def fill_from_sections(self, fields: Sequence[Field]) -> None:
        """Add those of some missing columns of which the headings above all records say the value."""
        for field in fields:
            if values := self._sections.values(field, self.lines):
                self.columns[field.key] = column = Column(-1, field, False)
                column.values = list(values)
                said = book().sections.kinds.format(heading=field.heading)
                self._said.append(self._where.several(said, self.lines, None, 0))

    def resolve(self, inquiry: Inquiry, office: str, year: int, is_own: IsOwn, names: Sequence[TableName] = ()) -> None:
        """Ask about the cells with two readings and the names around, and replace them by the answered values."""
        self._effects.ask(inquiry, is_own)
        if told := [line for line in self._sections.told(self.lines) if line not in self._notes]:
            self._said.append(self._where.several(book().sections.told, told, None, 0))
        beside = besides_own(self._beside, is_own) | {SECTION: self._sections.texts(self.lines, self.columns)}
        table = RegisterTable(self._where, self._header.register, office, year, self.lines, self.columns, beside)
        settled = resolve_words(table, inquiry)
        self._asked = {self.lines[i] for i in settled.asked}
        self._broken |= self._asked
        self._said += settled.warnings
        self.words = tuple(settled.words)
        left_out = set(settled.left_out) | self._ask_sums(inquiry)
        self.answered_away = ask_about_names(table, names, self._other_sheets, inquiry)
        several: dict[int, tuple[Column, tuple[str, ...]]] = {}
        for column in self._places:
            by_subject: dict[tuple[str, str], list[tuple[int, Unclear]]] = {}
            for i, cell in column.unclear:
                if cell.code in ("number.several", "number.unlisted") and self._says_how_many(i):
                    column.values[i] = cell.outcomes["one"]
                    continue
                by_subject.setdefault((cell.code, cell.subject or column.heading), []).append((i, cell))
            for (code, subject), cells in by_subject.items():
                lines = tuple(self.lines[i] for i, _ in cells)
                place = QuestionPlace(self._where.file, self._where.sheet, lines, column.field.heading, column.place)
                values = {"heading": column.heading, "line": _unit_lines(column), **cells[0][1].values}
                values |= {"section": section_of(self._header.register, office)}
                key = inquiry.ask(Question.of(code, subject, place, values))
                if key is None:
                    self._broken |= set(lines)
                    continue
                for i, cell in cells:
                    column.values[i] = cell.outcomes[key]
                left_out |= {i for i, cell in cells if cell.outcomes[key] is LEFT_OUT}
                found = {i: cell.outcomes[key] for i, cell in cells}
                several |= {i: (column, value.values) for i, value in found.items() if isinstance(value, Several)}
        if left_out or several:
            self._unfold(left_out, several)

    def _unfold(self, left_out: set[int], several: Mapping[int, tuple[Column, tuple[str, ...]]]) -> None:
        """Remove records by index, and expand a record with several values into one record for each."""
        order = [
            i for i in range(len(self.lines)) if i not in left_out for _ in (several[i][1] if i in several else (0,))
        ]
        self._arrange(order)
        at = 0
        for place, found in groupby(order):
            count = len(list(found))
            if place in several:
                column, values = several[place]
                column.values[at : at + count] = values
                for other in self._places:
                    if other.field.type in ("yuan", "count") and other.field.default is None:
                        nothing = 0 if other.field.required else None
                        other.values[at + 1 : at + count] = [nothing] * (count - 1)
            at += count

    def _arrange(self, order: Sequence[int]) -> None:
        """Put the records in an order, in which one may be missing or repeated."""
        self.lines = [self.lines[i] for i in order]
        for column in self.columns.values():
            serials = set(column.serials)
            column.values = [column.values[i] for i in order]
            column.serials = [j for j, i in enumerate(order) if i in serials]

    def _says_how_many(self, place: int) -> bool:
        """Whether a record says itself how many it stands for."""
        counts = (column.values[place] for column in self._places if column.field.default is not None)
        return any(isinstance(count, int) and count > 1 for count in counts)

    @property
    def wrong_cells(self) -> int:
        """The number of cells that could not be parsed."""
        return self._mistakes.cells

    @property
    def untouched(self) -> bool:
        """Whether the sheet has nothing but the example row of a template."""
        return bool(self._examples) and not (self.lines or self._sums or self._doubts)

    def sheet(self, code: str, year: int, today: date) -> Sheet:
        """Return the register as read, with its warnings."""
        register = self._header.register
        read = (self._where, register, self.lines, self.columns)
        doubts = (
            self._told_units(),
            self._told_doubles(),
            compare(self._where, self._sums, self.lines, self.columns),
            doubtful_days(*read, year, today),
        )
        columns = {key: tuple(column.values) for key, column in self.columns.items()}
        unsaid = (field for field in register.fields if field.default is not None and field.key not in columns)
        columns |= {field.key: (field.default,) * len(self.lines) for field in unsaid}
        return Sheet(
            register.key,
            code,
            year,
            self._where.file,
            self._where.sheet,
            tuple(self.lines),
            {field.key: columns[field.key] for field in register.kept if field.key in columns},
            {field.key: columns[field.key] for field in register.fields if field.personal and field.key in columns},
            (*self._said, *chain(*doubts, doubtful_persons(*read))),
        )

    def _ask_sums(self, inquiry: Inquiry) -> set[int]:
        """Ask about records whose amount is the sum of those before them; return the places that are left out."""
        register = self._header.register
        if register.identity:
            return set()
        asked = {line for rows in self._doubts.values() for line, _, _ in rows}
        called = {i for i, line in enumerate(self.lines) if line in self._own_sums}
        stops = {i for i, line in enumerate(self.lines) if line in asked} - called
        sums = sums_of_others(register, self._places, called, stops)
        left = self._asked_away(inquiry, "row.equal", sums)
        return left | self._asked_away(inquiry, "row.covers", named_for_others(register, self._places) - sums)

    def _asked_away(self, inquiry: Inquiry, code: str, places: set[int]) -> set[int]:
        """Ask about records that may sum up others; return their places if they are left out."""
        found = sorted(i for i in places if self.lines[i] not in self._broken)
        if not found or self._ask(inquiry, code, [self.lines[i] for i in found]) != "leave":
            return set()
        return set(found)

    def above(self, rows: Sequence[Row]) -> Iterator[Placed]:
        """Yield a problem for each row above the heading that has a value in every column that must be filled in."""
        required = [column for column in self._places if column.field.required]
        if len(required) < 2 or not any(column.field.type == "date" for column in self._places):
            return
        for line, row in enumerate(rows, 1):
            if not is_cover(row) and all(may_hold(column, row) for column in required) and self._has_day(row):
                yield line, -1, self._where.problem(_ABOVE, line)

    def _has_day(self, row: Row) -> bool:
        days = (column for column in self._places if column.field.type == "date" and column.place < len(row))
        return any(is_value(column, row[column.place]) for column in days)

    def merged(self, inquiry: Inquiry) -> Iterator[Placed]:
        """Ask about cells merged over several records; yield the problems of those that cannot be assigned to one."""
        for problem, lines in self._merged.problems(self.lines, inquiry):
            self._broken |= set(lines)
            yield problem.line or 0, problem.place or 0, problem

    def _records(self, rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
        """Yield the rows that are records; sum rows are stored for comparison, and rows to be asked about."""
        for line, row in rows:
            if self._ended:
                break
            kind = self._kinds.of(row, wide=self._merged.wide(line))
            if kind.doubt:
                self._doubts.setdefault(kind.doubt, []).append((line, self._merged.filled(line, row), kind))
            elif kind.passed == "example":
                self._examples += 1
            elif kind.passed in ("heading", "other heading"):
                self._aside += other_heading(self._where, self._header, line, row)
                self._ended = kind.passed == "other heading"
            elif kind.passed == "footer":
                self._take_note(line, row, self._notes)
            elif kind.passed == "text":
                read = any(column.place < len(row) and text_of(row[column.place]) for column in self._places)
                self._sections.add(line, row, read=read)
                self._take_note(line, row, self._speaking)
            elif kind.passed == "none":
                self._none.append(line)
            elif kind.passed == "sum":
                self._sums.append(sum_row(line, first_text(row), row))
            elif not kind.passed:
                yield line, self._merged.filled(line, row)

    def _take_note(self, line: int, row: Row, notes: list[int]) -> None:
        self._aside += [(line, -1, problem) for problem in other_units(self._where, line, row, self._places)]
        notes += [line] if says_of_rows(row) else []

    @property
    def none(self) -> tuple[int, ...]:
        """The lines that say that there is no record, if the sheet has none."""
        return () if self.lines or self._doubts else tuple(self._none)

    def take_notes_above(self, rows: Sequence[Row]) -> None:
        """Take the notes above the heading, and those in comments on its cells and above it."""
        self._notes += sorted({*notes_above(rows), *comments_above(self._comments, self._header.last + 1)})

    def is_record(self, row: Row) -> bool:
        """Return whether a row below the heading is a record, or may be one."""
        return not self._kinds.of(row).passed

    def _ask_rows(self, inquiry: Inquiry) -> list[tuple[int, Row]]:
        """Ask about the rows that may be records; return those that are, in the order of the sheet."""
        taken: list[tuple[int, Row]] = []
        for code, rows in self._doubts.items():
            asked = rows
            if code == "row.sum" and not self.lines:
                asked = besides_the_commonest(rows)
                taken += (own := [(line, row) for line, row, kind in rows if (line, row, kind) not in asked])
                self._own_sums = {line for line, _ in own}
            if not asked:
                continue
            lines = [line for line, _, _ in asked]
            key = self._ask(inquiry, code, lines)
            if key == "take":
                taken += [(line, row) for line, row, _ in asked]
        last = max((*self.lines, *(line for line, _ in taken)), default=0)
        self._notes += [line for line in self._speaking if line > last]
        if self._notes:
            self._ask(inquiry, "row.note", sorted(self._notes))
        return sorted(taken, key=itemgetter(0))

    def _ask(self, inquiry: Inquiry, code: str, lines: Sequence[int]) -> str | None:
        """Return the answer to a question about rows of this sheet; None while it is open."""
        subject = f"{self._where.file}/{self._where.sheet or self._header.register.label}"
        place = QuestionPlace(self._where.file, self._where.sheet, tuple(lines))
        key = inquiry.ask(Question.of(code, subject, place, {"count": len(lines)}))
        if key is None:
            self._broken |= set(lines)
        return key

    def _in_order(self) -> None:
        """Put the records in the order of their rows."""
        order = sorted(range(len(self.lines)), key=self.lines.__getitem__)
        if order != list(range(len(order))):
            self._arrange(order)
            self._beside = {key: [texts[i] for i in order] for key, texts in self._beside.items()}

    def _take(self, lines: Sequence[int], rows: Sequence[Row]) -> None:
        for order, column in enumerate(self._places):
            for i, wrong in column.take(rows):
                self._broken.add(lines[i])
                persons = partial(self._persons, rows[i])
                quoted = quotable(self._header.register, column.field, wrong.found, persons)
                self._mistakes.add(order, column, wrong, lines[i], quoted)
        for place, names in self.organs.items():
            for line, row in zip(lines, rows, strict=True):
                name = text_of(row[place]).strip() if place < len(row) else ""
                if name and (name in names or len(names) < MOST):
                    names.setdefault(name, []).append(line)
        for key, texts in self._beside.items():
            if key == COMMENT:
                texts += [BETWEEN.join(self._comments.get(line, ())) for line in lines]
                continue
            looked_at = [place for place, seen in self._looked_at.items() if seen == key]
            places = self._elsewhere if key == ELSEWHERE else looked_at
            texts += [_beside_in(row, places, key) for row in rows]

    def heading_at(self, place: int) -> str:
        """Return the heading of a column as written."""
        return self._header.words[place][0]

    def _persons(self, row: Row) -> dict[str, object]:
        """Return the personal cells of a row by field."""
        places = {column.field.key: column.place for column in self._places if column.field.personal}
        return {key: row[place] if place < len(row) else "" for key, place in places.items()}

    def _unheaded(self, kept: Sequence[tuple[int, Row]]) -> Iterator[Placed]:
        """Yield a problem for each column with content but no heading, once."""
        width = max((len(row) for _, row in kept), default=0)
        beyond = range(len(self._header.words), width)
        for place in (place for place in (*self._bare, *beyond) if place not in self._told):
            for line, row in kept:
                if place < len(row) and text_of(row[place]).strip():
                    self._told.add(place)
                    message = "这一列没有表头，却填了内容；请写上表头，或删掉这一列"
                    yield line, -1, self._where.problem(message, line, letters_of(place), place=place)
                    break

    def across(self) -> Iterator[Placed]:
        """Yield the problems between rows, and between the columns of rows without a broken cell."""
        yield from self._repeated()
        register = self._header.register
        columns = {key: column.values for key, column in self.columns.items() if not column.field.personal}
        for line, *row in zip(self.lines, *columns.values(), strict=True):
            if line not in self._broken:
                for key, message in contradictions(register.key, dict(zip(columns, row, strict=True))):
                    yield line, _LAST, self._of_cell(message, line, key)

    def _repeated(self) -> Iterator[Placed]:
        register = self._header.register
        identity = [self.columns[key].values for key in register.identity if key in self.columns]
        seen: dict[tuple[Any, ...], int] = {}
        for i, (line, *key) in enumerate(zip(self.lines, *identity, strict=True) if identity else ()):
            if not any(key) or any(type(value) in (Wrong, Unclear, AmbiguousWord, YearsTerm) for value in key):
                continue
            same = tuple("" if value is None else fold_number(str(value)) for value in key)
            if (place := seen.setdefault(same, i)) != i:
                first = self.lines[place]
                if self._says(i) == self._says(place):
                    self._doubles[i] = place
                    continue
                if line in self._asked or self._years_apart(i, place):
                    continue  # asked already, or numbers may start anew each year: asked where the record is kept
                number = next(key for key in register.identity if key in self.columns)
                message = f"与第 {first} 行重复"
                found = None if _is_person(text_of(key[0])) else self.columns[number].written(key[0])
                yield line, _LAST, self._of_cell(message, line, number, found)

    def _years_apart(self, *places: int) -> bool:
        """Return whether two records with the same number are of different years."""
        columns = [self.columns[key] for key in days_of(self._header.register) if key in self.columns]
        days = ([column.values[place] for column in columns] for place in places)
        years = {year_in(day for day in row if isinstance(day, date)) for row in days}
        return len(years) > 1 and None not in years

    def _says(self, place: int) -> list[Any]:
        """Return all values of a record, for comparison."""
        values = (column.values[place] for column in self._places)
        return [fold_number(value) if isinstance(value, str) else value for value in values]

    def leave_out_doubles(self) -> None:
        """Remove repeated records of the same number and the same content."""
        self._same = [(self.lines[i], self.lines[first]) for i, first in self._doubles.items()]
        if self._doubles:
            self._unfold(set(self._doubles), {})

    def _told_units(self) -> Iterator[Problem]:
        """Yield a warning for each column with converted amounts."""
        for column in self._places:
            if units := column.converted:
                message = f"按{'、'.join(units)}读，已换算成{YUAN}"
                yield self._where.problem(message, self._header.last + 1, column.heading, place=column.place)

    def _told_doubles(self) -> Iterator[Problem]:
        """Yield a warning about identical rows."""
        if self._same:
            pairs = "、".join(f"第 {line} 行和第 {first} 行" for line, first in self._same[:_PAIRS])
            more = f"……共 {len(self._same)} 行" if len(self._same) > _PAIRS else ""
            yield self._where.problem(f"整行完全一样的只计一次：{pairs}{more}", self._same[0][0])
        if not self._header.register.identity:
            first: dict[tuple[Any, ...], int] = {}
            rows = zip(self.lines, *(column.values for column in self._places), strict=True)
            same = [line for line, *row in rows if first.setdefault(tuple(row), line) != line]
            if same:
                yield self._where.several("和前面的一行完全一样，都计入了；请看是不是登记了两遍", same, None, 0)

    def _of_cell(self, message: str, line: int, key: str, found: Any = None) -> Problem:
        """Return a problem of one cell of a record, which another content mends; of the record without a field."""
        register, place = self._header.register, self._place(key)
        problem = self._where.problem(message, line, register[key].heading if key else None, found, place)
        at = f"{register.key}.{key}" if place is not None and place >= 0 else ""
        return replace(problem, field=at, alike=bool(at))

    def _place(self, key: str) -> int | None:
        return self.columns[key].place if key in self.columns else None


def _beside_in(row: Row, places: Sequence[int], key: str) -> str:
    """Return the texts of the columns of one key in a row; of those without a key of their own, what may say that the row
    does not count."""
    cells = (row[place] for place in places if place < len(row))
    if key in (UNREAD, IGNORED, ELSEWHERE):
        sign = (may_be_elsewhere if key == ELSEWHERE else may_be_set_off)().search
        texts = [cell for cell in cells if isinstance(cell, str)]
        return BETWEEN.join(filter(sign, texts)) if sign(BETWEEN.join(texts)) else ""
    return BETWEEN.join(text for cell in cells if (text := text_of(cell)))


def _unit_lines(column: Column) -> dict[str, str]:
    """Return the lines of params/columns.yaml that give an amount's heading a unit, by unit."""
    return {unit: written_line(column.heading, heading_in(column.field, unit)) for unit in FEN}


def _is_person(text: str) -> bool:
    return is_personal_number(text) or bool(looks_personal(text))
