"""The additions of a working folder to the calendar of working days (params/calendar.yaml, optional)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

from ..errors import ParamsError
from ..yamlfile import UnreadableYamlError, read_yaml, validate
from .model import FieldProblem, raise_problems

CALENDAR = "calendar.yaml"
_FIRST, _LAST = 2000, 2099
Note = Annotated[str, Field(min_length=1, max_length=100)]


class CalendarBook(BaseModel):
    """工作日历的增补：以国务院办公厅每年的放假通知为准。"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    years: tuple[Annotated[int, Field(ge=_FIRST, le=_LAST)], ...] = Field(
        (), title="已录全的年度", description="放假和调休都照通知录在这里的年度；录全后这一年不再是暂定"
    )
    rest: dict[str, Note] = Field(
        {}, title="放假的日子", description="日期，或“首日..末日” → 注明依据；周末不用写，本来就不上班"
    )
    work: dict[str, Note] = Field({}, title="调休上班的日子", description="日期，或“首日..末日” → 注明依据")

    @field_validator("rest", "work")
    @classmethod
    def _keys_are_days(cls, days: dict[str, str]) -> dict[str, str]:
        message = "不是日期，请写成 2027-02-06，或 2027-02-06..2027-02-12"
        return raise_problems([FieldProblem((key,), message) for key in days if not days_of(key)], days)

    @model_validator(mode="after")
    def _no_day_is_both(self) -> CalendarBook:
        resting = self.resting()
        both = [key for key in self.work if resting.intersection(days_of(key))]
        return raise_problems([FieldProblem(("work", key), "既写成放假，又写成上班") for key in both], self)

    def resting(self) -> set[date]:
        """Return the days off, weekdays among them."""
        return _all(self.rest)

    def working(self) -> set[date]:
        """Return the working days that fall on weekends."""
        return _all(self.work)

    def notes(self) -> dict[date, str]:
        """Return the note of every day that is written here."""
        return {day: note for key, note in (*self.rest.items(), *self.work.items()) for day in days_of(key)}


def days_of(key: str) -> tuple[date, ...]:
    """Return the days that a key names: one day, or the first and last with .. between; empty if it names none."""
    first, dots, last = key.partition("..")
    try:
        start, end = date.fromisoformat(first.strip()), date.fromisoformat((last if dots else first).strip())
    except ValueError:
        return ()
    if not (start.year >= _FIRST and end.year <= _LAST and (end - start).days <= 366):
        return ()
    return tuple(start + timedelta(days=n) for n in range((end - start).days + 1))


def read_calendar(path: Path, name: str = CALENDAR) -> CalendarBook:
    """Return the additions in a file; empty if there is no file. Raises ParamsError with every wrong line."""
    if not path.is_file():
        return CalendarBook()
    try:
        document = read_yaml(path, name)
    except UnreadableYamlError as error:
        raise ParamsError(problems=[error.problem]) from None
    book, problems = validate(TypeAdapter(CalendarBook), document)
    if problems:
        raise ParamsError(problems=problems)
    return book  # type: ignore[no-any-return]


def _all(days: Mapping[str, str]) -> set[date]:
    return {day for key in days for day in days_of(key)}
