"""Papermill's record of a run, written less often."""

from __future__ import annotations

import time
from typing import Any

from papermill.engines import NotebookExecutionManager

SAVE_SECONDS = 5.0


class SavesAtTheEnd(NotebookExecutionManager):  # type: ignore[misc]
    """Papermill's bookkeeping; a long run is saved every few seconds, one that breaks off when it does.

    Stock papermill writes the file twice a cell, which takes longer than the cells. After a run that comes to its
    end papermill writes it once more anyway.
    """

    every = SAVE_SECONDS
    _saved: float | None = None

    def save(self, **options: Any) -> None:
        """Write the notebook, unless that was done a moment ago."""
        now = time.monotonic()
        if self._saved is None:
            self._saved = now
        if now - self._saved >= self.every:
            super().save(**options)
            self._saved = now
