"""What is found in the files of a submission, what importing them would change, and importing them.

These functions run in a process beside the server: a file may take long, or take the process with it. They read and
import by the same code as the command (registers/file_import.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ..errors import BusyError, GktoolsError, NotFoundError, Problem, ReviewError
from ..registers.file_import import FileRead, FileResult, read_for_import, store_files, waiting
from ..registers.intake.cover import ImportOptions
from ..registers.intake.marking import write_marked_copy
from ..registers.intake.mends import Mend
from ..registers.intake.own_words import COLUMNS, read_own_words
from ..registers.intake.places import Mistake
from ..registers.questions import Answers
from ..registers.schema import registers
from ..registers.sheet import Sheet
from ..registers.store.loading import Records
from ..registers.store.log_head import LogHead, take_seen
from ..registers.store.opening import open_store
from ..registers.store.privacy import to_be_in_clear_note
from ..registers.store.replacement import FileInstruction, names_of_files
from ..registers.store.store import Store
from ..registers.store.versions import SheetResult
from ..report.queries.after_import import notes_about
from ..report.queries.difference import value_text
from ..report.queries.records_difference import changed_by
from ..workspace import clock
from ..workspace.files import temporary_folder
from ..workspace.home import FOLDER
from ..workspace.project import Project, open_project
from ..workspace.seals import plain_hash
from .accounts import Accounts
from .log import Log, note_imports
from .people import Step, capacity, handlers_of
from .submission_result import CellChange, FoundFile, FoundMistake, RegisterChange, SubmissionReading, keep_reading
from .submissions import (
    GONE,
    Submission,
    SubmissionFile,
    as_kept,
    content_of,
    destroy,
    drop_copy,
    folder_of,
    keep_copy,
    mends_of,
)
from .user_acts import acting_as
from .users import Users

_PURPOSE = "gktools.handed-in.as-of"


@dataclass(frozen=True)
class SubmissionJob:
    """A submission to be read, by a person who waits for other writers of the store for so many seconds.

    as_of, if it is to be imported: the as_of of the reading that the person has seen; reason is why, "" if they do not say.
    copied, if only the copy of a file is wanted: its place among the files. seen is the last entry of the log that the
    server has found whole.
    """

    home: Path
    submission: Submission
    wait: int
    as_of: str | None = None
    reason: str = ""
    copied: int | None = None
    seen: LogHead | None = None


def read_submission(job: SubmissionJob) -> SubmissionReading:
    """Read the files of a submission and, if it is to be imported, import it and destroy it; return what was found.

    What was found is kept with the submission, unless it was imported. Nothing is imported but what the person has seen.
    If a copy is wanted, only that is written, and the failure says why there is none.
    """
    with temporary_folder() as private:
        return _copied(job, job.copied, private) if job.copied is not None else _found(job, private)


def _found(job: SubmissionJob, private: Path) -> SubmissionReading:
    try:
        found = _Files.read(job, private).found()
    except BusyError as error:
        found = SubmissionReading(failure=str(error), busy=True)
    except GktoolsError as error:
        found = SubmissionReading(failure=str(error))
    if found.imported:
        destroy(job.home, job.submission)
    elif not (found.busy and job.as_of is not None):
        keep_reading(job.home, job.submission, found)
    return found


@dataclass(frozen=True)
class _Files:
    """The files of a submission as read, from private copies that nobody exchanges meanwhile."""

    job: SubmissionJob
    project: Project
    answers: Answers
    read_files: tuple[FileRead, ...]
    mends: tuple[tuple[Mend, ...], ...]
    again: Callable[[Path, Sequence[Mend]], FileRead]

    @classmethod
    def read(cls, job: SubmissionJob, private: Path) -> _Files:
        submission, project = job.submission, open_project(job.home)
        given = {(code, subject): key for code, subject, key in submission.answers}
        files = submission.files
        mends = tuple(mends_of(job.home, submission, file) for file in files)
        cells = sum(map(len, mends))
        mended = f"在网页里改了 {cells} 格" if cells else ""
        answers = Answers(given, submission.person, "；".join(filter(None, (job.reason, mended))))
        own = read_own_words(job.home / FOLDER / COLUMNS, project.find)
        options = ImportOptions(None, submission.code, submission.year, assumed=True)
        chosen = slice(None) if job.copied is None else slice(job.copied, job.copied + 1)
        files, mends = files[chosen], mends[chosen]
        opening = partial(open_store, job.home, wait=job.wait)

        def read(path: Path, mends: Sequence[Mend]) -> FileRead:
            return read_for_import(path, project.find, options, own, answers, mends, opening)

        found = []
        for file, changed in zip(files, mends, strict=True):
            drop_copy(job.home, submission, file)  # it is of an earlier reading
            one = _of_handler(project, submission, read(_private_copy(job, file, private), changed))
            found.append(_with_copy(one, changed))
        return cls(job, project, answers, tuple(found), mends, read)

    def write_copy(self, path: Path, folder: Path) -> Path:
        """Write the marked or mended copy of the file that was read. Raises GktoolsError if there is none to be had.

        A mended copy that would be read otherwise than what is imported is not kept.
        """
        (read,) = self.read_files
        if not read.result.marked:
            raise NotFoundError("这个文件没有标错的或者改好的一份：请从草稿页里打开")
        result = read.result
        copy = write_marked_copy(path, result.problems, result.questions, folder, self.mends[0])
        if result.marked == _MENDED and not _say_the_same(read, self.again(copy, ())):
            raise ReviewError(
                "改好的一份写不成和导入的完全一样，没有写：导入不受影响；要留底的，请在原来的文件里照着改"
            )
        return copy

    def found(self) -> SubmissionReading:
        """Return what was found, after importing the files if they are to be, and may."""
        results = [one.result for one in self.read_files]
        if any(result.outcome != "same" for result in results):
            return SubmissionReading(tuple(map(_found_file, map(waiting, results))))
        with open_store(self.job.home, wait=self.job.wait) as opened:
            store = opened.as_decided()
            as_of = self._as_of(store)
            if self.job.as_of is not None and self.job.as_of == as_of:
                return self._imported(store)
            return replace(self._tried(store), as_of=as_of)

    def _as_of(self, store: Store) -> str:
        """Return the keyed hash of all that decides what importing does.

        That is the submission with the hashes of its files, the mended cells, what was read of them with the office's
        words, what is done with personal texts and numbers, and what the store has.
        """
        job, submission = self.job, self.job.submission
        offices = sorted({sheet.code for one in self.read_files for sheet in one.sheets})
        stored = tuple((code, store.last_import_hash(code)) for code in offices)
        params = store.params
        numbering = tuple((code, repr(params.numbering.get(code))) for code in offices)
        kept = as_kept(submission)
        personal = [sorted((key, tuple(v)) for key, v in sheet.personal.items()) for sheet in self._sheets]
        words = [sheet.words for one in self.read_files for sheet in one.result.matched]
        said = (kept, self.mends, _digest(self.read_files), personal, words, stored, params.keep_personal, numbering)
        return folder_of(job.home, submission).key().seal(_PURPOSE, repr(said).encode("utf-8", "backslashreplace"))

    @property
    def _sheets(self) -> Iterator[Sheet]:
        return (sheet for one in self.read_files for sheet in one.sheets)

    def _imported(self, store: Store) -> SubmissionReading:
        home, person = self.job.home, self.job.submission.person
        acting = acting_as(Users(Accounts(home)), person)
        take_seen(home, self.job.seen)
        Log(store, home, acting).require_acting()
        results = store_files(store, self.read_files, self.answers, self._instruction)
        asked = any(result.questions for result in results)
        codes = sorted({sheet.code for sheet in self._sheets})
        handlers, names = handlers_of(self.project, codes, clock.today()), self.project.names_of(codes)
        if not asked and (failed := note_imports(store, home, person, handlers, names, acting)):
            raise ReviewError(failed)
        return SubmissionReading(tuple(map(_found_file, results)), self._registers(results), imported=not asked)

    def _tried(self, store: Store) -> SubmissionReading:
        """Return what importing would change."""
        groups = dict.fromkeys((sheet.code, sheet.year) for one in self.read_files for sheet in one.sheets)
        before = {group: store.load_records(*group) for group in groups}
        cells: list[CellChange] = []
        notes: list[str] = []

        def look(load: Callable[[str, int], Records]) -> None:
            for (code, year), old in before.items():
                new = replace(load(code, year), ended_on=self.project.book[code].ended_on)
                cells.extend(self._cells(code, year, old, new))
                notes.extend(notes_about(self.project, new, code, year))

        results = store_files(store, self.read_files, self.answers, self._instruction, look=look)
        texts = sum(bool(text) for sheet in self._sheets for column in sheet.personal.values() for text in column)
        if store.params.keep_personal and (note := to_be_in_clear_note(texts)):
            notes.insert(0, note)
        return SubmissionReading(
            tuple(map(_found_file, results)), self._registers(results), tuple(cells), tuple(dict.fromkeys(notes))
        )

    @property
    def _instruction(self) -> FileInstruction:
        return FileInstruction(replace=self.job.submission.withdraws)

    def _cells(self, code: str, year: int, old: Records, new: Records) -> Iterable[CellChange]:
        for one in changed_by(self.project, code, year, old, new):
            place = "　".join("/".join(labels) for labels in (one.row, one.column) if labels)
            values = value_text(one.old), value_text(one.new)
            yield CellChange(self.project.name(code, year), year, one.table, place, *values)

    def _registers(self, results: Sequence[FileResult]) -> tuple[RegisterChange, ...]:
        return tuple(self._register(result.file, one) for result in results for one in result.stored)

    def _register(self, file: str, one: SheetResult) -> RegisterChange:
        sheet = one.sheet
        return RegisterChange(
            file,
            sheet.code,
            self.project.name(sheet.code, sheet.year),
            sheet.year,
            registers()[sheet.register].label,
            len(sheet.lines),
            one.number is not None,
            one.added,
            one.changed,
            one.same,
            one.withdrawn,
            one.gone,
            tuple(names_of_files(one.instead_of)),
            one.entered,
        )


def _of_handler(project: Project, submission: Submission, read: FileRead) -> FileRead:
    """Return a file as read; refused if it states an office whose handler the person of the submission is not."""
    today = clock.today()
    others = {
        sheet.code
        for sheet in read.sheets
        if capacity(project, sheet.code, submission.person, Step.HANDLER, today) is None
    }
    if not others:
        return read
    names = "、".join(project.name(code, submission.year) for code in sorted(others))
    problem = Problem(
        f"封面上写的单位是{names}，您不是它的经办人，没有收下：写错了的，请改封面上的单位；没有写错的，请它的经办人交",
        read.result.file,
    )
    return FileRead(replace(read.result, outcome="refused", problems=(problem,), warnings=()))


def _digest(read: Sequence[FileRead]) -> str:
    """Return a hash of what is read, without what is personal: with other answers, cells or words it is another."""
    said = ((sheet.register, sheet.code, sheet.year, sheet.sha256) for one in read for sheet in one.sheets)
    return plain_hash(repr(tuple(said)).encode())


def _say_the_same(one: FileRead, other: FileRead) -> bool:
    personal = ([sheet.personal for sheet in read.sheets] for read in (one, other))
    return _digest([one]) == _digest([other]) and next(personal) == next(personal)


def _copied(job: SubmissionJob, number: int, private: Path) -> SubmissionReading:
    files = job.submission.files
    try:
        if number >= len(files):
            raise NotFoundError(GONE)
        read = _Files.read(job, private)
        (made := private / "copy").mkdir()
        copy = read.write_copy(_private_path(files[number], private), made)
        keep_copy(job.home, job.submission, files[number], copy.name, copy.read_bytes())
    except GktoolsError as error:
        return SubmissionReading(failure=str(error))
    return SubmissionReading()


_MARKED, _MENDED = "marked", "mended"


def _private_path(file: SubmissionFile, private: Path) -> Path:
    return private / file.folder / file.name


def _private_copy(job: SubmissionJob, file: SubmissionFile, private: Path) -> Path:
    """Return the path of a copy, outside the working folder, of the file that was handed in. Raises ReviewError."""
    path, content = _private_path(file, private), content_of(job.home, job.submission, file)
    path.parent.mkdir()
    path.write_bytes(content)
    return path


def _with_copy(read: FileRead, mends: Sequence[Mend]) -> FileRead:
    """Return a file as read, with which copy of it can be had."""
    sound = read.result.outcome == "same"
    kind = (_MENDED if mends else "") if sound else _MARKED if read.opened else ""
    return replace(read, result=replace(read.result, marked=kind))


def _found_file(result: FileResult) -> FoundFile:
    return FoundFile(
        result.file,
        tuple(map(_mistake, result.problems)),
        result.questions,
        tuple(str(replace(one, file="")) for one in result.warnings),
        result.marked,
        result.matched,
    )


def _mistake(problem: Problem) -> FoundMistake:
    """Return a problem with its kind: its message as far as it is the same wherever it occurs."""
    place = str(replace(problem, message="", file="", value=None)).removesuffix("：")
    text = str(replace(problem, file="", sheet="", line=None, column=None))
    kind = problem.message
    for sign in "（；：，":
        kind = kind.partition(sign)[0]
    found = FoundMistake(kind, place, text, problem.sheet)
    if not isinstance(problem, Mistake) or problem.line is None:
        return found
    rows = (problem.line, *problem.also)
    return replace(
        found, rows=rows, column=problem.place, field=problem.field, alike=problem.alike, word=problem.value or ""
    )
