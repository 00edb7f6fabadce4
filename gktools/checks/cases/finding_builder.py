"""Findings about single records, built from a rule and the place of a record in its file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from ...findings import Finding
from ...inputs.inputs import Inputs
from ...registers.schema import registers
from ...registers.store.record_columns import Days, Mask, RecordColumns
from ..rules import rules

TABLES = {"requests": "requests", "reconsiderations": "reviews", "lawsuits": "reviews"}
"""The table counted from a register."""


class FindingBuilder:
    """A builder of findings about the records of one report."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._places: dict[str, dict[int, str]] = {}

    def for_records(self, code: str, held: RecordColumns, wrong: Any, **named: Any) -> Iterator[Finding]:
        """Yield a finding for every record where the mask wrong is true.

        named are the fields of the message: arrays of days or texts in the order of the records, or one value for all.
        """
        for index in np.flatnonzero(wrong):
            fields = {key: format_value(value, int(index)) for key, value in named.items()}
            name, place = self.record_name(held, int(index)), self.record_place(held, int(index))
            yield self.for_record(code, held.register, name, place, **fields)

    def for_record(self, code: str, register: str = "", record: str = "", place: str = "", **named: str) -> Finding:
        """Return the finding of a rule about one record; found and expected are also its two sides."""
        rule, label = rules()[code], registers()[register].label if register else ""
        fields = {"found": "", "expected": "", "record": record, "register": label, "year": self.inputs.year}
        fields |= {"notice": self.inputs.official.notice.number} | named
        return Finding(
            code=code,
            severity=rule.severity,
            message=rule.message.format_map(fields),
            office_code=self.inputs.office.code,
            year=self.inputs.year,
            table=TABLES.get(register, ""),
            register=label,
            record=record,
            place=place,
            found=named.get("found", ""),
            expected=named.get("expected", ""),
            rule=rule.source.format_map(fields),
            remedy=rule.remedy.format_map(fields),
        )

    def record_name(self, held: RecordColumns, index: int) -> str:
        """Return the name of a record in messages: its number, or its row."""
        number = held["number"][index] if "number" in held else ""
        return number or f"第 {held['file_row'][index]} 行"

    def record_place(self, held: RecordColumns, index: int) -> str:
        """Return the file, sheet and row of a record."""
        if held.register not in self._places:
            self._places[held.register] = self.inputs.own.places(held.register)
        return self._places[held.register].get(int(held["record"][index]), "")

    @cached_property
    def year(self) -> tuple[np.datetime64, np.datetime64]:
        """The first and the last day of the report year."""
        return np.datetime64(f"{self.inputs.year}-01-01"), np.datetime64(f"{self.inputs.year}-12-31")

    def in_year(self, days: Any) -> Any:
        """Return a mask of the days in the report year."""
        first, last = self.year
        return (days >= first) & (days <= last)

    def open_in_year(self, begun: Days, ended: Days) -> Mask:
        """Return which records had begun by the end of the year and had not ended before it."""
        first, last = self.year
        return np.asarray((begun <= last) & ~(ended < first), dtype=bool)


def format_value(value: Any, index: int) -> str:
    """Return one value of an array as text for a message: a day as 2024-03-05, a missing value as 没有登记."""
    if isinstance(value, str):
        return value
    found = value[index]
    return "没有登记" if found is None or (isinstance(found, np.datetime64) and np.isnat(found)) else str(found)
