"""What the office book leaves out of a year: registers in force that no report has, and offices that are in no sum."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import GktoolsError
from ...registers.store.store import Store
from ...workspace.project import Project
from ...workspace.strays import Unreported, left_out, strays


def unused_registers(project: Project, store: Store, year: int) -> Iterator[str]:
    """Yield what happened and what to do, for who has the office book before them. Raises RecordsError.

    Nothing is said of an office that the roll-ups' parameters explain.
    """
    found = strays(project.book, year)
    for one in left_out(found, store.begun(year)) if found else ():
        if not _is_explained(project, one, year):
            yield _outside(one, year) if one.stray.existed else _other_years(one, year)


def _is_explained(project: Project, one: Unreported, year: int) -> bool:
    rule = "rollup.outside" if one.stray.existed else "rollup.other-years"
    try:
        told = [project.params(code, year).differences for code in one.stray.told_by]
    except GktoolsError:
        return False
    return bool(told) and all(
        any(given.rule == rule and given.cell in ("", one.stray.code) for given in differences) for differences in told
    )


def _outside(one: Unreported, year: int) -> str:
    return (
        f"{one.stray.named}（{one.stray.code}）不在 {year} 年的本级政府汇总里：{one.stray.why}；{one.held}。属于本级政府的，"
        f"请在 params/offices.yaml 里写上 parent；确实不属于的，在汇总的参数 differences 里写明原因（rule: rollup.outside）"
    )


def _other_years(one: Unreported, year: int) -> str:
    return (
        f"{one.stray.name}（{one.stray.code}）：照单位表，{year} 年底没有这个机关（{one.stray.why}），{one.held}是 {year} 年的，"
        f"哪一份报告也不会用到。请核对 params/offices.yaml 里它的 since、until；确实已经撤并、还没有设立的，由别的机关登记，"
        f"取消那几次导入（gktools records undo）"
    )
