"""The handler's pages: the office's parameters as a form, a preview of the report, and rebuilding it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ....editing.default_texts import default_texts
from ....editing.fields import FieldPath
from ....editing.figures import UsableFigure, usable_figures
from ....editing.last_report import kept_comparison
from ....editing.office_file import OfficeFile, draft, prepared, read_office
from ....errors import BusyError, GktoolsError, ParamsError, Problem
from ....inputs.inputs import load_inputs, with_params
from ....report.report import draft_report
from ....workspace.seals import plain_hash
from ...actions import record_edit
from ...entries import EditedBody
from ...people import Step
from ..rebuild_queue import STATES, Task
from ..views.browser_words import in_browser
from ..views.editing import Filled, beside_fields, changes, choice_text, file_state, names_of, panels
from ..views.last_report import as_read
from .login import ENDED
from .reports import AboutReport, Framing

NOT_HANDLER = "只有这个机关的经办人能改参数和文字；有意见请写批注"
CHANGED = "没有保存：您打开以后，别的窗口或别的人改过这个文件。下面是您填的；请另开一个窗口看新的内容，再决定改哪些"


class EditPage(Framing):
    """The form with the values of the file or those filled in."""

    tab = "edit"

    def get(self, *_: str) -> None:
        """Show the form with the values of the file."""
        if Step.HANDLER not in self.steps:
            return self.refuse(NOT_HANDLER)
        file = read_office(self.project, self.code, self.year)
        if form := self.unsent:
            return self._show(file, form, messages=[], known=form.get("state", [""])[0])
        return self._show(file, None, messages=[])

    def post(self, *_: str) -> None:
        """Save the changed values and queue a rebuild; on errors show them at their fields, with what was filled in."""
        if Step.HANDLER not in self.steps:
            return self.refuse(NOT_HANDLER)
        file, filled = read_office(self.project, self.code, self.year), self.filled
        try:
            changed = changes(file, filled)
            if changed and self.get_body_argument("state", "") != file_state(file):
                return self._show_errors(file, [CHANGED], ())
            if changed:
                with prepared(file, changed) as ready, self.open_log() as log:
                    body = EditedBody(tuple(names_of(changed)), plain_hash(ready.content or b""))
                    record_edit(log, self.ref, self.person, [body], ready.require_unchanged, ready.put)
        except BusyError as error:
            return self._show_errors(file, [f"没有保存：{in_browser(str(error))}。下面是您填的"], ())
        except ParamsError as error:
            return self._show_errors(
                file, beside_fields(error.problems) if error.problems else [in_browser(str(error))], error.problems
            )
        self.rebuilds.start(Task(self.ref))
        return self.go(self.year, self.code, "making")

    @property
    def filled(self) -> dict[str, list[str]]:
        """The submitted values by field name."""
        return {name: self.get_body_arguments(name, strip=False) for name in self.request.body_arguments}

    def _show_errors(self, file: OfficeFile, messages: list[str], problems: Any) -> None:
        self.set_status(409)
        self._show(file, self.filled, problems, messages=messages, known=self.get_body_argument("state", ""))

    def _show(
        self,
        file: OfficeFile,
        filled: Filled | None,
        problems: Iterable[Problem] = (),
        *,
        messages: list[str],
        known: str | None = None,
    ) -> None:
        figures, defaults = self._about()
        self.show_framed(
            "edit.html.j2",
            stage="",
            panels=panels(file, filled, problems, defaults),
            messages=messages,
            state=file_state(file) if known is None else known,
            name=file.name,
            figures=figures,
            last_text=as_read(kept_comparison(self.project.home, self.year - 1, self.code)),
            signed=self.signed(),
            built=self._built(),
            choice_text=choice_text,
        )

    def _about(self) -> tuple[tuple[UsableFigure, ...], Mapping[FieldPath, str]]:
        """The figures that texts may use, and what blank boxes stand for; nothing where the inputs cannot be read."""
        try:
            inputs = load_inputs(self.project, self.code, self.year)
            return usable_figures(inputs), default_texts(inputs)
        except GktoolsError:
            return (), {}

    def _built(self) -> bool:
        """Whether the report is complete."""
        return self.ref.manifest() is not None


class PreviewPage(EditPage):
    """A preview of the published page with the values filled in; nothing is saved."""

    settles_unsent = False

    @property
    def form_page(self) -> str:
        """The path of the form that is previewed."""
        return self.request.path.removesuffix("preview") + "edit"

    def answer_unsent(self, kept: str) -> None:
        """Say it in the frame of the preview, where no login is shown."""
        self.send_framed(self.draw("preview_failed.html.j2", messages=[ENDED[kept]]))

    def post(self, *_: str) -> None:
        """Send the preview, or the errors of the values filled in."""
        if Step.HANDLER not in self.steps:
            return self.refuse(NOT_HANDLER)
        try:
            html = self._preview_page()
        except GktoolsError as error:
            html = self.draw("preview_failed.html.j2", messages=in_browser(str(error)).splitlines())
        return self.send_framed(html)

    def _preview_page(self) -> str:
        from ....render.page import draft_notebook

        file = read_office(self.project, self.code, self.year)
        params = draft(file, changes(file, self.filled))
        inputs = with_params(load_inputs(self.project, self.code, self.year), self.project, params)
        html, _ = _exporter().from_notebook_node(draft_notebook(draft_report(inputs)))
        return str(html)


class RebuildPage(AboutReport):
    """The progress of a rebuild: its script asks for the state, and shows the page again when that has changed.

    Without script the page refreshes itself.
    """

    tab = "edit"

    def get(self, *_: str) -> None:
        """Show the progress, or send only the state and its seconds as JSON."""
        progress = self.rebuilds.progress(self.ref)
        if self.get_query_arguments("state"):
            self.finish({"state": progress.state if progress else "", "seconds": progress.seconds if progress else 0})
            return
        label = STATES[progress.state] if progress else "没有在做"
        progress = progress and replace(progress, message=in_browser(progress.message))
        self.show_framed("rebuild.html.j2", stage="", progress=progress, label=label, may_rebuild=bool(self.steps))

    def post(self, *_: str) -> None:
        """Queue a rebuild of the report, or only of the files that will be published."""
        files_only = bool(self.get_body_argument("files", ""))
        if not self.steps or (not files_only and Step.HANDLER not in self.steps):
            return self.refuse("只有这个机关的经办人能重做报告")
        self.rebuilds.start(Task(self.ref, files_only))
        return self.go(self.year, self.code, "making")


@lru_cache
def _exporter() -> Any:
    """The exporter of the published page, cached because creating one compiles its template."""
    from ....render.page import ReportExporter

    return ReportExporter()
