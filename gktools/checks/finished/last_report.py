"""What a new working folder takes from last year's report: pure values, each with where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase

from ...errors import without_hidden
from ...figures.table import Table, Unknown, add
from ...findings import Severity
from ...forms.local_wording import labels_of, misleading_labels
from ...forms.model import Cell, normalize_label
from ...forms.notices import load_format
from ...inputs.published_figures import SECTIONS, Number, PublishedFigures, comparison_heading
from ...prose import Paragraph, Prose
from ...text.tokens import Token, tokens
from ...workspace.offices import OfficeKind, likely_kinds
from ..passages import passages, statements_in
from ..statements import statement_cells
from .audit import ReportAudit
from .entries import table_of
from .words import describe_doubts

TEXTS = ("overview", "problems", "others")
"""The sections that are kept for comparison."""
_CONTACT = {
    "address": re.compile(r"(?:地址|办公地点)[：:]\s*(?P<v>[^；;，,。、）)\n]{4,60})"),
    "postcode": re.compile(r"(?:邮编|邮政编码)[：:]?\s*(?P<v>\d{6})(?!\d)"),
    "phone": re.compile(r"(?:电话|联系方式)[：:]?\s*(?P<v>\d{3,4}[-－—]?\d{7,8}|\d{7,8})(?!\d)"),
    "email": re.compile(r"(?:邮箱|E-?mail)[：:]?\s*(?P<v>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.IGNORECASE),
    "website": re.compile(r"(?P<v>(?:https?://|www\.)[\w.-]+(?:/[\w./-]*)?)"),
}


@dataclass(frozen=True)
class TokenProposal:
    """A passage of last year's text whose figure equals cells of a table, and the token with which it can be written."""

    section: str
    words: str
    token: str


@dataclass(frozen=True)
class LastReport:
    """What was taken from last year's report, none of it decided yet.

    labels are the local wordings by table and path, published the figures read for certain, left_out the number of cells
    that were not, wrong the number of findings that must be corrected; text has the sections as printed, by key. places
    says where contact (by its name) and tables (by their key) stood; doubts are what could not be read for certain.
    """

    unit: str
    year: int
    source: str
    kinds: tuple[OfficeKind, ...]
    contact: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    published: PublishedFigures
    left_out: int
    wrong: int
    text: Mapping[str, str] = field(default_factory=dict)
    proposals: tuple[TokenProposal, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def take_from(audit: ReportAudit) -> LastReport:
    """Return what a report has for the next year. Its year must be known."""
    report = audit.report
    year = report.year or 0
    official = load_format(year)
    ordinals = {section.key: section.title.partition("、")[0] for section in official.sections}
    text = {key: without_hidden(report.text[ordinals[key]]) for key in TEXTS if report.text.get(ordinals[key])}
    figures, left_out = _figures(audit, year)
    parts = (report.title, report.file.rpartition("/")[2], report.published_on)
    source = "，".join(" ".join(without_hidden(part).split()) for part in parts if part)
    contact = _contact(
        {_OPENING: report.opening, **{official.section(key).title: words for key, words in text.items()}}
    )
    own = {key: text[key] for key in SECTIONS if key in text}
    tables = {key: table_of(placed) for key, placed in audit.placed.items() if key in audit.forms}
    return LastReport(
        without_hidden(report.unit or ""),
        year,
        source,
        tuple(likely_kinds(report.unit or "")),
        {name: value for name, (value, _) in contact.items()},
        dict(_labels(report.misprints, year)),
        PublishedFigures(year, "brought-in", figures, own, source),
        left_out,
        audit.count(Severity.BLOCK),
        text,
        tuple(_proposals(text, tables, year)),
        {name: place for name, (_, place) in contact.items()} | _table_places(audit),
        tuple(map(without_hidden, describe_doubts(report.unsure))),
    )


def _table_places(audit: ReportAudit) -> dict[str, str]:
    """Return where the first and the last figure of each table stood."""
    found = {key: [one.place for one in cells.values() if one.place] for key, cells in audit.printed.items()}
    return {key: " 到 ".join(dict.fromkeys((places[0], places[-1]))) for key, places in found.items() if places}


def _figures(audit: ReportAudit, year: int) -> tuple[dict[str, dict[Cell, Number]], int]:
    """Return the figures of the year's forms that were read for certain, and the number of other cells."""
    found: dict[str, dict[Cell, Number]] = {}
    left_out = 0
    for form in load_format(year).forms:
        placed = audit.placed[form.key]
        table, there = table_of(placed), set(placed.form.cells)
        for cell in form.cells:
            figure = table[cell] if cell in there else Unknown("")
            entry = placed.entries.get(cell)
            if isinstance(figure, Unknown) or (entry and entry.printed and entry.printed.inferred):
                left_out += 1
            else:
                found.setdefault(form.key, {})[cell] = figure
    return found, left_out


_OPENING = "开头段"
_SPREAD = re.compile(r"(?<=[^\x00-\x7f])[^\S\n]+|[^\S\n]+(?=[^\x00-\x7f])")
"""Blanks beside Chinese characters, which a PDF prints to spread a line."""


def _contact(texts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the contact by name, each with the part of the report (by its title) in which it stood."""
    found: dict[str, tuple[str, str]] = {}
    for place, text in texts.items():
        plain = _SPREAD.sub("", without_hidden(text))
        for name, pattern in _CONTACT.items():
            if name not in found and (match := pattern.search(plain)):
                found[name] = (match["v"].strip(), place)
    return found


def _labels(misprints: Mapping[str, str], year: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the wordings of each table that differ from the official ones and cannot be taken for another label."""
    for form in load_format(year).forms:
        paths: dict[str, list[str]] = {}
        for path, label in labels_of(form).items():
            paths.setdefault(label, []).append(path)
        local = {
            paths[label][0]: printed
            for printed, label in ((without_hidden(one), label) for one, label in misprints.items())
            if len(paths.get(label, ())) == 1 and normalize_label(printed) != normalize_label(label)
        }
        for path, _ in list(misleading_labels(form, local)):
            local.pop(path, None)
        if local:
            yield form.key, local


# --- tokens ----------


def _proposals(text: Mapping[str, str], tables: Mapping[str, Table], year: int) -> Iterator[TokenProposal]:
    """Yield a token for each figure of the text that says what it is of, and equals its cells in the tables."""
    for key, words in text.items():
        prose = Prose(key, tuple(map(Paragraph, words.splitlines())))
        for passage in passages(prose):
            for stated in statements_in(passage, year):
                table = tables.get(stated.statement.table)
                if table is None:
                    continue
                cells = set(statement_cells(table.form, stated.statement))
                token = next((one for one in tokens().values() if _is_of(one, table, cells, stated.value)), None)
                if token:
                    yield TokenProposal(key, stated.words, token.name)


def _is_of(token: Token, table: Table, cells: set[Cell], value: Decimal) -> bool:
    """Return whether a token is the sum of exactly these cells, and their sum the value."""
    if token.table != table.form.key:
        return False
    patterns = [pattern.partition("|")[::2] for pattern in token.cells]
    own = {
        cell
        for cell in table.form.cells
        if any(fnmatchcase(cell[0], row) and fnmatchcase(cell[1], column) for row, column in patterns)
    }
    total = add(table[cell] for cell in sorted(own))
    return own == cells and not isinstance(total, Unknown) and total == value


# --- the text for comparison ----------


def comparison_text(last: LastReport) -> str:
    """Return last year's sections as Markdown, with the tokens that can be used in their place; for reading only."""
    official = load_format(last.year)
    lines = [
        comparison_heading(last.year),
        "",
        f"来自：{last.source}",
        "",
    ]
    for key, words in last.text.items():
        lines += [f"## {official.section(key).title}", "", words, ""]
        mine = [one for one in last.proposals if one.section == key]
        if mine:
            lines += ["今年写到同样的数，可以用指标，数字由表来：", ""]
            lines += [f"- “{one.words}” → {{{{ {one.token} }}}}" for one in mine]
            lines.append("")
    return "\n".join(lines)


def summary_rows(last: LastReport, kind: OfficeKind | None) -> list[tuple[str, str, str]]:
    """Return what is taken and from where: the name of the thing, the value, and the source."""
    of_text = "、".join(load_format(last.year).section(key).title for key in last.text)
    rows = [
        ("单位名称", last.unit or "（没有读出）", "报告的标题"),
        ("种类", kind.label if kind else "（没有判断出）", "从名称猜的"),
        *((CONTACT[name], value, last.places[name]) for name, value in last.contact.items()),
        *figure_rows(last),
        *([("去年报告里的错", f"要更正 {last.wrong} 条", "gktools check 这个文件，可以逐条看")] if last.wrong else []),
        ("文字", of_text or "（没有读出）", "只供对照，不写进今年的报告"),
        ("可以用的指标", f"{len(last.proposals)} 处" if last.proposals else "没有", "正文里和表里相同的数"),
    ]
    rows += [
        (f"“{labels_of(load_format(last.year)[table])[path]}”", f"印成“{printed}”", "报告的表")
        for table, labels in last.labels.items()
        for path, printed in labels.items()
    ]
    return rows


def figure_rows(last: LastReport) -> list[tuple[str, str, str]]:
    """Return how many figures are taken of each table, and where they stood."""
    rows = []
    for form in load_format(last.year).forms:
        taken = len(last.published.figures.get(form.key, {}))
        left = len(form.cells) - taken
        unread = f"，{left} 格没有，或者没有读准，空着" if left else ""
        rows.append((f"{last.year} 年的数：{form.name}", f"{taken} 格{unread}", last.places.get(form.key, "")))
    return rows


CONTACT = {"address": "地址", "postcode": "邮编", "phone": "电话", "email": "电子邮箱", "website": "网站"}
"""The labels of the contact by name."""
