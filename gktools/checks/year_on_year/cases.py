"""Cases carried from one year into the next, as sets of numbers (D1, B3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...forms.characters import fold_number
from ...figures.counting.count import count_table
from ...figures.table import Table
from ...findings import Finding
from ...inputs.inputs import Inputs
from ...registers.store.loading import Records
from ..subject import Sides
from ..comparison import Comparison

CARRIED_IN, CARRIED_OUT = ("carried_in", "total"), ("carried_out", "total")
_SHOWN = 20
"""How many numbers a message lists."""


def check_cases(look: Comparison, inputs: Inputs) -> Iterator[Finding]:
    """Yield the finding that the cases carried in are not those that last year's registers left open (D1).

    Only where both years' registers are in the store: of every office whose last year counts.
    """
    table = look.subject.tables.get("requests")
    held = [before for before in inputs.before if before.filed.covers("requests")]
    if table is None or not inputs.records.covers("requests") or not held or len(held) < len(inputs.before):
        return
    open_then = {
        key: number
        for before in held
        for key, number in _numbers(
            count_table("requests", before.filed, look.last.format, inputs.params), CARRIED_OUT, before.filed
        ).items()
    }
    carried_in = _numbers(table, CARRIED_IN, inputs.records)
    missing, extra = open_then.keys() - carried_in.keys(), carried_in.keys() - open_then.keys()
    if missing or extra:
        both = Sides(_listed(open_then[key] for key in missing), _listed(carried_in[key] for key in extra))
        yield look.weighed(
            look.note("requests.carried-cases", form=table.form, cell=CARRIED_IN, both=both, behind=[CARRIED_IN])
        )


def _numbers(table: Table, cell: tuple[str, str], records: Records) -> dict[str, str]:
    """The numbers of the records counted in a cell, as they are written, by their folded form."""
    frame = records.frames["requests"]
    parts = set(table.parts(cell))
    wanted = {record for row, column, _, record, _, reason in table.lines if not reason and (row, column) in parts}
    return {fold_number(number): number for number in frame["number"][frame["record"].isin(wanted)]}


def _listed(numbers: Iterable[str]) -> str:
    known = sorted(numbers)
    more = f" 等 {len(known)} 件" if len(known) > _SHOWN else ""
    return "、".join(known[:_SHOWN]) + more if known else "（无）"
