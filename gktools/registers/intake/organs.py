"""Names of offices in a file beside its 单位 line: in a title, and in a column of who decided or charged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ...errors import NotFoundError
from ..questions import Question, QuestionPlace
from ..schema import fold
from ..words import is_nothing, looks_personal
from .cover import FindOffice
from .places import Row
from .values import text_of

MOST = 200
"""The maximum number of different names looked up in one column."""
_LONGEST = 80
_ENDS = re.compile("[局委办厅院府会处所站队心校区乡镇]")
_GOES_ON = re.compile(
    "[(]?(?:20[0-9]{2}|依申请|政府信息|信息公开|行政|规范性|主动公开|收费|权责|政府采购|监督|办理|台账|登记)|$"
)
_DECIDES = re.compile(
    "(?:作出.{0,8}|处罚|许可|强制|决定|执法|审批|收费|收款|实施|发布|填报|采购|登记|制定|制发|发文|印发|公布|答复)"
    "(?:机关|单位|部门|主体)(?:名称)?"
)
_HANDLES = re.compile("(?:承办|经办|办理|主办|办案|责任|牵头)?(?:单位|机关|部门|采购人)(?:名称)?")
_OFFICE = re.compile("转.*|.*(?:局|委|委员会|政府|厅|院|街道|街道办事处|镇|乡)")
_OWN = re.compile("[本我](?:局|委|办|厅|机关|单位|镇|乡|街道|部门|级|院|中心|大?队)?.{0,8}")
_NAMES = 3
"""The most names that a question shows."""


def names_an_organ(heading: str) -> bool:
    """Return whether a column that is not read says which office a row is of."""
    return any(pattern.fullmatch(fold(heading)) for pattern in (_DECIDES, _HANDLES))


def names_of_others(heading: str, names: Iterable[str], office: str, find_office: FindOffice) -> list[str]:
    """Return the names in a column of offices that are not plainly this office's: of who decided, any other name; of who
    handled, which may be a section of it, the names that only offices have."""
    decides = _DECIDES.fullmatch(fold(heading)) is not None
    others = (name for name in names if not _is_own(name, office, find_office))
    return [name for name in others if decides or _OFFICE.fullmatch(fold(name))]


def _is_own(name: str, office: str, find_office: FindOffice) -> bool:
    if is_nothing(name) or _OWN.fullmatch(fold(name)) or office_named(name, find_office) == office:
        return True
    beginnings = (name[: found.end()] for found in _ENDS.finditer(name[:_LONGEST]))
    return any(office_named(beginning, find_office) == office for beginning in beginnings)


def other_organs(place: QuestionPlace, whose: str, names: Sequence[str]) -> Question:
    """Ask whether the names in a column are of another office, or other names of this one."""
    shown = [name for name in names if not looks_personal(name)][:_NAMES]
    said = "、".join(shown) + ("等" if len(shown) < len(names) else "")
    values = {"heading": place.column, "names": said, "count": len(place.rows)}
    return Question.of("organ.other", f"{whose}/{place.column}", place, values)


def office_named(text: str, find_office: FindOffice) -> str:
    """Return the code of the office whose name a text is; empty if the book has none of that name."""
    try:
        return find_office(text)
    except NotFoundError:
        return ""


def offices_above(rows: Sequence[Row], find_office: FindOffice) -> Iterator[tuple[int, str, str]]:
    """Yield row (from 0), name and code of every office whose name begins a title or follows a label such as 填报单位."""
    for index, row in enumerate(rows):
        for text in filter(None, (text_of(value).strip() for value in row[:200])):
            for said in (text, re.split("[:：]", text, maxsplit=1)[-1].strip()):
                if len(said) <= _LONGEST and (found := _at_the_beginning(said, find_office)):
                    yield index, *found
                    break


def _at_the_beginning(text: str, find_office: FindOffice) -> tuple[str, str] | None:
    ends = [found.end() for found in _ENDS.finditer(text) if _GOES_ON.match(fold(text[found.end() :]))]
    names = (text[:end] for end in reversed(ends))
    return next(((name, code) for name in names if (code := office_named(name, find_office))), None)
