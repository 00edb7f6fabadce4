"""Execution of the master notebook for one report, through papermill, without the addresses and keys of this process."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...inputs.inputs import HANDED, Inputs, hand_over
from ...workspace.files import temporary_folder
from .environment import only_environment
from .saving import notebook_text


def execute_notebook(
    notebook: Path, target: Path, inputs: Inputs, home: Path, *, cell_seconds: int, memory_bytes: int
) -> Any:
    """Return the notebook executed for the report of these inputs, also saved at target; the same inputs give the same bytes.

    It runs in this Python, whatever kernel it names, in a private folder, sealed off from the working folder; a second
    time if the machine failed, not the notebook. Raises PapermillExecutionError where a cell fails, CellTimeoutError
    where one takes longer than cell_seconds, DeadKernelError where the process ends: saved as far as it ran.
    """
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors
    from papermill.utils import chdir

    parameters = {"office": inputs.office.code, "year": inputs.year}
    for last in (False, True):
        executed = _prepared(notebook, parameters)
        try:
            with temporary_folder() as folder:
                handed = folder / "inputs"
                hand_over(inputs, handed)
                with only_environment({HANDED: str(handed)}), chdir(folder):
                    papermill_engines.execute_notebook_with_engine(
                        "gktools",
                        executed,
                        kernel_name=NATIVE_KERNEL_NAME,
                        progress_bar=False,
                        start_timeout=120,
                        execution_timeout=cell_seconds,
                        memory_limit=memory_bytes,
                        sealed_from=str(home),
                    )
            raise_for_execution_errors(executed, None)
        except Exception as error:
            of_machine = isinstance(error, DeadKernelError | RuntimeError | OSError)
            if last or not of_machine or isinstance(error, CellTimeoutError | PapermillExecutionError):
                with suppress(OSError):  # the first error is the one to be told
                    _save(executed, target)
                raise
        else:
            break
    remove_clock(executed, parameters)
    _save(executed, target)
    return executed


def _prepared(notebook: Path, parameters: Mapping[str, object]) -> Any:
    """Return the notebook as papermill's execute_notebook prepares it, which also saves: slowly, and with times in it."""
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME
    from papermill.execute import prepare_notebook_metadata, remove_error_markers
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    options = {"kernel_name": NATIVE_KERNEL_NAME, "language": "python", "engine_name": "gktools"}
    book = parameterize_notebook(load_notebook_node(str(notebook)), parameters, **options)
    return remove_error_markers(prepare_notebook_metadata(book, str(notebook), None, report_mode=False))


def _save(notebook: Any, target: Path) -> None:
    target.write_text(notebook_text(notebook), encoding="utf-8", newline="\n")


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
