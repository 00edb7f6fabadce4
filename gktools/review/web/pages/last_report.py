"""The handler's page for beginning from last year's report: a file is read, what it has is confirmed piece by piece, and kept."""

from __future__ import annotations

from collections.abc import Mapping

from ....checks.finished.last_report import LastReport
from ....editing.last_report import KeptReport, kept_comparison, prepared_report
from ....editing.office_file import OfficeFile, read_office
from ....errors import GktoolsError, ReviewError
from ....inputs.published_figures import SECTIONS, PublishedFigures, published_path, read_published
from ....workspace.seals import plain_hash
from ...actions import record_edit
from ...entries import BroughtInBody, EditedBody
from ...submissions import base_name
from ...uploaded_reports import UploadedLastReport
from ..rebuild_queue import Task
from ..views.browser_words import in_browser
from ..views.editing import file_state, names_of
from ..views.last_report import (
    FIGURES,
    OURS,
    TEXT,
    USE,
    Standing,
    TakenReport,
    as_read,
    contact_pieces,
    first_ticks,
    label_pieces,
    other_figures,
    read_taken,
    standing_of,
    taken_of,
    written,
)
from ..views.published_figures import place_of, read_fields, tables
from .base import status_of
from .last_year import AboutLastYear, WrongFieldsError, require_source

_WHY = "从去年的报告取来，逐项看过"
"""The reason in the log: the page asks for no other."""
_NOT_SAVED = "没有保存："


class _ChangedError(ReviewError):
    """Something has changed since the person saw it; what is there now is shown, and may be decided about."""


class LastReportPage(AboutLastYear):
    """A form for a file, and the form in which what was taken of it is confirmed; nothing of the file is kept before."""

    def get(self, *_: str) -> None:
        """Show the form for a file, or what was confirmed and not sent because the session had ended."""
        form = {name: given[-1] for name, given in (self.unsent or {}).items()}
        if self.server_context.signing:
            self.server_context.reading.warm_up()
        self._show(self._carried(form), form, state=form.get("state"))

    def post(self, *_: str) -> None:
        """Read a file and show what it has, or keep what was confirmed; on mistakes show it again."""
        filled = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        taken = self._carried(filled)
        try:
            if filled.get("what") != "keep":
                standing, state, found = self.standing, self._state(), taken_of(self._read())
                return self._show(found, first_ticks(found, standing), state=state)
            if taken is None:
                raise ReviewError("没有保存：表单不完整，请再交一次去年的报告")
            self._keep(taken, filled)
        except WrongFieldsError as wrong:
            self.set_status(409)
            return self._show(taken, filled, errors=wrong.errors, state=filled.get("state"))
        except GktoolsError as error:
            self.set_status(status_of(error))
            said = f"{_NOT_SAVED}{str(error).removeprefix(_NOT_SAVED)}" if taken else str(error)
            seen = self._state() if isinstance(error, _ChangedError) else filled.get("state")
            return self._show(taken, filled, in_browser(said), state=seen)
        self.rebuilds.start(Task(self.ref))
        return self.go(self.year, self.code, "last-report", saved=1)

    # --- what is there ----------

    @property
    def file(self) -> OfficeFile:
        """The office's own file of parameters. Raises ParamsError."""
        return read_office(self.project, self.code, self.year)

    @property
    def _published(self) -> PublishedFigures | None:
        path = published_path(self.project.home, self.before, self.code)
        name = path.relative_to(self.project.home).as_posix()
        return read_published(path, name, self.before) if path.is_file() else None

    @property
    def standing(self) -> Standing:
        """What there is now. Raises ParamsError for files that cannot be read."""
        return standing_of(self.file, self._published, kept_comparison(self.project.home, self.before, self.code))

    def _state(self) -> str:
        """Return what identifies the files as they are now."""
        path = published_path(self.project.home, self.before, self.code)
        kept = kept_comparison(self.project.home, self.before, self.code)
        figures = plain_hash(path.read_bytes()) if path.is_file() else ""
        return f"{file_state(self.file)} {figures} {plain_hash(kept.encode())}"

    # --- what is sent ----------

    def _carried(self, filled: Mapping[str, str]) -> TakenReport | None:
        taken = read_taken(filled.get("taken", ""))
        return taken if taken and taken.year == self.before else None

    def _read(self) -> LastReport:
        """Return what the uploaded file has. Raises ReviewError if it is none, or another office's or year's."""
        sent = [(base_name(str(one["filename"])), one["body"]) for one in self.request.files.get("files", [])]
        if len(sent) != 1 or not sent[0][0]:
            raise ReviewError("请选一个文件：本机关去年的报告")
        last = self.server_context.reading.last_report(UploadedLastReport(*sent[0], self.before))
        if isinstance(last, str):
            raise ReviewError(f"什么也没有取：{last}")
        if last.year != self.before:
            raise ReviewError(f"什么也没有取：这是 {last.year} 年的报告，这里要 {self.before} 年的")
        if (named := self.project.named(last.unit)) and self.code not in named:
            name = self.project.name(self.code, self.before)
            raise ReviewError(f"什么也没有取：这是{last.unit}的报告，这里是{name}")
        return last

    def _keep(self, taken: TakenReport, filled: Mapping[str, str]) -> None:
        """Keep what is ticked, with an entry in the log for each file. Raises ReviewError, ParamsError with nothing kept."""
        if self.project.named(taken.unit) != {self.code} and USE + OURS not in filled:
            raise ReviewError("没有保存：请看清楚是不是本机关的报告，是就勾上“是本机关的”")
        kept, file = self._kept(taken, filled), self.file
        if not (kept.contact or kept.labels or kept.published):
            raise ReviewError("没有保存：一项也没有勾")

        def check() -> None:
            if self._state() != filled.get("state"):
                raise _ChangedError("您打开以后，别人（或别的窗口）改过。下面列着现在的，看过再按一次")

        check()
        with prepared_report(file, kept) as ready, self.open_log() as log:
            bodies: list[EditedBody | BroughtInBody] = []
            if ready.changed:
                bodies.append(EditedBody(tuple(names_of(ready.changed)), plain_hash(ready.edited.content or b"")))
            if ready.figures:
                bodies.append(BroughtInBody(self.code, self.before, _WHY, plain_hash(ready.figures.encode())))
            record_edit(log, self.ref, self.person, bodies, check, ready.put)

    def _kept(self, taken: TakenReport, filled: Mapping[str, str]) -> KeptReport:
        """Return what is ticked. Raises WrongFieldsError, ReviewError for a source that cannot stand."""
        contact = {
            name: text
            for name, _, _ in taken.contact
            if f"{USE}contact.{name}" in filled and (text := filled.get(f"contact.{name}", "").strip())
        }
        labels: dict[str, dict[str, str]] = {}
        for one in taken.labels:
            if USE + one.name in filled:
                labels.setdefault(one.table, {})[one.path] = one.printed
        with_text = USE + TEXT in filled
        comparison = taken.comparison if with_text else ""
        return KeptReport(self.before, contact, labels, self._figures(taken, filled, with_text), comparison)

    def _figures(self, taken: TakenReport, filled: Mapping[str, str], with_text: bool) -> PublishedFigures | None:
        now = self._published or PublishedFigures(self.before, "brought-in", {})
        figures, source = now.figures, now.source
        if USE + FIGURES in filled:
            found, source = read_fields(self.official, filled), filled.get("source", "").strip()
            if found.errors:
                raise WrongFieldsError(found.errors)
            figures = {table: held for table, held in found.figures.items() if held}
        elif not with_text:
            return None
        source = source or taken.source
        require_source(source)
        own = {key: taken.text[key] for key in SECTIONS if key in taken.text} if with_text else now.text
        return PublishedFigures(self.before, "brought-in", figures, own, source)

    # --- rendering ----------

    def _show(
        self,
        taken: TakenReport | None,
        filled: Mapping[str, str],
        problem: str = "",
        errors: Mapping[str, str] | None = None,
        state: str | None = None,
    ) -> None:
        found = dict(errors or {})
        self.show_framed(
            "last_report.html.j2",
            stage="",
            tab="edit",
            problem=problem,
            before=self.before,
            saved=bool(self.get_query_argument("saved", "")),
            taken=taken,
            wrong=[(name, place_of(self.official, name), text) for name, text in found.items()],
            state=state or "",
            **(self._pieces(taken, filled, found) if taken else {}),
        )

    def _pieces(self, taken: TakenReport, filled: Mapping[str, str], errors: Mapping[str, str]) -> Mapping[str, object]:
        standing, kind = self.standing, self.office.kind.label
        return {
            "carried": written(taken),
            "here": self.project.name(self.code, self.before),
            "named": len(self.project.named(taken.unit)),
            "kind": kind,
            "kind_differs": bool(taken.kinds) and kind not in taken.kinds,
            "contact": contact_pieces(taken, standing, filled),
            "labels": label_pieces(taken, standing, filled),
            "others": other_figures(taken, standing),
            "tables": tables(self.official, filled, errors),
            "source": filled.get("source", taken.source),
            "kept_figures": standing.published is not None and bool(standing.published.figures),
            "text": as_read(taken.comparison),
            "kept_text": as_read(standing.comparison)
            or "\n\n".join(standing.published.text.values() if standing.published else ()),
            "ticked": {name.removeprefix(USE) for name in filled if name.startswith(USE)},
        }
