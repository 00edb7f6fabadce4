"""The handler's page: the office's parameters as a form, a preview of what they would make, and making the report anew."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from ....editing.figures import UsableFigure, usable_figures
from ....editing.office_file import OfficeFile, draft, read_office, save
from ....errors import GktoolsError, ParamsError
from ....inputs.inputs import load_inputs, with_params
from ....report.report import draft_report
from ...actions import edited, stands
from ...log import open_log
from ...people import Step
from ..rebuild_queue import STATES, Task
from ..views.editing import beside_fields, changes, names_of, panels, state, word
from .reports import AboutReport, Framing

NOT_HANDLER = "只有这个机关的经办人能改参数和文字；有意见请写批注"
CHANGED = "没有保存：您打开以后，别的窗口或别的人改过这个文件。下面是您填的；请另开一个窗口看新的内容，再决定改哪些"


class EditPage(Framing):
    """The form, as the file is or as it was filled in."""

    tab = "edit"

    def get(self, *_: str) -> None:
        """Show the form as the file is."""
        if Step.HANDLER not in self.steps:
            return self.refuse(NOT_HANDLER)
        file = read_office(self.project, self.code, self.year)
        return self._show(file, panels(file), [])

    def post(self, *_: str) -> None:
        """Save what was changed and make the report anew; what is wrong is said at its field, with what was typed."""
        if Step.HANDLER not in self.steps:
            return self.refuse(NOT_HANDLER)
        file, filled = read_office(self.project, self.code, self.year), self.filled
        if self.get_body_argument("state", "") != state(file):
            return self._again(file, [CHANGED], ())
        try:
            changed = changes(file, filled)
            save(file, changed)
        except ParamsError as error:
            return self._again(file, beside_fields(error.problems) if error.problems else [str(error)], error.problems)
        if changed:
            with open_log(self.project) as log:
                edited(log, self.ref, self.person, names_of(changed))
        self.workshop.start(Task(self.ref))
        return self.go(self.year, self.code, "making")

    @property
    def filled(self) -> dict[str, list[str]]:
        """What the form sent."""
        return {name: self.get_body_arguments(name, strip=False) for name in self.request.body_arguments}

    def _again(self, file: OfficeFile, messages: list[str], problems: Any) -> None:
        self.set_status(409)
        shown = panels(file, self.filled, problems)
        self._show(file, shown, messages, self.get_body_argument("state", ""))

    def _show(self, file: OfficeFile, shown: Any, messages: list[str], known: str | None = None) -> None:
        self.show_framed(
            "edit.html.j2",
            stage="",
            panels=shown,
            messages=messages,
            state=state(file) if known is None else known,
            name=file.name,
            figures=self._figures(),
            signed=self._signed(),
            built=self._built(),
            word=word,
        )

    def _figures(self) -> tuple[UsableFigure, ...]:
        try:
            return usable_figures(load_inputs(self.project, self.code, self.year))
        except GktoolsError:
            return ()

    def _built(self) -> bool:
        """Whether a report stands."""
        return self.ref.manifest() is not None

    def _signed(self) -> int:
        """How many signatures a change would void."""
        with open_log(self.project) as log:
            return len(stands(log, self.ref).valid)


class PreviewPage(EditPage):
    """The page as it would be published if what is filled in were saved; nothing is."""

    async def post(self, *_: str) -> None:  # type: ignore[override]
        """Send the page, or what is wrong with what is filled in."""
        if Step.HANDLER not in self.steps:
            return self.refuse(NOT_HANDLER)
        try:
            html = await asyncio.to_thread(self._drawn)
        except GktoolsError as error:
            html = self.draw("preview_failed.html.j2", messages=str(error).splitlines())
        return self.send_framed(html)

    def _drawn(self) -> str:
        from ....render.page import drafted

        file = read_office(self.project, self.code, self.year)
        params = draft(file, changes(file, self.filled))
        inputs = with_params(load_inputs(self.project, self.code, self.year), self.project, params)
        html, _ = _exporter().from_notebook_node(drafted(draft_report(inputs)))
        return str(html)


class MakingPage(AboutReport):
    """How far a report that is made anew has come; the page asks again by itself."""

    tab = "edit"

    def get(self, *_: str) -> None:
        """Show how far it is."""
        progress = self.workshop.progress(self.ref)
        if progress is not None and progress.running:
            self.set_header("Refresh", "2")
        label = STATES[progress.state] if progress else "没有在做"
        self.show_framed("making.html.j2", stage="", progress=progress, label=label, may_make=bool(self.steps))

    def post(self, *_: str) -> None:
        """Make the report anew, or only the files that will be published."""
        files_only = bool(self.get_body_argument("files", ""))
        if not self.steps or (not files_only and Step.HANDLER not in self.steps):
            return self.refuse("只有这个机关的经办人能重做报告")
        self.workshop.start(Task(self.ref, files_only))
        return self.go(self.year, self.code, "making")


@lru_cache
def _exporter() -> Any:
    """The exporter of the published page, kept: making one compiles its template."""
    from ....render.page import ReportExporter

    return ReportExporter()
