"""信息处理费 against its maximum (H9; 国办函〔2020〕109号): by piece or by volume, the higher of both if unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...findings import Finding
from ...registers.store.record_columns import Mask, RecordColumns, among, numbers
from .law import law
from .requests import RequestCases

FEN = 100


def check_fees(cases: RequestCases) -> Iterator[Finding]:
    """Yield every fee above the maximum, for one request or for all requests of an applicant in a calendar month."""
    paid = numbers(cases.held["fee_paid"])
    if not (paid > 0).any():
        return
    paid_on = cases.held["fee_paid_on"]
    since = np.datetime64(cases.builder.inputs.params.limits.fee_standard_since)
    due = cases.builder.in_year(paid_on) & (paid_on >= since) & (paid > 0)
    months = [*zip(cases.held["received"].astype("datetime64[M]").tolist(), cases.held["person"].tolist(), strict=True)]
    together_with_due = among(months, {months[place] for place in np.flatnonzero(due)})
    concerned = np.flatnonzero(together_with_due)
    for together in _batches(cases.held.chosen(together_with_due), due[concerned]).values():
        charged = [place for place in together if due[concerned[place]]]
        bound, total = sum(map(_fee_limit, together.values())), sum(together[place].paid for place in charged)
        if total > bound * FEN:  # false for NaN, an unknown maximum
            others = f"（同一申请人同月共 {len(together)} 件，一并计算）" if len(together) > 1 else ""
            wrong = np.arange(len(cases.held)) == concerned[charged[0]]
            named = {"found": format_yuan(total), "expected": format_yuan(int(bound) * FEN), "named": others}
            yield from cases.findings("records.fee-high", wrong, **named)


@dataclass(frozen=True)
class _Charge:
    """What a fee is measured by: last is the number of the applicant's pieces in the month so far."""

    person: int
    method: str
    pages: int | None
    pieces: int
    last: int
    paid: int


def _batches(held: RecordColumns, due: Mask) -> dict[str, dict[int, _Charge]]:
    """Return the charges by batch and by the position of the request, in the order of the register: batches with one due.

    Fees are added up by batch: an applicant's calendar month, or a single request charged by volume.
    """
    pieces, paid = np.maximum(numbers(held["fee_items"], 1), 1).tolist(), numbers(held["fee_paid"]).tolist()
    received = held["received"].astype("datetime64[M]").tolist()
    months = [f"{month} {person}" for month, person in zip(received, held["person"].tolist(), strict=True)]
    last, so_far = dict[int, int](), Counter[str]()
    for place in held.order("received", "number"):
        so_far[months[place]] += pieces[place]
        last[place] = so_far[months[place]]
    singly = zip(held["record"].tolist(), held["fee_method"], months, strict=True)
    batches = [f"r{record}" if method == "by_volume" else month for record, method, month in singly]
    wanted = {batches[place] for place in np.flatnonzero(due)}
    found: dict[str, dict[int, _Charge]] = defaultdict(dict)
    for place, batch in enumerate(batches):
        if batch in wanted:
            person, method, pages = int(held["person"][place]), held["fee_method"][place], held["fee_pages"][place]
            found[batch][place] = _Charge(person, method, pages, pieces[place], last[place], paid[place])
    return found


def _fee_limit(charge: _Charge) -> float:
    """Return the maximum fee of one request, in 元; NaN if a fee was paid and the maximum is unknown."""
    fees = law().fees
    pieces = range(charge.last - charge.pieces + 1, charge.last + 1)
    by_piece = float(sum(fees.by_piece.price(nth) for nth in pieces)) if charge.person else float("nan")
    by_volume = float("nan") if charge.pages is None else float(fees.by_volume.price(charge.pages))
    if not charge.paid:
        return by_piece if charge.person else 0.0
    bound = {"by_piece": by_piece, "by_volume": by_volume}.get(charge.method)
    return float(np.maximum(by_piece, by_volume)) if bound is None else bound


def format_yuan(fen: int) -> str:
    """Return an amount in 分 as 元 for a message."""
    return f"{fen / FEN:.2f}".removesuffix(".00")
