"""Why a report could not be built: the message for staff, and the log and notebook stored for technicians."""

from __future__ import annotations

import logging
from pathlib import Path

from .. import errors
from ..errors import GktoolsError, os_reason
from ..workspace.files import private_mode, write_whole
from ..workspace.output import OUTPUT

FAILED_NOTEBOOK, FAILED_LOG = "failed.ipynb", "failed.log"
REPORT_SECONDS = 900.0
"""Time limit of one report, start to end; a cell of its notebook has a shorter limit of its own."""
CELL_SECONDS = 300
MEMORY_BYTES = 2 << 30
_MESSAGES = {
    "CellTimeoutError": f"总笔记本有一格超过 {CELL_SECONDS} 秒没有算完，已停下",
    "DeadKernelError": "运行总笔记本的进程中途没了，再做一次还是这样（可能内存不够、ulimit -v 或 -f 太小，或者总笔记本被改动过）",
    "MemoryError": f"做这份报告要用的内存超过了 {MEMORY_BYTES >> 30} GB，已停下（可能总笔记本被改动过）",
    "TooMuchOutputError": "总笔记本有一格不停地输出，已停下（可能总笔记本被改动过）",
}
"""The message for each error class of a running notebook."""
_DISK = ("No space left on device", "Disk quota exceeded", "File too large", "Read-only file system")


def explain_failure(error: BaseException, log: Path, home: Path) -> str:
    """Return the message for staff why a report failed; log is the file with its traceback."""
    name, text = getattr(error, "ename", type(error).__name__), str(getattr(error, "evalue", error))
    if isinstance(error, GktoolsError) or isinstance(getattr(errors, name, None), type):
        return text
    if isinstance(error, FileNotFoundError):
        return f"缺文件 {Path(error.filename or '').name}：请从 gktools 的 notebooks 目录或备份里拷回来"
    where = f"技术细节见 {log.relative_to(home).as_posix()}"
    if name in _MESSAGES:
        return f"{_MESSAGES[name]}；{where}，请转给管理 gktools 的人"
    if isinstance(error, FileExistsError):
        return f"做报告的文件夹里有别人放的 {error.filename}，没有换上，原来做好的报告没有动：请查清是谁放的，再做一次"
    if isinstance(error, OSError):
        return f"写不进去：{os_reason(error)}。请看磁盘是否已满、{OUTPUT} 是否只读"
    if any(cause in text for cause in _DISK):
        return f"总笔记本运行中写不进文件（{name}）：请看磁盘是否已满、是否只读；{where}"
    return f"总笔记本运行中出错（{name}）；{where}，请转给管理 gktools 的人"


def write_failed_notebook(work: Path, place: Path) -> None:
    """Store the notebook that failed in a folder beside the earlier report; logs a warning if the disk refuses."""
    if (work / "report.ipynb").exists():
        _write(place, FAILED_NOTEBOOK, (work / "report.ipynb").read_bytes())


def write_failed_log(place: Path, text: str) -> None:
    """Write the log of a failure beside the earlier report; logs a warning if the disk refuses."""
    _write(place, FAILED_LOG, text.encode("utf-8", "backslashreplace"))


def _write(place: Path, name: str, content: bytes) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        write_whole(place / name, content, private_mode(place.parents[1]))
    except OSError:
        logging.getLogger(__name__).warning("%s：写不进去，失败的记录 %s 没有留下", place.name, name)
