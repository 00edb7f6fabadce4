"""Names of offices in a file beside its 单位 line: in a title, and in a column of who decided or charged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial

from ...errors import NotFoundError
from ..schema import fold
from ..words import ORGAN, book, plain
from .cover import FindOffice
from .places import Row
from .values import text_of

IsOwn = Callable[[str], bool]
"""Returns whether a name is that of the office of a file."""
MOST = 200
"""The maximum number of different names looked up in one column."""
_LONGEST = 80
_ENDS = re.compile("[局委办厅院府会处所站队心校区乡镇]")
_GOES_ON = re.compile(
    "[(]?(?:20[0-9]{2}|依申请|政府信息|信息公开|行政|规范性|主动公开|收费|权责|政府采购|监督|办理|台账|登记)|$"
)
_COLUMN = re.compile(
    "(?:单位|机关|部门|采购人)(?:名称)?|(?:作出.{0,8}|处罚|许可|强制|决定|执法|审批|收费|收款|实施|发布|填报|采购|登记)"
    "(?:机关|单位|部门|主体)(?:名称)?"
)


def names_an_organ(heading: str) -> bool:
    """Return whether a column that is not read says which office a row is of."""
    return _COLUMN.fullmatch(fold(heading)) is not None


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


def own_names(office: str, find_office: FindOffice, said: Sequence[str], refused: bool) -> IsOwn:
    """Return the test whether a name is that of an office: in the book of offices, the end of a name that the file says of
    it, or 本局 and the like; if those of other offices of the book are refused anyway, whether it is any in the book."""
    own = tuple(plain(name) for name in said if office_named(name, find_office) == office)
    return lru_cache(partial(_is_own, office, find_office, own, refused))


def _is_own(office: str, find_office: FindOffice, own: tuple[str, ...], refused: bool, name: str) -> bool:
    bare = re.sub(r"\(.*\)$", "", plain(name))
    if re.fullmatch(book().own_office, bare):
        return True
    found = office_named(name.strip(), find_office)
    if found or not bare or re.fullmatch(book().any_office, bare):
        return bool(found) and (refused or found == office)
    return any(name.endswith(bare) for name in own)


def besides_own(beside: Mapping[str, Sequence[str]], is_own: IsOwn) -> dict[str, Sequence[str]]:
    """Return the texts read for conditions only; those of offices empty where the file's own office is one of them."""
    return {
        key: [text if is_all_others(text, is_own) else "" for text in texts] if key == ORGAN else texts
        for key, texts in beside.items()
    }


def is_all_others(text: str, is_own: IsOwn) -> bool:
    """Return whether none of the names in a text is that of the file's own office."""
    return not any(map(is_own, (text, *_BETWEEN_NAMES.split(text))))


_BETWEEN_NAMES = re.compile(r"[、,，;；/和及与\s]+")
