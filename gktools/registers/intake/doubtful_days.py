"""Probably wrong days: they are loaded, with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from ...errors import Problem
from ..schema import Register
from ..written_numbers import WrittenNumber
from .columns import Column
from .places import Where


def doubtful_days(
    where: Where, register: Register, lines: Sequence[int], columns: Mapping[str, Column], year: int, today: date
) -> Iterator[Problem]:
    """Yield a warning for every column with days in the future, in another year than its file, or out of order.

    The columns must contain no unparsed value.
    """
    for column in (column for column in columns.values() if column.field.type == "date"):
        heading, place = column.field.heading, column.place
        for message, found in _doubts(register, column, columns, year, today):
            if found:
                yield where.several(message, [lines[i] for i in found], heading, place)


def _doubts(
    register: Register, column: Column, columns: Mapping[str, Column], year: int, today: date
) -> Iterator[tuple[str, list[int]]]:
    """Yield each kind of doubt about a column with the indices of its rows; a future day gets no other warning."""
    field, values = column.field, column.values
    yield "写的是 Excel 的日期序号，已经换算成日期；请核对，以后写成 2024-03-05 的样子", column.serials
    days = {day for day in set(values) if day}
    ahead = set() if field.ahead else {day for day in days if day > today}
    yield f"是今天（{today.isoformat()}）以后的日子", _at(ahead, values)
    if field.key == register.event and not register.yearly:
        after = {day for day in days - ahead if day.year > year}
        yield f"在 {year} 年以后，这却是 {year} 年的登记表", _at(after, values)
    if field.key != register.event and register.yearly:
        yield f"在 {year} 年以前，不计入 {year} 年", _at({day for day in days if day.year < year}, values)
    if field.key == register.event and register.once:
        yield f"在 {year} 年以前，不计入 {year} 年", _at({day for day in days if day.year < year}, values)
    if field.key == register.event == "received_on":
        old = _at({day for day in days if day.year < year - 1}, values)
        yield f"比 {year} 年早了一年以上，同一行别的日期却不在那时", [i for i in old if _alone(i, column, columns)]
    if field.key == register.event and not register.once and (numbers := columns.get("number")):
        pairs = enumerate(zip(values, numbers.values, strict=True))
        said = f"在 {year} 年以前，{numbers.field.heading}里写的却是 {year} 年；照现在的日期，不算 {year} 年的"
        begin = date(year, 1, 1) if register.key == "documents" else date(year - 1, 12, 1)
        yield said, [i for i, (day, number) in pairs if day and day < begin and _year_of(number, year) == year]
    if register.key == "documents" and field.key == register.event and (numbers := columns.get("number")):
        pairs = enumerate(zip(values, numbers.values, strict=True))
        late = date(year, _LATE, 1), date(year, 12, 31)
        said = f"在 {year} 年 {_LATE} 月以后，{numbers.field.heading}里写的却是以前的年份；照现在的日期，算 {year} 年制发的"
        yield (
            said,
            [i for i, (day, no) in pairs if day and late[0] <= day <= late[1] and (_year_of(no, year) or year) < year],
        )
    if first := columns.get(field.not_before):
        pairs = enumerate(zip(values, first.values, strict=True))
        yield f"早于{first.field.heading}", [i for i, (day, before) in pairs if day and before and day < before]


_LATE = 4
"""A document of December may be published in the first months of the next year. A case of December may have its number of January."""


def _year_of(number: object, year: int) -> int | None:
    """Return the year in front of a serial number, in whatever brackets or none; two digits are those of a year or nothing."""
    if not number:
        return None
    numbers = WrittenNumber.of(str(number)).numbers
    front = (one for one in numbers[: max(1, len(numbers) - 1)] if _FIRST_YEAR <= one <= _LAST_YEAR)
    return next(front, year if len(numbers) > 1 and numbers[0] == year % 100 else None)


_FIRST_YEAR, _LAST_YEAR = 1949, 2099


def _at(days: set[Any], values: Sequence[Any]) -> list[int]:
    """Return the indices of the values that are among the days."""
    return [i for i, day in enumerate(values) if day in days] if days else []


def _alone(place: int, column: Column, columns: Mapping[str, Column]) -> bool:
    """Return whether no other event of a record is in the same year or the year after."""
    year = column.values[place].year
    others = (other for other in columns.values() if other.field.type == "date" and other is not column)
    days = (other.values[place] for other in others if not other.field.ahead)
    return not any(day and year <= day.year <= year + 1 for day in days)
