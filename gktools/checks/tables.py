"""The rules for every table: its shape, its labels, the valid figures of a cell, and its sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from ..figures.table import Table, Unknown, add, format_figure
from ..findings import Finding
from ..forms.local_wording import labels_of
from ..forms.model import Cell, Form, Identity
from ..forms.notices import formats
from .rules import rules
from .subject import Place, Subject, make_finding, references, sides


def check_shape(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield the rows of the year's form missing in a table, or one finding if it has another year's form (A6, C8)."""
    official = subject.official[table.form.key]
    if table.form.cells == official.cells:
        return
    older = next((f for f in formats() if any(form.cells == table.form.cells for form in f.forms)), None)
    if older is None:
        yield from _missing_rows(subject, table.form, official)
        return
    yield make_finding(
        subject,
        f"{official.key}.outdated-form",
        Place(official),
        found=older.notice,
        expected=subject.official.notice,
        named="；".join(_difference(table.form, official)),
        behind=references(official, sorted(set(table.form.cells) ^ set(official.cells))),
    )


def _missing_rows(subject: Subject, form: Form, official: Form) -> Iterator[Finding]:
    there = {row for row, _ in form.cells}
    for row in dict.fromkeys(row for row, _ in official.cells):
        if row not in there:
            yield missing_row(subject, official, row)


def missing_row(subject: Subject, form: Form, row: str) -> Finding:
    """Return the finding that a row is missing."""
    cells = [cell for cell in form.cells if cell[0] == row]
    labels = form.address(cells[0])[0]
    code = f"{form.key}.missing-row"
    if code not in rules():
        code, labels = f"{form.key}.missing-cell", ()
    return make_finding(subject, code, Place(form, row=labels), named="/".join(labels), behind=references(form, cells))


def _difference(form: Form, official: Form) -> list[str]:
    """Return the labels of rows and columns that are in only one of two forms."""
    ours, theirs = ([ours.address(cell) for cell in ours.cells] for ours in (form, official))
    sides = [({address[axis] for address in ours}, {address[axis] for address in theirs}) for axis in (0, 1)]
    odd = [
        address[axis][-1]
        for address in (*ours, *theirs)
        for axis in (0, 1)
        if address[axis] in sides[axis][0] ^ sides[axis][1]
    ]
    return list(dict.fromkeys(odd))


def check_labels(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every label that is not in the notice, registered as local wording or not (A7)."""
    official = subject.official[table.form.key]
    layout = subject.params.layout
    registered = layout.labels.get(official.key, {})
    printed = labels_of(table.form) if table.form.cells == official.cells else {}
    for path, label in labels_of(official).items():
        now, expected, local = (
            _fold(text, layout.brackets) for text in (printed.get(path, label), label, registered.get(path, label))
        )
        if now != expected:
            code = "label-local" if now == local else "label-differs"
            yield make_finding(subject, f"{official.key}.{code}", Place(official), found=printed[path], expected=label)


def _fold(label: str, brackets: str) -> str:
    return label.translate(str.maketrans("（）", "()")) if brackets == "half" else label


def check_unknowns(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every cell without a figure, except totals with an unknown part (A4, B2, C7)."""
    form = table.form
    code = "rollup.unknown" if table.shares else f"{form.key}.unknown"
    for cell, figure in table.figures.items():
        if isinstance(figure, Unknown) and not _has_unknown_part(table, cell):
            yield make_finding(subject, code, Place(form, cell), found=figure.found or figure.reason)


def _has_unknown_part(table: Table, cell: Cell) -> bool:
    """Return whether a cell is a total with an unknown part."""
    sums = (table.form.sums_across.get(cell, ()), table.form.sums_down.get(cell, ()))
    return any(isinstance(table[part], Unknown) for parts in sums for part in parts)


def check_declarations(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every declared figure that contradicts a register, and every one without a valid cell (C1')."""
    form = table.form
    for cell, declared in table.declared.items():
        counted = table[cell]
        known = not isinstance(declared.value, Unknown) and not isinstance(counted, Unknown)
        if known and declared.value not in (counted, table.amount(cell)):
            both = sides(declared.value, counted)
            yield make_finding(
                subject, f"{form.key}.declared-conflict", Place(form, cell), behind=references(form, [cell]), both=both
            )
    for stray in table.strays:
        yield make_finding(subject, f"{form.key}.declared-stray", Place(form), found=stray)


def check_figures_allowed(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every invalid figure, such as a negative number or a fraction of a case (A4, B2, C7)."""
    form = table.form
    for cell, figure in table.figures.items():
        if isinstance(figure, Unknown):
            continue
        if figure < 0 and not form.signed(cell):
            yield make_finding(subject, f"{form.key}.negative", Place(form, cell), found=format_figure(figure))
        if form.unit(cell) != "万元" and figure != int(figure):
            yield make_finding(subject, f"{form.key}.not-integer", Place(form, cell), found=format_figure(figure))


def check_sums(subject: Subject, table: Table) -> Iterator[Finding]:
    """Yield every total that is not the sum of its parts, at the total (A2, A3, B1), then every identity (A1)."""
    form = table.form
    across = next((code for code in (f"{form.key}.row-total", f"{form.key}.total") if code in rules()), "")
    for cell in form.cells:
        if cell in form.sums_down:
            yield from _sum(subject, table, f"{form.key}.column-total", cell, form.sums_down[cell])
        if cell in form.sums_across:
            yield from _sum(subject, table, across, cell, form.sums_across[cell])
    for identity in form.identities:
        for column in dict.fromkeys(column for _, column in form.cells):
            yield from _identity(subject, table, identity, column)


def _sum(subject: Subject, table: Table, code: str, total: Cell, parts: tuple[Cell, ...]) -> Iterator[Finding]:
    found, expected = table[total], add(table[part] for part in parts)
    if isinstance(found, Unknown):
        return
    if isinstance(expected, Unknown):
        known = _sum_known(table, parts)
        if found == 0 and known > 0 and (empty := f"{table.form.key}.empty-total") in rules():
            yield make_finding(
                subject,
                empty,
                Place(table.form, total),
                behind=references(table.form, (total, *parts)),
                both=sides(0, known),
            )
    elif found != expected:
        both = sides(found, expected)
        yield make_finding(
            subject, code, Place(table.form, total), behind=references(table.form, (total, *parts)), both=both
        )


def _identity(subject: Subject, table: Table, identity: Identity, column: str) -> Iterator[Finding]:
    """Yield the finding that an identity is not satisfied in a column (A1), or that no request has a result (A5)."""
    form = table.form
    left, right = ([(row, column) for row in rows] for rows in (identity.left, identity.right))
    left_sum, right_sum = (add(table[cell] for cell in cells) for cells in (left, right))
    if not isinstance(left_sum, Unknown) and not isinstance(right_sum, Unknown):
        code, both, fails = "identity", sides(left_sum, right_sum), left_sum != right_sum
    else:
        known = _sum_known(table, left)
        code, both, fails = "no-result", sides(known, 0), right_sum == 0 and known > 0
    if fails:
        labels = form.address(left[0])[1]
        finding = make_finding(
            subject,
            f"{form.key}.{code}",
            Place(form, column=labels),
            both=both,
            behind=references(form, (*left, *right)),
            named="/".join(labels),
            left=_plus(form, left),
            right=_plus(form, right),
        )
        yield replace(finding, rule=identity.label) if identity.label else finding


def _plus(form: Form, cells: Iterable[Cell]) -> str:
    return " + ".join(form.address(cell)[0][-1] for cell in cells)


def _sum_known(table: Table, cells: Iterable[Cell]) -> int | Decimal:
    """Return the sum of the known figures of cells."""
    known = add(figure for cell in cells if not isinstance(figure := table[cell], Unknown))
    assert not isinstance(known, Unknown)
    return known
