"""Where the technical side of a failed command is kept."""

from __future__ import annotations

from pathlib import Path

from ..errors import GktoolsError

LOG = "gktools-error.log"


def keep_log(text: str) -> str:
    """Keep a traceback in the output folder, or here where there is none; return the file as a message names it."""
    place = _folder() / LOG
    try:
        place.write_text(text, encoding="utf-8", newline="\n")
    except OSError:
        return f"（{LOG} 写不进去）"
    return f"{place.parent.name}/{LOG}" if place.parent.name == "output" else LOG


def _folder() -> Path:
    from ..inputs import find_home
    from ..manifests import OUTPUT

    try:
        folder = find_home() / OUTPUT
    except GktoolsError:
        return Path.cwd()
    return folder if folder.is_dir() else Path.cwd()
