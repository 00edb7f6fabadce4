"""What papermill calls: its own engine with our kernels, and its own bookkeeping with fewer writes.

Papermill loads this module in the middle of its own import, so papermill may be imported here only when it is used.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel


class GktoolsEngine:
    """Runs a notebook in a process forked for it. Where that cannot be done, stock papermill runs it."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, *, memory_limit: int = 0, **options: Any) -> Any:
        """Return the notebook executed, up to the cell that failed.

        Takes papermill's options and memory_limit: bytes a report may take beyond what is loaded for it; no
        file of its may be longer, and what it prints no longer than a part of it. Raises nbclient's DeadKernelError
        and CellTimeoutError, manager's TooMuchOutputError; the notebook is saved then too.
        """
        if can_fork(kernel_name):
            return _execute(nb, kernel_name, memory_limit, **options)
        from papermill.engines import NBClientEngine

        return NBClientEngine.execute_notebook(nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        """Return the name of the kernel a notebook asks for. Raises ValueError if it asks for none."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> str:
        """Return the language a notebook is written in. Raises ValueError if it does not say."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))


@lru_cache
def can_fork(kernel_name: str) -> bool:
    """Whether a kernel is this very Python, on a system that forks as we need it."""
    if sys.platform != "linux":
        return False
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel_name)
    except NoSuchKernel:
        return False
    names = {"python", "python3", f"python3.{sys.version_info.minor}", sys.executable}
    return spec.argv[0] in names and "ipykernel_launcher" in spec.argv and not spec.env


def _execute(nb: Any, kernel_name: str, memory_limit: int, *, log_output: bool = False, **options: Any) -> Any:
    from papermill.engines import NBClientEngine
    from traitlets.config import Config

    from .execution_manager import SavesAtTheEnd
    from .manager import ForkedKernelManager

    options["kernel_manager_class"] = ForkedKernelManager
    options["config"] = Config({"ForkedKernelManager": {"memory_limit": memory_limit}})
    path, progress_bar = options.pop("output_path", None), options.pop("progress_bar", True)
    report = SavesAtTheEnd(nb, path, log_output, progress_bar, options.pop("autosave_cell_every", 30))
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
