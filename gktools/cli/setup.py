"""gktools init, doctor and lab: a working folder, the machine, JupyterLab."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import GktoolsError, how_to_add
from .review import lab_options


def init(
    folder: Annotated[Path, typer.Argument(help="新的工作目录")],
    empty: Annotated[bool, typer.Option("--empty", help="只放一个空白机关，不放示例")] = False,
    year: Annotated[
        int | None, typer.Option("--year", min=2000, max=2099, help="空白机关的报告年度；不写即去年")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="去年的报告（网页、Word、PDF……）：从里面取单位、联系方式和去年的数")
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="和 --from 一起用：机关的种类，如 county_department")] = "",
    code: Annotated[
        str, typer.Option("--code", help="和 --from 一起用：机关代码，小写字母、数字和短横线")
    ] = "my-office",
    yes: Annotated[bool, typer.Option("--yes", help="和 --from 一起用：不问，就照列出的建")] = False,
) -> None:
    """新建工作目录：带示例市云溪区的全部资料，或只有一个空白机关，或从去年的报告开始。"""
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
    env = os.environ | {"GKTOOLS_HOME": str(folder.absolute())}
    for command in (("records", "import", "--sample"), ("build",)):
        if code := subprocess.call([sys.executable, "-m", "gktools", *command], cwd=folder, env=env):  # noqa: S603
            sys.exit(code)
    print(f"用浏览器打开：{max(folder.absolute().glob('output/*/index.html'))}")


_FILL_IN = (
    "  2. gktools records template --out 登记表   取空白登记表，填好后 gktools records import 登记表/全部登记表.xlsx"
)


def doctor() -> None:
    """检查这台机器缺什么，怎么补。"""
    from .doctor import examine

    missing = False
    for item in examine():
        missing |= not item.present and item.needed
        sign = "有" if item.present else ("缺" if item.needed else "没有（可不装）")
        print(f"{sign}\t{item.name}" + (f"\t{item.remedy}" if not item.present else f"\t{item.detail}"))
    sys.exit(1 if missing else 0)


def lab(
    person: Annotated[
        str, typer.Option("--as", help="在里面看审阅页（/gktools-review/）的人：单位表里的姓名；只能看，不能签")
    ] = "",
) -> None:
    """打开 JupyterLab，里面有总笔记本和参数表单。"""
    from ..workspace.home import find_home

    home = find_home()
    _warn_of_notebook(home)
    if shutil.which("jupyter-lab", path=str(Path(sys.executable).parent)) is None:
        raise GktoolsError(f"没有装 JupyterLab：{how_to_add('lab')}")
    command = [
        *(sys.executable, "-P", "-m", "jupyterlab", "--notebook-dir", str(home)),
        "--LabApp.default_url=/lab/tree/notebooks/parameters.ipynb",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *(lab_options(person) if person else ()),
        *(["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ]
    config = str(Path(__file__).parents[1] / "starter" / "jupyter")
    path = os.pathsep.join(filter(None, [config, os.environ.get("JUPYTER_CONFIG_PATH")]))
    sys.exit(subprocess.call(command, cwd=home, env=os.environ | {"JUPYTER_CONFIG_PATH": path}))  # noqa: S603


def _warn_of_notebook(home: Path) -> None:
    """Say what is wrong with the master notebook, which can be repaired in JupyterLab."""
    from ..build.freshness import NOTEBOOK
    from ..build.master_notebook import read_code

    try:
        read_code(home / NOTEBOOK)
    except GktoolsError as error:
        print(error, file=sys.stderr)
