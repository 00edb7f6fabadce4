"""A real JupyterHub with its proxy, configured as docs/operations.md says: a report is made in a user's server and reviewed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import nbformat
import psutil
import pytest
from machine import REPOSITORY, need
from nginx import free_port
from playwright.sync_api import Browser, Page
from projects import keep, make_project

from gktools.review.accounts import Accounts
from gktools.review.users import Users
from gktools.workspace.project import Project

pytestmark = [pytest.mark.soak, pytest.mark.browser, pytest.mark.timeout(600)]
PROXY = "configurable-http-proxy@5.3.0"
PASSWORD = "open sesame, all of you please"
OF_THE_TEST = """
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {folder!r} + "/home/{{username}}"
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.JupyterHub.cookie_secret_file = {folder!r} + "/cookie"
c.ConfigurableHTTPProxy.pid_file = {folder!r} + "/proxy.pid"
c.JupyterHub.db_url = "sqlite://"
"""


@dataclass(frozen=True)
class RunningHub:
    """A Hub that serves: the working folder of its servers, its own folder, its port."""

    project: Project
    folder: Path
    port: int

    @property
    def home(self) -> str:
        """The address of the Hub itself."""
        return f"http://hub.localhost:{self.port}"

    @property
    def log(self) -> str:
        """What the Hub, its proxy and its servers wrote."""
        return (self.folder / "hub.log").read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory) -> Path:
    """The command of the proxy, installed from npm."""
    need("npm", npm := shutil.which("npm"))
    folder = tmp_path_factory.mktemp("npm")
    command = [str(npm), "install", "--no-audit", "--no-fund", "--prefix", str(folder), PROXY]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "node_modules/.bin/configurable-http-proxy"


@pytest.fixture(scope="module")
def hub(proxy, tmp_path_factory) -> Iterator[RunningHub]:
    """The Hub of the operations page with a review server and users' servers; nothing of it is left afterwards."""
    need("jupyterhub (gktools[hub])", find_spec("jupyterhub"))
    folder = tmp_path_factory.mktemp("hub")
    running = RunningHub(_working_folder(folder / "示例区"), folder, free_port())
    (folder / "jupyterhub_config.py").write_text(_configuration(running, proxy), encoding="utf-8")
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("GKTOOLS_", "JUPYTER", "JPY_"))
    }
    with (folder / "hub.log").open("wb") as log:
        command = [sys.executable, "-m", "jupyterhub", "-f", str(folder / "jupyterhub_config.py")]
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(server, running)
        yield running
    finally:
        _end(server)


def _working_folder(home: Path) -> Project:
    offices = {
        "minzheng": {
            "names": [{"name": "示例区民政局"}],
            "kind": "county_department",
            "people": {"handler": "甲经办", "deputy": "甲分管", "head": "甲负责"},
        }
    }
    made = make_project(home, offices, {(2024, "defaults"): {}})
    shutil.copyfile(REPOSITORY / "notebooks/parameters.ipynb", home / "notebooks/parameters.ipynb")
    keep(made, "minzheng", 2024, {})
    Users(Accounts(home)).add("甲经办", login="zhangsan")
    return made


def _configuration(running: RunningHub, proxy: Path) -> str:
    """The configuration of the operations page, with the paths and addresses of this machine."""
    page = (REPOSITORY / "docs/operations.md").read_text(encoding="utf-8").partition("## JupyterHub")[2]
    block = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert block
    text = block[1]
    for printed, here in {
        "http://127.0.0.1:8000": f"http://127.0.0.1:{running.port}",
        "https://hub.example": running.home,
        "/opt/hub/node_modules/.bin/configurable-http-proxy": str(proxy),
        "http://127.0.0.1:10101": f"http://127.0.0.1:{free_port()}",
        "/opt/gktools/bin/gktools": str(Path(sys.executable).with_name("gktools")),
        "/srv/示例区": str(running.project.home),
    }.items():
        assert printed in text
        text = text.replace(printed, here)
    return text + OF_THE_TEST.format(
        folder=str(running.folder), password=PASSWORD, hub_port=free_port(), api_port=free_port()
    )


def _wait_for(server: subprocess.Popen[bytes], running: RunningHub) -> None:
    health = Request(f"http://127.0.0.1:{running.port}/hub/health", headers={"Host": f"hub.localhost:{running.port}"})
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(health):
                return
        except (URLError, ConnectionError):
            time.sleep(0.2)
    pytest.fail(f"the Hub did not start:\n{running.log[-4000:]}")


def _end(server: subprocess.Popen[bytes]) -> None:
    started = psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:
        server.kill()
    _, left = psutil.wait_procs(started, 10)
    names = [" ".join(process.cmdline()) for process in left]
    for process in left:
        process.kill()
    assert names == [], "the Hub left processes behind"


@pytest.fixture
def come_in(browser: Browser, hub) -> Iterator:
    """A function that logs a person in at the Hub, in a browser of their own; it returns the page of their server."""
    opened = []

    def log_in(name: str) -> Page:
        context = browser.new_context(viewport={"width": 1400, "height": 1000})
        context.set_default_timeout(90_000)
        opened.append(context)
        page = context.new_page()
        page.goto(f"{hub.home}/hub/login")
        page.fill("#username_input", name)
        page.fill("#password_input", PASSWORD)
        page.click("#login_submit")
        return page

    yield log_in
    for context in opened:
        context.close()


def service(hub: RunningHub) -> str:
    """The address of the review server, by its own name as the operations page wants it."""
    return f"http://shenqian--service.hub.localhost:{hub.port}/services/shenqian/"


def test_a_report_is_made_in_a_users_server_and_commented_on_in_the_service(hub, come_in):
    page = come_in("zhangsan")
    page.get_by_label("机关", exact=True).select_option(label="示例区民政局")
    assert page.url.startswith(f"http://zhangsan.hub.localhost:{hub.port}/user/zhangsan/lab/")
    assert page.get_by_role("menuitem", name="文件", exact=True).is_visible()
    page.get_by_role("button", name="做报告").click()
    page.frame_locator("iframe.gk-report").get_by_role("heading", level=1).wait_for()
    findings = json.loads(hub.project.report("minzheng", 2024).read("report.json"))["findings"]
    blocks = sum(one["severity"] == "block" for one in findings)
    assert blocks
    assert f"做好了：不得发布 {blocks} 条" in page.locator(".gk-said").inner_text()

    with page.expect_response(lambda one: one.request.method == "PUT" and "parameters.ipynb" in one.url):
        page.keyboard.press("Control+s")
    page.reload()
    page.get_by_label("机关", exact=True).wait_for()
    page.wait_for_timeout(5_000)  # in which the form would be run again, and what was chosen in it lost
    assert page.get_by_label("机关", exact=True).evaluate("one => one.selectedOptions[0].text") == "示例区民政局"

    page.goto(service(hub))
    page.get_by_role("link", name="示例区民政局").click()
    page.goto(f"{service(hub)}2024/minzheng/comments")
    page.get_by_label("批注", exact=True).fill("第五部分还没有写。")
    page.get_by_role("button", name="写上").click()
    page.get_by_text("第五部分还没有写。").wait_for()
    assert page.locator(".thread b").first.inner_text() == "甲经办"
    led = page.eval_on_selector_all("a[href], form[action]", "all => all.map(one => one.href || one.action)")
    assert [address for address in led if not address.startswith(service(hub))] == []


def test_the_master_notebook_and_the_command_run_in_a_users_server(hub, come_in):
    notebook = nbformat.read(REPOSITORY / "notebooks/annual_report.ipynb", as_version=4)
    notebook.cells[1].source = 'office, year, overrides = "minzheng", 2024, {}'
    lines = ("check --office minzheng --year 2024", "review")
    start = "subprocess.run([sys.executable, '-m', 'gktools', *line.split()], capture_output=True, text=True)"
    commands = f"import subprocess, sys\nprint([{start} for line in {lines}])"
    notebook.cells.append(nbformat.v4.new_code_cell(commands))
    nbformat.write(notebook, hub.project.home / "notebooks/hand.ipynb")

    page = come_in("zhangsan")
    page.get_by_label("机关", exact=True).wait_for()
    with page.expect_websocket(
        lambda one: "/api/kernels/" in one.url
    ):  # the other notebook, restored, would be one too
        page.goto(f"http://zhangsan.hub.localhost:{hub.port}/user/zhangsan/lab/tree/notebooks/hand.ipynb?reset")
    page.locator("[data-status=idle]").wait_for()
    page.get_by_role("menuitem", name="运行", exact=True).click()
    page.get_by_role("menuitem", name="运行所有单元格", exact=True).click()
    printed = page.get_by_text("CompletedProcess").last
    printed.wait_for()

    assert "[不得发布] 五、存在的主要问题及改进情况没有内容" in printed.inner_text()
    assert "这里是 JupyterHub 里各人自己的服务器" in printed.inner_text()
    assert "Traceback" not in page.locator(".jp-NotebookPanel").last.inner_text()


def test_who_is_no_review_user_is_told_the_command_that_adds_them(hub, come_in):
    page = come_in("lisi")
    page.get_by_label("机关", exact=True).wait_for()
    page.goto(service(hub))

    assert "gktools review user add 姓名 --hub lisi" in page.locator("body").inner_text()
