"""The rules of 表三 alone: too many requests in the last row, and requests closed without payment (A8, A9)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..figures.table import Table, Unknown, format_figure
from ..findings import Finding
from ..forms.model import Cell
from .patterns import patterns
from .subject import Place, Subject, make_finding, references

TOTAL: Cell = ("dispositions.total", "total")
NOT_PAID: Cell = ("dispositions.other.not_paid", "total")
OTHERWISE: tuple[Cell, ...] = (("dispositions.other.otherwise", "total"), ("dispositions.other", "total"))


def check_other_share(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield the finding that too large a share of requests is in the row 其他处理 (A8; 〔2019〕60号)."""
    cell = next(cell for cell in OTHERWISE if cell in table.figures)
    other, total = table[cell], table[TOTAL]
    limits = subject.params.checks
    if isinstance(other, Unknown) or isinstance(total, Unknown) or total <= 0 or other <= limits.other_count:
        return
    share = Decimal(other) / Decimal(total)
    if share > limits.other_share:
        yield make_finding(
            subject,
            "requests.other-share",
            Place(table.form, cell),
            found=format_figure(other),
            expected=format_figure(total),
            share=_percent(share),
            limit=_percent(limits.other_share),
            behind=references(table.form, (cell, TOTAL)),
        )


def check_fee_notice(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield the finding that requests were closed without payment and section 六 does not mention fee notices (A9)."""
    unpaid = table.figures.get(NOT_PAID, 0)
    others = subject.prose.get("others")
    if others is None or isinstance(unpaid, Unknown) or unpaid <= 0 or patterns().fees.notice.search(others.text):
        return
    yield make_finding(
        subject,
        "requests.fee-notice",
        Place(table.form, NOT_PAID, section="others"),
        found=format_figure(unpaid),
        behind=references(table.form, [NOT_PAID]),
    )


def _percent(share: Decimal) -> str:
    return format_figure((share * 100).quantize(Decimal("0.1")))
