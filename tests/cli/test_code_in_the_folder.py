"""Modules in the folder where a command is run are imported by nobody: whoever can write there runs no code by them."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from machine import need

from gktools.starter.scaffold import new_project

STARTS_A_WORKER = """
from gktools.__main__ import import_nothing_from_here
from gktools.build.pool import run_jobs
if __name__ == "__main__":
    import_nothing_from_here()
    print(list(run_jobs(["done"], str, max, workers=1, seconds=60)))
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder in which every module writes that it was imported."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("multiprocessing", "typer", "jupyterlab", "ipykernel_launcher", "sitecustomize", "usercustomize"):
        source = f"import pathlib; (pathlib.Path(__file__).parent / 'imported-{name}').touch()\n"
        (home / f"{name}.py").write_text(source, encoding="utf-8")
    return home


def said(folder: Path, *arguments: str) -> str:
    """Run Python in the folder and return what it prints."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False).stdout


def test_a_worker_imports_nothing_from_the_folder_in_which_the_command_is_run(folder, tmp_path):
    script = tmp_path / "started.py"
    script.write_text(STARTS_A_WORKER, encoding="utf-8")

    assert said(folder, str(script)) == "['done']\n"
    assert list(folder.glob("imported-*")) == []


def test_the_command_started_as_a_module_imports_nothing_from_its_folder(folder):
    assert "gktools" in said(folder, "-m", "gktools", "--help")
    assert list(folder.glob("imported-typer")) == []


def test_jupyterlab_imports_nothing_from_the_working_folder(folder, run, monkeypatch):
    new_project(folder / "within", empty=True)
    started = []

    def start(command: list[str], *_: object) -> None:
        started.append(command)
        raise SystemExit(0)

    monkeypatch.setattr("os.execve", lambda _, command, __: start(command))
    run("lab", home=folder / "within")

    said(folder, *started[0][1 : started[0].index("jupyterlab") + 1], "--version")
    assert list(folder.glob("imported-*")) == []
    assert "--LanguageServerManager.autodetect=False" in started[0], "servers in its node_modules would be started"


LOADS_WHAT_DRAWS_A_PDF = """
import ctypes.util
found = ctypes.util.find_library
ctypes.util._findLib_gcc = ctypes.util._findLib_ld = lambda name: print("searched with a linker for", name)
from gktools.render.documents.pdf import _weasyprint
print(_weasyprint().__name__, ctypes.util.find_library is found)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there Python looks for a library with the linker")
def test_no_library_of_the_folder_is_loaded_for_a_pdf(folder):
    need("WeasyPrint", find_spec("weasyprint"))
    assert said(folder, "-P", "-c", LOADS_WHAT_DRAWS_A_PDF) == "weasyprint True\n"
