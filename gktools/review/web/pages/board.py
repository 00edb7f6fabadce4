"""The board: every office a person may read, the progress of its report, and whose turn it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from ....build.index_page import days_left, rest_day_warning
from ....deadlines.calendar import Calendar, with_additions
from ....errors import NotFoundError
from ....forms.notices import deadline
from ....registers.intake.templates import write_templates_of_all
from ....workspace import clock
from ....workspace.files import temporary_folder, zipped
from ...board import commonest, required_registers
from ...progress import STAGES, STATES, WAITING, ReviewProgress
from ...reminder_lists import Due, reminder_text, reminder_workbook
from ..views.browser_words import in_browser
from .base import Page

ROWS = 200
"""The number of offices on one page."""
ORDERS: Mapping[str, tuple[str, Callable[[ReviewProgress], Any] | None]] = {
    "": ("单位表的顺序", None),
    "stage": ("进度，慢的在前", lambda one: [*STAGES, "done"].index(one.stage)),
    "blocks": ("问题，多的在前", lambda one: -one.blocks),
    "name": ("名称", lambda one: one.office.listed_name),
}
"""The sort orders of the board: label and sort key."""


@dataclass(frozen=True)
class BoardQuery:
    """The query of a board: year, part of a name, stage, rule, only the person's own tasks, order and page."""

    year: int
    name: str = ""
    stage: str = ""
    rule: str = ""
    mine: str = ""
    order: str = ""
    page: int = 1

    def matches(self, one: ReviewProgress, person: str) -> bool:
        """Return whether an office is selected."""
        return (
            (not self.name or self.name in one.office.listed_name or self.name == one.office.code)
            and (not self.stage or self.stage == one.stage)
            and (not self.rule or self.rule in one.codes)
            and (not self.mine or person in one.people)
        )

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the URL, without the page."""
        given = {"name": self.name, "stage": self.stage, "rule": self.rule, "mine": self.mine, "order": self.order}
        return {"year": self.year} | {key: value for key, value in given.items() if value}


class BoardPage(Page):
    """The board of a year, by default the newest."""

    def get(self) -> None:
        """Show the board."""
        query = self.query()
        seen = self.visible(query.year)
        rows = self.selected(query, seen)
        pages = max(1, math.ceil(len(rows) / ROWS))
        page = min(query.page, pages)
        due, today, calendar = deadline(query.year), clock.today(), self.calendar
        self.show(
            "board.html.j2",
            query=replace(query, page=page),
            years=self.project.years(),
            rows=rows[(page - 1) * ROWS : page * ROWS],
            found=len(rows),
            all=len(seen),
            pages=pages,
            stages=STAGES,
            states=STATES,
            waits=WAITING,
            waiting=Counter(one.stage for one in seen),
            mine=sum(self.person in one.people for one in seen),
            errors=[replace(one, remedy=in_browser(one.remedy)) for one in commonest(seen)],
            orders={key: label for key, (label, _) in ORDERS.items()},
            due=due,
            left=days_left(due, today),
            elsewhere=self.waiting_elsewhere(query.year),
            moved=self.moved({one.office.code for one in seen}),
            days_left=lambda day: days_left(day, today),
            warning=lambda day: rest_day_warning(day, calendar),
            late=due < today,
        )

    def query(self) -> BoardQuery:
        """Return the query of the URL without unknown values. Raises NotFoundError if the project has no year."""
        asked = {key: self.get_query_argument(key, "")[:100] for key in ("name", "stage", "rule", "mine", "order")}
        year, page = self.get_query_argument("year", ""), self.get_query_argument("page", "")
        years = self.project.years()
        if not years:
            raise NotFoundError("还没有报告年度：先运行 gktools year new")
        return BoardQuery(
            int(year) if year in map(str, years) else years[-1],
            asked["name"],
            asked["stage"] if asked["stage"] in {*STAGES, "done"} else "",
            asked["rule"],
            "1" if asked["mine"] else "",
            asked["order"] if asked["order"] in ORDERS else "",
            max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < _DIGITS else 1,
        )

    @property
    def calendar(self) -> Calendar:
        """The calendar of working days of the project."""
        return with_additions(self.project.calendar())

    def waiting_elsewhere(self, year: int) -> dict[int, int]:
        """Return the number of reports that wait for the person in each other year, the newest first, without zeros."""
        others = [other for other in reversed(self.project.years()) if other != year]
        waiting = {other: sum(self.person in one.people for one in self.visible(other)) for other in others}
        return {other: count for other, count in waiting.items() if count}

    def moved(self, codes: Set[str]) -> dict[str, str]:
        """Return the name of each of these offices whose registers are probably under another code, with that code."""
        lost = self.server_context.boards.lost(self.project)
        return {name: one.code for one in lost for code, name in one.candidates if code in codes}

    def visible(self, year: int) -> list[ReviewProgress]:
        """Return the progress of every office the person may see."""
        return self.server_context.boards.read(self.project, year, self.person, clock.today())

    def selected(self, query: BoardQuery, seen: Iterable[ReviewProgress]) -> list[ReviewProgress]:
        """Return the selected offices in the selected order."""
        rows = [one for one in seen if query.matches(one, self.person)]
        key = ORDERS[query.order][1]
        return rows if key is None else sorted(rows, key=key)


_DIGITS = 6


class AllTemplatesPage(BoardPage):
    """The empty registers of every office on a board of the year, as one download for who collects them."""

    def get(self, year: str = "") -> None:
        """Send a ZIP with a folder for each office. Raises NotFoundError if the project has no such year."""
        if int(year) not in self.project.years():
            raise NotFoundError("没有这个年度：请从一览里打开")
        names = [one.office.name for one in self.visible(int(year)) if not one.office.rolls_up]
        with temporary_folder() as folder:
            paths = write_templates_of_all(folder, names, int(year), required_registers(int(year)))
            content = zipped(folder, paths)
        self.send_file(content, "application/zip", f"各机关{year}年空白登记表.zip")


class RemindersPage(BoardPage):
    """The reminder list of the offices on a board: reminders.txt as text, reminders.xlsx as a workbook."""

    def get(self, kind: str = "txt") -> None:
        """Send the list."""
        query, today = self.query(), clock.today()
        rows = [one for one in self.selected(query, self.visible(query.year)) if one.stage != "done"]
        due = Due(query.year, deadline(query.year), today, self.calendar)
        name = f"{query.year}-reminders-{today.isoformat()}.{kind}"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        if kind == "txt":
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(reminder_text(rows, due))
        else:
            self.set_header("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            self.finish(reminder_workbook(rows, due))
