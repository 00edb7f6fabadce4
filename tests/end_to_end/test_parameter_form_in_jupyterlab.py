"""JupyterLab as `gktools lab` starts it, in a real browser: in Chinese, the form shown, and no export that leads nowhere."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import nbformat
import pytest
from machine import REPOSITORY, need
from projects import keep, make_project

from gktools.inputs.inputs import load_inputs
from gktools.render.page import draft_notebook
from gktools.report.report import draft_report
from gktools.workspace.project import Project

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("test_pages_in_browser")]
TOKEN = "for-this-test-only"
FOLDERS = (
    "HOME",
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)
WRITTEN = """\
# 本机关的说明
contact:
  phone: 0000-1  # 总机

# 问题一条对一条
text:
  problems: |-
    登记不及时，有的申请隔日才登记。

    每周核对一次登记，并由专人复核收到日期和答复日期，按月通报核对的结果。
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A working folder with one office, all its registers handed in as empty; modules of others lie beside the form."""
    offices = {"minzheng": {"names": [{"name": "示例区民政局"}], "kind": "county_department"}}
    home = tmp_path_factory.mktemp("lab") / "district"
    made = make_project(home, offices, {(2024, "defaults"): {"layout": {"numbering": "arabic"}}})
    shutil.copyfile(REPOSITORY / "notebooks/parameters.ipynb", made.home / "notebooks/parameters.ipynb")
    for name in ("gktools", "ipywidgets", "ipykernel_launcher"):  # imported by nobody, or the form would not be there
        (made.home / f"notebooks/{name}.py").write_text("raise SystemExit", encoding="utf-8")
    (made.home / "params/2024/minzheng.yaml").write_text(WRITTEN, encoding="utf-8")
    keep(made, "minzheng", 2024, {})
    return made


@pytest.fixture(scope="module")
def lab(project) -> Iterator[str]:
    """The address of the JupyterLab of the working folder, with folders of its own; nothing of it is left afterwards."""
    need("JupyterLab (gktools[lab])", find_spec("jupyterlab"))
    need("ipywidgets (gktools[lab])", find_spec("ipywidgets"))
    need("the Chinese of JupyterLab (gktools[lab])", find_spec("jupyterlab_language_pack_zh_CN"))
    folder = project.home.parent
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = _environment(folder)
    settings = {"open_browser": False, "port": port, "port_retries": 0}
    (Path(environment["JUPYTER_CONFIG_DIR"]) / "jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": settings, "IdentityProvider": {"token": TOKEN}}), encoding="utf-8"
    )
    command = [sys.executable, "-m", "gktools", "lab"]
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=project.home, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api?token={TOKEN}", server, folder / "lab.log")
        yield address
    finally:
        _end(server)


def _environment(folder: Path) -> dict[str, str]:
    """The environment of the server: folders of its own, and no working folder named to the form."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GKTOOLS_", "JUPYTER", "JPY_"))}
    own = {name: str(folder / "own" / name.lower()) for name in FOLDERS}
    for path in own.values():
        Path(path).mkdir(parents=True)
    return kept | own


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address):
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """End the server and every process that it started."""
    import psutil

    started = psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(5)
    _, left = psutil.wait_procs(started, 5)
    for process in left:
        process.kill()


@pytest.fixture
def page(browser, lab):
    """What opens in the browser at the address that `gktools lab` prints."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en-US")
    opened = context.new_page()
    opened.goto(f"{lab}/?token={TOKEN}")
    yield opened
    context.close()


def test_a_clerk_changes_a_text_saves_it_and_sees_the_report(page, lab, project):
    """Nothing is run by hand, and the browser's language is English."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.get_by_label("机关", exact=True).select_option(label="示例区民政局", timeout=60_000)
    assert page.get_by_role("menuitem", name="文件", exact=True).is_visible()
    page.get_by_text("文字", exact=True).click()
    text = page.get_by_label("第五部分", exact=True)
    text.fill(f"{text.input_value()}\n\n全年新收 {{{{ 新收申请 }}}} 件：# 都已登记。")
    page.get_by_role("button", name="保存（1 处）").click()
    page.get_by_text("已保存 1 处改动").wait_for()

    path = project.home / "params/2024/minzheng.yaml"
    assert path.read_text(encoding="utf-8") == f"{WRITTEN}\n    全年新收 {{{{ 新收申请 }}}} 件：# 都已登记。\n"

    page.get_by_role("button", name="做报告").click()
    page.get_by_text("正在做").wait_for()
    report = page.frame_locator("iframe.gk-report")
    report.get_by_role("heading", level=1).wait_for(timeout=60_000)

    assert "示例区民政局" in report.get_by_role("heading", level=1).inner_text()
    assert report.get_by_text("全年新收 0 件：# 都已登记。").count() == 1
    assert (project.home / "output/2024/minzheng/report.json").is_file()

    report.locator("a.bound").first.click()

    assert report.get_by_role("heading", level=1).count() == 1, "a link of the page led out of it"
    assert "Traceback" not in page.locator(".gk-form").inner_text()
    assert [url for url in asked if not url.startswith((lab, "data:", "blob:", "about:"))] == []


def test_every_export_in_the_menu_leads_to_a_file(project, lab):
    """The menu has all that the server lists but what JupyterLab leaves out by name."""
    notebook = project.home / "notebooks/finished.ipynb"
    finished = draft_notebook(draft_report(load_inputs(project, "minzheng", 2024)))
    finished.metadata.language_info, finished.cells[0].source = {"name": "python", "file_extension": ".py"}, "report"
    nbformat.write(finished, notebook)

    listed = set(json.loads(_get(f"{lab}/api/nbconvert"))) - {"custom"}
    empty = [
        name for name in sorted(listed) if not _get(f"{lab}/nbconvert/{name}/notebooks/finished.ipynb?download=true")
    ]

    exporters = entry_points(group="nbconvert.exporters")
    assert {one.name for one in exporters if one.value.startswith("gktools.") and "_" in one.name} <= listed
    assert empty == []


def _get(address: str) -> bytes:
    """What the server answers. Raises HTTPError unless the status is 200."""
    with urlopen(Request(address, headers={"Authorization": f"token {TOKEN}"})) as answer:
        return bytes(answer.read())
