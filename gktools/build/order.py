"""What `gktools build` does, from the working folder to the index pages: here, or for a command that asked for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import RecordsError
from ..registers.store.opening import open_store
from ..report.queries.lost_offices import LostOffice, lost_offices
from ..report.queries.unused_registers import unused_registers
from ..workspace import clock
from ..workspace.project import Project, open_project
from .batch import BuildOptions, build
from .index_page import write_index
from .pool import in_this_process
from .warm_link import Order, OrderResult


def wanted_years(project: Project, year: int | None) -> list[int]:
    """Return the year asked for, or all that have parameters."""
    return [year] if year is not None else project.years()


def reminders(project: Project, years: Iterable[int]) -> Iterator[str]:
    """Yield the registers in the store, and the files in params/, that no report uses, for staff."""
    lost: list[LostOffice] = []
    unused: list[str] = []
    wanted = list(years)
    with suppress(RecordsError), open_store(project.home) as store:  # every report says what is wrong with the store
        lost = lost_offices(project, store)
        unused = [one for year in wanted for one in unused_registers(project, store, year)]
    yield from (*map(str, lost), *unused)
    codes = {one.code for one in lost}
    unread = (one for year in wanted for one in project.unused_files(year) if Path(one.file).stem not in codes)
    yield from dict.fromkeys(map(str, unread))


def write_pages(project: Project, years: Iterable[int]) -> Iterator[Path]:
    """Write the index page of each year; yield its path below the working folder."""
    for year in years:
        yield write_index(project, year, clock.today()).relative_to(project.home)


def carry_out(order: Order) -> OrderResult | None:
    """Return what became of an order, its reports built in this process; None if it failed, which the command finds out too."""
    try:
        project = open_project(order.home)
        years = wanted_years(project, order.year)
        reminded = tuple(reminders(project, years))
        options = BuildOptions(executor=in_this_process, force=order.force)
        outcomes = build(project, years, order.offices, options=options)
        return OrderResult(reminded, tuple(outcomes), tuple(path.as_posix() for path in write_pages(project, years)))
    except Exception:
        logging.getLogger(__name__).debug("an order failed", exc_info=True)
        return None
