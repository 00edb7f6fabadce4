"""Findings about single records, built from a rule and the place of a record in its file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ...findings import Finding
from ...inputs.inputs import Inputs
from ...registers.schema import registers
from ..rules import rules

TABLES = {"requests": "requests", "reconsiderations": "reviews", "lawsuits": "reviews"}
"""The table counted from a register."""


class FindingBuilder:
    """A builder of findings about the records of one report."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._places: dict[str, dict[int, str]] = {}

    def for_records(self, code: str, register: str, frame: pd.DataFrame, wrong: Any, **named: Any) -> Iterator[Finding]:
        """Yield a finding for every record of a frame where the mask wrong is true.

        named are the fields of the message: arrays of days or texts in the order of the frame, or one value for all.
        """
        for index in np.flatnonzero(np.asarray(wrong, dtype=bool)):
            fields = {key: format_value(value, int(index)) for key, value in named.items()}
            record = frame.iloc[index]
            yield self.for_record(
                code, register, self.record_name(register, record), self.record_place(register, record), **fields
            )

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

    def record_name(self, register: str, record: Any) -> str:
        """Return the name of a record in messages: its number, or its row."""
        return str(record["number"]) if "number" in record.index and record["number"] else f"第 {record['file_row']} 行"

    def record_place(self, register: str, record: Any) -> str:
        """Return the file, sheet and row of a record."""
        if register not in self._places:
            self._places[register] = self.inputs.own.places(register)
        return self._places[register].get(int(record["record"]), "")

    @cached_property
    def year(self) -> tuple[np.datetime64, np.datetime64]:
        """The first and the last day of the report year."""
        return np.datetime64(f"{self.inputs.year}-01-01"), np.datetime64(f"{self.inputs.year}-12-31")

    def in_year(self, days: Any) -> Any:
        """Return a mask of the days in the report year."""
        first, last = self.year
        return (days >= first) & (days <= last)


def format_value(value: Any, index: int) -> str:
    """Return one value of an array as text for a message: a day as 2024-03-05, a missing value as 没有登记."""
    if isinstance(value, str):
        return value
    found = value.iloc[index] if isinstance(value, pd.Series) else value[index]
    if pd.isna(found):
        return "没有登记"
    return str(found)[:10] if isinstance(found, np.datetime64 | pd.Timestamp) else str(found)
