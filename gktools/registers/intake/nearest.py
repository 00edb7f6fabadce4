"""The row of a sheet that is most like a heading of a register, where none is one for sure: what it has and what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..schema import registers
from .headings import Header, HeadingsOf, in_one_row
from .places import Row, printable

_LISTED = 6
"""The maximum number of headings listed of each kind."""
_LONGEST = 20


def nearest_heading(rows: Sequence[Row], renamed: HeadingsOf) -> str:
    """Return what to say of the row that is most like a heading; empty if no row has two headings of one register."""
    headers = (
        Header(register, i, i, in_one_row(row), renamed(register.key))
        for i, row in enumerate(rows)
        for register in registers().values()
    )
    best = max(headers, key=lambda header: header.recognised, default=None)
    return _said_of(best) if best and best.recognised > 1 else ""


def _said_of(header: Header) -> str:
    read, others = header.fields_read, [words[0] for words in header.words if words]
    known = [word for word in others if word in read]
    unknown = [words[0] for words in header.words if words and not header.known(words) and words[0] not in read]
    missing = [field.heading for field in header.register.fields if field.required and field.key not in read.values()]
    said = f"；第 {header.first + 1} 行最像{header.register.label}的表头：认得{_listed(known)}"
    said += "（许多台账都有这些栏目）" if not header.is_own else ""
    said += f"，不认得{_listed(unknown)}" if unknown else ""
    return said + (f"，缺{_listed(missing)}" if missing else "")


def _listed(words: Iterable[str]) -> str:
    several = list(dict.fromkeys(printable(word, _LONGEST) for word in words))
    return f"“{'”“'.join(several[:_LISTED])}”" + ("等" if len(several) > _LISTED else "")
