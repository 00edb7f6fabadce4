"""Records of a sheet without numbers that may sum up others of it, by their amounts, or by their names and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from ..group_sums import Amounts, amounts_of, sums_at_an_end, sums_of_days
from ..schema import Register
from .columns import Column
from .sums import adding_up, covering


def sums_of_others(register: Register, columns: Sequence[Column], called: set[int], stops: set[int]) -> set[int]:
    """Return the places of records whose amount is the sum of others'.

    called are the places of those called sums in a sheet of nothing else, stops of those that another question is about.
    """
    of_days = set(_sums_by(register, columns, sums_of_days))
    stops, doubtful = stops | of_days, _indistinct(columns) | called
    amounts = [column for column in columns if column.field.type in ("yuan", "count")]
    sums = {i for column in amounts for i in adding_up(column.values, doubtful, stops)}
    sums |= {i for column in amounts for i in _group_sums(columns, column, doubtful, stops)}
    return sums | of_days | set(_sums_by(register, columns, sums_at_an_end))


def named_for_others(register: Register, columns: Sequence[Column]) -> set[int]:
    """Return the places of records whose name or number may say that they sum up others of the sheet."""
    own = register.own_number
    if own is None or own.titled:
        return set()
    values = {column.field.key: column.values for column in columns}
    names, numbers = (values.get(key, []) for key in (*own.within, own.number))
    return covering(names, () if register[own.number].series else numbers)


def _group_sums(columns: Sequence[Column], column: Column, doubtful: set[int], stops: set[int]) -> set[int]:
    """Return the places of doubtful records whose amount is the sum of those with their name, of one only if another
    is of several."""
    names = next((each.values for each in columns if each.field.required), ())
    by_name: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        by_name.setdefault(name if isinstance(name, str) else "", []).append(i)
    sums, alone = set(), set()
    for places in by_name.values() if len(by_name) > 1 else ():
        values = [column.values[i] for i in places]
        lacking, stop = ({at for at, i in enumerate(places) if i in some} for some in (doubtful, stops))
        sums |= {places[at] for at in adding_up(values, lacking, stop) if at in lacking}
        own = [value for at, value in enumerate(values) if at not in lacking]
        alone |= {places[at] for at in lacking if [values[at]] == own}
    return sums | alone if sums else sums


def _sums_by(register: Register, columns: Sequence[Column], way: Callable[[Amounts], Sequence[int]]) -> Sequence[int]:
    """Return the places of records that sum up others by their words, months or days."""
    found = amounts_of(register, {column.field.key: column.values for column in columns if not column.field.personal})
    return way(found) if found else ()


def _indistinct(columns: Sequence[Column]) -> set[int]:
    """Return the places of records that lack a text which most others have, or have a name where most share theirs."""
    found: set[int] = set()
    for column in columns:
        if column.field.type != "text" or column.field.personal:
            continue
        words = Counter(value for value in column.values if isinstance(value, str) and value)
        if not column.field.required:
            lack = {i for i, value in enumerate(column.values) if value in (None, "")}
            few = len(lack) * 2 < len(column.values)
        else:
            lack = {i for i, value in enumerate(column.values) if isinstance(value, str) and words[value] == 1}
            few = len(lack) * 3 <= len(column.values)
        found |= lack if few else set()
    return found
