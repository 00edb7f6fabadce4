"""Papermill's record of a run, with fewer writes."""

from __future__ import annotations

import time
from typing import Any

from papermill.engines import NotebookExecutionManager

SAVE_SECONDS = 5.0


class ThrottledSaves(NotebookExecutionManager):  # type: ignore[misc]
    """Papermill's bookkeeping, saved every few seconds, and at once when a run is interrupted.

    Stock papermill writes the file twice a cell, which takes longer than the cells; at the end of a run it writes it
    once more anyway.
    """

    every = SAVE_SECONDS
    _saved: float | None = None

    def save(self, **options: Any) -> None:
        """Write the notebook, unless it was written less than `every` seconds ago."""
        now = time.monotonic()
        if self._saved is None:
            self._saved = now
        if now - self._saved >= self.every:
            super().save(**options)
            self._saved = now
