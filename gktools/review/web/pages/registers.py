"""The handler's pages for handing in registers: what is in, the templates, and submissions up to their import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from threading import Lock

from tornado.web import HTTPError

from ....editing.answers import OwnLine, keep_answer, keep_lines, needs_reason
from ....errors import BusyError, GktoolsError, NotFoundError, ReviewError, steering_character
from ....registers.exporting import exported_sheets
from ....registers.intake.mends import with_mends
from ....registers.intake.templates import write_templates, write_workbook
from ....registers.person_numbers import about_reason
from ....registers.questions import Answer, Question
from ....registers.schema import registers
from ....registers.sheet import EXPORTED
from ....registers.store.coverage import Coverage, for_staff
from ....registers.store.history import Import
from ....registers.store.log_head import read_note
from ....registers.store.opening import open_store
from ....registers.store.privacy import in_clear_note
from ....registers.store.store import Store
from ....workspace import clock
from ....workspace.files import temporary_folder, zipped
from ...board import required_registers
from ...log import note_imports
from ...people import Step, capacity, handlers_of
from ...submission_reading import SubmissionJob
from ...submission_result import FoundFile, SubmissionReading, forget_reading, keep_reading, kept_reading
from ...submissions import (
    Submission,
    Upload,
    add_files,
    base_name,
    copy_of,
    destroy,
    destroy_old,
    drop_file,
    find_submission,
    keep_mends,
    keep_submission,
    make_submission,
    mends_of,
    submissions_of,
    with_answers,
)
from ..reading_processes import AT_ONCE
from ..rebuild_queue import Task
from ..server_context import WAIT
from ..threads import Threads
from ..views.browser_words import in_browser
from ..views.matching import given_matches, shown_sheets
from ..views.mending import MendedCell, given_mends, given_words, mended_cells, mistake_kinds
from ..views.submissions import asked, given_answers, table_changes
from .base import NOT_HANDLER, status_of
from .reports import AboutReport

NO_REGISTERS = "这是汇总的报告，数从各机关的报告加起来，没有自己的台账"
CHANGED = "没有导入：您看过以后，台账库或者参数变了。下面是现在的样子，请再看一遍"
REASONED = range(2, 501)
"""The length of a reason."""
_SHOWN_IMPORTS = 20
_READING = Threads("registers", AT_ONCE, 40, each=5)
ANSWERING = Lock()
"""Held while a file of parameters is changed: of two changes at once one would be lost."""


class RegisterPage(AboutReport):
    """The base of the pages about registers: only for the handler of an office that has some."""

    tab = "registers"
    threads = _READING

    def require_permission(self) -> None:
        """Set year and office. Raises HTTPError as all pages of a report do, ReviewError for who is not the handler."""
        super().require_permission()
        if Step.HANDLER not in self.steps:
            raise HTTPError(403, NOT_HANDLER)
        if self.project.book[self.code].rolls_up:
            raise ReviewError(NO_REGISTERS)
        if self.is_change:
            with self.open_log() as log:
                log.require_acting()

    @property
    def uploads(self) -> list[Upload]:
        """The uploaded files."""
        found = self.request.files.get("files", [])
        return [(base_name(str(one["filename"])), one["body"]) for one in found if one["filename"]]

    def require_own(self, section: str) -> None:
        """Raise ReviewError unless the person is the handler of the office that a section or subject begins with."""
        code, slash, _ = section.partition("/")
        mine = slash and code in self.project.book
        if not mine or not capacity(self.project, code, self.person, Step.HANDLER, clock.today()):
            raise ReviewError("这个问题不归您的机关答：请转给管理 gktools 的人")

    def read(self, submission: Submission, as_of: str | None = None, reason: str = "") -> SubmissionReading:
        """Read a submission in a process beside the server, and import it if as_of is what its person has seen."""
        home = self.project.home
        job = SubmissionJob(home, submission, WAIT, as_of, reason, seen=read_note(home).seen)
        return self.server_context.reading.read(job)

    def keep_answer(self, question: Question, answer: Answer, reason: str) -> None:
        """Keep an answer for the office. Raises ReviewError if the office is another's, or a reason is missing."""
        self.require_own(question.section if question.kept == "columns" else question.subject)
        if reason or needs_reason(question, answer):
            require_reason(reason)
        with ANSWERING:
            keep_answer(self.project, question, answer, self.person, reason)

    def note_imports(self, store: Store, codes: Iterable[str] = ()) -> None:
        """Let the review log know what was just imported, for this office or others. Raises ReviewError if nothing may be written."""
        handlers = handlers_of(self.project, codes or [self.code], clock.today())
        if failed := note_imports(store, self.project.home, self.person, handlers, acting=self.acting):
            raise ReviewError(failed)

    def go_to(self, submission: Submission) -> None:
        """Redirect to the page of a submission."""
        self.go(self.year, self.code, "registers", submission.id)


class RegistersPage(RegisterPage):
    """Which registers are needed and handed in, the person's submissions, and a form for uploading files."""

    def get(self, *_: str) -> None:
        """Show the page, and get ready for reading what may be uploaded."""
        if self.server_context.signing:
            self.server_context.reading.warm_up()
        self._show()

    def post(self, *_: str) -> None:
        """Keep the uploaded files as a submission, read it and redirect to its page."""
        with suppress(GktoolsError), self.open_log() as log:  # another time: nobody's upload waits for it
            destroy_old(self.project.home, log)
        try:
            submission = make_submission(self.project.home, self.person, self.code, self.year, self.uploads)
        except (ReviewError, BusyError) as error:
            self.set_status(status_of(error))
            return self._show(in_browser(str(error)))
        with self.server_context.reading.holding(submission.id):
            self.read(submission)
        return self.go_to(submission)

    def _show(self, problem: str = "") -> None:
        with open_store(self.project.home, wait=WAIT) as store:
            coverage = [one for one in store.coverage(self.code) if one.year == self.year]
            in_clear = in_clear_note(store.texts_in_clear())
            imports = [one for one in store.imports(self.code) if _is_about(one, self.code, self.year)]
        home = self.project.home
        mine = [one for one in submissions_of(home, self.person) if (one.code, one.year) == (self.code, self.year)]
        self.show_framed(
            "registers.html.j2",
            stage="",
            problem=problem,
            gone=bool(self.get_query_argument("gone", "")),
            needed=_rows(for_staff(coverage), required_registers(self.year)),
            missing=len(required_registers(self.year) - {one.register for one in coverage if not one.entered}),
            submissions=[(one, [file.name for file in one.files]) for one in mine],
            imports=imports[:_SHOWN_IMPORTS],
            labels={key: known.label for key, known in registers().items()},
            shown=clock.shown,
            in_clear=in_clear,
        )


def _is_about(one: Import, code: str, year: int) -> bool:
    return any((touched.code, touched.year) == (code, year) for touched in one.touched)


def _rows(coverage: list[Coverage], required: frozenset[str]) -> list[tuple[str, bool, list[Coverage]]]:
    """Return the label of every register that is required or handed in, whether it is required, and its files."""
    rows = (
        (known.label, key in required, [one for one in coverage if one.register == key])
        for key, known in registers().items()
    )
    return [row for row in rows if row[1] or row[2]]


class TemplatesPage(RegisterPage):
    """The empty registers of the office and year, as one download."""

    def get(self, *_: str) -> None:
        """Send a ZIP of the workbooks that the year's form needs, with their cover filled in."""
        with temporary_folder() as folder:
            paths = write_templates(folder, self.office.name, self.year, required_registers(self.year))
            content = zipped(folder, paths)
        self.send_file(content, "application/zip", f"{self.office.name}{self.year}年登记表.zip")


class ExportPage(RegisterPage):
    """The registers of the office and year as they stand, as one workbook."""

    def get(self, *_: str) -> None:
        """Send the workbook. Raises NotFoundError if nothing is in force."""
        with open_store(self.project.home, wait=WAIT) as store:
            sheets = exported_sheets(store, self.office.name, self.code, self.year)
        if not sheets:
            raise NotFoundError(f"{self.year} 年还没有登记，没有可以导出的")
        with temporary_folder() as folder:
            path = folder / "registers.xlsx"
            write_workbook(path, sheets, examples=False)
            content = path.read_bytes()
        self.send_file(content, _XLSX, f"{self.office.name}{self.year}年登记表{EXPORTED}.xlsx")


class SubmissionPage(RegisterPage):
    """A submission: what was found in its files, its questions, what importing it changes, and the forms to go on."""

    @cached_property
    def submission(self) -> Submission:
        """The submission. Raises NotFoundError if the person has no such submission of this office and year."""
        submission = find_submission(self.project.home, self.path_args[2], self.person)
        if (submission.code, submission.year) != (self.code, self.year):
            raise NotFoundError("没有这份草稿：请从台账页里打开")
        return submission

    def get(self, *_: str) -> None:
        """Show the submission."""
        self._show()

    def post(self, *args: str) -> None:
        """Answer questions, add or drop files, import or destroy the submission; on errors show them with the submission."""
        doing = {
            "answer": self._take_answers,
            "mend": self._mend,
            "unmend": self._unmend,
            "copy": self._copy,
            "add": self._add,
            "drop": self._drop,
            "withdraw": self._withdraw,
            "again": self._again,
            "import": self._import,
            "destroy": self._destroy,
        }
        what = self.get_body_argument("what", "")
        if what not in doing:
            raise HTTPError(400)
        with self.server_context.reading.holding(args[2]):
            try:
                _ = self.submission
            except NotFoundError:  # a button pressed twice
                return self.go(self.year, self.code, "registers", gone=1)
            try:
                return doing[what]()
            except GktoolsError as error:
                return self._show(in_browser(str(error)), status_of(error))

    # --- what a form does ----------

    def _take_answers(self) -> None:
        filled = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        reading = kept_reading(self.project.home, self.submission)
        given = given_answers(reading.questions, filled) if reading else []
        if not given:
            raise ReviewError("没有选答案：请每个问题选一个，再按“就这样答”")
        with self._changing():
            for question, answer, reason in given:
                if question.kept != "import":
                    self.keep_answer(question, answer, reason)
        answers = {(one.code, one.subject): answer.key for one, answer, _ in given if one.kept == "import"}
        self._change(with_answers(self.submission, answers))

    def _mend(self) -> None:
        filled = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        reading = kept_reading(self.project.home, self.submission) or SubmissionReading()
        mends, lines = given_mends(reading, filled), [*given_matches(reading, filled), *given_words(reading, filled)]
        if not (mends or lines):
            raise ReviewError("没有改什么：请在要改的地方写上对的内容，或者选好，再按按钮")
        for text in (one.text for cells in mends.values() for one in cells):
            _require_plain(text)
        for line in lines:
            self.require_own(line.section)
        with self._changing():
            self._keep_lines(lines)
            home, submission = self.project.home, self.submission
            for file in submission.files:
                if file.name in mends:
                    known = mends_of(home, submission, file)
                    keep_mends(home, submission, file, with_mends(known, mends[file.name]))
        self._again()

    def _keep_lines(self, lines: Sequence[OwnLine]) -> None:
        if lines:
            with ANSWERING:
                keep_lines(self.project, lines)

    def _unmend(self) -> None:
        files, number = self.submission.files, self.number("file")
        if number < len(files):
            with self._changing():
                keep_mends(self.project.home, self.submission, files[number], ())
        self._again()

    def _copy(self) -> None:
        """Write the copy of a file, which takes long if it is large, and send it from its own address."""
        number = self.number("file")
        job = SubmissionJob(self.project.home, self.submission, WAIT, copied=number)
        if failure := self.server_context.reading.copy(job):
            raise ReviewError(failure)
        self.go(self.year, self.code, "registers", self.submission.id, "marked", number)

    def _add(self) -> None:
        self.read(add_files(self.project.home, self.submission, self.uploads))
        self.go_to(self.submission)

    def _drop(self) -> None:
        self.read(drop_file(self.project.home, self.submission, self.number("file")))
        self.go_to(self.submission)

    def _withdraw(self) -> None:
        withdraws = bool(self.get_body_argument("withdraws", ""))
        self._change(replace(self.submission, withdraws=withdraws))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Forget what was found while the submission changes: a server killed there shows nothing that is no longer so."""
        reading = kept_reading(self.project.home, self.submission)
        forget_reading(self.project.home, self.submission)
        try:
            yield
        except GktoolsError:
            if reading is not None:
                keep_reading(self.project.home, self.submission, reading)
            raise

    def _again(self) -> None:
        self.read(self.submission)
        self.go_to(self.submission)

    def _change(self, submission: Submission) -> None:
        with self._changing():
            keep_submission(self.project.home, submission)
        self.read(submission)
        self.go_to(submission)

    def _import(self) -> None:
        reason = self.get_body_argument("reason", "").strip()
        if reason:
            require_reason(reason)
        found = self.read(self.submission, self.get_body_argument("as_of", ""), reason)
        if found.imported:
            for code, year in found.touched:
                if year in self.project.years():
                    self.rebuilds.start(Task(self.project.report(code, year)))
            return self.go(self.year, self.code, "making")
        if found.busy:
            raise BusyError(f"没有导入，草稿还在：{found.failure}")
        raise ReviewError(CHANGED if not found.failure else found.failure)

    def _destroy(self) -> None:
        destroy(self.project.home, self.submission)
        self.go(self.year, self.code, "registers")

    # --- rendering ----------

    def _show(self, problem: str = "", status: int = 200) -> None:
        self.set_status(status)
        reading = kept_reading(self.project.home, self.submission)
        self.show_framed("submission.html.j2", stage="", problem=problem, **self._shown(reading))

    def _shown(self, reading: SubmissionReading | None) -> Mapping[str, object]:
        reading = reading or SubmissionReading(failure="还没有读完：读的时候服务停过，请再读一遍")
        return {
            "submission": self.submission,
            "at": clock.shown(self.submission.at),
            "names": [file.name for file in self.submission.files],
            "reading": reading,
            "failure": in_browser(reading.failure),
            "kinds": [mistake_kinds(file) for file in reading.files],
            "sheets": [shown_sheets(file) for file in reading.files],
            "mended": self._mended(reading),
            "questions": asked(reading.questions),
            "warnings": [in_browser(text) for file in reading.files for text in file.warnings],
            "notes": [in_browser(text) for text in reading.notes],
            "tables": table_changes(reading.cells),
            "gone": any(one.gone for one in reading.registers),
            "signed": self.signed() if reading.ready else 0,
            "elsewhere": any((one.code, one.year) != (self.code, self.year) for one in reading.registers),
        }

    def _mended(self, reading: SubmissionReading) -> list[tuple[str, int, list[MendedCell]]]:
        """Return the name, the number and the mended cells of every file that has some; of none if they cannot be read."""
        files = {file.name: file for file in reading.files}
        found = []
        with suppress(ReviewError):  # the reading says so
            for number, one in enumerate(self.submission.files):
                mends = mends_of(self.project.home, self.submission, one)
                found.append((one.name, number, mended_cells(files.get(one.name, FoundFile(one.name)), mends)))
        return [one for one in found if one[2]]


class MarkedPage(SubmissionPage):
    """The marked or mended copy of a file of a submission, as a download, after it was written."""

    def get(self, *args: str) -> None:
        """Send the copy. Raises HTTPError if the file has none."""
        files, number = self.submission.files, int(args[3])
        copy = copy_of(self.project.home, self.submission, files[number]) if number < len(files) else None
        if copy is None:
            raise HTTPError(404)
        name, content = copy
        self.send_file(content, _XLSX, name)

    def post(self, *_: str) -> None:
        """Raise HTTPError: nothing is sent here."""
        raise HTTPError(405)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _require_plain(text: str) -> None:
    """Raise ReviewError unless a text can stand in a cell."""
    if len(text) > _LONGEST_CELL:
        raise ReviewError(f"一格最多写 {_LONGEST_CELL} 个字：再长的，请在 Excel 里改好再交")
    if hidden := steering_character(text, lines=False):
        raise ReviewError(f"写的内容里有“{hidden}”，没有改：请删去再交")


_LONGEST_CELL = 2000


def require_reason(text: str) -> None:
    """Raise ReviewError unless a text can stand as a reason."""
    if len(text) not in REASONED:
        raise ReviewError(f"理由请写 {REASONED.start} 到 {REASONED.stop - 1} 个字")
    if hidden := steering_character(text, lines=False):
        raise ReviewError(f"理由里有“{hidden}”，请删去再交")
    if wrong := about_reason(text):
        raise ReviewError(wrong)
