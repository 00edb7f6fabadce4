"""Registers read from the files of staff: XLSX, XLS and CSV with Chinese headings.

A file is read completely before anything is stored: the result is either every register in it, or all its mistakes and
questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path

from ...errors import Problem, RecordsError, steering_character
from ...workspace import clock
from ..questions import Answer, Answers, Inquiry, Question, QuestionPlace, each
from ..schema import Register, registers
from ..sheet import ENTERED, FileReading, LeftOut, MatchedSheet, Sheet
from ..words import dictionary
from .columns import Column, Shape
from .constants import NamesSaid, missing_constant
from .cover import NO_RECORDS, Cover, FindOffice, ImportOptions
from .examples import EXAMPLE
from .files import FileSheet, open_pages, plain_name
from .headings import WITHIN, Columns, Header, find_header, likely_header
from .matching import matched_columns
from .nearest import nearest_heading
from .notes import notes_above
from .organs import office_named, offices_above, own_names
from .own_words import IGNORE, Headings, OwnWords, section_of, written_line
from .places import Placed, Row, Where
from .same_headings import with_one_line_each
from .second_tables import table_beside
from .sheet_body import MOST_PROBLEMS, SheetBody
from .sheets import OURS, Joined, filled, join, sheet_question, what_it_is
from .shown import Shown
from .templates import OPTIONS
from .titles import names_around
from .units import YUAN, NamedUnit
from .values import text_of

OpenSheets = Callable[[Path], Iterable[FileSheet]]


def read_file(
    path: Path,
    find_office: FindOffice,
    given: ImportOptions | None = None,
    own: OwnWords | None = None,
    today: date | None = None,
    answers: Answers | None = None,
    open_sheets: OpenSheets = open_pages,
) -> FileReading:
    """Return the registers in a file, or all its mistakes and open questions; never both.

    own are the offices' own words, answers the answers to earlier questions; open_sheets yields the sheets of the file. Days after
    today are in the future; by default the current day.

    Every sheet is accounted for: read (several of one register are joined), left out (empty, instructions), or asked
    about. Hidden sheets are never loaded; one with a heading gives a warning. An unfilled template is not read if
    another sheet has records, and does not prove a zero. Raises RecordsError if the file cannot be opened.
    """
    if hidden := steering_character(path.name, lines=False):
        raise RecordsError(problems=[Problem(f"文件名里有“{hidden}”，请给文件改名再导", path.name)])
    inquiry = Inquiry(answers)
    around = _Around(find_office, given or ImportOptions(), own or OwnWords(), today or clock.today(), inquiry)
    return _read_pages(path.name, open_sheets(path), around)


def read_entry(
    rows: Iterable[Row],
    find_office: FindOffice,
    own: OwnWords,
    answers: Answers,
    today: date | None = None,
) -> FileReading:
    """Return what read_file returns of a CSV file with these rows: a record entered in a form, under its cover lines."""
    around = _Around(find_office, ImportOptions(), own, today or clock.today(), Inquiry(answers))
    return _read_pages(ENTERED, [FileSheet("", iter(rows))], around)


def _read_pages(name: str, pages: Iterable[FileSheet], around: _Around) -> FileReading:
    found = _Pages([], [], [], [], [], [])
    for page in pages:
        _read_page(_Reader(name, page, around), found)
    return _reading(name, found, around)


@dataclass(frozen=True)
class _Pages:
    """The results of reading the sheets of a file."""

    sheets: list[Sheet]
    problems: list[Problem]
    hidden: list[Problem]
    unfilled: list[_Untouched]
    left_out: list[LeftOut | Question]
    matched: list[MatchedSheet]


def _read_page(reader: _Reader, found: _Pages) -> None:
    before = len(found.left_out)
    _take_page(reader, found)
    why = next((one.why for one in found.left_out[before:] if isinstance(one, LeftOut)), "")
    found.matched.append(replace(reader.matched, left_out=why))


def _take_page(reader: _Reader, found: _Pages) -> None:
    if reader.page.unchanged:
        found.left_out.append(LeftOut(reader.page.name, "unchanged"))
        return
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


def _reading(name: str, found: _Pages, around: _Around) -> FileReading:
    """Return the result for a file from the results of its sheets."""
    inquiry = around.inquiry
    problems = list(with_one_line_each(found.problems))
    unchanged = any(isinstance(one, LeftOut) and one.why in ("unchanged", "answered") for one in found.left_out)
    several = bool(found.sheets or problems or inquiry.open or found.unfilled or unchanged)
    for question in found.left_out:
        if isinstance(question, Question) and (several or len(question.answers) > 1):
            inquiry.ask(question)
    filled = {sheet.register for sheet in found.sheets if sheet.lines}
    unfilled = [one for one in found.unfilled if one.register not in filled and (one.alone or not filled)]
    sound = not problems and not inquiry.open
    for one in unfilled:
        if one.none and (key := inquiry.ask(one.none[0])) != "refuse":
            found.sheets.extend([one.none[1]] if key else [])
        elif sound:
            problems += one.problems
    if not found.sheets and not problems and not inquiry.open and not unchanged:
        known = "、".join(register.label for register in registers().values())
        problems = [
            Problem(
                f"没有找到登记表：没有一行像是表头（认得的登记表有：{known}）；知道是哪一张的，请加上 --register 和它的名字，再导一次",
                name,
            ),
            *found.hidden,
        ]
    joined = join(found.sheets, inquiry, around.find_office) if not problems and not inquiry.open else Joined(())
    problems += joined.problems
    if problems or inquiry.open:
        return FileReading((), tuple(problems), inquiry.open, matched=tuple(found.matched))
    recorded = (_recorded(place, text) for place, text in inquiry.recorded())
    warnings = (*recorded, *found.hidden, *(one.warning for one in found.unfilled))
    left_out = tuple(one for one in found.left_out if isinstance(one, LeftOut))
    if not joined.sheets:
        return FileReading(left_out=left_out, matched=tuple(found.matched))
    first, *others = joined.sheets
    sheets = (replace(first, warnings=(*warnings, *first.warnings)), *others)
    return FileReading(sheets, left_out=left_out, matched=tuple(found.matched))


def _recorded(place: QuestionPlace, text: str) -> Problem:
    where = Where(place.file, place.sheet)
    if len(place.rows) > 1:
        return where.several(text, place.rows, place.column, place.index)
    return where.problem(text, place.rows[0] if place.rows else None, place.column or None, place=place.index)


class _Unreadable(Exception):  # noqa: N818
    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


class _Untouched(_Unreadable):
    """A sheet of a register without records; warning is the one to show if another sheet of the register has some.

    alone: it is a mistake unless another sheet of the same register has records; otherwise any other sheet suffices.
    none: the question whether it stands for a year without records, and the sheet that it is then.
    """

    def __init__(
        self,
        register: str,
        warning: Problem,
        *problems: Problem,
        alone: bool = False,
        none: tuple[Question, Sheet] | None = None,
    ) -> None:
        super().__init__(*problems)
        self.register, self.warning, self.alone, self.none = register, warning, alone, none


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
    """The reader of one sheet, from its cover lines to its last record; matched is what it was taken for so far."""

    def __init__(self, file: str, page: FileSheet, around: _Around) -> None:
        self.page, self.around = page, around
        self.where = Where(file, page.name)
        self.cover = Cover(self.where, around.given)
        self.matched = MatchedSheet(page.name)

    def read(self) -> list[Sheet]:
        """Return the register of the sheet; empty while a question is open. Raises _Unreadable, _NoRegister."""
        shown = Shown(self.where, self.page, self.around.inquiry)
        top = list(islice(self.page.rows, WITHIN))
        header, seen = self._shown_header(shown, top)
        if beside := table_beside(self.where, header):
            raise _Unreadable(beside)
        self.cover.parse_titles(seen[: header.first], header.first + 1)
        office, year, ticked, unsaid = self._identity()
        unsaid = [
            *unsaid,
            *self.cover.again(header.first, self.page.looks.struck),
            *self._other_offices(seen[: header.first], office),
            *self._scaled(header),
        ]
        given = self.around.own.constants_of(header.register.key, office)
        found = header.columns(self.where, seen[header.last + 1 :], given)
        columns = {i: self._column(i, known, header, office) for i, known in found.fields.items()}
        body = SheetBody(self.where, header, columns, found, self.page)
        start = header.last + 1
        first = [row for row in seen[start:] if body.is_record(row)]
        seen_as = matched_columns(header, found, first)
        self.matched = MatchedSheet(self.page.name, header.register.key, office, seen_as, heading=start)
        body.tell_own_headings(seen_as)
        rows = shown.rows(start, chain(top[start:], self.page.rows), body.is_record)
        body.take_notes_above(seen[: header.first])
        cells = body.read(start, rows, self.around.inquiry)
        if body.none:
            found = replace(found, problems=[], unsure=[], alike=[])
        else:
            body.fill_from_sections([*found.alike, *(header.register[key] for key in given)])
        titles = [text for row in seen[: header.first] for text in map(text_of, row) if text]
        agreed, open_ = self._alike(header, found, body, office, titles)
        asked = self._ask_headings(header, found, office) + open_
        merged = [*body.above(seen[: header.first]), *body.merged(self.around.inquiry), *self._organs(body, office)]
        shown.ask()
        unknown = [problem for problem in found.problems if not shown.is_open(getattr(problem, "place", None))]
        body.fill_in(given, agreed, f"{office}/{year}", self.around.inquiry)
        above = [name for _, name, _ in offices_above(seen[: header.first], self.around.find_office)]
        said = [*above, self.cover["office"].text]
        is_own = own_names(office, self.around.find_office, said, bool(body.organs))
        names = names_around(self.where, seen[: header.first])
        body.resolve(self.around.inquiry, office, year, is_own, names)
        self.matched = replace(self.matched, words=body.words)
        if body.answered_away:
            raise _NoRegister(LeftOut(self.page.name, "answered"))
        across = [] if unknown or asked else islice(body.across(), MOST_PROBLEMS + 1)
        wrong = [*unknown, *in_order([*cells, *merged, *across])]
        problems = [*unsaid, *wrong]
        if body.untouched and not self.cover["empty"].text and not wrong:
            raise self._untouched(header, unsaid)
        if not problems and not ticked and body.none and not self.around.inquiry.open:
            raise self._none(header, body.none, body.sheet(office, year, self.around.today))
        if not problems and not ticked and not body.lines and not self.around.inquiry.open:
            warning = self.where.problem("没有记录，当作没有交这张表", header.last + 1)
            raise _Untouched(header.register.key, warning, *self._presence(header, ticked, 0), alone=True)
        if not problems and not self.around.inquiry.open:
            problems = self._presence(header, ticked, len(body.lines))
        if len(problems) > MOST_PROBLEMS or body.wrong_cells > MOST_PROBLEMS:
            message = f"错误太多，看到 {MOST_PROBLEMS} 处就停了，后面的没有再看；请先看表头和数据是不是错了列"
            problems = [*problems[:MOST_PROBLEMS], self.where.problem(message)]
        if problems:
            raise _Unreadable(*problems)
        body.leave_out_doubles()
        return [] if self.around.inquiry.open else [body.sheet(office, year, self.around.today)]

    def _scaled(self, header: Header) -> list[Problem]:
        """Return the problem that the numbers are said to be hundreds or thousands, in a register that has any."""
        if not self.cover.scaled or not any(field.type == "count" for field in header.register.fields):
            return []
        unit, line = self.cover.scaled
        message = f"写着“{unit}”：以百、千、万计的件数不收；请换算成一件一件的数，把这个单位删掉，再导入"
        return [self.where.problem(message, line)]

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
            more: tuple[Answer, ...] = ()
            if one.beside is not None:
                word = header.words[one.beside][0]
                values |= {"beside": word, "beside_as": _lines(header.register, word)}
                more = each(one.code, [values]) if one.beside not in found.fields else ()
            self.around.inquiry.ask(Question.of(one.code, one.word, where, values, more))
        return len(found.unsure)

    def _alike(
        self, header: Header, found: Columns, body: SheetBody, office: str, titles: Sequence[str]
    ) -> tuple[dict[str, str | bool], int]:
        """Return the values that every row has in the columns that are missing and may be alike, where the names agree on
        them; ask about the others, and return how many there are."""
        said = NamesSaid(self.where, header.words, header.passed_over, titles)
        fields = [field for field in found.alike if field.key not in body.columns]
        agreed: dict[str, str | bool] = {}
        for field in fields:
            if value := said.agreed(header.register, field):
                agreed[field.key] = value
            else:
                self.around.inquiry.ask(missing_constant(header.register, field, said, header.last + 1, office))
        return agreed, len(fields) - len(agreed)

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
        names = [self.page.name, Path(self.where.file).stem]
        for index, row in enumerate(top):
            self.cover.parse_row(index, row)
            known, problems = self.cover.register()
            if problems:
                raise _Unreadable(*problems)
            if header := find_header(top[index : index + 2], known, self._renamed, index, names):
                return header
            names += [text_of(cell) for cell in row[:200] if text_of(cell)]
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
        if kind == "unknown" and not self.page.name and (likely := question.answers[:-1]):
            labels = "还是".join(f"“{registers()[a.key].label}”" for a in likely)
            said = f"分不清是{labels}；请加上 --register 和其中一个名字，再导一次"
            if len(likely) == 1:
                near = nearest_heading(top, self._renamed)
                said = f"不能确定是{labels}{near}；是的，请加上 --register 和这个名字，再导一次"
            raise _Unreadable(self.where.problem(said))
        if kind != "unknown" and self.page.name not in OURS and any(filled(row) > 1 for row in self.page.rows):
            message = f"前 {WITHIN} 行里没有表头，后面却有内容；请把表头上面的空行、说明删掉，或者挪到别的工作表"
            raise _Unreadable(self.where.problem(message))
        if self.page.name not in OURS:
            self._ask_notes(top)
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

    def _ask_notes(self, rows: Sequence[Row]) -> None:
        """Ask about a sheet without a table that speaks of rows of one."""
        if lines := notes_above(rows):
            place = QuestionPlace(self.where.file, self.where.sheet, tuple(lines))
            subject = f"{self.where.file}/{self.where.sheet}"
            self.around.inquiry.ask(Question.of("row.note", subject, place, {"count": len(lines)}))

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

    def _other_offices(self, above: Sequence[Row], office: str) -> list[Problem]:
        """Return the problem of a title above the heading that is another office's, where none is this one's."""
        named = list(offices_above(above, self.around.find_office)) if office else []
        if not named or any(code == office for _, _, code in named):
            return []
        index, name, _ = named[0]
        message = f"表上方写的是“{name}”，不是这次导入的单位；请看是不是拿错了文件，或者 --office 写错了"
        return [self.where.problem(message, index + 1)]

    def _organs(self, body: SheetBody, office: str) -> list[Placed]:
        """Return a problem for each column of offices, with the first row of another office of the book."""
        found: list[Placed] = []
        for place, names in body.organs.items() if office else ():
            for name, lines in names.items():
                if office_named(name, self.around.find_office) not in ("", office):
                    message = f"这一栏写的是“{name}”，不是这次导入的单位；一个文件只放一个单位的记录，请删去别的单位的行，分开导"
                    heading = body.heading_at(place)
                    found.append((lines[0], place, self.where.several(message, lines, heading, place)))
        return found

    def _untouched(self, header: Header, unsaid: list[Problem]) -> _Untouched:
        message = f"只有{EXAMPLE}行，当作没有交这张表；全年确实没有记录的，请在“{NO_RECORDS}”后打“√”再导入"
        return _Untouched(
            header.register.key, self.where.problem(message), *(unsaid or self._presence(header, False, 0))
        )

    def _none(self, header: Header, lines: tuple[int, ...], sheet: Sheet) -> _Untouched:
        """Return what a sheet is whose only rows say that there is no record: it may stand for a year without any."""
        label, file = header.register.label, self.where.file
        place = QuestionPlace(file, self.where.sheet, lines)
        question = Question.of("sheet.none", f"{plain_name(Path(file).stem)}/{label}", place, {"label": label})
        warning = self.where.problem("没有记录，当作没有交这张表", header.last + 1)
        return _Untouched(
            header.register.key, warning, *self._presence(header, False, 0), alone=True, none=(question, sheet)
        )

    def _presence(self, header: Header, ticked: bool, records: int) -> list[Problem]:
        if ticked and records:
            message = f"勾了“{NO_RECORDS}”，表里却有 {records} 条记录"
            return [self.cover.problem("empty", message)]
        if not ticked and not records:
            message = f"表里没有记录；确实没有的，请在“{NO_RECORDS}”后打“√”"
            known = self.cover["empty"].column is not None
            return [self.cover.problem("empty", message) if known else self.where.problem(message, header.last + 1)]
        return []


def _lines(register: Register, word: str) -> dict[str, str]:
    """Return the lines of params/columns.yaml that map a heading, by field key or "ignore"."""
    ours = {field.key: field.heading for field in register.fields} | {"ignore": IGNORE}
    return {key: written_line(word, heading) for key, heading in ours.items()}


def in_order(problems: Iterable[Placed]) -> list[Problem]:
    """Return problems by row and then by column."""
    return [problem for _, _, problem in sorted(problems, key=itemgetter(0, 1))]
