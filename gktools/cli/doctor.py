"""gktools doctor: the programs and fonts of this machine, present and missing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from ..errors import GktoolsError, install_command
from ..workspace import clock


@dataclass(frozen=True)
class Item:
    """One thing that may be present: whether it is needed, what was found, and how to install it."""

    name: str
    present: bool
    needed: bool
    remedy: str
    detail: str = ""


def examine() -> list[Item]:
    """Return what is present and what is missing on this machine."""
    python = sys.version_info >= (3, 11)
    items = [
        _program(),
        Item("Python 3.11 以上", python, True, "请装 Python 3.11 或更新的版本", sys.version.split()[0]),
    ]
    for module, what, extra in _MODULES:
        items.append(Item(what, find_spec(module) is not None, not extra, install_command(extra) if extra else _AGAIN))
    items += [_kernel(), *_master_notebook()]
    items += _calendar()
    items.append(_landlock())
    font = cjk_font()
    items.append(Item("中文字体", bool(font), False, "apt-get install fonts-noto-cjk（看网页、截图测试要用）", font))
    items.append(_pdf())
    browser = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), "")
    items.append(Item("Chromium", bool(browser), False, "apt-get install chromium（只有页面测试要用）", browser))
    return items


def examine_database(address: str) -> Item:
    """Return whether the store can be kept at an address: of PostgreSQL, and of no other server."""
    from ..registers.store.opening import describe_database

    try:
        return Item(_DATABASE, True, True, "", describe_database(Path.cwd(), address))
    except GktoolsError as error:
        return Item(_DATABASE, False, True, str(error))


_DATABASE = "台账的数据库"


def _program() -> Item:
    """Return the version of gktools that runs, and where it is: after an upgrade both may be on a machine."""
    try:
        known = version("gktools")
    except PackageNotFoundError:  # run from its source, without an installation
        known = "没有安装，直接运行源代码"
    return Item("gktools", True, True, "", f"{known}（{Path(__file__).parents[2]}）")


def _pdf() -> Item:
    """Return whether this machine can draw a PDF, by drawing one."""
    from ..render.documents.pdf import require_pdf

    try:
        require_pdf()
    except GktoolsError as error:
        return Item("导出 PDF", False, False, str(error))
    return Item("导出 PDF", True, False, "", "WeasyPrint 和中文字体都有")


def _kernel() -> Item:
    """Return whether notebooks run in this Python: a kernelspec of the same name elsewhere would take precedence."""
    name = "运行笔记本的 Python"
    if find_spec("jupyter_client") is None:
        return Item(name, False, True, _AGAIN)
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        return Item(name, False, True, f"没有 python3 这个内核：{_AGAIN}")
    except Exception:  # a kernel.json of any shape; Jupyter names it in its own words
        places = "、".join(KernelSpecManager().kernel_dirs)
        return Item(
            name, False, True, f"python3 内核的 kernel.json 读不出来：请移走坏了的那个 python3 文件夹，在 {places} 里找"
        )
    if not spec.argv:
        return Item(name, False, True, f"{spec.resource_dir}/kernel.json 里没有写程序（argv）：请移走那个文件夹")
    if (found := shutil.which(spec.argv[0])) and Path(found).resolve() == Path(sys.executable).resolve():
        return Item(name, True, True, "", sys.executable)
    if spec.argv[0] in _THIS_PYTHON and not spec.env:
        return Item(name, True, True, "", sys.executable)
    remedy = f"{spec.resource_dir} 里的 python3 内核指向别的 Python（{spec.argv[0]}），挡住了 gktools 自己的：请移走那个文件夹"
    return Item(name, False, True, remedy)


def _master_notebook() -> list[Item]:
    """Return whether the master notebook of this working folder can be used; nothing outside of one."""
    from ..build.freshness import NOTEBOOK
    from ..build.master_notebook import read_code
    from ..workspace.home import find_home

    try:
        path = find_home() / NOTEBOOK
    except GktoolsError:
        return []
    try:
        read_code(path)
    except GktoolsError as error:
        return [Item("总笔记本", False, True, str(error))]
    return [Item("总笔记本", True, True, "", NOTEBOOK.as_posix())]


def unused_files() -> list[str]:
    """Return the parameter files of this working folder that nothing reads, with why; none outside of one."""
    from ..workspace.home import find_home
    from ..workspace.project import open_project

    try:
        project = open_project(find_home())
    except GktoolsError:
        return []
    return [*dict.fromkeys(str(one) for year in project.years() for one in project.unused_files(year))]


def _landlock() -> Item:
    """Return whether the notebook of a report is closed off from the files of this machine."""
    from ..build.engine.sealing import landlock_version

    version = landlock_version()
    remedy = "要 Linux 5.13 以上、内核开了 Landlock；没有时报告照做，总笔记本碰得到文件，见 docs/security.md"
    return Item("总笔记本和文件隔开（Landlock）", bool(version), False, remedy, f"第 {version} 版" if version else "")


KERNEL = "python3"
"""The kernel named in the master notebook."""
_THIS_PYTHON = ("python", "python3", f"python3.{sys.version_info.minor}")
"""Commands that Jupyter itself replaces by the Python it runs in."""


def _calendar() -> list[Item]:
    """Return the last year whose days off are known."""
    if find_spec("chinese_calendar") is None:
        return []
    from ..deadlines.calendar import working_days

    last = max(working_days().known)
    remedy = "请升级 chinesecalendar，或照放假通知写 params/calendar.yaml（见手册的办理期限）"
    return [Item("今年的工作日历", last >= clock.today().year, False, remedy, f"到 {last} 年")]


def cjk_font() -> str:
    """Return the name of a Chinese font on this machine; empty if there is none."""
    if sys.platform != "linux":
        return "系统自带"
    if (finder := shutil.which("fc-list")) is None:
        return ""
    found = subprocess.run([finder, ":lang=zh-cn", "family"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    return found.splitlines()[0].strip() if found.strip() else ""


_AGAIN = "重新安装 gktools，见手册第二节"
_MODULES = [
    ("pandas", "pandas", ""),
    ("papermill", "papermill", ""),
    ("nbconvert", "nbconvert", ""),
    ("ipykernel", "ipykernel", ""),
    ("chinese_calendar", "chinesecalendar（工作日历）", ""),
    ("python_calamine", "python-calamine（读 Excel）", ""),
    ("jupyterlab", "JupyterLab（gktools lab）", "lab"),
    ("jupyterlab_language_pack_zh_CN", "JupyterLab 的中文界面", "lab"),
    ("jupyter_server", "Jupyter Server（gktools review）", "review"),
    ("argon2", "argon2-cffi（审签用户的密码）", "review"),
    ("vl_convert", "vl-convert（报告里的图）", "charts"),
    ("psycopg", "psycopg（用 PostgreSQL 时）", "postgres"),
    ("distributed", "Dask（许多机器一起做时）", "cluster"),
]
"""What is looked for: the module, its name for staff, and the extra that brings it; \"\" for what everybody needs."""
