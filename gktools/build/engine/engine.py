"""The engine that papermill calls: papermill's own with forked kernels, and its bookkeeping with fewer writes.

Papermill loads this module during its own import, so papermill may be imported here only where it is used.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import Any

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager, NoSuchKernel


class GktoolsEngine:
    """Runs a notebook in a process forked for it; where that is impossible, stock papermill runs it."""

    @classmethod
    def execute_notebook(
        cls, nb: Any, kernel_name: str, *, memory_limit: int = 0, sealed_from: str = "", **options: Any
    ) -> Any:
        """Return the notebook executed, up to the cell that failed.

        Takes papermill's options; memory_limit: the bytes a report may use beyond what is loaded for it, also the limit of
        any file it writes, and a fraction of it the limit of its output; and sealed_from: the working folder that the
        kernel is closed off from (sealing.py). Raises nbclient's DeadKernelError and CellTimeoutError and manager's
        TooMuchOutputError; the notebook is saved in these cases too.
        """
        if can_fork(kernel_name):
            given = {"memory_limit": memory_limit, "sealed_from": sealed_from, "modules": _modules_of(nb)}
            return _execute(nb, kernel_name, given, **options)
        from papermill.engines import NBClientEngine

        return NBClientEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the kernel that a notebook asks for. Raises ValueError if it names none."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language of a notebook. Raises ValueError if it names none."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


@lru_cache
def can_fork(kernel_name: str) -> bool:
    """Return whether a kernel is this same Python, on a system that can fork it.

    Jupyter's own name is always this Python: a folder of that name in a user's settings may point to another.
    """
    if sys.platform != "linux":
        return False
    if kernel_name == NATIVE_KERNEL_NAME:
        return True
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return False
    names = {"python", "python3", f"python3.{sys.version_info.minor}", sys.executable}
    return spec.argv[0] in names and "ipykernel_launcher" in spec.argv and not spec.env


def _modules_of(nb: Any) -> list[str]:
    """Return the modules to import before the fork: pandas only where a cell seems to make a DataFrame.

    A cell that does it in another way imports it itself, for each report.
    """
    from .manager import FRAMES

    return [*FRAMES] if any(_FRAME.search(cell.source) for cell in nb.cells if cell.cell_type == "code") else []


_FRAME = re.compile(r"pandas|\.(?:frames?|earlier|tally|counted|near)\b|\b(?:records|own)\[")


def _execute(nb: Any, kernel_name: str, given: dict[str, object], *, log_output: bool = False, **options: Any) -> Any:
    from papermill.engines import NBClientEngine
    from traitlets.config import Config

    from .execution_manager import ThrottledSaves
    from .manager import ForkedKernelManager

    options["kernel_manager_class"] = ForkedKernelManager
    options["config"] = Config({"ForkedKernelManager": given})
    path, progress_bar = options.pop("output_path", None), options.pop("progress_bar", True)
    report = ThrottledSaves(nb, path, log_output, progress_bar, options.pop("autosave_cell_every", 30))
    report.notebook_start()
    try:
        NBClientEngine.execute_managed_notebook(report, kernel_name, log_output=log_output, **options)
    except BaseException:
        report.every = 0
        raise
    finally:
        report.cleanup_pbar()
        report.notebook_complete()
    return report.nb
