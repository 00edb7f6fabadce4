"""The shape of the JSON that the notebook holds for the review page, beside report.json (Report.review writes it)."""

from __future__ import annotations

from typing import Any, TypedDict


class WitnessJson(TypedDict):
    """A record behind a figure: where it stands, its facts as pairs of heading and value, why it was not counted."""

    place: str
    facts: list[list[str]]
    reason: str


class ShareJson(TypedDict):
    """What one office gives to a figure of a whole government; without a code it is a deduction."""

    code: str
    name: str
    value: float | None
    records: int


class DeclaredJson(TypedDict):
    """Why and when a figure was declared."""

    reason: str
    on: str


class CellJson(TypedDict):
    """A cell by its keys."""

    row_key: str
    column_key: str


class FigureJson(CellJson):
    """A cell and its figure."""

    value: float | None


class ProofJson(CellJson):
    """What proves the figure of a cell."""

    definition: str
    articles: list[str]
    counted: list[WitnessJson]
    records: int
    near: list[WitnessJson]
    offices: list[ShareJson]
    unknown: str | None
    declared: DeclaredJson | None
    files: list[str]


class OriginJson(TypedDict):
    """Where last year's figures of a table come from."""

    table: str
    year: int
    origin: str


class MemberJson(TypedDict):
    """An office of a whole government: where its report is, why there is none, its findings by severity."""

    name: str
    place: str
    missing: str
    stale: bool
    findings: dict[str, int]


class CoverageJson(TypedDict):
    """A register that was handed in: its file, its sheet and how many rows."""

    register: str
    file: str
    sheet: str
    rows: int


class LastYearJson(TypedDict):
    """Last year's figures by table, where they come from, and the cells that last year's form did not have."""

    last_year: dict[str, list[FigureJson]]
    last_year_sources: list[OriginJson]
    not_asked_last_year: dict[str, list[CellJson]]


class ReviewJson(LastYearJson):
    """What the review page shows beside the report; differences and layout are parameters as they were filled in."""

    proofs: dict[str, list[ProofJson]]
    differences: list[dict[str, Any]]
    layout: dict[str, Any]
    rules: list[dict[str, str]]
    scope: str
    members: list[MemberJson]
    coverage: list[CoverageJson]
