"""gktools lab: the command that it becomes, the settings that go with it, and commands that work where they are named."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from machine import REPOSITORY
from typer.main import get_command

from gktools.cli.doctor import _MODULES
from gktools.cli.main import app
from gktools.errors import install_command
from gktools.starter.scaffold import new_project

SHIPPED = REPOSITORY / "gktools/starter/jupyter"


@pytest.fixture
def home(tmp_path) -> Path:
    new_project(tmp_path / "within", empty=True)
    return tmp_path / "within"


@pytest.fixture
def started(run, home, monkeypatch):
    """A function that runs the command; it returns the command and the environment that took its place."""

    def start(*arguments: str) -> tuple[list[str], dict[str, str]]:
        found = []

        def replace(_: str, command: list[str], environment: dict[str, str]) -> None:
            found.append((command, environment))
            raise SystemExit(0)

        monkeypatch.setattr(os, "execve", replace)
        run("lab", *arguments, home=home)
        return found[0]

    return start


def test_it_serves_the_working_folder_with_the_settings_of_the_program(started, home):
    command, environment = started()

    assert command[:4] == [sys.executable, "-P", "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={home}" in command
    assert environment["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0] == str(SHIPPED)


def test_in_a_users_server_of_a_hub_it_is_that_server(started, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "zhangsan")
    monkeypatch.setattr("gktools.cli.setup.find_spec", lambda name: name)

    assert started()[0][:4] == [sys.executable, "-P", "-m", "jupyterhub.singleuser"]


def test_within_a_users_server_there_is_no_second_one(run, home, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "zhangsan")
    monkeypatch.setenv("JUPYTER_SERVER_URL", "http://127.0.0.1:1/user/zhangsan/")

    assert "已经是 JupyterHub 里您自己的服务器" in run("lab", home=home)[2]


def test_on_windows_the_command_waits_for_the_server(run, home, monkeypatch):
    called = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "call", lambda command, **_: called.append(command) or 3)

    assert run("lab", home=home)[0] == 3
    assert "jupyterlab" in called[0]


def test_the_language_is_set_by_the_program_and_may_be_changed_by_a_person():
    """As a default of the settings, below those of a person."""
    settings = json.loads((SHIPPED / "labconfig/default_setting_overrides.json").read_text(encoding="utf-8"))

    assert settings["@jupyterlab/translation-extension:plugin"] == {"locale": "zh_CN"}


def test_what_runs_by_itself_is_the_form_as_shipped_and_nothing_else():
    script = (SHIPPED / "labextensions/gktools-lab/static/remoteEntry.js").read_text(encoding="utf-8")
    notebook = json.loads((REPOSITORY / "notebooks/parameters.ipynb").read_text(encoding="utf-8"))
    codes = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]

    assert codes == [json.loads(re.search(r'const FORM = (".*");', script)[1])]


@pytest.mark.parametrize("settings", ["", "jupyter_server_config.json"])
def test_no_language_server_is_looked_for_in_the_working_folder(tmp_path, monkeypatch, settings):
    """A program under node_modules there would run as whoever opens a notebook; by JupyterLab's own settings it is found."""
    manager = pytest.importorskip("jupyter_lsp.manager")
    planted = tmp_path / "node_modules/pyright/langserver.index.js"
    planted.parent.mkdir(parents=True)
    planted.write_text("", encoding="utf-8")
    given = json.loads((SHIPPED / settings).read_text(encoding="utf-8"))["LanguageServerManager"] if settings else {}
    monkeypatch.chdir(tmp_path)
    looking = manager.LanguageServerManager(nodejs=sys.executable, node_roots=[str(tmp_path)], **given)
    looking.init_language_servers()
    started = [argument for one in looking.language_servers.values() for argument in one["argv"]]

    assert (str(planted) in started) == (not settings)


# --- commands that are named -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("missing", "hub"), [("jupyterlab", ""), ("jupyterhub", "zhangsan")])
def test_what_is_missing_is_named_with_a_command_that_works_there(run, home, monkeypatch, missing, hub):
    monkeypatch.setattr("gktools.cli.setup.find_spec", lambda name: None if name == missing else find_spec("json"))
    if hub:
        monkeypatch.setenv("JUPYTERHUB_USER", hub)
    code, _, err = run("lab", home=home)

    assert code == 1
    assert "make " not in err
    assert f'"{sys.executable}" -m pip install' in err
    assert f'"{missing}<' in err


def test_the_command_installs_what_is_needed_and_never_a_project_of_that_name_on_the_public_index():
    words = shlex.split(install_command("pdf"))

    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    assert [re.split(r"[<>=\[]", word)[0] for word in words[4:]] == ["weasyprint"]
    assert find_spec("pip")


def test_every_part_that_a_message_names_is_an_extra_of_the_package():
    source = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "gktools").rglob("*.py"))
    named = {*re.findall(r"""install_command\(["'](\w+)["']\)""", source), *(extra for *_, extra in _MODULES if extra)}

    assert len(named) > 4
    assert [extra for extra in named if len(shlex.split(install_command(extra))) < 5] == []


def test_no_message_and_no_page_installs_the_project_of_that_name_on_the_public_index():
    places = [*(REPOSITORY / "gktools").rglob("*"), *(REPOSITORY / "docs").rglob("*.md"), REPOSITORY / "README.md"]
    texts = [
        (one.name, one.read_text(encoding="utf-8")) for one in places if one.suffix in (".py", ".yaml", ".j2", ".md")
    ]

    assert [name for name, text in texts if re.search(r"pip install[^`\n]* ['\"]?gktools\b", text)] == []


def test_no_message_names_make():
    """There is no Makefile where staff work, in a folder made by init or beside an installed program."""
    texts = [(one.name, one.read_text(encoding="utf-8")) for one in (REPOSITORY / "gktools").rglob("*.py")]

    assert [name for name, text in texts if re.search(r"(?:运行|请) ?make \w+", text)] == []


def test_every_command_in_a_message_exists_with_its_options():
    root = get_command(app)
    wrong = []
    for path in (REPOSITORY / "gktools").rglob("*"):
        lines = path.read_text(encoding="utf-8").splitlines() if path.suffix in (".py", ".yaml", ".j2") else []
        for line in filter(re.compile("[\u4e00-\u9fff]").search, lines):  # the others are read by programmers
            for named in re.findall(r"(?<![\w./-])gktools ([a-z-]+(?: [^\s`，。；、：）\"'（]+)*)", line):
                words, command = named.split(), root
                while words and words[0] in getattr(command, "commands", {}):
                    command = command.commands[words.pop(0)]
                known = {option for one in command.params for option in one.opts} | {"--help"}
                unknown = hasattr(command, "commands") and words and re.fullmatch("[a-z][a-z-]*", words[0])
                if unknown or set(re.findall(r"--[a-z-]+", named)) - known:
                    wrong.append((path.name, named))

    assert wrong == []
