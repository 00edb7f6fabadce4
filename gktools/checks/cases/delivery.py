"""How and when a request is completed: answers without a day, days that nothing else proves, answers sent by courier or at
the applicant's cost, and cases handed over."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ...figures.counting.requests import DELIVERED, LAPSES, delivery_day, handled_here, requests_in_time
from ...findings import Finding
from ...registers.schema import registers
from ...registers.store.record_columns import RecordColumns, among, mapped
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
    def held(self) -> RecordColumns:
        """The requests received by the end of the year, or not confirmed yet."""
        found = handled_here(requests_in_time(self._builder.inputs.own, self._rules))
        return found.chosen(~(found["received"] > self._builder.year[1]))

    def undelivered(self) -> Iterator[Finding]:
        """Yield one finding that names every request with a result and no day to complete it on."""
        cases = self.held.chosen((self.held["final"] != "") & np.isnat(self.held["completed"]))
        if not len(cases):
            return
        first = cases.chosen(range(min(len(cases), _NAMED)))
        more = "……" if len(cases) > _NAMED else ""
        named = "、".join(
            f"{self._builder.record_name(first, index)}（没有{self._lacks(first, index)}）"
            for index in range(len(first))
        )
        place = self._builder.inputs.own.where("requests", first["record"].tolist()) + more
        values = {"found": named + more, "number": str(len(cases)), "heading": _heading("replied_on")}
        yield self._builder.for_record("records.undelivered", "requests", "", place, **values)

    def to_confirm(self) -> Iterator[Finding]:
        """Yield every request completed in the second half of December on a day that stands for the day of delivery."""
        held, day = self.held, self.held["completed"]
        if self._rules.completed_by == "document":
            alone = (day == held["replied_on"]) & np.isnat(delivery_day(held))
        else:
            alone = (day == held["delivered_on"]) & np.isnat(held["replied_on"])
        first = np.datetime64(f"{self._builder.inputs.year}-{_CONFIRMED_FROM}")
        within = (day >= first) & (day <= self._builder.year[1])
        yield from self._builder.for_records("records.december", held, alone & within, found=day)

    def wrongly_sent(self) -> Iterator[Finding]:
        """Yield every request completed in the year whose answer went by another courier than the post, or freight collect."""
        held = self.held
        sent = self._builder.in_year(held["completed"]) & among(held["delivery"], _NOT_PERMITTED)
        ways = mapped(registers()["requests"]["delivery"].choices.get, held["delivery"])
        yield from self._builder.for_records("records.wrongly-sent", held, sent, found=ways)

    def handed_over(self) -> Iterator[Finding]:
        """Yield every unanswered request handed over by an office that goes on: it stays counted here."""
        held, day = self.held, self.held["handed_over_on"]
        waiting = (day <= self._builder.year[1]) & (held["final"] == "") & np.isnat(held["completed"])
        yield from self._builder.for_records("records.handed-over", held, waiting, found=day)

    def _lacks(self, held: RecordColumns, index: int) -> str:
        """What is missing before a request is completed: the limit of a lapse, the answer's day, the way of delivery, or
        the day of that way."""
        if limit := LAPSES.get(held["final"][index]):
            return _heading(limit)
        by_document = self._rules.completed_by == "document"
        return _heading("replied_on" if by_document else DELIVERED.get(held["delivery"][index], "delivery"))


def _heading(key: str) -> str:
    return registers()["requests"][key].heading
