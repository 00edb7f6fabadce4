"""What a report was asked for, and whether the executed notebook made that: office, year, every part, and the inputs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ..errors import GktoolsError
from ..inputs.inputs import AS_OF, parameters_hash
from ..registers.store.store import open_store
from ..workspace.project import Project
from .freshness import NOTEBOOK


@dataclass(frozen=True)
class Asked:
    """The report that was asked for, and its inputs at one moment: the hash of its parameters, the last import."""

    office: str
    year: int
    parameters: str
    as_of: int


def asked_for(project: Project, code: str, year: int) -> Asked:
    """Return what is asked for, with the inputs as they are now. Raises NotFoundError, ParamsError, RecordsError."""
    parameters = parameters_hash(project, code, year)
    members = project.members(code, year) if project.office(code, year).rolls_up else []
    at = os.environ.get(AS_OF)
    with open_store(project.home) as store:
        as_of = store.last_import([code, *(office.code for office in members)], int(at) if at else None)
    return Asked(code, year, parameters, as_of)


def require_asked(project: Project, asked: Asked, executed: Any) -> None:
    """Raise GktoolsError unless an executed notebook made the report that was asked for, all of it.

    Inputs that changed while it ran may be those of before or of after.
    """
    from ..render.page import inputs_in, made_for_in, parts_that_differ

    for key, made in made_for_in(executed):
        if made != (asked.office, asked.year):
            what = f"里的“{_title(executed, key)}”是" if key else "做出来的是"
            wanted = _named(project, asked.office, asked.year)
            raise GktoolsError(
                f"总笔记本{what}{_named(project, *made)}的，要做的是{wanted}的，没有做成。{_LOOK_AT_SETUP}"
            )
    if different := parts_that_differ(executed):
        named = "、".join(f"“{_title(executed, key)}”" for key in different)
        raise GktoolsError(f"总笔记本里显示的{named}和核对过的报告里的不一样，没有做成。{_LOOK_AT_CELLS}")
    used = inputs_in(executed)
    _require_inputs(project, asked, used["hashes"]["parameters"], used["as_of"])


def _title(executed: Any, key: str) -> str:
    from ..render.page import report_in

    titles = {part.key: part.title for part in report_in(executed).parts}
    return titles.get(key, "图")


def _named(project: Project, code: str, year: int) -> str:
    return f"{project.name(code, year)}（{code}）{year} 年" if code in project.book else "不知道哪个机关"


def _require_inputs(project: Project, asked: Asked, parameters: str, as_of: int) -> None:
    if (parameters, as_of) == (asked.parameters, asked.as_of):
        return
    now = asked_for(project, asked.office, asked.year)
    if parameters not in (asked.parameters, now.parameters):
        if asked.parameters != now.parameters:
            raise GktoolsError("参数在做这份报告的时候改了，没有做成：请再做一次")
        raise GktoolsError(f"总笔记本用的参数不是 params 里的，没有做成。{_LOOK_AT_OVERRIDES}")
    if not asked.as_of <= as_of <= now.as_of:
        raise GktoolsError(
            f"总笔记本用的台账是第 {as_of} 次导入时的，台账库里是第 {now.as_of} 次导入的，没有做成。{_LOOK_AT_SETUP}"
        )


_LOOK_AT_SETUP = (
    f"请看 {NOTEBOOK.as_posix()}：开头几格里是不是写死了 office、year，是不是多了一个 parameters 格，"
    "后面的格里是不是换了 inputs、records；改回原样再做"
)
_LOOK_AT_CELLS = f"请看 {NOTEBOOK.as_posix()}：显示以后是不是又改过，是不是印了两次；改回原样再做"
_LOOK_AT_OVERRIDES = f"请看 {NOTEBOOK.as_posix()}：开头几格里是不是写了 overrides；改动要写进 params，删掉这里的再做"
