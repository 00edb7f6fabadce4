"""Execution of the master notebook for one report, through papermill."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def execute_notebook(
    notebook: Path, target: Path, parameters: Mapping[str, object], home: Path, *, cell_seconds: int, memory_bytes: int
) -> Any:
    """Return the notebook executed in a working folder, also saved at target; the same inputs give the same bytes.

    It runs in this Python, whatever kernel it names; a second time if the machine failed, not the notebook.
    Raises PapermillExecutionError where a cell fails, CellTimeoutError where one takes longer than cell_seconds,
    DeadKernelError where the process ends.
    """
    import nbformat
    import papermill
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    for last in (False, True):
        try:
            with environment(GKTOOLS_HOME=str(home)):
                executed = papermill.execute_notebook(
                    _literal(notebook),
                    _literal(target),
                    parameters,
                    progress_bar=False,
                    cwd=home,
                    start_timeout=120,
                    execution_timeout=cell_seconds,
                    engine_name="gktools",
                    kernel_name=NATIVE_KERNEL_NAME,
                    language="python",
                    memory_limit=memory_bytes,
                )
        except (DeadKernelError, RuntimeError, OSError) as error:
            if last or isinstance(error, CellTimeoutError | papermill.PapermillExecutionError):
                raise
        else:
            break
    remove_clock(executed, parameters)
    nbformat.write(executed, target)
    return executed


def _literal(path: Path) -> str:
    """Return a path for papermill, which fills parameters into the braces of one."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def environment(**given: str) -> Iterator[None]:
    """Set environment variables within the block, for the notebooks executed there; restore them after it."""
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def remove_clock(notebook: Any, parameters: Mapping[str, object]) -> None:
    """Remove times, paths and random ids from an executed notebook, in place."""
    ran = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {"parameters": parameters, "version": ran.get("version")}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "papermill" in cell.metadata:
            cell.metadata["papermill"] = {
                key: value for key, value in cell.metadata["papermill"].items() if key in ("exception", "status")
            }
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
