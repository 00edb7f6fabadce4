"""Missing or contradictory fields that make a record impossible to count; reported when a file is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache

from ...forms.notices import formats, load_format
from ..receipt import receipt_fields
from ..schema import fold
from ..sheet import Record


def contradictions(register: str, record: Record) -> Iterator[tuple[str, str]]:
    """Yield the field and the message of everything that makes a record impossible to count."""
    if register == "requests":
        if legal_receipt(record) is None and not (record.get("arrived_on") and record.get("channel")):
            yield "received_on", "没有收到申请之日，也不能由收文日期、申请方式和双方确认日推出（条例 31 条）"
        if (chosen := record.get("disposition")) and not _printed(str(chosen), record):
            yield "disposition", "要写到最细的一项，不能只写到大类"
        if record.get("replied_on") is not None and not chosen:
            yield "disposition", "填了答复日，就要填答复类型"
        elif not chosen and any(
            record.get(key) is not None for key in ("posted_on", "signed_on", "sent_on", "delivered_on")
        ):
            yield "disposition", "填了送达的日子，就要填答复类型"
        elif not chosen and record.get("lapsed_on") is not None and record.get("withdrawn_on") is None:
            yield "disposition", "填了视为放弃日，就要填答复类型"
        if record.get("fee_paid") and record.get("fee_paid_on") is None:
            yield "fee_paid_on", "填了实缴金额，就要填缴费日，才知道是哪一年收的"
    if register in ("reconsiderations", "lawsuits") and not (record.get("method") or record.get("outcome")):
        closed = "closed_on" if register == "reconsiderations" else "effective_on"
        if record.get(closed) is not None:
            yield "method", "案件已结，要填怎样结的"
    if register in ("reconsiderations", "lawsuits") and not (record.get("notified_on") or record.get("accepted_on")):
        yield "notified_on", "没有日期，无法判断是哪一年的案件"
    if register == "items" and not record.get("listed") and record.get("added_on") is None:
        yield "added_on", "年初不在列的事项要填本年增加日"
    if register == "declared" and not record.get("metric") and not record.get("table"):
        yield "table", "要写明表、行、列，或者正文指标名"
    if register == "declared" and "万元" in fold(str(record.get("column", ""))) and _is_in_yuan(record):
        yield "value", "原因里同一个数写的是元，这一格的单位是万元：请换算成万元"
    if register == "declared" and (table := record.get("table")):
        names = {form.key: form.name for format_ in formats() for form in format_.forms}
        if fold(str(table)) not in {fold(word) for word in (*names, *names.values())}:
            yield "table", f"没有“{table}”这张表（可填：{'、'.join(names.values())}）"


def _is_in_yuan(record: Record) -> bool:
    """Return whether the reason of a declared amount says the same number in 元."""
    said = (found[1].replace(",", "") for found in _IN_YUAN.finditer(fold(str(record.get("reason", "")))))
    return Decimal(str(record.get("value") or 0)) in {Decimal(number) for number in said}


_IN_YUAN = re.compile(r"(?<![\d.,])(\d[\d,]*(?:\.\d+)?)元")


def _printed(disposition: str, record: Record) -> bool:
    """Return whether the form of the answer's year prints a disposition or the row that contains it.

    The year is that of the latest of the days of answer and delivery.
    """
    days = [_day(record, key) for key in _ANSWERED if record.get(key)] or [legal_receipt(record)]
    day = max(filter(None, days), default=None)
    if day is None or day.year < formats()[0].first_year:
        return True
    rows = _rows(day.year)
    return disposition in rows or disposition.rpartition(".")[0] in rows


@lru_cache
def _rows(year: int) -> frozenset[str]:
    return frozenset(row.removeprefix("dispositions.") for row, _ in load_format(year)["requests"].cells)


_ANSWERED = ("replied_on", "posted_on", "signed_on", "sent_on", "delivered_on", "lapsed_on", "withdrawn_on")


def legal_receipt(record: Record) -> date | None:
    """Return 收到申请之日 of a request (条例 31); None while it is unconfirmed."""
    channel = record.get("channel")
    fields = receipt_fields(channel if isinstance(channel, str) else None)
    return next((day for field in fields if (day := _day(record, field))), None)


def _day(record: Record, key: str) -> date | None:
    value = record.get(key)
    return value if isinstance(value, date) else None
