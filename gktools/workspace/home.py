"""Where the working folder is."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import GktoolsError, NotFoundError

FOLDER = "params"


def find_home(start: Path | None = None) -> Path:
    """Return the absolute path of the working folder: GKTOOLS_HOME if set, which is not checked.

    Otherwise start (default: the current folder) or the nearest folder above it with params/offices.yaml. Raises
    NotFoundError if there is none.
    """
    if named := os.environ.get("GKTOOLS_HOME"):
        return Path(named).resolve()
    if found := _home_above(start or Path.cwd()):
        return found
    raise NotFoundError(f"这里和上级目录里都没有 {FOLDER}/offices.yaml：请先进入工作目录，或用 gktools init 新建一个")


def command_home() -> Path:
    """Return the working folder of a command: find_home's, unless the current folder is in another one.

    Raises GktoolsError then: somebody who stands in one folder does not expect to change another.
    """
    home, here = find_home(), _home_above(Path.cwd())
    if here is None or here == home:
        return home
    raise GktoolsError(
        f"现在在工作目录 {here} 里，GKTOOLS_HOME 指的却是 {home}：不知道要办的是哪一个，什么都没有做。"
        f"要办这里的，先运行 unset GKTOOLS_HOME；要办那里的，先 cd 到那里"
    )


def _home_above(start: Path) -> Path | None:
    here = start.resolve()
    return next((one for one in (here, *here.parents) if (one / FOLDER / "offices.yaml").is_file()), None)
