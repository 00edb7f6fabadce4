"""The types of the review page's data, which the notebook has beside report.json (Report.review returns it)."""

from __future__ import annotations

from typing import Any, TypedDict


class WitnessJson(TypedDict):
    """A record behind a figure: its place, its facts as pairs of heading and value, why it was not counted."""

    place: str
    facts: list[list[str]]
    reason: str


class ShareJson(TypedDict):
    """One office's part of a figure of a government; without a code it is a deduction."""

    code: str
    name: str
    value: float | None
    records: int


class DeclaredJson(TypedDict):
    """The reason of a declared figure, and the day it was declared."""

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
    """The proof of a cell's figure."""

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
    """The source of last year's figures of a table."""

    table: str
    year: int
    origin: str


class MemberJson(TypedDict):
    """An office of a government: the place of its report, why it is missing, its findings by severity."""

    name: str
    place: str
    missing: str
    stale: bool
    findings: dict[str, int]


class CoverageJson(TypedDict):
    """A register that was imported: its file, its sheet and its number of rows."""

    register: str
    file: str
    sheet: str
    rows: int


class UncountedJson(TypedDict):
    """Records of a register that a rule takes out of a count: the reason, how many, and where the first of them stand."""

    register: str
    reason: str
    count: int
    where: str
    more: bool


class LastYearJson(TypedDict):
    """Last year's figures by table, their sources, and the cells that last year's form did not have."""

    last_year: dict[str, list[FigureJson]]
    last_year_sources: list[OriginJson]
    not_asked_last_year: dict[str, list[CellJson]]


class ReviewJson(LastYearJson):
    """What the review page shows beside the report; differences and layout are parameters as filled in."""

    proofs: dict[str, list[ProofJson]]
    differences: list[dict[str, Any]]
    layout: dict[str, Any]
    rules: list[dict[str, str]]
    uncounted: list[UncountedJson]
    scope: str
    members: list[MemberJson]
    coverage: list[CoverageJson]
