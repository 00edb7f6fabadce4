"""gktools backup and gktools restore: everything of a working folder that must be kept, as one file."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ..errors import GktoolsError
from ..workspace import clock
from .options import open_project

_FOLDERS = ("params", "notebooks", "output")
_HEADS = ("review.head", "records.head")
_GUARD = (
    "里面有登记表的全部内容、两把密钥和审签用户的密码指纹：谁拿到它，谁就能冒充这个单位签署和发布。请加密，"
    "放在别的机器或者离线的盘上，由专人保管，和台账一样管；不要放进网盘、邮件、聊天软件"
)


def backup(
    file: Annotated[Path | None, typer.Argument(help="备份写到哪个文件或目录；不写即放在工作目录旁边")] = None,
) -> None:
    """备份工作目录里该留的全部：台账、审签记录和用户、两把密钥、参数、笔记本、报告、网站，写成一个文件，读回来核对过才算。"""
    from ..registers.store.opening import open_store
    from ..workspace.archive import write_archive

    home = open_project().home
    name = f"gktools-{home.name}-{clock.now():%Y%m%d-%H%M%S}.zip"  # the folder's name is no format: 完成50%
    target = file or home.parent
    if target.is_dir():
        target /= name
    if target.absolute().is_relative_to(home) and any(
        target.absolute().is_relative_to(home / folder) for folder in (*_FOLDERS, "site")
    ):
        raise GktoolsError(f"备份不能写在 {target.parent} 里，它自己要备份；请写到工作目录以外")
    with tempfile.TemporaryDirectory(prefix=".gktools-", dir=target.absolute().parent) as folder:
        files = dict(_heads(home, Path(folder)))  # first: a head may lag behind what it speaks of
        with open_store(home) as store:
            files["records.db"] = store.backup(Path(folder) / "records.db")
        files |= dict(_kept(home, Path(folder)))
        written = write_archive(target, files, clock.stored())
    print(f"已备份到 {target}：{len(written)} 个文件，读回来核对过")
    print(_GUARD)
    print("工作目录里别的文件（例如登记表的原件）不在里面")


def restore(
    archive: Annotated[Path, typer.Argument(help="gktools backup 写的备份文件")],
    folder: Annotated[Path, typer.Argument(help="恢复到哪个目录：新的，或者空的")],
) -> None:
    """在新机器上，从 gktools backup 写的备份恢复出整个工作目录；备份的每个文件先核对，有一处不对就什么也不写。"""
    from ..workspace.archive import extract_archive

    written = extract_archive(archive, folder)
    print(f"已恢复到 {folder}：{len(written)} 个文件，每一个都核对过")
    print("接着在那个目录里运行 gktools records audit、gktools review verify，再照常使用")
    print("台账库用 PostgreSQL 的：设好 GKTOOLS_RECORDS，再运行 gktools records restore records.db --yes --review-log")


def _heads(home: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield copies of the heads as they are now."""
    for name in _HEADS:
        if (home / name).is_file():
            copy = folder / name
            copy.write_bytes((home / name).read_bytes())
            yield name, copy


def _kept(home: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every other file to keep, by its name in the archive."""
    from ..publication.signing import KEY_FILE as SITE_KEY
    from ..publication.signing import key_path
    from ..registers.store.privacy import KEY_FILE, Privacy
    from ..review.accounts import NAME

    for name, path in ((KEY_FILE, Privacy(home).path), (SITE_KEY, key_path(home))):
        if path.is_file():
            yield name, path
    if (home / NAME).is_file():
        yield NAME, _copy_of(home / NAME, folder / NAME)
    for top in _FOLDERS:
        _require_own(home, top)
        yield from _files_below(home / top, top)
    shown = (home / "site" / "current").resolve()
    _require_own(home, "site")
    if not shown.is_relative_to(home.resolve() / "site"):
        raise _not_own("site/current")
    yield from _files_below(shown, "site/current")


def _require_own(home: Path, top: str) -> None:
    """Raise GktoolsError if a folder is a link: other files would be in the backup, and a site of them after a restore."""
    if (home / top).is_symlink():
        raise _not_own(top)


def _not_own(name: str) -> GktoolsError:
    return GktoolsError(
        f"没有备份：{name} 是一个链接，通到别处，备份的会是别的文件。请看是谁放的，把原来的文件夹放回来"
    )


def _copy_of(path: Path, copy: Path) -> Path:
    """Return a consistent copy of a database that others may be writing. Raises GktoolsError."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise GktoolsError(f"没有备份：{path.name} 读不出来（{type(error).__name__}）") from error
    return copy


def _files_below(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    """Yield the regular files below a folder; links and what begins with a dot are not followed and not kept."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files_below(path, f"{name}/{path.name}")
        elif path.is_file():
            yield f"{name}/{path.name}", path
