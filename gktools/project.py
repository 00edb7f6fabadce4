"""Working folders: a new one, a new year in one, and what a machine needs to work in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from .errors import GktoolsError
from .formats import load_format
from .params import FOLDER, Project, schemas

_PACKAGE = Path(__file__).parent
_SAMPLE = _PACKAGE / "sample"
_STARTER = _PACKAGE / "starter"
_COPIED = ("notebooks", "params")


def new_project(folder: Path, *, empty: bool, year: int | None = None) -> None:
    """Make a working folder with the sample district or one empty office. Raises GktoolsError if it is in use."""
    if folder.exists() and not folder.is_dir():
        raise GktoolsError(f"{folder} 是一个文件，请换一个目录名")
    if folder.exists() and any(folder.iterdir()):
        raise GktoolsError(f"{folder} 里已经有文件，请换一个空目录")
    folder.mkdir(parents=True, exist_ok=True)
    source = _starting_files()
    shutil.copytree(source / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (folder / "output").mkdir()
    if empty:
        _empty_params(folder / FOLDER, year or date.today().year - 1)
    else:
        shutil.copytree(source / FOLDER, folder / FOLDER, ignore=shutil.ignore_patterns(".*"))


def new_year(project: Project, year: int) -> list[Path]:
    """Make the parameter files of a new year from those of the year before, without their texts.

    Returns the files made. Raises GktoolsError if the year exists already or no notice covers it.
    """
    folder = project.home / FOLDER / str(year)
    if folder.exists():
        raise GktoolsError(f"{FOLDER}/{year} 已经有了，没有改动")
    load_format(year)
    if year > date.today().year + 1:
        raise GktoolsError(f"{year} 年还早，最多开到 {date.today().year + 1} 年")
    folder.mkdir()
    before = project.home / FOLDER / str(year - 1)
    made = [_roll_over(path, folder / path.name) for path in sorted(before.glob("*.yaml"))] if before.is_dir() else []
    if not made:
        names = ["defaults", *(office.code for office in project.offices(year))]
        starters = {
            name: _STARTER / "year" / ("defaults.yaml" if name == "defaults" else "my-office.yaml") for name in names
        }
        made = [Path(shutil.copyfile(starter, folder / f"{name}.yaml")) for name, starter in starters.items()]
    return made


def sample_registers() -> list[Path]:
    """Return the registers of the sample district."""
    return sorted(path for path in (_SAMPLE / "registers").rglob("*") if path.suffix in (".xlsx", ".csv"))


@dataclass(frozen=True)
class Item:
    """One thing a machine has or lacks: whether it must be there, what was found, and how to get it."""

    name: str
    present: bool
    needed: bool
    remedy: str
    detail: str = ""


def examine() -> list[Item]:
    """Return what this machine has and lacks."""
    python = sys.version_info >= (3, 11)
    items = [Item("Python 3.11 以上", python, True, "请装 Python 3.11 或更新的版本", sys.version.split()[0])]
    for module, what, needed, remedy in _MODULES:
        items.append(Item(what, find_spec(module) is not None, needed, remedy))
    items += _calendar()
    font = cjk_font()
    items.append(Item("中文字体", bool(font), False, "apt-get install fonts-noto-cjk（看网页、截图测试要用）", font))
    items.append(_paper())
    browser = shutil.which("chromium") or shutil.which("google-chrome") or ""
    items.append(Item("Chromium", bool(browser), False, "apt-get install chromium（只有页面测试要用）", browser))
    return items


def _paper() -> Item:
    """Whether this machine can draw a PDF: tried, not guessed."""
    from .export.pdf import need_paper

    try:
        need_paper()
    except GktoolsError as error:
        return Item("导出 PDF", False, False, str(error))
    return Item("导出 PDF", True, False, "", "WeasyPrint 和中文字体都有")


def _calendar() -> list[Item]:
    """Until which year the days off are known."""
    if find_spec("chinese_calendar") is None:
        return []
    from .deadlines import working_days

    last = max(working_days().known)
    remedy = "请升级 chinesecalendar，或照放假通知写 params/calendar.yaml（见手册的办理期限）"
    return [Item("今年的工作日历", last >= date.today().year, False, remedy, f"到 {last} 年")]


def cjk_font() -> str:
    """Return the name of a Chinese font on this machine; empty if there is none."""
    if sys.platform != "linux":
        return "系统自带"
    if (finder := shutil.which("fc-list")) is None:
        return ""
    found = subprocess.run([finder, ":lang=zh-cn", "family"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    return found.splitlines()[0].strip() if found.strip() else ""


_MODULES = [
    ("pandas", "pandas", True, "重新运行 make reports"),
    ("papermill", "papermill", True, "重新运行 make reports"),
    ("nbconvert", "nbconvert", True, "重新运行 make reports"),
    ("ipykernel", "ipykernel", True, "重新运行 make reports"),
    ("chinese_calendar", "chinesecalendar（工作日历）", True, "重新运行 make reports"),
    ("python_calamine", "python-calamine（读 Excel）", True, "重新运行 make reports"),
    ("jupyterlab", "JupyterLab（gktools lab）", False, "运行 make lab，或 pip install 'gktools[lab]'"),
    ("jupyter_server", "Jupyter Server（gktools review）", False, "pip install 'gktools[review]'"),
    ("argon2", "argon2-cffi（审签用户的密码）", False, "pip install 'gktools[review]'"),
    ("vl_convert", "vl-convert（报告里的图）", False, "pip install 'gktools[charts]'"),
    ("psycopg", "psycopg（用 PostgreSQL 时）", False, "pip install 'gktools[postgres]'"),
    ("distributed", "Dask（许多机器一起做时）", False, "pip install 'gktools[cluster]'"),
]
_HEADER = "# yaml-language-server: $schema={schema}\n"


def _starting_files() -> Path:
    """Where the notebooks and the sample's parameters stand: the project's own folder, or inside the package."""
    for place in (_PACKAGE.parent, _PACKAGE / "_project"):
        if all((place / name).is_dir() for name in _COPIED) and (place / "notebooks" / "annual_report.ipynb").exists():
            return place
    raise GktoolsError("安装不完整：找不到总笔记本，请重新安装 gktools")


def _empty_params(folder: Path, year: int) -> None:
    folder.mkdir()
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("offices.yaml", "defaults.yaml"):
        shutil.copyfile(_STARTER / name, folder / name)
    shutil.copytree(_STARTER / "year", folder / str(year))


def _roll_over(source: Path, target: Path) -> Path:
    """Copy one year's file for the next, its comments kept, its texts, explanations and day of signing left out."""
    yaml = YAML()
    yaml.preserve_quotes = True
    data: Any = yaml.load(source.read_text(encoding="utf-8")) or {}
    if isinstance(data, dict):
        data.pop("text", None)
        data.pop("differences", None)
        if isinstance(data.get("layout"), dict):
            data["layout"].pop("signed_on", None)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        if data:
            yaml.dump(data, file)
        else:
            file.write(_HEADER.format(schema="../report.schema.json"))
    return target
