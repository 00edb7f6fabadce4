"""The board: every office a person may read, how far its report has come, and whose turn it is."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ....build.index_page import days_left, deadline
from ....errors import NotFoundError
from ...board import commonest
from ...progress import STAGES, STATES, WAITING, ReviewProgress
from ...reminder_lists import Due, reminder_text, reminder_workbook
from .base import Page

ROWS = 200
"""How many offices stand on one page."""
ORDERS: Mapping[str, tuple[str, Callable[[ReviewProgress], Any] | None]] = {
    "": ("单位表的顺序", None),
    "stage": ("进度，慢的在前", lambda one: [*STAGES, "done"].index(one.stage)),
    "blocks": ("问题，多的在前", lambda one: -one.blocks),
    "name": ("名称", lambda one: one.office.listed_name),
}
"""What a board may be sorted by, with its name."""


@dataclass(frozen=True)
class Wanted:
    """What a board is asked for: a year, part of a name, a stage, a rule, only what waits for oneself, an order."""

    year: int
    name: str = ""
    stage: str = ""
    rule: str = ""
    mine: str = ""
    order: str = ""
    page: int = 1

    def holds(self, one: ReviewProgress, person: str) -> bool:
        """Whether an office is asked for."""
        return (
            (not self.name or self.name in one.office.listed_name or self.name == one.office.code)
            and (not self.stage or self.stage == one.stage)
            and (not self.rule or self.rule in one.codes)
            and (not self.mine or person in one.people)
        )

    @property
    def query(self) -> dict[str, object]:
        """The same as a query of an address, its page aside."""
        given = {"name": self.name, "stage": self.stage, "rule": self.rule, "mine": self.mine, "order": self.order}
        return {"year": self.year} | {key: value for key, value in given.items() if value}


class BoardPage(Page):
    """The board of a year, the newest if none is asked for."""

    async def get(self) -> None:
        """Show the board."""
        wanted = self.wanted()
        seen = await self.seen(wanted.year)
        rows = self.chosen(wanted, seen)
        pages = max(1, math.ceil(len(rows) / ROWS))
        page = min(wanted.page, pages)
        due, today = deadline(wanted.year), self.desk.today()
        self.show(
            "board.html.j2",
            wanted=replace(wanted, page=page),
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
            errors=commonest(seen),
            orders={key: label for key, (label, _) in ORDERS.items()},
            due=due,
            left=days_left(due, today),
            days_left=lambda day: days_left(day, today),
            late=due < today,
        )

    def wanted(self) -> Wanted:
        """What the address asks for; what it does not know is left out. Raises NotFoundError without any year."""
        asked = {key: self.get_query_argument(key, "")[:100] for key in ("name", "stage", "rule", "mine", "order")}
        year, page = self.get_query_argument("year", ""), self.get_query_argument("page", "")
        years = self.project.years()
        if not years:
            raise NotFoundError("还没有报告年度：先运行 gktools year new")
        return Wanted(
            int(year) if year in map(str, years) else years[-1],
            asked["name"],
            asked["stage"] if asked["stage"] in {*STAGES, "done"} else "",
            asked["rule"],
            "1" if asked["mine"] else "",
            asked["order"] if asked["order"] in ORDERS else "",
            max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < _DIGITS else 1,
        )

    async def seen(self, year: int) -> list[ReviewProgress]:
        """Return how far every office has come that the person may see; others are answered meanwhile."""
        asked = self.project, year, self.person, self.desk.today()
        return await asyncio.get_running_loop().run_in_executor(None, self.desk.boards.read, *asked)

    def chosen(self, wanted: Wanted, seen: Iterable[ReviewProgress]) -> list[ReviewProgress]:
        """Return those that are asked for, in the order asked for."""
        rows = [one for one in seen if wanted.holds(one, self.person)]
        key = ORDERS[wanted.order][1]
        return rows if key is None else sorted(rows, key=key)


_DIGITS = 6


class RemindersPage(BoardPage):
    """The list for reminders of what a board shows: reminders.txt to be pasted, reminders.xlsx to be sent round."""

    async def get(self, kind: str = "txt") -> None:
        """Send the list."""
        wanted, today = self.wanted(), self.desk.today()
        rows = [one for one in self.chosen(wanted, await self.seen(wanted.year)) if one.stage != "done"]
        due = Due(wanted.year, deadline(wanted.year), today)
        name = f"{wanted.year}-reminders-{today.isoformat()}.{kind}"
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        if kind == "txt":
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(reminder_text(rows, due))
        else:
            self.set_header("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            self.finish(reminder_workbook(rows, due))
