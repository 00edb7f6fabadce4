"""The process that draws pictures for the pages: in the server's own one nothing else would run meanwhile."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from ...build.pool import Worker
from ...errors import GktoolsError
from ...render.pictures import require_engine, vega_svg
from ...workspace.files import make_temporary_folder, remove_tree

_SECONDS = 30.0


class DrawingProcess:
    """One process, started when the first picture is drawn; it ends with this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._worker: Worker[str, str] | None = None
        self._private: Path | None = None

    def draw(self, vega_lite: str) -> str:
        """Return the SVG of a Vega-Lite specification given as JSON. Raises GktoolsError if it cannot be drawn."""
        require_engine()
        with self._lock:
            if self._worker is None:
                self._private = make_temporary_folder()
                self._worker = Worker(str(self._private))
            drawn = self._worker.do(vega_lite, vega_svg, _SECONDS)
        if isinstance(drawn, tuple):
            return drawn[0]
        raise GktoolsError("图没有画成：画图的进程中途没了，或者太慢；请再打开一次，仍不行的转给管理 gktools 的人")

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._worker is not None:
                self._worker.end()
                self._worker = None
            if self._private is not None:
                remove_tree(self._private)
