"""Records as columns: what counting and the checks compute with. A DataFrame of them is made for a person who asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...forms.characters import fold_number
from ..schema import registers

if TYPE_CHECKING:
    import pandas as pd

Column: TypeAlias = npt.NDArray[Any]
Mask: TypeAlias = npt.NDArray[np.bool_]
Days: TypeAlias = npt.NDArray[np.datetime64]
Texts: TypeAlias = npt.NDArray[np.object_]


class RecordColumns:
    """Records of one register in an order, as columns of equal length, each made when it is first read.

    A day is a datetime64[D], NaT if unknown; a text a str, "" if unknown; a number an int and a yes or no a bool, None if
    unknown; record, import_id, file_row, coverage_year and person are int64.
    """

    __slots__ = ("_made", "_make", "_size", "names", "register")

    def __init__(self, register: str, names: tuple[str, ...], size: int, make: Callable[[str], Column]) -> None:
        self.register, self.names = register, names
        self._size, self._make = size, make
        self._made: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._make(name)
        return found

    def folded(self, name: str) -> Texts:
        """Return a column of numbers as they are compared with others."""
        key = f"{name}, folded"
        if key not in self._made:
            folded = {text: fold_number(text) for text in {*self[name]}}  # many are ""
            self._made[key] = mapped(folded.__getitem__, self[name])
        return self._made[key]

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __len__(self) -> int:
        return self._size

    def __reduce__(self) -> tuple[type[RecordColumns], tuple[Any, ...]]:
        return RecordColumns, (self.register, self.names, self._size, self._make)

    def chosen(self, which: Mask | Sequence[int]) -> RecordColumns:
        """Return the records where a mask is true, or those at some positions, in the order of these."""
        places = np.asarray(which)
        places = np.flatnonzero(places) if places.dtype == bool else places.astype(np.intp)
        return RecordColumns(self.register, self.names, len(places), partial(_chosen, self, places))

    def with_columns(self, **columns: Column) -> RecordColumns:
        """Return the records with further columns, or others in the place of some."""
        names = tuple(dict.fromkeys((*self.names, *columns)))
        return RecordColumns(self.register, names, self._size, partial(_replaced, self, columns))

    def order(self, day: str, *texts: str) -> list[int]:
        """Return the positions of the records by a column of days, unknown ones last, and then by columns of texts."""
        unknown, days, others = np.isnat(self[day]), self[day].astype("int64"), [self[name] for name in texts]
        return sorted(range(self._size), key=lambda i: (unknown[i], days[i], *(texts[i] for texts in others)))

    def values(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Return the values of some columns, record by record: a day is a date, None if unknown."""
        return zip(*(self[name].tolist() for name in names), strict=True)

    def frame(self) -> pd.DataFrame:
        """Return the records as a DataFrame: days as datetimes, numbers and yes or no as nullable columns."""
        import pandas as pd  # late: a report is counted without it

        kinds = {field.key: field.type for field in registers()[self.register].pulled}
        index = pd.RangeIndex(self._size)  # one for all columns, which need not be compared then
        made = {name: _for_person(self[name], kinds.get(name, ""), index) for name in self.names}
        return pd.DataFrame(made, index, copy=False)


def _chosen(of: RecordColumns, places: npt.NDArray[np.intp], name: str) -> Column:
    found: Column = of[name][places]
    return found


def _replaced(of: RecordColumns, columns: dict[str, Column], name: str) -> Column:
    return columns[name] if name in columns else of[name]


def _for_person(column: Column, kind: str, index: pd.RangeIndex) -> Any:
    import pandas as pd

    if column.dtype.kind == "M":
        return column.astype("datetime64[s]")
    if kind in ("count", "yuan", "yes_no"):
        unknown, yes_no = column == None, kind == "yes_no"  # noqa: E711 - one by one
        known = np.where(unknown, 0, column).astype("bool" if yes_no else "int64")
        return (pd.arrays.BooleanArray if yes_no else pd.arrays.IntegerArray)(known, unknown)
    return pd.Series(column, index, dtype=object) if column.dtype == object else column


def mapped(function: Callable[[Any], Any], values: Iterable[Any]) -> Texts:
    """Return what a function makes of each value: a text, or None."""
    return np.array([function(value) for value in values], dtype=object)


def among(values: Iterable[Hashable], known: Collection[Hashable]) -> Mask:
    """Return which values are among the known ones."""
    return np.array([value in known for value in values], dtype=bool)


def is_true(column: Column) -> Mask:
    """Return which answers are yes; an unknown one is not."""
    found: Mask = column == True  # noqa: E712 - one by one
    return found


def is_false(column: Column) -> Mask:
    """Return which answers are no; an unknown one is not."""
    found: Mask = column == False  # noqa: E712 - one by one
    return found


def numbers(column: Column, unknown: int = 0) -> npt.NDArray[np.int64]:
    """Return a column of numbers, with one for those that are unknown."""
    return np.array([unknown if value is None else value for value in column], dtype="int64")


def first_known(day: Days, *others: Days) -> Days:
    """Return, for each record, the first known one of several days."""
    for other in others:
        day = np.where(np.isnat(day), other, day)
    return day
