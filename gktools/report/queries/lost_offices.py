"""Registers in the store of offices that the office book does not have: what happened, and what to do.

A code changed in the book leaves the registers behind under the old one; every figure of the office is then unknown, and
each of its cells a finding. That is said once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...registers.store.coverage import Coverage
from ...registers.store.store import Store
from ...workspace.project import Project

_SHOWN = 5


@dataclass(frozen=True)
class LostOffice:
    """A code that has registers in force and is not in the book: how many, of which years, and which codes may be its new one.

    candidates are offices of the book without any registers, each with its name.
    """

    code: str
    registers: int
    years: tuple[int, ...]
    candidates: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """What happened and what to do, for who has the office book before them."""
        years = "、".join(map(str, self.years))
        found = f"单位表里没有“{self.code}”，台账库里却有它的 {self.registers} 份登记表（{years} 年）"
        if not self.candidates:
            return (
                f"{found}，哪一份报告也不会用到。撤销、并入别处的机关不要从单位表里删掉：给它的名称写上 until，"
                f"并入的，在新机关里写 predecessors: [{self.code}]。{_MORE}"
            )
        shown = "、".join(f"“{code}”（{name}）" for code, name in self.candidates[:_SHOWN])
        return (
            f"{found}；{shown}却一份也没有，所以没有数。多半是改了代码：请在 params/offices.yaml 里改回 {self.code}，"
            f"params/ 各年度的文件名也用 {self.code}。代码只是编号，机关改名不用改它。{_MORE}"
        )


_MORE = "一定要换的，见运维手册（docs/operations.md）的“机关变了”"


def lost_offices(project: Project, store: Store) -> list[LostOffice]:
    """Return every code that has registers in force and is not in the book. Raises RecordsError.

    Nothing is said of one whose registers have all been imported again for an office of the book.
    """
    if store.offices() <= project.book.keys():
        return []
    by_code: dict[str, list[Coverage]] = {}
    for one in store.coverage():
        by_code.setdefault(one.code, []).append(one)
    contents = {code: {(one.register, one.year, one.sha256) for one in held} for code, held in by_code.items()}
    known = [content for code, content in contents.items() if code in project.book]
    lost = sorted(
        code for code in by_code.keys() - project.book.keys() if not any(contents[code] <= other for other in known)
    )
    empty = [code for code, entry in project.book.items() if code not in by_code and not entry.rolls_up]
    return [_lost(project, code, by_code[code], _new_codes(project, code, empty)) for code in lost]


def _lost(project: Project, code: str, held: Iterable[Coverage], candidates: Iterable[str]) -> LostOffice:
    known = tuple((one, project.book[one].names[-1].name) for one in candidates)
    years = [one.year for one in held]
    return LostOffice(code, len(years), tuple(sorted(set(years))), known)


def _new_codes(project: Project, lost: str, empty: Sequence[str]) -> list[str]:
    """The codes without registers that an office may have now: those of its name, else those without parameters of their own."""
    years = project.years()
    manifests = (project.report(lost, year).manifest(verify=False) for year in years)
    names = {manifest.name for manifest in manifests if manifest}
    if names:
        return [code for code in empty if names & {known.name for known in project.book[code].names}]
    written = {path.stem for year in years for path in (project.home / "params" / str(year)).glob("*.yaml")}
    return [code for code in empty if code not in written] if lost in written else []
