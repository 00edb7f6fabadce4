"""gktools where it sees a Windows (support/windows/sitecustomize.py): what needs POSIX falls back and says so.

The system below stays Linux: what Windows itself does otherwise is not tested here, and was never run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from machine import REPOSITORY, TESTS

ONLY_ON_LINUX = ["gktools.build.engine.child", "gktools.build.engine.server"]
"""The fork server and its kernels, which are started on Linux only; elsewhere stock papermill runs."""
IMPORT_ALL = """
import importlib, pkgutil, sys, types
import gktools
for planted in ("import fcntl", "from os import getuid", "import signal; signal.SIGKILL", "import socket; socket.AF_UNIX"):
    try:
        exec(planted, {"__name__": "gktools.planted", "__builtins__": __builtins__})
    except (ImportError, AttributeError):
        continue
    sys.exit(f"it is not seen: {planted}")
failed = []
for module in pkgutil.walk_packages(gktools.__path__, "gktools."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except (ImportError, AttributeError):
            failed.append(module.name)
print(*failed)
"""


def run(home: Path, *command: str, fails: bool = False, **variables: str) -> str:
    """Run a Python command in a folder as on Windows, with a default encoding that is no UTF-8; return what it said."""
    path = os.pathsep.join([str(REPOSITORY), str(TESTS / "support/windows")])
    env = os.environ | {"PYTHONPATH": path, "GKTOOLS_AS_WINDOWS": "1", "PYTHONWARNDEFAULTENCODING": "1"} | variables
    done = subprocess.run(
        [sys.executable, *command], cwd=home, env=env, capture_output=True, text=True, encoding="utf-8"
    )
    assert (done.returncode != 0) == fails, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_module_is_imported_without_what_windows_lacks(tmp_path):
    failed, *_ = run(tmp_path, "-c", IMPORT_ALL).splitlines()

    assert failed.split() == ONLY_ON_LINUX


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_work_of_a_year_is_done_and_gives_the_same_pages(tmp_path, district: Any):
    home = tmp_path / "我的 目录"
    gktools = ("-m", "gktools")
    run(tmp_path, *gktools, "init", str(home))
    told = run(home, *gktools, "doctor").splitlines()
    assert any("Landlock" in line and line.startswith("没有（可不装）") for line in told)
    assert "有\t中文字体\t系统自带" in told
    run(home, *gktools, "records", "import", "--sample")
    run(home, *gktools, "build", "--office", "minzheng", "--year", "2024")
    for name in ("report.html", "review.html", "report.json"):
        place = Path("output/2024/minzheng") / name
        assert (home / place).read_bytes() == (district.home / place).read_bytes(), name
    assert "计入" in run(home, *gktools, "explain", "minzheng", "表三", "总计", "自然人", "--year", "2024")
    run(home, *gktools, "check", "--office", "minzheng", "--year", "2024")
    run(home, *gktools, "export", "minzheng", "--year", "2024", *("--to", "docx", "--to", "xlsx", "--to", "csv"))
    run(home, *gktools, "backup", str(tmp_path / "备份.zip"))
    run(tmp_path, *gktools, "restore", str(tmp_path / "备份.zip"), str(tmp_path / "另一处"))
    assert sorted(path.name for path in home.rglob(".gktools-*")) == [], "a draft that was still open would stay"

    held = home / "output/2024/minzheng/report.xlsx"
    said = run(home, *gktools, "build", "--office", "minzheng", "--force", fails=True, GKTOOLS_OPEN_ELSEWHERE=str(held))
    assert "正被别的程序（如 Word、Excel、WPS）打开着" in said
    assert held.exists(), "the report of before is where it was"
