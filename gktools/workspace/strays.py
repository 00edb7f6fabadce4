"""Offices of the book that no sum of a year has, or no report at all: by a line of the book that is missing or wrong.

The book cannot tell a slip from what is meant, so this is what has to be said, not what is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from .office_book import Name, OfficeEntry, ancestors, kept_for_book
from .offices import office_kinds

Book = Mapping[str, OfficeEntry]


@dataclass(frozen=True)
class Stray:
    """An office that a year's sums leave out, with those below it; or one that did not exist at the end of the year.

    codes are its own and those of the offices below it that are left out with it; told_by are the roll-up entries whose
    reports are to say so, none if the year has none. why says in Chinese what the book has. Where it did not exist it is
    only of interest if it has registers of the year.
    """

    code: str
    name: str
    codes: tuple[str, ...]
    existed: bool
    why: str
    told_by: tuple[str, ...]

    @property
    def named(self) -> str:
        """Its name, and how many are below it."""
        return self.name if len(self.codes) == 1 else f"{self.name}和它下面的 {len(self.codes) - 1} 个机关"


@kept_for_book
def strays(book: Book, year: int) -> tuple[Stray, ...]:
    """Return the strays of a year, in the order of the book."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    sums = {code: top for code, entry in book.items() if (top := entry.rolls_up) and entry.name_on(last)}
    highest = _highest(book, sums)
    lower = {sums[code] for code in _topmost(book, sums) if code not in highest}
    outside: dict[str, list[str]] = {}
    gone = []
    for code, entry in book.items():
        chain = {code, *ancestors(code, book)}
        has = tuple(one for one, top in sums.items() if not entry.rolls_up and top in chain)
        if not entry.name_on(last):
            within = any(name.since <= last and (name.until or last) >= first for name in entry.names)
            if not (within and has):
                gone.append(Stray(code, _name(entry), (code,), False, _when(entry), has or highest))
        elif sums and not entry.rolls_up and (not has or lower & chain):
            outside.setdefault(_root(code, book), []).append(code)
    return (*_outside(book, outside, lower, highest), *gone)


def _outside(
    book: Book, outside: Mapping[str, list[str]], lower: set[str], told_by: tuple[str, ...]
) -> Iterator[Stray]:
    for root, codes in outside.items():
        code = root if root in codes else codes[0]
        inside = (code, *(other for other in codes if other != code))
        sums = "另有级别更高的政府" if root in lower else "也没有一条汇总（rolls_up）写的是它"
        yield Stray(code, _name(book[code]), inside, True, f"单位表里没有写它的上级（parent），{sums}", told_by)


def _topmost(book: Book, sums: Mapping[str, str]) -> list[str]:
    """Return the roll-up entries of governments that no other one has below it."""
    tops = set(sums.values())
    return [code for code, top in sums.items() if not tops & ancestors(top, book)]


def _highest(book: Book, sums: Mapping[str, str]) -> tuple[str, ...]:
    """Return the topmost roll-up entries of the highest level; a lower one beside them has lost its parent, or never had one."""
    kinds, topmost = list(office_kinds()), _topmost(book, sums)
    levels = {code: kinds.index(book[code].kind) for code in topmost}
    return tuple(code for code in topmost if levels[code] == min(levels.values()))


def _root(code: str, book: Book) -> str:
    above = ancestors(code, book)
    return next((other for other in above if not book[other].parent), code)


def _name(entry: OfficeEntry) -> str:
    return entry.names[-1].name


def _when(entry: OfficeEntry) -> str:
    """Return when the names of an office hold, in Chinese."""
    spans = [(name.since, name.until) for name in entry.names]
    return "；".join(
        f"名称{'' if since == _ALWAYS else f'从 {since} 起'}{f'到 {until} 为止' if until else ''}"
        for since, until in spans
    )


_ALWAYS = Name.model_fields["since"].default


@dataclass(frozen=True)
class Unreported:
    """A stray that has to be told of, and how many registers of the year are in force of the offices left out."""

    stray: Stray
    registers: int

    @property
    def held(self) -> str:
        """How many registers there are, in Chinese."""
        return f"台账库里有 {self.registers} 张登记表" if self.registers else "台账库里还没有登记表"


def left_out(found: Iterable[Stray], registers: Mapping[str, Collection[str]]) -> tuple[Unreported, ...]:
    """Return those that have to be told of: offices outside the sums, and offices of other years with registers of this one.

    registers are those in force of the year, by the code of the office.
    """
    counted = ((one, sum(len(registers.get(code, ())) for code in one.codes)) for one in found)
    return tuple(Unreported(one, number) for one, number in counted if one.existed or number)
