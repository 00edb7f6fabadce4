"""The handler's page for the figures that were published the year before: typed into the official tables, or in a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tornado.web import HTTPError

from ....build.pool import Worker
from ....errors import BusyError, GktoolsError, ParamsError, ReviewError
from ....forms.model import ReportFormat
from ....forms.notices import load_format
from ....inputs.published_figures import PublishedFigures, published_path, published_text, read_published
from ....reading.workbook import read_workbook, write_template
from ....registers.person_numbers import about_reason
from ....workspace.files import temporary_folder
from ....workspace.params_file import drafted_params_file
from ....workspace.seals import plain_hash
from ...actions import record_edit
from ...entries import BroughtInBody
from ...people import Step
from ..rebuild_queue import Task
from ..views.browser_words import in_browser
from ..views.published_figures import place_of, read_fields, tables, texts_of
from .base import NOT_HANDLER, status_of
from .registers import RegisterPage, require_reason
from .reports import AboutReport

CHANGED = "没有保存：您打开以后，别人（或别的窗口）改过这一份。下面是您填的；请另开一个窗口看现在的，再决定"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SECONDS = 60.0
_LONGEST_SOURCE = 300


@dataclass(frozen=True)
class WorkbookReading:
    """What was found in a filled-in workbook: the office it names and its figures, or what is wrong."""

    office: str = ""
    published: PublishedFigures | None = None
    failure: str = ""


class AboutLastYear(AboutReport):
    """The base of the pages about the year before: for the handler only."""

    threads = RegisterPage.threads

    def require_permission(self) -> None:
        """Set year and office. Raises HTTPError as all pages of a report do, and for who is not the handler."""
        super().require_permission()
        if Step.HANDLER not in self.steps:
            raise HTTPError(403, NOT_HANDLER)

    @property
    def before(self) -> int:
        """The year before that of the report."""
        return self.year - 1

    @cached_property
    def official(self) -> ReportFormat:
        """The format of the year before. Raises NoFormatForYear."""
        return load_format(self.before)


class LastYearTemplate(AboutLastYear):
    """The official tables of the year before, empty, as a workbook."""

    def get(self, *_: str) -> None:
        """Send the workbook. Raises NoFormatForYear."""
        name = self.project.name(self.code, self.before)
        with temporary_folder() as folder:
            write_template(path := folder / "template.xlsx", name, self.before)
            content = path.read_bytes()
        self.send_file(content, _XLSX, f"{name}{self.before}年已公布数.xlsx")


class LastYearPage(AboutLastYear):
    """The figures of the year before as a form, and an upload of a filled-in workbook."""

    def get(self, *_: str) -> None:
        """Show what is brought in, or what was not sent because the session had ended."""
        if form := self.unsent:
            filled = {name: given[-1] for name, given in form.items()}
            return self._show(filled, state=filled.get("state", ""))
        return self._show(self._kept(), self._unreadable)

    def post(self, *_: str) -> None:
        """Store the figures of the form, or of an uploaded workbook; on mistakes show them with what was filled in."""
        filled = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        try:
            published = self._uploaded() if filled.get("what") == "upload" else self._typed(filled)
            self._save(published, filled)
        except WrongFieldsError as wrong:
            self.set_status(409)
            return self._show(filled, errors=wrong.errors, state=filled.get("state", ""))
        except GktoolsError as error:
            self.set_status(status_of(error))
            message = f"没有保存：{error}。下面是您填的" if isinstance(error, BusyError) else str(error)
            shown = filled if filled.get("what") == "type" else {**self._kept(), "reason": filled.get("reason", "")}
            return self._show(shown, in_browser(message), state=filled.get("state", ""))
        self.rebuilds.start(Task(self.ref))
        return self.go(self.year, self.code, "last-year", saved=1)

    # --- what is stored ----------

    @property
    def _path(self) -> Path:
        return published_path(self.project.home, self.before, self.code)

    @property
    def _name(self) -> str:
        return self._path.relative_to(self.project.home).as_posix()

    def _stored(self) -> PublishedFigures | None:
        """Return what is brought in; None if there is nothing, or a file that cannot be read: see _unreadable."""
        try:
            return read_published(self._path, self._name, self.before) if self._path.is_file() else None
        except ParamsError:
            return None

    @property
    def _unreadable(self) -> str:
        """Return what is wrong with the file that is there, and what saving does; empty if nothing is."""
        try:
            if self._path.is_file():
                read_published(self._path, self._name, self.before)
        except ParamsError as error:
            return in_browser(
                f"现在的这一份读不出来：{error}。下面是空的：重新填好保存，就换掉它；里面的文字（text）不再留着"
            )
        return ""

    def _state(self) -> str:
        """Return what identifies the file as it is now; "" if there is none."""
        return plain_hash(self._path.read_bytes()) if self._path.is_file() else ""

    def _kept(self) -> dict[str, str]:
        stored = self._stored()
        return {**texts_of(self.official, stored), "source": stored.source if stored else ""}

    # --- what is sent ----------

    def _typed(self, filled: Mapping[str, str]) -> PublishedFigures:
        found, source = read_fields(self.official, filled), filled.get("source", "").strip()
        if found.errors:
            raise WrongFieldsError(found.errors)
        if not any(found.figures.values()):
            raise ReviewError("没有保存：一个数也没有填")
        figures = {table: held for table, held in found.figures.items() if held}
        return PublishedFigures(self.before, "brought-in", figures, source=source)

    def _uploaded(self) -> PublishedFigures:
        """Return the figures of the uploaded workbook. Raises ReviewError if it is another office's or year's."""
        sent = [one for one in self.request.files.get("files", []) if one["filename"]]
        if len(sent) != 1:
            raise ReviewError("请选一个填好的 xlsx 文件")
        with temporary_folder() as folder:
            (path := folder / "filled.xlsx").write_bytes(sent[0]["body"])
            found = _read_apart(path)
        if found.published is None:
            raise ReviewError(f"没有保存：{found.failure}")
        if self.code not in self.project.named(found.office) or found.published.year != self.before:
            raise ReviewError(
                f"没有保存：封面上写的是{found.office} {found.published.year} 年，这里是"
                f"{self.project.name(self.code, self.before)} {self.before} 年"
            )
        return found.published

    def _save(self, published: PublishedFigures, filled: Mapping[str, str]) -> None:
        """Store figures with an entry in the log. Raises ReviewError if the file has changed since it was seen."""
        reason, seen = filled.get("reason", "").strip(), filled.get("state", "")
        require_reason(reason)
        require_source(published.source)
        stored = self._stored()
        text = published_text(replace(published, text=stored.text if stored else {}))

        def check() -> None:
            if self._state() != seen:
                raise ReviewError(CHANGED)

        with drafted_params_file(self._path, text) as put, self.open_log() as log:
            body = BroughtInBody(self.code, self.before, reason, plain_hash(text.encode()))
            record_edit(log, self.ref, self.person, [body], check, put)

    # --- rendering ----------

    def _show(
        self,
        texts: Mapping[str, str],
        problem: str = "",
        errors: Mapping[str, str] | None = None,
        state: str | None = None,
    ) -> None:
        found = dict(errors or {})
        stored = self._path.is_file()
        self.show_framed(
            "last_year.html.j2",
            stage="",
            tab="edit" if self.project.book[self.code].rolls_up else "registers",
            problem=problem,
            before=self.before,
            tables=tables(self.official, texts, found),
            wrong=[(name, place_of(self.official, name), text) for name, text in found.items()],
            source=texts.get("source", ""),
            reason=texts.get("reason", ""),
            state=self._state() if state is None else state,
            stored=stored,
            saved=bool(self.get_query_argument("saved", "")),
        )


def require_source(text: str) -> None:
    """Raise ReviewError unless a text can stand as the publication that figures were taken from."""
    if len(text) > _LONGEST_SOURCE:
        raise ReviewError(f"没有保存：“来自”最多 {_LONGEST_SOURCE} 个字")
    if wrong := about_reason(text, "“来自”"):
        raise ReviewError(f"没有保存：{wrong}")


class WrongFieldsError(ReviewError):
    """Figures of a form that cannot be used, by the names of their fields."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = errors
        super().__init__("有填得不对的地方")


def _read_apart(path: Path) -> WorkbookReading:
    """Return what is found in a workbook by a process of its own: a file may take long, or take the process with it."""
    with temporary_folder() as private:
        worker: Worker[Path, WorkbookReading] = Worker(str(private))
        try:
            done = worker.do(path, _read, _SECONDS)
        finally:
            worker.end()
    return done[0] if isinstance(done, tuple) else WorkbookReading(failure="文件读不完，请用空白表重填再交")


def _read(path: Path) -> WorkbookReading:
    try:
        office, published = read_workbook(path)
    except GktoolsError as error:
        return WorkbookReading(failure=str(error))
    return WorkbookReading(office, published)
