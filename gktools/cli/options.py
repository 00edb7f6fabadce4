"""The options that several commands share, and the working folder they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..params import Project

Year = Annotated[int | None, typer.Option("--year", help="报告年度；不写即 params/ 下的每一年")]
Offices = Annotated[list[str] | None, typer.Option("--office", help="机关代码；可写多次；不写即全部机关")]
AsJson = Annotated[bool, typer.Option("--json", help="只输出一份 JSON")]


def open_project() -> Project:
    """Return the project of the working folder. Raises NotFoundError outside of one."""
    from ..inputs import find_home
    from ..params import open_project as open_at

    return open_at(find_home())
