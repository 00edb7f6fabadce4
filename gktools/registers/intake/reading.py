"""Registers read from the files of staff: XLSX, XLS and CSV with Chinese headings.

A file is read completely before anything is stored: the result is either every register in it, or all its mistakes and
questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from ...errors import Problem
from ..questions import Answers, Inquiry, Question, QuestionPlace, each
from ..schema import Register, days_of, fold, fold_number, registers, year_in
from ..sheet import FileReading, LeftOut, Sheet
from ..words import dictionary, looks_personal
from .columns import AmbiguousWord, Column, Shape, Wrong, YearsTerm
from .constants import NamesSaid, constants_of, missing_constant
from .contradictions import contradictions
from .cover import NO_RECORDS, Cover, FindOffice, ImportOptions
from .doubtful_days import doubtful_days
from .files import FileSheet, open_pages
from .headings import EXAMPLE, WITHIN, Columns, Header, find_header, likely_header
from .meanings import RegisterTable, resolve_words
from .mistakes import Mistakes
from .own_words import IGNORE, Constants, Headings, OwnWords, section_of, written_line
from .personal import doubtful_persons, is_personal_number, quotable
from .places import Row, Where
from .sheets import Joined, join, sheet_question, what_it_is
from .shown import Shown
from .sums import SumRow, compare, sum_row, sum_words
from .templates import OPTIONS
from .units import FEN, YUAN, NamedUnit, heading_in
from .values import LEFT_OUT, Several, Unclear, text_of
from .xlsx_guard import letters_of

MOST_PROBLEMS = 2000
"""The maximum number of problems of one sheet; with more the file is probably of another kind."""
_AT_ONCE = 500
"""The number of rows read between two checks of the number of problems."""
_ONE_OR_NONE = 2
"""How many answers a sheet has that may be one register, or none."""
_PAIRS = 10
"""The maximum number of equal rows listed in one message."""
_FOOTER = re.compile(r"(注|备注|说明|填表|填报|制表|经办|审核|复核|负责|联系)[^:：]{0,6}[:：]")
_EXAMPLE_ROW = re.compile(rf"\W?{EXAMPLE}\d*\W?")


def read_file(
    path: Path,
    find_office: FindOffice,
    given: ImportOptions | None = None,
    own: OwnWords | None = None,
    today: date | None = None,
    answers: Answers | None = None,
) -> FileReading:
    """Return the registers in a file, or all its mistakes and open questions; never both.

    own are the offices' own words, answers the answers to earlier questions. Days after today are in the future; by
    default the current day.

    Every sheet is accounted for: read (several of one register are joined), left out (empty, instructions), or asked
    about. Hidden sheets are never loaded; one with a heading gives a warning. An unfilled template is not read if
    another sheet has records, and does not prove a zero. Raises RecordsError if the file cannot be opened.
    """
    inquiry = Inquiry(answers)
    around = _Around(find_office, given or ImportOptions(), own or OwnWords(), today or date.today(), inquiry)
    found = _Pages([], [], [], [], [])
    for page in open_pages(path):
        _read_page(_Reader(path.name, page, around), found)
    return _reading(path, found, inquiry)


@dataclass(frozen=True)
class _Pages:
    """The results of reading the sheets of a file."""

    sheets: list[Sheet]
    problems: list[Problem]
    hidden: list[Problem]
    unfilled: list[_Untouched]
    left_out: list[LeftOut | Question]


def _read_page(reader: _Reader, found: _Pages) -> None:
    if reader.page.hidden:
        verdict = reader.hidden()
        if isinstance(verdict, LeftOut):
            found.left_out.append(verdict)
        elif verdict:
            found.hidden.append(verdict)
        return
    try:
        found.sheets.extend(reader.read())
    except _Untouched as untouched:
        found.unfilled.append(untouched)
    except _NoRegister as none:
        found.left_out.append(none.verdict)
    except _Unreadable as error:
        found.problems.extend(error.problems)


def _reading(path: Path, found: _Pages, inquiry: Inquiry) -> FileReading:
    """Return the result for a file from the results of its sheets."""
    problems = list(found.problems)
    several = bool(found.sheets or problems or inquiry.open or found.unfilled)
    for question in found.left_out:
        if isinstance(question, Question) and (several or len(question.answers) > _ONE_OR_NONE):
            inquiry.ask(question)
    filled = {sheet.register for sheet in found.sheets if sheet.lines}
    unfilled = [one for one in found.unfilled if one.register not in filled and (one.alone or not filled)]
    if not problems and not inquiry.open:
        problems += [problem for one in unfilled for problem in one.problems]
    if not found.sheets and not problems and not inquiry.open:
        known = "、".join(register.label for register in registers().values())
        problems = [Problem(f"没有找到登记表：没有一行像是表头（认得的登记表有：{known}）", path.name), *found.hidden]
    joined = join(found.sheets, inquiry) if not problems and not inquiry.open else Joined(())
    problems += joined.problems
    if problems or inquiry.open:
        return FileReading((), tuple(problems), inquiry.open)
    answered = (_recorded(place, text) for place, text in inquiry.recorded())
    told = (*answered, *found.hidden, *(one.told for one in found.unfilled))
    first, *others = joined.sheets
    left_out = tuple(one for one in found.left_out if isinstance(one, LeftOut))
    return FileReading((replace(first, warnings=(*told, *first.warnings)), *others), left_out=left_out)


def _recorded(place: QuestionPlace, text: str) -> Problem:
    where = Where(place.file, place.sheet)
    if len(place.rows) > 1:
        return where.several(text, place.rows, place.column, place.index)
    return where.problem(text, place.rows[0] if place.rows else None, place.column or None, place=place.index)


Placed = tuple[int, int, Problem]
"""A problem with its row number and its position in the row."""
_LAST = 10**6
"""The position of problems of a complete row."""


class _Unreadable(Exception):  # noqa: N818
    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


class _Untouched(_Unreadable):
    """A sheet of a register without records; told is the warning if another sheet of the register has some.

    alone: it is a mistake unless another sheet of the same register has records; otherwise any other sheet suffices.
    """

    def __init__(self, register: str, told: Problem, *problems: Problem, alone: bool = False) -> None:
        super().__init__(*problems)
        self.register, self.told, self.alone = register, told, alone


class _NoRegister(Exception):  # noqa: N818
    """A sheet that is not a register: left out, or asked about."""

    def __init__(self, verdict: LeftOut | Question) -> None:
        super().__init__()
        self.verdict = verdict


@dataclass(frozen=True)
class _Around:
    """The context of reading a file: options, own words, current day, and its questions."""

    find_office: FindOffice
    given: ImportOptions
    own: OwnWords
    today: date
    inquiry: Inquiry


class _Reader:
    """The reader of one sheet, from its cover lines to its last record."""

    def __init__(self, file: str, page: FileSheet, around: _Around) -> None:
        self.page, self.around = page, around
        self.where = Where(file, page.name)
        self.cover = Cover(self.where, around.given)

    def read(self) -> list[Sheet]:
        """Return the register of the sheet; empty while a question is open. Raises _Unreadable, _NoRegister."""
        shown = Shown(self.where, self.page, self.around.inquiry)
        top = list(islice(self.page.rows, WITHIN))
        header, seen = self._shown_header(shown, top)
        office, year, ticked, unsaid = self._identity()
        given = self.around.own.constants_of(header.register.key, office)
        found = header.columns(self.where, seen[header.last + 1 :], given)
        asked = self._ask_headings(header, found, office) + self._ask_alike(header, found, office)
        columns = {i: self._column(i, known, header, office) for i, known in found.fields.items()}
        body = _Body(self.where, header, columns, found)
        start = header.last + 1
        cells = body.read(start, shown.rows(start, chain(top[start:], self.page.rows), body.is_record))
        merged = body.merged(self.page)
        shown.ask()
        unknown = [problem for problem in found.problems if not shown.is_open(getattr(problem, "place", None))]
        body.fill_in(given, f"{office}/{year}", self.around.inquiry)
        body.resolve(self.around.inquiry, office, year)
        across = [] if unknown or asked else islice(body.across(), MOST_PROBLEMS + 1)
        wrong = [*unknown, *in_order([*cells, *merged, *across])]
        problems = [*unsaid, *wrong]
        if body.untouched and not self.cover["empty"].text and not wrong:
            raise self._untouched(header, unsaid)
        if not problems and not ticked and not body.lines and not self.around.inquiry.open:
            told = self.where.problem("没有记录，当作没有交这张表", header.last + 1)
            raise _Untouched(header.register.key, told, *self._presence(header, ticked, 0), alone=True)
        if not problems and not self.around.inquiry.open:
            problems = self._presence(header, ticked, len(body.lines))
        if len(problems) > MOST_PROBLEMS or body.wrong_cells > MOST_PROBLEMS:
            message = f"错误太多，看到 {MOST_PROBLEMS} 处就停了，后面的没有再看；请先看表头和数据是不是错了列"
            problems = [*problems[:MOST_PROBLEMS], self.where.problem(message)]
        if problems:
            raise _Unreadable(*problems)
        body.leave_out_doubles()
        return [] if self.around.inquiry.open else [body.sheet(office, year, self.around.today)]

    def _shown_header(self, shown: Shown, top: Sequence[Row]) -> tuple[Header, list[Row]]:
        """Return the heading, and the first rows without struck-out and hidden cells that are left out.

        Raises _NoRegister, _Unreadable.
        """
        seen = shown.top(top)
        header = self._header(seen) or self._as_answered(seen)
        shown.know(header, top)
        seen = shown.top(top)
        return self._header(seen) or self._as_answered(seen), seen

    def _column(self, place: int, known: NamedUnit, header: Header, office: str) -> Column:
        """Return a column with the rules for parsing its cells."""
        field, heading = known.field, header.words[place][0]
        words = self.around.own.words_of(header.register.key, office, field.key)
        unit = self._unit(place, known, heading, header) if field.type == "yuan" else YUAN
        shape = Shape(heading, words, unit, dictionary(header.register.key, field.key))
        return Column(place, field, self.page.from_1904, shape)

    def _unit(self, place: int, known: NamedUnit, heading: str, header: Header) -> str:
        """Return the unit of an amount from its heading or the cover; a question if the two differ."""
        units = list(dict.fromkeys((*([known.unit] if known.unit else []), *self.cover.units)))
        if len(units) < 2:
            return units[0] if units else ""
        lines = tuple(dict.fromkeys((*self.cover.units.values(), header.last + 1)))
        where = QuestionPlace(self.where.file, self.where.sheet, lines[-1:], heading, place)
        choices = each("unit.differ", ({"unit": unit} for unit in units))
        values = {"heading": heading, "units": "、".join(units)}
        return self.around.inquiry.ask(Question.of("unit.differ", heading, where, values, choices)) or units[0]

    def _ask_headings(self, header: Header, found: Columns, office: str) -> int:
        """Ask what the headings mean that may mean two things; how many there are."""
        for one in found.unsure:
            where = QuestionPlace(self.where.file, self.where.sheet, (header.last + 1,), one.word, one.place)
            values = {
                "heading": one.word,
                "section": section_of(header.register, office),
                "heading_as": _lines(header.register, one.word),
                "beside": "",
                "beside_as": {},
            }
            if one.beside is not None:
                word = header.words[one.beside][0]
                values |= {"beside": word, "beside_as": _lines(header.register, word)}
            self.around.inquiry.ask(Question.of(one.code, one.word, where, values))
        return len(found.unsure)

    def _ask_alike(self, header: Header, found: Columns, office: str) -> int:
        """Ask which value every row has in the columns that are missing and may be alike; how many there are."""
        said = NamesSaid(self.where, header.words, header.passed_over)
        for field in found.alike:
            question = missing_constant(header.register, field, said, header.last + 1, office)
            self.around.inquiry.ask(question)
        return len(found.alike)

    def hidden(self) -> Problem | LeftOut | None:
        """Return the warning or the reason for a hidden sheet, which is never loaded.

        None for the hidden sheet of our own templates.
        """
        top = list(islice(self.page.rows, WITHIN))
        try:
            header = self._header(top)
        except _Unreadable:
            header = None
        if header is None:
            empty = what_it_is(self.page.name, top) == "empty"
            return LeftOut(self.page.name, "empty" if empty else "hidden") if self.page.name != OPTIONS else None
        label = header.register.label
        return self.where.problem(f"这张工作表是隐藏的，像是{label}，没有导入；要导入的，请先取消隐藏")

    def _header(self, top: Sequence[Row]) -> Header | None:
        """Return the heading among the first rows, after storing the cover lines above it. Raises _Unreadable."""
        known: Register | None = None
        for index, row in enumerate(top):
            self.cover.parse_row(index, row)
            known, problems = self.cover.register()
            if problems:
                raise _Unreadable(*problems)
            if header := find_header(top[index : index + 2], known, self._renamed, index, self.page.name):
                return header
        if known is None or "register" not in self.cover:
            return None
        if header := likely_header(top, known, self._renamed):
            return header
        missing = f"没有找到{known.label}的表头（应有“{known.fields[0].heading}”等栏目）"
        raise _Unreadable(self.where.problem(missing))

    def _as_answered(self, top: Sequence[Row]) -> Header:
        """Return the heading of a sheet that an answer declares to be a register. Raises _NoRegister, _Unreadable."""
        kind = what_it_is(self.page.name, top)
        question = sheet_question(self.where, top, self._renamed)
        if kind == "unknown" and not self.page.name and len(question.answers) > _ONE_OR_NONE:
            labels = "还是".join(f"“{registers()[a.key].label}”" for a in question.answers[:-1])
            raise _Unreadable(self.where.problem(f"分不清是{labels}；请加上 --register 和其中一个名字，再导一次"))
        if kind != "unknown" or not self.page.name:
            raise _NoRegister(LeftOut(self.page.name, kind))
        answer = self.around.inquiry.answer_to(question)
        if answer is None:
            raise _NoRegister(question)
        if answer == "leave":
            raise _NoRegister(LeftOut(self.page.name, "answered"))
        known = registers()[answer]
        for index in range(len(top)):
            if header := find_header(top[index : index + 2], known, self._renamed, index):
                return header
        if header := likely_header(top, known, self._renamed):
            return header
        raise _Unreadable(self.where.problem(f"没有找到{known.label}的表头（应有“{known.fields[0].heading}”等栏目）"))

    def _renamed(self, register: str) -> Headings:
        """Return the headings mapped for the sheet's office, as far as its cover is read."""
        own = self.around.own
        return own.headings_of(register, self.cover.office(self.around.find_office)[0]) if own.headings else {}

    def _identity(self) -> tuple[str, int, bool, list[Problem]]:
        """Return office, year, whether 本年无记录 is ticked, and the problems with them."""
        code, wrong = self.cover.office(self.around.find_office)
        year, more = self.cover.year()
        ticked, still_more = self.cover.ticked()
        return code, year, ticked, [*wrong, *more, *still_more]

    def _untouched(self, header: Header, unsaid: list[Problem]) -> _Untouched:
        message = f"只有{EXAMPLE}行，当作没有交这张表；全年确实没有记录的，请在“{NO_RECORDS}”后打“√”再导入"
        return _Untouched(
            header.register.key, self.where.problem(message), *(unsaid or self._presence(header, False, 0))
        )

    def _presence(self, header: Header, ticked: bool, records: int) -> list[Problem]:
        if ticked and records:
            message = f"勾了“{NO_RECORDS}”，表里却有 {records} 条记录"
            return [self.where.problem(message, self.cover["empty"].number)]
        if not ticked and not records:
            message = f"表里没有记录；确实没有的，请在“{NO_RECORDS}”后打“√”"
            return [self.where.problem(message, header.last + 1)]
        return []


class _Body:
    """The records of a sheet, parsed by column."""

    def __init__(self, where: Where, header: Header, columns: Mapping[int, Column], found: Columns) -> None:
        self._where, self._header, self._bare = where, header, found.bare
        self._places = list(columns.values())
        self.columns = {column.field.key: column for column in columns.values()}
        self.lines: list[int] = []
        self._sums: list[SumRow] = []
        self._broken: set[int] = set()
        self._told: set[int] = set()
        self._beside: dict[str, list[str]] = {key: [] for key in header.looked_at.values()}
        self._mistakes = Mistakes(where, header.register)
        unread = f"不看的栏目（不收，也不影响数字）：{'、'.join(word for _, word in sorted(found.unread.items()))}"
        self._said: list[Problem] = [where.problem(unread, header.last + 1)] if found.unread else []
        self._doubles: dict[int, int] = {}  # by place, the place of the first
        self._same: list[tuple[int, int]] = []
        self._examples = 0

    def read(self, start: int, rows: Iterator[Row]) -> list[Placed]:
        """Read every row from an index on, up to MOST_PROBLEMS problems; return the problems."""
        problems: list[Placed] = []
        numbered = enumerate(rows, start + 1)
        while len(problems) + self._mistakes.cells <= MOST_PROBLEMS and (several := list(islice(numbered, _AT_ONCE))):
            kept = list(self._records(several))
            self.lines += [line for line, _ in kept]
            self._take([line for line, _ in kept], [row for _, row in kept])
            problems += self._unheaded(kept)
        return [*problems, *self._mistakes.told()]

    def fill_in(self, given: Constants, whose: str, inquiry: Inquiry) -> None:
        """Add the columns missing in the file with the office's constant values, and a warning about each."""
        header, missing = self._header, {key: value for key, value in given.items() if key not in self.columns}
        said = NamesSaid(self._where, header.words, header.passed_over)
        for key, value, told in constants_of(missing, header.register, said, whose, inquiry):
            self.columns[key] = Column(-1, header.register[key], False)
            self.columns[key].values = [value] * len(self.lines)
            self._said.append(self._where.problem(told))

    def resolve(self, inquiry: Inquiry, office: str, year: int) -> None:
        """Ask about the cells with two readings, and replace them by the answered values."""
        table = RegisterTable(self._where, self._header.register, office, year, self.lines, self.columns, self._beside)
        settled = resolve_words(table, inquiry)
        self._broken |= {self.lines[i] for i in settled.asked}
        self._said += settled.told
        left_out = set(settled.left_out)
        several: dict[int, tuple[Column, tuple[str, ...]]] = {}
        for column in self._places:
            by_subject: dict[tuple[str, str], list[tuple[int, Unclear]]] = {}
            for i, cell in column.unclear:
                if cell.code == "number.several" and self._says_how_many(i):
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
        self.lines = [self.lines[i] for i in order]
        for column in self.columns.values():
            serials = set(column.serials)
            column.values = [column.values[i] for i in order]
            column.serials = [j for j, i in enumerate(order) if i in serials]
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
        return bool(self._examples) and not self.lines and not self._sums

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

    def merged(self, page: FileSheet) -> list[Placed]:
        """Return the problems of cells merged over several records, which cannot be assigned to one."""
        lines = set(self.lines)
        fields = {column.place: column.field for column in self._places}
        problems: list[Placed] = []
        for (top, left), (bottom, right) in page.merged:
            covered = range(max(top, self._header.last) + 1, min(bottom + 1, self.lines[-1] if self.lines else 0) + 1)
            if bottom > top and sum(line in lines for line in covered) > 1 and (place := _first(fields, left, right)):
                message = f"第 {top + 1} 到 {bottom + 1} 行的单元格合并在一起，分不清是哪一条的；请取消合并，逐行填写"
                heading = fields[place - 1].heading
                problems.append((covered[0], place, self._where.problem(message, covered[0], heading, place=place - 1)))
                self._broken |= set(covered)
        return problems

    def _records(self, rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
        """Yield the rows that are records; sum rows are stored for comparison."""
        for line, row in rows:
            first = first_text(row)
            if first and _EXAMPLE_ROW.fullmatch(fold(first)):
                self._examples += 1
                continue
            if not first or self._repeats_heading(row) or _is_footer(first, row) or self._is_numbered_only(row):
                continue
            if found := sum_row(line, first, row):
                self._sums.append(found)
                continue
            yield line, row

    def is_record(self, row: Row) -> bool:
        """Return whether a row below the heading is a record."""
        first = first_text(row)
        if not first or _EXAMPLE_ROW.fullmatch(fold(first)) or fold(first).rstrip(":") in sum_words():
            return False
        return not (self._repeats_heading(row) or _is_footer(first, row) or self._is_numbered_only(row))

    def _is_numbered_only(self, row: Row) -> bool:
        """Return whether a row has nothing but its ordinal."""
        ordinals = self._header.ordinals
        return bool(ordinals) and not any(
            value != "" and value is not None and place not in ordinals and text_of(value).strip()
            for place, value in enumerate(row)
        )

    def _repeats_heading(self, row: Row) -> bool:
        """Return whether a row repeats the heading, as at the top of a printed page."""
        column = self._places[0] if self._places else None
        if column is None or len(row) <= column.place:
            return False
        if fold(text_of(row[column.place])) not in self._header.names:
            return False
        words = [fold(text_of(row[c.place])) for c in self._places if c.place < len(row)]
        return sum(word in self._header.names for word in words) > len(self._places) // 2

    def _take(self, lines: Sequence[int], rows: Sequence[Row]) -> None:
        for order, column in enumerate(self._places):
            for i, wrong in column.take(rows):
                self._broken.add(lines[i])
                persons = partial(self._persons, rows[i])
                quoted = quotable(self._header.register, column.field, wrong.found, persons)
                self._mistakes.add(order, column, wrong, lines[i], quoted)
        for place, key in self._header.looked_at.items():
            self._beside[key] += [text_of(row[place]) if place < len(row) else "" for row in rows]

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
                    heading = register[key].heading if key else None
                    yield line, _LAST, self._where.problem(message, line, heading, place=self._place(key))

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
                if self._years_apart(i, place):
                    continue  # numbers may start anew each year: asked where the record is kept
                number = next(key for key in register.identity if key in self.columns)
                message = f"与第 {first} 行重复"
                heading = register[number].heading
                found = None if _is_person(text_of(key[0])) else self.columns[number].written(key[0])
                yield line, _LAST, self._where.problem(message, line, heading, found, self._place(number))

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

    def _place(self, key: str) -> int | None:
        return self.columns[key].place if key in self.columns else None


def _unit_lines(column: Column) -> dict[str, str]:
    """Return the lines of params/columns.yaml that give an amount's heading a unit, by unit."""
    return {unit: written_line(column.heading, heading_in(column.field, unit)) for unit in FEN}


def _lines(register: Register, word: str) -> dict[str, str]:
    """Return the lines of params/columns.yaml that map a heading, by field key or "ignore"."""
    ours = {field.key: field.heading for field in register.fields} | {"ignore": IGNORE}
    return {key: written_line(word, heading) for key, heading in ours.items()}


def _is_person(text: str) -> bool:
    return is_personal_number(text) or bool(looks_personal(text))


def in_order(problems: Iterable[Placed]) -> list[Problem]:
    """Return problems by row and then by column."""
    return [problem for _, _, problem in sorted(problems, key=itemgetter(0, 1))]


def first_text(row: Row) -> str:
    """Return the text of the first non-empty cell; empty for an empty row."""
    for value in row:
        if value != "" and value is not None and (text := text_of(value).strip()):
            return text
    return ""


def _is_footer(first: str, row: Row) -> bool:
    """Return whether a row has only signatures or remarks: 填表人：…, 注：…."""
    if not _FOOTER.match(first):
        return False
    return all(_FOOTER.match(text) for value in row if (text := text_of(value).strip()))


def _first(fields: Mapping[int, Any], left: int, right: int) -> int:
    """Return the first column between two that has a field, counted from 1; 0 if none has."""
    return next((place + 1 for place in sorted(fields) if left <= place <= right), 0)
