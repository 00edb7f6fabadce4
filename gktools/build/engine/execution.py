"""Execution of the master notebook for one report, through papermill, without the addresses and keys of this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...inputs.inputs import HANDED, Inputs, hand_over
from ...workspace.files import temporary_folder
from .environment import only_environment


def execute_notebook(
    notebook: Path, target: Path, inputs: Inputs, home: Path, *, cell_seconds: int, memory_bytes: int
) -> Any:
    """Return the notebook executed for the report of these inputs, also saved at target; the same inputs give the same bytes.

    It runs in this Python, whatever kernel it names, in a private folder, sealed off from the working folder; a second
    time if the machine failed, not the notebook. Raises PapermillExecutionError where a cell fails, CellTimeoutError
    where one takes longer than cell_seconds, DeadKernelError where the process ends.
    """
    import nbformat
    import papermill
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    parameters = {"office": inputs.office.code, "year": inputs.year}
    for last in (False, True):
        try:
            with temporary_folder() as folder:
                handed = folder / "inputs"
                hand_over(inputs, handed)
                with only_environment({HANDED: str(handed)}):
                    executed = papermill.execute_notebook(
                        _literal(notebook),
                        _literal(target),
                        parameters,
                        progress_bar=False,
                        cwd=folder,
                        start_timeout=120,
                        execution_timeout=cell_seconds,
                        engine_name="gktools",
                        kernel_name=NATIVE_KERNEL_NAME,
                        language="python",
                        memory_limit=memory_bytes,
                        sealed_from=str(home),
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
