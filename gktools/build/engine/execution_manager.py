"""Papermill's record of a run, with fewer writes."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from papermill.engines import NotebookExecutionManager

SAVE_SECONDS = 5.0
_day = datetime.fromisoformat


class ThrottledSaves(NotebookExecutionManager):  # type: ignore[misc]
    """Papermill's bookkeeping, saved every few seconds, and at once when a run is interrupted.

    Stock papermill writes the file twice a cell, which takes longer than the cells; at the end of a run it writes it
    once more anyway.
    """

    every = SAVE_SECONDS
    _saved: float | None = None

    def cell_complete(self, cell: Any, cell_index: int | None = None, **options: Any) -> None:
        """Note the end of a cell as papermill does, without dateutil's search for the format of papermill's own date."""
        noted = cell.metadata.papermill
        started = noted.pop("start_time", None)
        super().cell_complete(cell, cell_index, **options)
        noted["start_time"] = started
        if started:
            noted["duration"] = (_day(noted["end_time"]) - _day(started)).total_seconds()

    def save(self, **options: Any) -> None:
        """Write the notebook, unless it was written less than `every` seconds ago."""
        now = time.monotonic()
        if self._saved is None:
            self._saved = now
        if now - self._saved >= self.every:
            super().save(**options)
            self._saved = now
