"""The handler's pages about single cases: the list of a year, one case entered or changed in a form, one withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path

from tornado.web import HTTPError

from ....errors import BusyError, ChangedError, GktoolsError, Problem, ReviewError
from ....registers.entering import Entry, enter, state_complete, withdraw
from ....registers.file_import import FileResult
from ....registers.intake.own_words import COLUMNS, read_own_words
from ....registers.questions import Answers, Question
from ....registers.schema import Register, registers
from ....registers.sheet import COMPLETED
from ....registers.store.loading import Records
from ....registers.store.opening import open_store
from ....registers.store.privacy import in_clear_note
from ....registers.store.store import Store
from ....registers.store.stored_record import StoredRecord
from ....report.queries.cases import CaseFilter, HangingCase, hanging_on, list_cases, months_of
from ....workspace import clock
from ....workspace.home import FOLDER
from ....workspace.seals import plain_hash
from ..rebuild_queue import Task
from ..server_context import WAIT
from ..threads import CHANGES
from ..unsent import NOT_KEPT
from ..views.browser_words import in_browser
from ..views.cases import (
    case_parts,
    changed_fields,
    entered_words,
    general_problems,
    has_cases,
    words_of,
)
from ..views.submissions import asked, given_answers
from .base import status_of
from .registers import RegisterPage, require_reason

ROWS = 200
"""How many cases a page of the list has at most."""
STATES = {"": "全部", "open": "没有办结", "due": "快到期", "overdue": "逾期", "done": "已办结"}
"""The choices of the list by state."""
_ROUNDS = 8
"""How often an entry is read again with further answers."""
_LISTED = 10
"""How many headings a reason that nobody has written names."""
_HANG_ON = {"reconsiderations": "request_number", "lawsuits": "request_number"}
"""The registers whose records hang on a request, with the field of its number."""


class _AboutCases(RegisterPage):
    """The base of the pages about cases."""

    threads = CHANGES

    def open_store(self) -> Store:
        """Open the store, for one who waits for another writer for seconds only."""
        return open_store(self.project.home, wait=WAIT)

    def records(self, store: Store) -> Records:
        """Return the office's records for the year, loaded once for each import."""
        records = _records(self.project.home, self.code, store.last_import_hash(self.code))
        return replace(records, year=self.year, ended_on=self.project.book[self.code].ended_on)

    def register_named(self, key: str) -> Register:
        """Return a register whose records are entered in forms. Raises HTTPError."""
        if key not in registers() or not has_cases(registers()[key], self.year):
            raise HTTPError(404)
        return registers()[key]


@lru_cache(maxsize=8)
def _records(home: Path, code: str, _: str) -> Records:
    """Return the records of an office, cached until one more import changes it."""
    with open_store(home, wait=WAIT) as store:
        return store.load_records(code, clock.today().year)


class CasesPage(_AboutCases):
    """The cases of a register and year with the days left, and the statement that all of the year are entered."""

    def get(self, *_: str) -> None:
        """Show the cases that the query asks for."""
        self._show()

    def post(self, *_: str) -> None:
        """Keep the person's statement that a register is complete, or take it back; on errors show the page with the message."""
        register = self.register_named(self.get_body_argument("register", ""))
        what = self.get_body_argument("what", "")
        if what not in ("complete", "incomplete"):
            raise HTTPError(400)
        try:
            if what == "complete" and not self.get_body_argument("sure", ""):
                raise ReviewError("没有记下：请先勾上“都登记了”")
            with self.open_store() as store:
                if what == "complete":
                    state_complete(store, register.key, self.code, self.year, self.person)
                else:
                    self._take_back(store, register)
                self.note_imports(store)
        except GktoolsError as error:
            self.set_status(status_of(error))
            return self._show(in_browser(str(error)))
        self.rebuilds.start(Task(self.ref))
        return self.go(self.year, self.code, "cases", register=register.key)

    def _take_back(self, store: Store, register: Register) -> None:
        number, group = self.number("import"), (register.key, self.year)
        mine = [one for one in store.coverage(self.code) if (one.register, one.year) == group]
        if not any(one.number == number and one.file == COMPLETED for one in mine):
            raise ReviewError("没有收回：已经收回了，或者又有人说登记完了")
        store.undo(number, person=self.person, reason="还没有登记完")

    def _show(self, problem: str = "") -> None:
        asked_for = self.get_argument("register", "requests")
        register, today = self.register_named(asked_for), clock.today()
        wanted = self._wanted
        with self.open_store() as store:
            records = self.records(store)
            cases = list_cases(self.project, self.office, records, register, today)
            found = [case for case in cases if wanted.wants(case)]
            pages = max(1, -(-len(found) // ROWS))
            page = min(max(1, self._int("page", 1)), pages)
            shown = found[(page - 1) * ROWS : page * ROWS]
            in_clear = in_clear_note(store.texts_in_clear())
            last = store.last_changes(register.key, [case.record for case in shown])
        covered = [one for one in records.coverage if (one.register, one.year) == (register.key, self.year)]
        offered = [one for one in registers().values() if has_cases(one, self.year)]
        self.show_framed(
            "cases.html.j2",
            stage="",
            problem=problem,
            register=register,
            offered=offered,
            others=[one.label for one in registers().values() if one not in offered and not one.yearly],
            heading=register[register.identity[0]].heading,
            cases=shown,
            last=last,
            found=len(found),
            all=len(cases),
            overdue=sum(case.state == "overdue" for case in cases),
            open=sum(case.state in ("open", "overdue") for case in cases),
            ends=any(case.state for case in cases),
            wanted=wanted,
            months=months_of(cases),
            states=STATES,
            page=page,
            pages=pages,
            today=today,
            entered=sum(one.rows for one in covered if one.entered),
            files=[one for one in covered if not one.entered and one.file != COMPLETED],
            complete=next((one for one in covered if one.file == COMPLETED), None),
            saved=(saved := self._saved),
            doubts=[in_browser(text) for one in covered if str(one.number) == saved for text in one.warnings],
            twice=[one.names for one in records.lookalikes if one.register == register.key],
            labels={key: known.label for key, known in registers().items()},
            shown=clock.shown,
            in_clear=in_clear,
        )

    @property
    def _saved(self) -> str:
        """Return the number of the import that the person has just made, or "same"; empty for what else an address may say."""
        return "same" if self.get_query_argument("saved", "") == "same" else str(self._int("saved", 0) or "")

    @property
    def _wanted(self) -> CaseFilter:
        texts = {name: self.get_query_argument(name, "") for name in ("state", "month", "name")}
        return CaseFilter(
            texts["state"] if texts["state"] in STATES else "",
            min(self._int("days", 5), 999),
            texts["month"][:7],
            texts["name"][:100],
        )

    def _int(self, name: str, default: int) -> int:
        text = self.get_query_argument(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else default


class CasePage(_AboutCases):
    """A case: its form, the cases that hang on it, and its withdrawal."""

    _questions: Sequence[Question] = ()
    _not_kept: Sequence[str] = ()
    """The fields whose content was not kept when the session ended."""

    @cached_property
    def register(self) -> Register:
        """The register of the case. Raises HTTPError if it has none."""
        return self.register_named(self.path_args[2])

    def record(self, store: Store) -> StoredRecord | None:
        """Return the record as it stands; None for one to be entered. Raises NotFoundError."""
        return store.record(self.register.key, self.code, int(self.path_args[3]))

    def get(self, *_: str) -> None:
        """Show the form with what is stored, or with what was not sent because the session had ended."""
        with self.open_store() as store:
            record = self.record(store)
        if form := self.unsent:
            self._not_kept = form.pop(NOT_KEPT, [])
            filled = {name: given[-1] for name, given in form.items()}
            return self._show(record, entered_words(self.register, filled, record), typed=filled)
        return self._show(record, {**words_of(self.register, record), **self._begun(record)})

    def _begun(self, record: StoredRecord | None) -> Mapping[str, str]:
        """Return what a form for a new case begins with: the request on which it hangs."""
        field, number = _HANG_ON.get(self.register.key), self.get_query_argument("request", "")[:200]
        return {field: number} if field and number and record is None else {}

    def post(self, *_: str) -> None:
        """Save or withdraw the case; on mistakes and questions show the form with what was filled in."""
        filled = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        what = filled.get("what", "")
        if what not in ("save", "withdraw"):
            raise HTTPError(400)
        with self.open_store() as store:
            record = self.record(store)
            words = entered_words(self.register, filled, record)
            try:
                if what == "withdraw":
                    return self._withdraw(store, record, filled)
                with self.server_context.saved.turn(self.person):
                    result = self._save(store, record, words, filled)
                    if result.outcome == "changed":
                        self.server_context.saved.note(self.person, self._sent)
            except ChangedError as error:
                if record is None and self.server_context.saved.is_last(self.person, self._sent):
                    return self.go(self.year, self.code, "cases", register=self.register.key, saved="same")
                self.set_status(409)
                return self._show(record, words, [], in_browser(f"{error}{self._by(record)}"), filled)
            except BusyError as error:
                self.set_status(503)
                return self._show(record, words, [], in_browser(f"没有保存：{error}。下面是您填的"), filled)
            except GktoolsError as error:
                self.set_status(409)
                problems = list(getattr(error, "problems", ()))
                return self._show(record, words, problems, "" if problems else in_browser(str(error)), filled)
        if result.outcome in ("changed", "same"):
            saved = result.stored[0].number if result.stored else None
            return self.go(self.year, self.code, "cases", register=self.register.key, saved=saved or "same")
        self.set_status(409)
        self._questions = result.questions
        return self._show(record, words, result.problems, "", filled)

    @property
    def _sent(self) -> str:
        """The hash of what was sent, with the page it was sent from."""
        return plain_hash(self.request.path.encode() + b"\n" + self.request.body)

    def _save(
        self, store: Store, record: StoredRecord | None, words: Mapping[str, str], filled: Mapping[str, str]
    ) -> FileResult:
        """Store the case and return the result. Raises ReviewError if a reason is missing, GktoolsError."""
        headings, corrects = changed_fields(self.register, words, record)
        reason = filled.get("reason", "").strip()
        if record is not None and record.year > self.year:
            raise ReviewError(f"没有保存：这一件在 {record.year} 年的登记表里接着登记，请到那一年的页面里改")
        if record is not None and not record.alone:
            raise ReviewError("没有保存：这个编号在文件里有几行，分不清是哪一行的；请改文件再交")
        if record is not None and not headings:
            return FileResult("", "same")
        if corrects or reason:
            if not reason:
                raise ReviewError("没有保存：改了已经填过的，请在下面写一句为什么改")
            require_reason(reason)
        given: dict[tuple[str, str], str] = {}
        entry = Entry(self.register, self.code, self.year, words, self._seen(record, filled))
        why = reason or ("填写：" + "、".join(headings[:_LISTED]) if record else "新登记")
        for _ in range(_ROUNDS):
            own = read_own_words(self.project.home / FOLDER / COLUMNS, self.project.find)
            result = enter(store, entry, self.project.find, own, Answers(given, self.person, why))
            if result.outcome == "changed":
                self.note_imports(store)
            further = given_answers(result.questions, filled)
            if result.outcome != "asked" or not further:
                return result
            for question, answer, because in further:
                if question.kept != "import":
                    self.keep_answer(question, answer, because)
                given[question.code, question.subject] = answer.key
        return result

    def _seen(self, record: StoredRecord | None, filled: Mapping[str, str]) -> int:
        text = filled.get("seen", "")
        if record is None:
            return 0
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 13 else -1

    def _withdraw(self, store: Store, record: StoredRecord | None, filled: Mapping[str, str]) -> None:
        if record is None or record.year != self.year:
            raise ReviewError("没有撤下：请到登记这一件的那一年的页面里撤")
        if self._seen(record, filled) != record.version:
            raise ChangedError("没有撤下：您打开以后，这一条被别人改过")
        if not record.alone:
            raise ReviewError("没有撤下：这个编号在文件里有几行，分不清是哪一行的；请改文件再交")
        reason = filled.get("why", "").strip()
        require_reason(reason)
        done = withdraw(store, record, self.person, reason)
        self.note_imports(store)
        self.go(self.year, self.code, "cases", register=self.register.key, saved=done.number)

    def _by(self, record: StoredRecord | None) -> str:
        """Return who changed a record last, and what to do."""
        if record is None:
            return "：要改它，请从案件页里打开它；下面是您填的"
        last = record.last
        return (
            f"（第 {last.number} 次，{last.person}，{clock.shown(last.moment)}）。下面是您填的，和库里现在不一样的标在旁边；"
            "看过以后再按一次“保存”，就照您填的改"
        )

    # --- rendering ----------

    def _show(
        self,
        record: StoredRecord | None,
        words: Mapping[str, str],
        problems: Sequence[Problem] = (),
        message: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> None:
        number = words.get("number", "") if self.register.key == "requests" and record else ""
        self.show_framed(
            "case.html.j2",
            stage="",
            register=self.register,
            record=record,
            parts_shown=case_parts(self.register, words, record, problems, typed),
            not_kept=self._not_kept,
            general=[*([message] if message else []), *general_problems(self.register, problems)],
            wrong=bool(problems),
            questions=asked(self._questions),
            answered=typed or {},
            reason=(typed or {}).get("reason", ""),
            hanging=self._hanging(number) if number else (),
            hangs=_HANG_ON if number else {},
            number=number,
            first=words.get(self.register.identity[0], ""),
            parts_name=" ".join(words[key] for key in self.register.identity if words.get(key)),
            labels={key: known.label for key, known in registers().items()},
            shown=clock.shown,
        )

    def _hanging(self, number: str) -> tuple[HangingCase, ...]:
        with suppress(GktoolsError), self.open_store() as store:
            return hanging_on(self.records(store), number)
        return ()


class NewCasePage(CasePage):
    """The form for a case that is not in the register yet."""

    def record(self, store: Store) -> StoredRecord | None:
        """Return None: there is none yet."""
        return None
