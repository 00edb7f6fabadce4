"""The figures stated in the text against the tables (F1–F10, B4, B5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from ..figures.table import Figure, Table, Unknown, add, format_figure
from ..findings import Finding, Severity
from ..forms.model import Cell, Form
from ..forms.notices import formats
from .passages import Passage, StatedFigure, is_about, passages, statements_in
from .patterns import Assertion, Statement, compile_pattern, parse_number, patterns
from .subject import Place, Sides, Subject, format_place, make_finding, references, sides

SECTIONS = ("overview", "others")
TOTAL: Cell = ("dispositions.total", "total")


def check_statements(subject: Subject) -> Iterator[Finding]:
    """Yield every figure (F1–F8, B4) and every percentage (F5) in the text that differs from the tables."""
    for passage in _passages(subject):
        yield from compare_figures(subject, statements_in(passage, subject.year))


def compare_figures(subject: Subject, stated: Sequence[StatedFigure]) -> Iterator[Finding]:
    """Yield a finding for each figure and percentage of one passage that differs from the tables.

    Also one if its percentages of all completed requests do not add up to 100.
    """
    near = any(patterns().inclusive.search(figure.passage.text) for figure in stated)
    for figure in stated:
        yield from _compare_one(subject, figure, near)
        yield from _compare_share(subject, figure)
    yield from _compare_shares(subject, stated)


def _compare_one(subject: Subject, stated: StatedFigure, near: bool) -> Iterator[Finding]:
    statement = stated.statement
    table = subject.tables.get(statement.table)
    if table is None:
        return
    plain, carried = _cells(table, statement, ()), _cells(table, statement, statement.carried)
    allowed = [carried] if stated.inclusive else [plain, carried] if near else [plain]
    sums = [add(table[cell] for cell in cells) for cells in allowed]
    if not plain or any(isinstance(figure, Unknown) or figure == stated.value for figure in sums):
        return
    if any(stated.value == add(map(table.__getitem__, _parts_of(table, cells))) for cells in allowed):
        return  # the printed total is wrong, which the checks of the table report
    finding = make_finding(
        subject,
        statement.code,
        Place(section=stated.passage.section),
        named=stated.words,
        title=statement.title,
        inclusive="（含上年结转）" if stated.inclusive and statement.carried else "",
        behind=references(table.form, allowed[0]),
        both=sides(stated.value, sums[0]),
    )
    yield replace(finding, severity=Severity.EXPLAIN) if stated.passage.states_scope else finding


def statement_cells(form: Form, statement: Statement, more: tuple[str, ...] = ()) -> list[Cell]:
    """Return the cells of a form that a statement is about; a key also includes all keys below it."""
    return list(_cells_under(form, (*statement.rows, *more), statement.columns))


@lru_cache(maxsize=512)
def _cells_under(form: Form, rows: tuple[str, ...], columns: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(cell for cell in form.cells if _under(cell[0], rows) and _under(cell[1], columns))


@lru_cache
def find_cells_of_statements() -> None:
    """Find the cells of every statement in every format: a process that forks one child a report calls it before the first."""
    for official in formats():
        for statement in patterns().statements:
            for form in official.forms:
                if form.key == statement.table:
                    statement_cells(form, statement)
                    statement_cells(form, statement, statement.carried)


def _cells(table: Table, statement: Statement, more: tuple[str, ...]) -> list[Cell]:
    return statement_cells(table.form, statement, more)


def _parts_of(table: Table, cells: list[Cell]) -> list[Cell]:
    """Return the parts, along the rows, of those cells that are totals."""
    return [part for cell in cells for part in table.form.sums_across.get(cell, (cell,))]


def _under(key: str, above: Iterable[str]) -> bool:
    return any(key == other or key.startswith(f"{other}.") for other in above)


def _compare_share(subject: Subject, stated: StatedFigure) -> Iterator[Finding]:
    expected = _share(subject, stated.statement)
    if stated.share is None or expected is None or abs(expected - stated.share) <= _half(stated.share):
        return
    yield make_finding(
        subject,
        "text.share",
        Place(section=stated.passage.section),
        both=Sides(f"{stated.share}%", _rounded(expected, stated.share), _gap(expected, stated.share)),
        named=stated.share_words,
        title=stated.statement.title,
        behind=references(
            subject.tables["requests"].form, [*_cells(subject.tables["requests"], stated.statement, ()), TOTAL]
        ),
    )


def _share(subject: Subject, statement: Statement) -> Decimal | None:
    """Return the percentage of a statement's rows in all completed requests; None if unknown."""
    table = subject.tables.get("requests")
    if table is None or statement.code != "text.disposition":
        return None
    part, total = add(table[cell] for cell in _cells(table, statement, ())), table[TOTAL]
    if isinstance(part, Unknown) or isinstance(total, Unknown) or not total:
        return None
    return Decimal(part) * 100 / Decimal(total)


def _half(share: Decimal) -> Decimal:
    """Return half a unit of the last decimal of a percentage."""
    return Decimal("0.5").scaleb(_exponent(share))


def _exponent(share: Decimal) -> int:
    return int(share.as_tuple().exponent)


def _rounded(expected: Decimal, like: Decimal) -> str:
    return str(expected.quantize(Decimal(1).scaleb(_exponent(like))))


def _gap(expected: Decimal, share: Decimal) -> str:
    return format_figure(share - expected.quantize(Decimal("0.01")))


def _compare_shares(subject: Subject, stated: Sequence[StatedFigure]) -> Iterator[Finding]:
    """Yield the finding that percentages of all completed requests do not add up to 100 (F5)."""
    shares = [one for one in stated if one.share is not None and _share(subject, one.statement) is not None]
    real = sum((_share(subject, one.statement) or Decimal(0) for one in shares), Decimal(0))
    if len(shares) < 2 or abs(real - 100) > Decimal("0.001"):
        return
    total = sum((one.share or Decimal(0) for one in shares), Decimal(0))
    if abs(total - 100) > sum((_half(one.share) for one in shares if one.share is not None), Decimal(0)):
        both = sides(total, 100)
        yield make_finding(
            subject, "text.shares-sum", Place(section=shares[0].passage.section), count=len(shares), both=both
        )


def check_parts(subject: Subject) -> Iterator[Finding]:
    """Yield every number in the text that is not the sum of its own parts (F7)."""
    for passage in _passages(subject):
        text = patterns().parts.aside.sub("", passage.text)
        for found in (*_announced_parts(text), *_listed_parts(text)):
            yield from compare_parts(subject, passage, found)


@dataclass(frozen=True)
class Breakdown:
    """A total in the text and its parts; plain if the parts are only a list, without a word such as 其中."""

    total: Decimal
    parts: tuple[Decimal, ...]
    unit: str = ""
    plain: bool = False


def _announced_parts(text: str) -> Iterator[Breakdown]:
    """Yield the breakdowns after a word such as 其中 or 分别为."""
    rules = patterns().parts
    pattern = compile_pattern(rf"(?P<total>{patterns().number})\s*(?P<unit>{rules.unit}){rules.marker}")
    for match in pattern.finditer(text):
        tail = _tail(text[match.end() :], bool(match["colon"]))
        total, parts = parse_number(match["total"]), _parts(tail, match["unit"])
        if sum(parts) >= total or not rules.partial.search(tail):
            yield Breakdown(total, parts, match["unit"])


def _listed_parts(text: str) -> Iterator[Breakdown]:
    """Yield the breakdowns by a plain list: 15件：网上8件、信函3件. After a comma another list may follow."""
    rules = patterns().parts
    part = rf"{rules.name}(?:{patterns().number})\s*(?:{rules.unit})"
    after_colon, after_comma = (rf"{part}(?:[{by}]\s*{part})+" for by in ("、，,；;", "、"))
    pattern = compile_pattern(
        rf"(?P<total>{patterns().number})\s*(?P<unit>{rules.unit})\s*"
        rf"(?:[：:]\s*(?P<colon>{after_colon})(?=[。；;，,）)\n]|$)"
        rf"|[，,]\s*(?P<comma>{after_comma})(?=[。；;）)\n]|$))"
    )
    for match in pattern.finditer(text):
        tail = match["colon"] or match["comma"]
        parts = _parts(tail, match["unit"])
        one_of_many = re.search("、[^。；;，,：:]*$", text[: match.start()])
        if len(parts) == len(re.split("[、，,；;]", tail)) and not rules.unrelated.search(tail) and not one_of_many:
            yield Breakdown(parse_number(match["total"]), parts, match["unit"], plain=not match["colon"])


def compare_parts(subject: Subject, passage: Passage, found: Breakdown) -> Iterator[Finding]:
    """Yield the finding that parts do not add up to their total; not blocking if the passage states its scope.

    Several complete breakdowns of one total (by applicant, then by channel) are valid.
    """
    left, total, parts = Decimal(0), found.total, found.parts
    for part in parts:
        left = part if part and left == total else left + part
    some_left = left < total < sum(parts)
    if len(parts) < 2 or left == total or some_left:
        return
    finding = make_finding(
        subject,
        "text.parts",
        Place(section=passage.section),
        unit=found.unit,
        named=" + ".join(map(format_figure, parts)),
        both=sides(sum(parts, Decimal(0)), total),
    )
    yield replace(finding, severity=Severity.EXPLAIN) if passage.states_scope or found.plain else finding


def _tail(text: str, with_semicolons: bool) -> str:
    """Return the text with the parts of a number: up to the end of the sentence or of the brackets."""
    end = re.search("[。）)\n]" if with_semicolons else "[。；;）)\n]|，?其中", text)
    return text[: end.start() if end else None]


def _parts(tail: str, unit: str) -> tuple[Decimal, ...]:
    rules = patterns().parts
    pattern = compile_pattern(rf"(?P<n>{patterns().number})\s*(?P<unit>{rules.unit})")
    parts = []
    for clause in re.split("[，、,；;）)]", tail):
        match = pattern.search(clause)
        if match and rules.stop.search(clause):
            break
        if match and match["unit"] == unit:
            parts.append(parse_number(match["n"]))
    return tuple(parts)


def check_assertions(subject: Subject) -> Iterator[Finding]:
    """Yield every claim about outcomes that contradicts 表四 (B5)."""
    for passage in _passages(subject):
        for assertion in patterns().assertions:
            for match in assertion.pattern.finditer(passage.text):
                around = passage.sentence(*match.span()) + passage.heading
                if is_about(passage, match.start(), subject.year):
                    yield from compare_assertion(subject, passage, assertion, match[0], around)


def compare_assertion(
    subject: Subject, passage: Passage, assertion: Assertion, words: str, around: str
) -> Iterator[Finding]:
    """Yield every nonzero cell that must be 0 by a claim, in the groups named in its sentence."""
    table = subject.tables.get("reviews")
    groups = [group for group in patterns().assertion_groups if group.pattern.search(around)]
    if table is None or not groups:
        return
    above = [column for group in groups for column in group.columns]
    for cell, figure in table.figures.items():
        if _under(cell[1], above) and cell[1].split(".")[-1] in assertion.columns and _is_nonzero(figure):
            yield make_finding(
                subject,
                "text.assertion",
                Place(section=passage.section),
                both=Sides(format_figure(figure), "0", format_figure(figure)),
                named=words,
                place=format_place(table.form, *table.form.address(cell)),
                behind=references(table.form, [cell]),
            )


def _is_nonzero(figure: Figure) -> bool:
    return not isinstance(figure, Unknown) and figure != 0


def check_fees(subject: Subject) -> Iterator[Finding]:
    """Yield the statements about paid 信息处理费 that contradict the register (F9, F10)."""
    if subject.processing_fees is None:
        return
    count, fen = subject.processing_fees
    for passage in _passages(subject):
        for code, words, value in _fees_in_passage(passage, subject.year):
            expected = Decimal(count) if code == "text.fee-count" else Decimal(fen) / 100
            if value != expected:
                yield make_finding(
                    subject, code, Place(section=passage.section), named=words, both=sides(value, expected)
                )


def stated_fees(subject: Subject) -> int | None:
    """Return the paid 信息处理费 stated in the text, in 分; None if not stated."""
    amounts = [
        int(value * 100)
        for passage in _passages(subject)
        for code, _, value in _fees_in_passage(passage, subject.year)
        if code == "text.fee-amount"
    ]
    return amounts[0] if amounts else None


def _fees_in_passage(passage: Passage, year: int) -> Iterator[tuple[str, str, Decimal]]:
    """Yield the first count and the first amount in a paragraph: the total comes before its parts."""
    fees = patterns().fees
    for code, phrases in (("text.fee-count", fees.count), ("text.fee-amount", fees.amount)):
        found = [match for phrase in (*phrases, *fees.none) for match in phrase.finditer(passage.text)]
        about = [match for match in found if is_about(passage, match.start(), year)]
        if about:
            match = min(about, key=lambda mention: mention.start())
            groups = match.groupdict()
            value = parse_number(groups["n"]) if groups.get("n") else Decimal(0)
            yield code, passage.clause(*match.span()).strip(), value * 10_000 if groups.get("unit") == "万元" else value


def check_publications(subject: Subject) -> Iterator[Finding]:
    """Yield every number of published items in the text that differs from the first one (F10)."""
    first: Decimal | None = None
    rules = patterns().publications
    for passage in _passages(subject, ("opening", "overview", "problems", "others")):
        spans: set[int] = set()
        for match in (match for phrase in rules.patterns for match in phrase.finditer(passage.text)):
            value = parse_number(match["n"])
            clause = passage.clause(*match.span())
            if (
                match.end() in spans
                or rules.unless.search(clause)
                or not is_about(passage, match.start(), subject.year)
            ):
                continue
            spans.add(match.end())
            if first is not None and value != first:
                both = sides(value, first)
                yield make_finding(
                    subject, "text.publications", Place(section=passage.section), named=clause.strip(), both=both
                )
            first = value if first is None else first


def check_stated(subject: Subject, stated: Mapping[str, object]) -> Iterator[Finding]:
    """Yield the findings about figures that a file gives as stated in the text (F1–F7, B4, B5)."""
    text = "，".join(f"{key}{value}" for key, value in stated.items())
    passage = Passage("overview", text)
    yield from compare_figures(subject, list(_stated(stated, passage)))
    yield from _stated_parts(subject, stated, passage)
    for value in stated.values():
        for assertion in patterns().assertions:
            if isinstance(value, str) and (match := assertion.pattern.search(value)):
                yield from compare_assertion(subject, passage, assertion, match[0], text)


def _stated(stated: Mapping[str, object], passage: Passage) -> Iterator[StatedFigure]:
    shares = {key: value for key, value in stated.items() if key.endswith(("占比%", "占比"))}
    for key, value in stated.items():
        name = re.sub(r"[（(].*?[）)]", "", key)
        inclusive = patterns().inclusive.search(key) is not None
        for statement in patterns().statements:
            if statement.stated and statement.stated.fullmatch(name) and _is_number(value):
                share = next((shares[one] for one in shares if one.startswith(f"{key}占比")), None)
                yield StatedFigure(
                    statement,
                    passage,
                    0,
                    f"{key}{value}件",
                    Decimal(str(value)),
                    inclusive,
                    Decimal(str(share)) if _is_number(share) else None,
                    f"{key}占{share}%",
                )


def _stated_parts(subject: Subject, stated: Mapping[str, object], passage: Passage) -> Iterator[Finding]:
    """Yield the findings about totals with parts, given as a list or as a sum."""
    rules = patterns().parts
    total: Decimal | None = None
    for key, value in stated.items():
        match = rules.stated_total.search(key)
        if match and _is_number(value):
            total = Decimal(str(value))
        elif match and match["total"] and isinstance(value, str) and (written := rules.stated.match(value)):
            parts = tuple(Decimal(part) for part in written["parts"].replace(" ", "").split("+"))
            yield from compare_parts(subject, passage, Breakdown(Decimal(match["total"]), parts))
        elif total is not None and rules.stated_list.fullmatch(key) and isinstance(value, list):
            parts = tuple(Decimal(str(part)) for part in value if _is_number(part))
            yield from compare_parts(subject, passage, Breakdown(total, parts))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _passages(subject: Subject, sections: tuple[str, ...] = SECTIONS) -> Iterator[Passage]:
    for key in sections:
        if key in subject.prose:
            yield from passages(subject.prose[key])
