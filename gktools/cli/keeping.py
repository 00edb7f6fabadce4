"""gktools backup and gktools restore: everything of a working folder that must be kept, as one file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import GktoolsError, visible
from ..workspace import clock
from ..workspace.files import temporary_folder
from .options import open_project

if TYPE_CHECKING:
    from ..workspace.archive import ArchivedFile

_GUARD = (
    "里面有登记表的全部内容、两把密钥和审签用户的密码指纹：谁拿到它，谁就能冒充这个单位签署和发布。请加密，"
    "放在别的机器或者离线的盘上，由专人保管，和台账一样管；不要放进网盘、邮件、聊天软件"
)


def backup(
    file: Annotated[Path | None, typer.Argument(help="备份写到哪个文件或目录；不写即放在工作目录旁边")] = None,
) -> None:
    """备份工作目录里该留的全部：台账、审签记录和用户、两把密钥、参数、笔记本、报告、网站，写成一个文件，读回来核对过才算。

    还照恢复以后那样核对一遍：台账、审签记录、用户、密钥、签过还没有公布的报告有对不上的，备份写好，逐条说出来，返回 1。
    """
    from ..publication.folder_backup import FOLDERS, copy_private, files_to_keep, last_good
    from ..registers.store.backup import DamagedCopyError
    from ..workspace.archive import is_safe, write_archive

    home = open_project().home
    name = f"gktools-{home.name}-{clock.now():%Y%m%d-%H%M%S}.zip"  # the folder's name is no format: 完成50%
    target = file or home.parent
    if target.is_dir():
        target /= name
    if any(target.absolute().is_relative_to(home / folder) for folder in FOLDERS):
        raise GktoolsError(f"备份不能写在 {target.parent} 里，它自己要备份；请写到工作目录以外")
    with temporary_folder() as folder:
        try:
            files = copy_private(home, folder) | files_to_keep(home)
        except DamagedCopyError as error:
            good = last_good(target.parent, home)
            last = f"最近一份完好的整个备份是 {good.name}" if good else "没有一份完好的整个备份"
            raise GktoolsError(f"{error}。{target.parent} 里{last}") from None
        odd = sorted(name for name in files if not is_safe(name))
        written = write_archive(target, {name: files[name] for name in files if name not in odd}, clock.stored())
        print(f"已备份到 {target}：{len(written)} 个文件，读回来核对过")
        print(_GUARD)
        print("工作目录里别的文件（例如登记表的原件）不在里面")
        left = [f"{visible(name)} 没有进备份：名字里有别的系统不认的字符（如 ? : *），或者太长，请改名" for name in odd]
        _tell_wrong(folder, written, left, "这份备份恢复以后会有不对：请查明是谁动过、缺了什么，放回来，再备份一次")


def restore(
    archive: Annotated[Path, typer.Argument(help="gktools backup 写的备份文件")],
    folder: Annotated[Path, typer.Argument(help="恢复到哪个目录：新的，或者空的")],
) -> None:
    """在新机器上，从 gktools backup 写的备份恢复出整个工作目录；备份的每个文件先核对，有一处不对就什么也不写。

    恢复好了，再核对台账、审签记录、用户、密钥、签过还没有公布的报告，有对不上的逐条说出来，返回 1。
    """
    from ..workspace.archive import extract_archive

    written = extract_archive(archive, folder)
    print(f"已恢复到 {folder}：{len(written)} 个文件，每一个都核对过")
    print("接着在那个目录里运行 gktools records audit、gktools review verify，再照常使用")
    print("台账库用 PostgreSQL 的：设好 GKTOOLS_RECORDS，再运行 gktools records restore records.db --yes --review-log")
    _tell_wrong(folder, written, [], "恢复出来的有不对：请换一份备份恢复，或者查明再用")


def _tell_wrong(folder: Path, files: Iterable[ArchivedFile], left: list[str], what: str) -> None:
    """Print what is wrong with a copy of a working folder, and end with 1 if anything is."""
    from ..publication.folder_backup import copy_errors

    if wrong := [*left, *copy_errors(folder, {one.name: one.hashes for one in files})]:
        print("\n".join(wrong))
        print(f"{len(wrong)} 处不对。{what}")
        sys.exit(1)
