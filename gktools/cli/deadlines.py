"""gktools deadlines: the requests that are open on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ..errors import GktoolsError
from ..workspace import clock
from .options import AsJson, open_project, print_json
from .tables import print_table


def deadlines(
    on: Annotated[str | None, typer.Option("--on", help="截至哪一天，如 2024-11-20；不写即今天")] = None,
    office: Annotated[str | None, typer.Option("--office", help="机关代码；不写即全区")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="另存为 xlsx")] = None,
    as_json: AsJson = False,
) -> None:
    """列出到某一天还没有办结的申请：正在进行哪一步、期限哪天到、还剩几个工作日；逾期的在最前。"""
    from ..report.queries.reminders import remind, to_json, write_reminders

    try:
        day = date.fromisoformat(on) if on is not None else clock.today()
    except ValueError:
        raise GktoolsError(f"--on 要写成 2024-11-20 的样子（写的是“{on}”）") from None
    found = remind(open_project(), day, office)
    if out is not None:
        write_reminders(out, found, day)
    if as_json:
        print_json(to_json(found, day))
        return
    _print(found, day)
    if out is not None:
        print(f"已写好 {out}")


def _print(found: list, day: date) -> None:  # type: ignore[type-arg]
    from ..report.queries.reminders import HEADINGS, provisional_hint, row_of

    print_table(HEADINGS[:-1], [[str(cell) for cell in row_of(reminder)[:-1]] for reminder in found])
    late = sum(reminder.left is not None and reminder.left < 0 for reminder in found)
    print(f"截至 {day.isoformat()}：没有办结 {len(found)} 件，其中逾期 {late} 件（剩余工作日为负的）")
    for running, hint in dict.fromkeys((reminder.running, reminder.hint.partition("；")[0]) for reminder in found):
        print(f"  {running}：{hint}")
    if any(reminder.provisional for reminder in found):
        print(f"  暂定：{provisional_hint()}")
