"""The folder of the notebooks and the sample district's parameters that gktools ships."""

from __future__ import annotations

from pathlib import Path

from ..errors import GktoolsError

_PACKAGE = Path(__file__).parents[1]
COPIED = ("notebooks", "params")
"""The folders that a new working folder gets copies of."""


def shipped_folder() -> Path:
    """Return the folder: the repository, or inside the package. Raises GktoolsError if the installation is incomplete."""
    for place in (_PACKAGE.parent, _PACKAGE / "_project"):
        if all((place / name).is_dir() for name in COPIED) and (place / "notebooks" / "annual_report.ipynb").exists():
            return place
    raise GktoolsError("安装不完整：找不到总笔记本，请重新安装 gktools")
