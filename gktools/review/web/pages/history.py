"""The handler's pages about what became of the registers: every import with its undo, and a record with all its versions."""

from __future__ import annotations

from tornado.web import HTTPError

from ....errors import BusyError, GktoolsError, ReviewError
from ....registers.schema import register_named, registers
from ....registers.store.opening import open_store
from ....registers.store.store import Store
from ....registers.store.undo import UndoResult
from ....workspace import clock
from ...people import Step, capacity
from ..rebuild_queue import Task
from ..server_context import WAIT
from ..threads import CHANGES
from ..views.browser_words import in_browser
from .base import status_of
from .registers import RegisterPage, require_reason

ROWS = 50
"""How many imports a page has at most."""


class HistoryPage(RegisterPage):
    """The imports of the office, the newest first, each with what it changed and a form to undo it."""

    threads = CHANGES

    def get(self, *_: str) -> None:
        """Show the imports, and what an undo that was just done has changed."""
        self._show()

    def post(self, *_: str) -> None:
        """Undo an import, and show what that changed; on errors show the page with the message and the reason."""
        number, reason = self.number("number"), self.get_body_argument("reason", "").strip()
        try:
            require_reason(reason)
            with open_store(self.project.home, wait=WAIT) as store:
                touched = self._require_mine(store, number)
                undone = store.undo(number, person=self.person, reason=reason)
                self.note_imports(store, sorted({code for code, _ in touched}))
        except BusyError as error:
            self.set_status(status_of(error))
            return self._show(in_browser(f"没有取消：{error}"), number=number, reason=reason)
        except GktoolsError as error:
            self.set_status(status_of(error))
            return self._show(in_browser(str(error)), number=number, reason=reason)
        for code, year in touched:
            if year in self.project.years():
                self.rebuilds.start(Task(self.project.report(code, year)))
        return self._show(undone=undone)

    def _require_mine(self, store: Store, number: int) -> list[tuple[str, int]]:
        """Return the offices and years that an import changed. Raises ReviewError unless all are the person's."""
        done = next((one for one in store.imports() if one.number == number), None)
        touched = list(dict.fromkeys((one.code, one.year) for one in done.touched)) if done else []
        if not any(code == self.code for code, _ in touched):
            raise ReviewError(f"没有取消：{self.office.name}没有第 {number} 次导入")
        others = [
            code for code, _ in touched if not capacity(self.project, code, self.person, Step.HANDLER, clock.today())
        ]
        if others:
            names = "、".join(self.project.name(code, self.year) for code in dict.fromkeys(others))
            raise ReviewError(f"没有取消：这一次也改了{names}的台账，您不是它的经办人；请转给管理 gktools 的人")
        return touched

    def _show(self, problem: str = "", *, undone: UndoResult | None = None, number: int = 0, reason: str = "") -> None:
        with open_store(self.project.home, wait=WAIT) as store:
            imports = store.imports(self.code)
            pages = max(1, -(-len(imports) // ROWS))
            text = self.get_query_argument("page", "1")
            page = min(max(1, int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1), pages)
            shown = imports[(page - 1) * ROWS : page * ROWS]
            entered = store.entered_in(self.code, shown)
        self.show_framed(
            "history.html.j2",
            stage="",
            problem=problem,
            imports=shown,
            entered=entered,
            all=len(imports),
            page=page,
            pages=pages,
            undone=undone,
            at_fault=number,
            reason=reason,
            labels={key: known.label for key, known in registers().items()},
            shown=clock.shown,
        )


class RecordHistoryPage(RegisterPage):
    """A record with all its versions, found by its number."""

    def get(self, *_: str) -> None:
        """Show the versions of the records with the number that the query has. Raises NotFoundError if there are none."""
        number, named = self.get_query_argument("number", "").strip()[:500], self.get_query_argument("register", "")
        if not number:
            raise HTTPError(404)
        register = register_named(named[:100]).key if named else None
        with open_store(self.project.home, wait=WAIT) as store:
            versions = store.history(number, self.code, register)
        self.show_framed(
            "versions.html.j2",
            stage="",
            number=number,
            versions=versions,
            labels={key: known.label for key, known in registers().items()},
            shown=clock.shown,
        )
