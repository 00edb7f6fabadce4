"""Whether an executed notebook made the report that was asked for: office, year, every part, cells and inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import GktoolsError
from ..inputs.inputs import Inputs
from ..workspace.project import Project
from .freshness import NOTEBOOK, PROGRAM, input_names, notebook_hash


def require_asked(project: Project, inputs: Inputs, hashes: Mapping[str, str], executed: Any) -> None:
    """Raise GktoolsError unless an executed notebook made the report of the inputs that it was given, all of it.

    hashes are those of these inputs and of the program and the notebook's file, by name (freshness.fingerprint).
    """
    from ..render.page import inputs_in, made_for_in, parts_that_differ

    if notebook_hash(executed.cells) != hashes["notebook"]:
        raise GktoolsError(
            f"{NOTEBOOK.as_posix()} 在做这份报告的时候换了，没有做成：请看是谁在改它，改完、核对过再做一次"
        )
    for key, made in made_for_in(executed):
        if made != (inputs.office.code, inputs.year):
            what = f"里的“{_title(executed, key)}”是" if key else "做出来的是"
            wanted = _named(project, inputs.office.code, inputs.year)
            raise GktoolsError(
                f"总笔记本{what}{_named(project, *made)}的，要做的是{wanted}的，没有做成。{_LOOK_AT_SETUP}"
            )
    if different := parts_that_differ(executed):
        named = "、".join(f"“{_title(executed, key)}”" for key in different)
        raise GktoolsError(f"总笔记本里显示的{named}和核对过的报告里的不一样，没有做成。{_LOOK_AT_CELLS}")
    used = inputs_in(executed)["hashes"]
    given = {name: digest for name, digest in hashes.items() if name not in (*PROGRAM, "notebook")}
    if others := [name for name in {**given, **used} if used.get(name) != given.get(name)]:
        named = "、".join(input_names(project, others))
        raise GktoolsError(f"总笔记本用的不是交给它的{named}，没有做成。{_LOOK_AT_SETUP}")


def _title(executed: Any, key: str) -> str:
    from ..render.page import report_in

    titles = {part.key: part.title for part in report_in(executed).parts}
    return titles.get(key, "图")


def _named(project: Project, code: str, year: int) -> str:
    return f"{project.name(code, year)}（{code}）{year} 年" if code in project.book else "不知道哪个机关"


_LOOK_AT_SETUP = (
    f"请看 {NOTEBOOK.as_posix()}：开头几格里是不是写死了 office、year，是不是多了一个 parameters 格，"
    "后面的格里是不是换了 inputs、records；改回原样再做"
)
_LOOK_AT_CELLS = f"请看 {NOTEBOOK.as_posix()}：显示以后是不是又改过，是不是印了两次；改回原样再做"
