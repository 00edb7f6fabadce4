"""report.json read into frozen values, as its published schema (report/report.schema.json) describes it.

It is in workspace/, not in report/: a government's report is built from its members' report.json, so inputs/ reads
it before anything of report/ is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from ..findings import Finding
from ..forms.model import Cell
from ..prose import Prose
from .json_file import parse_json
from .offices import Scope


@dataclass(frozen=True)
class ReportCell:
    """One cell of a table: its labels from the root, its keys, its figure with exact digits (None: unknown).

    source is the origin of the figure, records the number of records it counts; exact is the amount that was rounded to
    value, None where nothing was.
    """

    row: tuple[str, ...]
    column: tuple[str, ...]
    key: Cell
    value: int | Decimal | None
    source: str = "given"
    records: int = 0
    exact: int | Decimal | None = None

    @property
    def amount(self) -> int | Decimal | None:
        """The figure, an amount to the 分 even if it is printed with fewer decimals."""
        return self.value if self.exact is None else self.exact

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReportCell:
        """Return the cell in report.json; one of the year before may have its keys and its figure only."""
        return cls(
            tuple(data.get("row", ())),
            tuple(data.get("column", ())),
            (data["row_key"], data["column_key"]),
            exact_value(data["value"]),
            data.get("source", "given"),
            data.get("records", 0),
            exact_value(data.get("exact")),
        )


@dataclass(frozen=True)
class RegisterProof:
    """A register that figures were counted from: its key, the number of records, and their hash."""

    name: str
    rows: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Return the register as in report.json."""
        return {"name": self.name, "rows": self.rows, "sha256": self.sha256}


@dataclass(frozen=True)
class MemberProof:
    """An office whose report is part of a government's: its code, its name, a hash; None if it has not reported."""

    code: str
    name: str
    sha256: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the office as in report.json."""
        return {"code": self.code, "name": self.name, "sha256": self.sha256}


@dataclass(frozen=True, eq=False)
class ReportData:
    """One office's report of one year, as in report.json.

    tables has the cells of each table in printed order, cells the same by row key and column key; a section that is a
    table has no paragraphs. registers and members prove the figures.
    """

    code: str
    office_name: str
    scope: Scope
    year: int
    notice: str
    title: str
    opening: Prose
    tables: Mapping[str, tuple[ReportCell, ...]]
    sections: tuple[Prose, ...]
    signature: Prose
    findings: tuple[Finding, ...] = ()
    registers: tuple[RegisterProof, ...] = ()
    members: tuple[MemberProof, ...] = field(default=())

    @cached_property
    def cells(self) -> Mapping[str, Mapping[Cell, ReportCell]]:
        """The cells of every table by row key and column key."""
        return {table: cells_by_key(cells) for table, cells in self.tables.items()}

    @property
    def parts(self) -> tuple[Prose, ...]:
        """The opening, the sections and the signature, each with the title that staff use."""
        return (replace(self.opening, title="开头段"), *self.sections, replace(self.signature, title="落款"))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReportData:
        """Return the report that Report.to_json wrote; keys that the schema does not have are ignored.

        Raises ValueError if it is not a report.
        """
        try:
            proof = data["proof"]
            return cls(
                code=data["office"]["code"],
                office_name=data["office"]["name"],
                scope=data.get("scope") or "",
                year=data["year"],
                notice=data["notice"],
                title=data["title"],
                opening=Prose.from_json(data["opening"]),
                tables={key: tuple(map(ReportCell.from_json, cells)) for key, cells in data["tables"].items()},
                sections=tuple(map(Prose.from_json, data["sections"])),
                signature=Prose.from_json(data["signature"]),
                findings=tuple(map(Finding.from_json, data["findings"])),
                registers=tuple(RegisterProof(r["name"], r["rows"], r["sha256"]) for r in proof["registers"]),
                members=tuple(MemberProof(m["code"], m["name"], m["sha256"]) for m in proof.get("offices", ())),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a report: {error!r}") from error


def read_report_data(content: bytes | str) -> ReportData:
    """Return the report in the content of a report.json. Raises ValueError if it is not one."""
    report = ReportData.from_json(parse_json(content))
    texts: list[object] = [report.code, report.office_name, report.scope, report.notice, report.title]
    texts += [text for part in (report.opening, *report.sections, report.signature) for text in part.texts]
    if not all(isinstance(text, str) for text in texts) or not 0 < _whole(report.year) < _YEARS:
        raise ValueError("not a report: a text or the year is none")
    return report


_YEARS = 10_000


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def cells_by_key(cells: Iterable[ReportCell]) -> dict[Cell, ReportCell]:
    """Return cells by row key and column key."""
    return {cell.key: cell for cell in cells}


def exact_value(value: object) -> int | Decimal | None:
    """Return a JSON number with its exact digits, None for null. Raises TypeError for anything else."""
    if value is None or type(value) is int:
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    raise TypeError(f"not a figure: {value!r}")
