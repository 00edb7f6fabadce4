"""Several sheets of one register: which of them count, by what they are called."""

from __future__ import annotations

from collections.abc import Sequence

from ..questions import Inquiry, Question, QuestionPlace, each
from ..schema import Register
from ..sheet import Sheet
from .cover import FindOffice
from .organs import office_named
from .title_words import is_doubtful_sheet, telling_part
from .titles import doubtful_sheet, subject_of

_OF_ONE_SHEET = ("title.says", "constant.other", "sheet.doubtful", "sheets.sums")
"""The questions about a sheet that also say whether it counts."""
_LISTED = 20
"""The maximum number of sheets that are listed, and offered as the only one that counts."""


def without_doubtful(group: Sequence[Sheet], inquiry: Inquiry) -> list[Sheet]:
    """Return the sheets of a register but for those with doubtful names that, by an answer, do not count."""
    return [
        sheet
        for sheet in group
        if len(group) < 2
        or not is_doubtful_sheet(sheet.sheet, [other.sheet for other in group if other is not sheet])
        or inquiry.ask(doubtful_sheet(sheet.file, sheet.sheet)) != "leave"
    ]


def counting_sheets(
    register: Register, group: Sequence[Sheet], inquiry: Inquiry, find_office: FindOffice
) -> list[Sheet]:
    """Return the sheets of a register that count: asked once where their names differ in more than time or room."""
    asked = inquiry.sheets_of(_OF_ONE_SHEET)
    unsettled = [sheet for sheet in group if sheet.sheet not in asked]
    if len(unsettled) < 2:
        return list(group)
    parts = {
        "" if office_named(sheet.sheet, find_office) == sheet.code else telling_part(sheet.sheet, register.key)
        for sheet in unsettled
    }
    if len(parts) < 2:
        return list(group)
    chosen = _asked_which(register, unsettled, inquiry)
    return [sheet for sheet in group if chosen is None or sheet is chosen or sheet not in unsettled]


def _asked_which(register: Register, sheets: Sequence[Sheet], inquiry: Inquiry) -> Sheet | None:
    """Return the only sheet that counts, by an answer; None if all do, or while the question is open."""
    offered = {f"only{i}": sheet for i, sheet in enumerate(sheets[:_LISTED], 1)}
    choices = each("sheets.named", ({"key": key, "sheet": sheet.sheet} for key, sheet in offered.items()))
    names = "、".join(f"“{sheet.sheet}”" for sheet in sheets[:_LISTED])
    values = {"label": register.label, "sheets": names + ("……" if len(sheets) > _LISTED else "")}
    place = QuestionPlace(sheets[0].file)
    subject = subject_of(sheets[0].file, register.label, "").rstrip("/")
    answer = inquiry.ask(Question.of("sheets.named", subject, place, values, choices))
    return offered.get(answer or "")
