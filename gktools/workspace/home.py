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
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FOLDER / "offices.yaml").is_file():
            return folder
    raise NotFoundError(f"这里和上级目录里都没有 {FOLDER}/offices.yaml：请先进入工作目录，或用 gktools init 新建一个")
