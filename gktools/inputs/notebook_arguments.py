"""What a notebook asks for in its first cells, checked: an office by its code, a year, changes for this run.

papermill writes a parameter that the notebook does not know into a cell as a name of its own, and nothing would use it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from ..errors import ParamsError, nearest

KNOWN = ("office", "year", "overrides")
_INJECTED = "# Parameters"
"""The first line of the cell that papermill adds."""


def check_arguments(office: object, year: object, overrides: object) -> None:
    """Raise ParamsError, with what to write instead, for an office, a year or changes of the wrong kind."""
    if not isinstance(office, str):
        raise ParamsError(
            f"office（机关代码）要写成文字，现在是 {office!r}：笔记本里加引号，papermill 用 -r office 代码（-p 会把 007 读成数）"
        )
    if not office:
        raise ParamsError('没有写机关代码：请在笔记本的第一格写 office = "代码"，papermill 用 -r office 代码')
    if isinstance(year, bool) or not isinstance(year, int) or not 1000 <= year <= 9999:
        raise ParamsError(
            f"year（报告年度）要写成四位的数，如 2024，不加引号，现在是 {year!r}；papermill 用 -p year 2024"
        )
    if overrides is not None and not (
        isinstance(overrides, Mapping) and all(isinstance(key, str) for key in overrides)
    ):
        raise ParamsError(f"overrides（临时改动）要写成“项目: 值”的一组，不改就写 {{}}，现在是 {overrides!r}")


def check_names() -> None:
    """Raise ParamsError for a parameter that the notebook does not know: one that papermill added, or Year for year."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    names = {*_injected(shell.user_ns.get("In", ())), *_misspelt(shell.user_ns)}
    if unknown := sorted(names - set(KNOWN)):
        hints = "".join(nearest(name.casefold(), KNOWN) for name in unknown)
        raise ParamsError(f"不认识的参数 {'、'.join(unknown)}（可以写的是 {'、'.join(KNOWN)}）{hints}")


def _injected(sources: Iterable[str]) -> Iterator[str]:
    """Yield the names that the cells added by papermill assign."""
    for source in sources:
        if source.startswith(_INJECTED):
            assignments = (node for node in ast.parse(source).body if isinstance(node, ast.Assign))
            yield from (target.id for node in assignments for target in node.targets if isinstance(target, ast.Name))


def _misspelt(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name.casefold() in KNOWN)
