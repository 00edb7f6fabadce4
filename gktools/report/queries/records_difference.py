"""The cells of the tables that records would change, counted before and after, for whoever is about to import them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from ...errors import GktoolsError
from ...figures.counting.count import count_table
from ...figures.table import Figure, Unknown
from ...forms.notices import load_format
from ...registers.store.loading import Records
from ...workspace.project import Project
from .difference import ChangedCell


def changed_by(project: Project, code: str, year: int, old: Records, new: Records) -> tuple[ChangedCell, ...]:
    """Return the cells of an office's tables that have another figure with the new records, in printed order.

    None where no notice is in force or the parameters cannot be read: building a report will say so.
    """
    try:
        return tuple(_changed(project, code, year, old, new))
    except GktoolsError:
        return ()


def _changed(project: Project, code: str, year: int, old: Records, new: Records) -> Iterator[ChangedCell]:
    official, params = load_format(year), project.params(code, year)
    before, after = (replace(records, ended_on=project.book[code].ended_on) for records in (old, new))
    for form in official.forms:
        was, now = (count_table(form.key, records, official, params) for records in (before, after))
        for cell in form.cells:
            one, other = _value(was[cell]), _value(now[cell])
            if one != other:
                row, column = form.address(cell)
                yield ChangedCell(form.name, cell, row, column, one, other, (was.source(cell), now.source(cell)))


def _value(figure: Figure) -> int | Decimal | None:
    return None if isinstance(figure, Unknown) else figure
