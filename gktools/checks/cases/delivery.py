"""How and when a request is completed: answers without a day, days that nothing else proves, answers sent by courier or at
the applicant's cost, and cases handed over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import pandas as pd

from ...figures.counting.requests import DELIVERED, LAPSES, delivery_day, handled_here, requests_in_time
from ...findings import Finding
from ...registers.schema import registers
from .finding_builder import FindingBuilder

_DECIDED = "completed_by"
_CONFIRMED_FROM = "12-15"
"""An answer from this day of the year on may have been sent in the next one: it is confirmed by itself."""


def check_delivery(builder: FindingBuilder) -> Iterator[Finding]:
    """Yield findings on missing and unconfirmed days of delivery, an undocumented counting rule, ways of sending that are not
    permitted, and transfers without effect."""
    rules, params = builder.inputs.params.counting, builder.inputs.params
    if rules.completed_by == "document" and params.decision(_DECIDED) is None:
        yield builder.for_record("records.undecided")
    answers = _Answers(builder)
    yield from answers.undelivered()
    yield from answers.to_confirm()
    yield from answers.wrongly_sent()
    yield from answers.handed_over()


_NOT_PERMITTED = ("courier", "collect")
"""The ways of sending an answer that 国办公开办函〔2016〕235号 rules out."""
_NAMED = 200
"""How many cases one finding names."""


class _Answers:
    """The requests that this office handles, up to the end of the year, as all its files tell them."""

    def __init__(self, builder: FindingBuilder) -> None:
        self._builder, self._rules = builder, builder.inputs.params.counting

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The requests received by the end of the year, or not confirmed yet."""
        found = handled_here(requests_in_time(self._builder.inputs.own, self._rules))
        return found[~(found["received"] > pd.Timestamp(self._builder.year[1])).to_numpy()].reset_index(drop=True)

    def undelivered(self) -> Iterator[Finding]:
        """Yield one finding that names every request with a result and no day to complete it on."""
        frame = self.frame
        cases = frame[(frame["final"] != "").to_numpy() & frame["completed"].isna().to_numpy()]
        if cases.empty:
            return
        first = cases.head(_NAMED)
        more = "……" if len(cases) > _NAMED else ""
        named = "、".join(
            f"{self._builder.record_name('requests', record)}（没有{self._lacks(record)}）"
            for _, record in first.iterrows()
        )
        place = self._builder.inputs.own.where("requests", first["record"]) + more
        values = {"found": named + more, "number": str(len(cases)), "heading": _heading("replied_on")}
        yield self._builder.for_record("records.undelivered", "requests", "", place, **values)

    def to_confirm(self) -> Iterator[Finding]:
        """Yield every request completed in the second half of December on a day that stands for the day of delivery."""
        frame = self.frame
        day = frame["completed"].to_numpy()
        if self._rules.completed_by == "document":
            alone = (day == frame["replied_on"].to_numpy()) & np.isnat(delivery_day(frame))
        else:
            alone = (day == frame["delivered_on"].to_numpy()) & frame["replied_on"].isna().to_numpy()
        first = np.datetime64(f"{self._builder.inputs.year}-{_CONFIRMED_FROM}")
        last = self._builder.year[1]
        within = (day >= first) & (day <= last)
        yield from self._builder.for_records(
            "records.december", "requests", frame, alone & within, found=frame["completed"]
        )

    def wrongly_sent(self) -> Iterator[Finding]:
        """Yield every request completed in the year whose answer went by another courier than the post, or freight collect."""
        frame = self.frame
        sent = self._builder.in_year(frame["completed"].to_numpy()) & frame["delivery"].isin(_NOT_PERMITTED).to_numpy()
        ways = frame["delivery"].map(registers()["requests"]["delivery"].choices)
        yield from self._builder.for_records("records.wrongly-sent", "requests", frame, sent, found=ways)

    def handed_over(self) -> Iterator[Finding]:
        """Yield every unanswered request handed over by an office that goes on: it stays counted here."""
        frame = self.frame
        given = (frame["handed_over_on"] <= pd.Timestamp(self._builder.year[1])).to_numpy()
        waiting = given & (frame["final"] == "").to_numpy() & frame["completed"].isna().to_numpy()
        yield from self._builder.for_records(
            "records.handed-over", "requests", frame, waiting, found=frame["handed_over_on"]
        )

    def _lacks(self, record: pd.Series) -> str:
        """What is missing before a request is completed: the limit of a lapse, the answer's day, the way of delivery, or
        the day of that way."""
        if limit := LAPSES.get(record["final"]):
            return _heading(limit)
        by_document = self._rules.completed_by == "document"
        return _heading("replied_on" if by_document else DELIVERED.get(record["delivery"], "delivery"))


def _heading(key: str) -> str:
    return registers()["requests"][key].heading
