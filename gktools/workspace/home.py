"""Where the working folder is."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import NotFoundError

FOLDER = "params"


def find_home(start: Path | None = None) -> Path:
    """Return the absolute path of the working folder: GKTOOLS_HOME if set, which is not checked.

    Otherwise start (default: the current folder) or the nearest folder above it with params/offices.yaml. Raises
    NotFoundError if there is none.
    """
    if named := os.environ.get("GKTOOLS_HOME"):
        return Path(named).resolve()
    if found := home_above(start or Path.cwd()):
        return found
    raise NotFoundError(f"这里和上级目录里都没有 {FOLDER}/offices.yaml：请先进入工作目录，或用 gktools init 新建一个")


def home_above(start: Path) -> Path | None:
    """Return the folder, or the nearest one above it, that is a working folder; None if there is none."""
    here = start.resolve()
    return next((one for one in (here, *here.parents) if (one / FOLDER / "offices.yaml").is_file()), None)
