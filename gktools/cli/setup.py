"""gktools init, doctor and lab: a working folder, the machine, JupyterLab."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ..errors import GktoolsError, install_command
from .options import command_home
from .review import lab_options


def init(
    folder: Annotated[Path, typer.Argument(help="新的工作目录")],
    empty: Annotated[bool, typer.Option("--empty", help="只放一个空白机关，不放示例")] = False,
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2099, help="空白机关的报告年度；不写即去年")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="去年的报告（网页、Word、PDF……）：从里面取单位、联系方式和去年的数"),
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="和 --from 一起用：机关的种类，如 county_department")] = "",
    code: Annotated[
        str, typer.Option("--code", help="和 --from 一起用：机关代码，小写字母、数字和短横线")
    ] = "my-office",
    yes: Annotated[bool, typer.Option("--yes", help="和 --from 一起用：不问，就照列出的建")] = False,
) -> None:
    """新建工作目录：带示例市云溪区的全部资料，或只有一个空白机关，或从去年的报告开始。

    已经有工作目录的，经办人在浏览器里（gktools review）从去年的报告开始，不用这个命令。
    """
    from ..starter.scaffold import new_project

    if source is not None:
        from .starting import Wanted, start_from

        start_from(source, folder, Wanted(code, kind, year, yes=yes))
        return
    if kind or yes:
        raise GktoolsError("--kind、--yes 和 --from 一起用，例如：gktools init --from 去年的报告.docx 目录")
    new_project(folder, empty=empty, year=year)
    print(f"已建好 {folder}。接下来：")
    print(f"  cd {folder}")
    if empty:
        print("  1. 在 params/offices.yaml 里写本机关的代码和名称")
        print(_FILL_IN)
        print("  3. gktools build")
    else:
        print("  gktools records import --sample && gktools build")


def sample(folder: Annotated[Path, typer.Argument(help="新的目录")]) -> None:
    """用示例市云溪区试一下：新建目录，导入示例登记表，做出全部报告。"""
    from ..starter.scaffold import new_project

    new_project(folder, empty=False)
    print(f"已建好 {folder}，导入示例登记表、做报告……", flush=True)
    elsewhere = ("GKTOOLS_RECORDS", "GKTOOLS_RECORDS_KEY", "GKTOOLS_SITE_KEY")  # a sample is for no real store
    env = {name: value for name, value in os.environ.items() if name not in elsewhere}
    env["GKTOOLS_HOME"] = str(folder.absolute())
    for command in (("records", "import", "--sample"), ("build",)):
        if code := subprocess.call([sys.executable, "-m", "gktools", *command], cwd=folder, env=env):  # noqa: S603
            sys.exit(code)
    print(f"用浏览器打开：{max(folder.absolute().glob('output/*/index.html'))}")


_FILL_IN = (
    "  2. gktools records template --out 登记表   取空白登记表，填好后 gktools records import 登记表/全部登记表.xlsx"
)


def doctor(
    database: Annotated[
        str,
        typer.Option("--database", help="也看这个地址上的数据库能不能放台账，什么也不改；写法和 GKTOOLS_RECORDS 一样"),
    ] = "",
) -> None:
    """检查这台机器缺什么，怎么补；台账要放在 PostgreSQL 里的，先用 --database 看看那里行不行。"""
    from .doctor import examine, examine_database, unused_files

    missing = False
    for item in [*([examine_database(database)] if database else []), *examine()]:
        missing |= not item.present and item.needed
        sign = "有" if item.present else ("缺" if item.needed else "没有（可不装）")
        print(f"{sign}\t{item.name}" + (f"\t{item.remedy}" if not item.present else f"\t{item.detail}"))
    for told in unused_files():
        print(f"提醒：{told}", file=sys.stderr)
    sys.exit(1 if missing else 0)


def lab(
    person: Annotated[
        str, typer.Option("--as", help="在里面看审阅页（/gktools-review/）的人：单位表里的姓名；只能看，不能签")
    ] = "",
) -> None:
    """打开 JupyterLab，里面有总笔记本和参数表单。"""
    home = command_home()
    _warn_of_notebook(home)
    if find_spec("jupyterlab") is None:
        raise GktoolsError(f"没有装 JupyterLab：请运行 {install_command('lab')}")
    if _BY_HUB in os.environ and _IN_SERVER in os.environ:
        raise GktoolsError("这里已经是 JupyterHub 里您自己的服务器：在左边打开 notebooks/parameters.ipynb，就是表单")
    if _BY_HUB in os.environ and find_spec("jupyterhub") is None:
        raise GktoolsError(f"这里是 JupyterHub 里各人的服务器，还要装 jupyterhub：请运行 {install_command('hub')}")
    command, environment = _server_command(home, person), _server_environment()
    if sys.platform == "win32":  # where a replaced process is one that nobody waits for
        sys.exit(subprocess.call(command, cwd=home, env=environment))  # noqa: S603
    os.chdir(home)
    os.execve(command[0], command, environment)  # noqa: S606 - in place of this process: a Hub ends the one that it started


_BY_HUB = "JUPYTERHUB_USER"
"""The variable with which a JupyterHub starts the server of a user."""
_IN_SERVER = "JUPYTER_SERVER_URL"
"""The variable of terminals in a Jupyter server."""
_SHIPPED = Path(__file__).parents[1] / "starter" / "jupyter"
"""Jupyter's settings as offices need them, and the extension that shows the form."""


def _server_command(home: Path, person: str) -> list[str]:
    """Return the command that serves JupyterLab on a working folder: in a user's server of a JupyterHub as its server."""
    server = "jupyterhub.singleuser" if _BY_HUB in os.environ else "jupyterlab"
    return [
        *(sys.executable, "-P", "-m", server, f"--ServerApp.root_dir={home}"),
        f"--ServerApp.default_url={_START}",
        f"--LabApp.default_url={_START}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LanguageServerManager.autodetect=False",  # it looks for programs in the working folder, and runs npm there
        f"--LabApp.extra_labextensions_path={_SHIPPED / 'labextensions'}",
        *(lab_options(person) if person else ()),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]


_START = "/lab/tree/notebooks/parameters.ipynb"


def _server_environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(_SHIPPED), os.environ.get("JUPYTER_CONFIG_PATH")]))
    return os.environ | {"JUPYTER_CONFIG_PATH": path}


def _warn_of_notebook(home: Path) -> None:
    """Say what is wrong with the master notebook, which can be repaired in JupyterLab."""
    from ..build.freshness import NOTEBOOK
    from ..build.master_notebook import read_code

    try:
        read_code(home / NOTEBOOK)
    except GktoolsError as error:
        print(error, file=sys.stderr)
