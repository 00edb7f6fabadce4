"""信息处理费 against its maximum (H9; 国办函〔2020〕109号): by piece or by volume, the higher of both if unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ...findings import Finding
from .law import law
from .requests import RequestCases

FEN = 100


def check_fees(cases: RequestCases) -> Iterator[Finding]:
    """Yield every fee above the maximum, for one request or for all requests of an applicant in a calendar month."""
    if not (cases.frame["fee_paid"].fillna(0) > 0).any():
        return
    frame = _with_batches(cases)
    paid_on = cases.dates("fee_paid_on")
    since = np.datetime64(cases.builder.inputs.params.limits.fee_standard_since)
    due = cases.builder.in_year(paid_on) & (paid_on >= since) & (frame["paid"] > 0).to_numpy()
    for _, together in frame[frame["batch"].isin(frame.loc[due, "batch"])].groupby("batch", sort=False):
        charged = together[due[together.index]]
        bound, paid = sum(_fee_limit(row) for row in together.itertuples()), int(charged["paid"].sum())
        if paid > bound * FEN:  # false for NaN, an unknown maximum
            others = f"（同一申请人同月共 {len(together)} 件，一并计算）" if len(together) > 1 else ""
            wrong = np.arange(len(frame)) == charged.index[0]
            named = {"found": _yuan(paid), "expected": _yuan(int(bound) * FEN), "named": others}
            yield from cases.findings("records.fee-high", wrong, **named)


def _with_batches(cases: RequestCases) -> pd.DataFrame:
    """Return the requests with last (number of the applicant's pieces in the month so far) and batch.

    Fees are added up by batch: an applicant's calendar month, or a single request charged by volume.
    """
    frame = cases.frame[["record", "person", "number", "received", "fee_method", "fee_pages"]].copy()
    frame["pieces"] = cases.frame["fee_items"].fillna(1).astype("int64").clip(lower=1)
    frame["paid"] = cases.frame["fee_paid"].fillna(0).astype("int64")
    alone = "r" + frame["record"].astype(str)
    month = frame["received"].dt.strftime("%Y-%m ").fillna("") + frame["person"].astype(str)
    frame["batch"] = month.where(frame["fee_method"] != "by_volume", alone)
    ordered = frame.assign(month=month).sort_values(["received", "number"], kind="stable")
    frame["last"] = ordered.groupby("month", sort=False)["pieces"].cumsum().reindex(frame.index)
    return frame


def _fee_limit(row: Any) -> float:
    """Return the maximum fee of one request, in 元; NaN if a fee was paid and the maximum is unknown."""
    fees = law().fees
    pieces = range(row.last - row.pieces + 1, row.last + 1)
    by_piece = float(sum(fees.by_piece.price(nth) for nth in pieces)) if row.person else float("nan")
    by_volume = float("nan") if pd.isna(row.fee_pages) else float(fees.by_volume.price(int(row.fee_pages)))
    if not row.paid:
        return by_piece if row.person else 0.0
    bound = {"by_piece": by_piece, "by_volume": by_volume}.get(row.fee_method)
    return float(np.maximum(by_piece, by_volume)) if bound is None else bound


def _yuan(fen: int) -> str:
    return f"{fen / FEN:.2f}".removesuffix(".00")
