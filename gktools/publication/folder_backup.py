"""What must be kept of a working folder, copied for gktools backup, and what is wrong with such a copy.

A copy is judged as the folder that a restore would make of it: by the audits of the store, of the log and of the users, and
by both keys. So a backup of another store, without its keys or with others is told when it is made, not when it is needed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from ..build.freshness import NOTEBOOK
from ..errors import GktoolsError, os_reason
from ..registers.store.backup import read_version
from ..registers.store.database import NAME as STORE
from ..registers.store.database import VERSION, copy_engine
from ..registers.store.import_head import HEAD_FILE as RECORDS_HEAD
from ..registers.store.log_head import HEAD_FILE as REVIEW_HEAD
from ..registers.store.opening import open_store
from ..registers.store.privacy import KEY_FILE as STORE_KEY
from ..registers.store.privacy import Privacy
from ..registers.store.store import Store
from ..review.accounts import NAME as USERS
from ..review.accounts import Accounts
from ..review.audit import last_signatures
from ..review.entries import KeyBody, PublishedBody
from ..review.log import Log, LogEntry
from ..review.user_acts import file_errors
from ..workspace.archive import extract_archive
from ..workspace.files import KeyFileError, read_key_file, temporary_folder
from ..workspace.output import MANIFEST, REPORT_FILE, report_ref
from .releases import CURRENT, MOST_DEEP
from .signing import KEY_FILE as SITE_KEY
from .signing import key_path, read_key

FOLDERS = ("params", "notebooks", "output", "site")
"""The folders of a working folder that are kept; of the site, what it shows now."""
_OFFICES = "params/offices.yaml"


def copy_private(home: Path, folder: Path) -> dict[str, Path]:
    """Copy the store, the users, both keys and the heads of a working folder into a folder that only this user may enter.

    Return the copies by their names. Raises GktoolsError if the store is damaged, not the one that the heads speak of, or
    the key not the store's.
    """
    for name in (RECORDS_HEAD, REVIEW_HEAD):  # first: a head may lag behind what it speaks of
        if (home / name).is_file():
            (folder / name).write_bytes((home / name).read_bytes())
    privacy = Privacy(home)
    with open_store(home) as store:
        store.backup(folder / STORE)
        key = privacy.key_in_use()
    for name, path in ((STORE_KEY, privacy.path), (SITE_KEY, key_path(home))):
        if path.is_file():
            (folder / name).write_bytes(_key_bytes(path))
    if key:  # the very one that has proved to be the store's
        (folder / STORE_KEY).write_text(key.secret.hex() + "\n", encoding="ascii")
    if (home / USERS).is_file():
        _copy_database(home / USERS, folder / USERS)
    return {path.name: path for path in sorted(folder.iterdir())}


def last_good(folder: Path, home: Path) -> Path | None:
    """Return the newest archive in a folder that a restore of this working folder could use; None if there is none."""
    found = [path for path in folder.glob("*.zip") if path.is_file()]
    newest = sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
    return next((path for path in newest[:_LOOKED_AT] if _is_good(path, home)), None)


_LOOKED_AT = 10


def _is_good(path: Path, home: Path) -> bool:
    """Return whether an archive is one of this folder's store, and whole once it is restored."""
    try:
        with temporary_folder() as folder:
            files = {one.name: one.sha256 for one in extract_archive(path, folder)}
            same_key = read_key_file(folder / STORE_KEY) == read_key_file(home / STORE_KEY)
            return same_key and not copy_errors(folder, files)
    except (GktoolsError, OSError):
        return False


def _key_bytes(path: Path) -> bytes:
    try:
        return read_key_file(path)
    except KeyFileError as error:
        raise GktoolsError(f"没有备份：密钥文件 {path.name} {error.told}") from error


def _copy_database(path: Path, copy: Path) -> None:
    """Write a consistent copy of a database that others may be writing. Raises GktoolsError."""
    try:
        with closing(sqlite3.connect(path, timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise GktoolsError(f"没有备份：{path.name} 读不出来（{type(error).__name__}）") from error


def files_to_keep(home: Path) -> dict[str, Path]:
    """Return every other file to keep of a working folder, by its name in the archive.

    What begins with a dot is not kept. Raises GktoolsError for a link, which leads to other files, if there is no office
    book, and for a folder that cannot be looked into or lies very deep.
    """
    files: dict[str, Path] = {}
    try:
        for top in FOLDERS:
            _require_own(home / top, top)
            if top != "site":
                files |= _files_below(home / top, top)
        shown = (home / "site" / CURRENT).resolve()
        if not shown.is_relative_to(home.resolve() / "site"):
            raise _not_own(f"site/{CURRENT}")
        files |= _files_below(shown, f"site/{CURRENT}")
    except OSError as error:
        where = str(error.filename or "").removeprefix(str(home)).removeprefix(str(home.resolve())).strip("/")
        raise GktoolsError(
            f"没有备份：{where[:_NAMED]} 看不了（{os_reason(error)}）。请看它的主人和权限，改正或者删去，再做一次"
        ) from error
    if _OFFICES not in files:
        raise GktoolsError(f"没有备份：{_OFFICES} 不见了，备份里会没有参数。请把它放回来，再做一次")
    return files


def _files_below(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    if not folder.is_dir():
        return
    if name.count("/") > MOST_DEEP:
        raise GktoolsError(
            f"没有备份：{name[:_NAMED]}…… 里套了 {MOST_DEEP} 层以上的文件夹。请看是谁放的，删去它，再做一次"
        )
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        _require_own(path, f"{name}/{path.name}")
        if path.is_dir():
            yield from _files_below(path, f"{name}/{path.name}")
        elif path.is_file():
            yield f"{name}/{path.name}", path


_NAMED = 60
"""How many characters of a long path are shown."""


def _require_own(path: Path, name: str) -> None:
    if path.is_symlink():
        raise _not_own(name)


def _not_own(name: str) -> GktoolsError:
    return GktoolsError(
        f"没有备份：{name} 是一个链接，通到别处，备份里会是别的文件，或者没有它。请看是谁放的，把原来的文件夹、文件放回来"
    )


def copy_errors(folder: Path, files: Mapping[str, Collection[str]]) -> list[str]:
    """Return what of a copy of a working folder would be wrong once it is restored, as Chinese sentences.

    folder has what copy_private copies, under the same names; files are the hashes of all that is kept, by name. A store of
    an older version is not audited: it is upgraded when it is opened.
    """
    if read_version(folder / STORE) < VERSION:
        return []
    privacy = Privacy(folder, file=folder / STORE_KEY)
    store = Store(copy_engine(folder / STORE), folder, privacy)
    with Log(store, folder) as log:
        wrong = store.audit()
        wrong += [one for one in (f"审签记录：{told}" for told in log.verify()) if one not in wrong]
        if wrong:
            return wrong
        entries = log.verified()
        users = file_errors(Accounts(folder, privacy.key_in_use()), log)
    return [*users, *_site_key_errors(folder, entries), *_missing(files), *_signed_errors(files, entries)]


def _site_key_errors(folder: Path, entries: list[LogEntry]) -> Iterator[str]:
    """Yield that the key is not the one that the newest publication names."""
    bodies = (entry.body for entry in reversed(entries))
    if known := next((body.key for body in bodies if isinstance(body, PublishedBody | KeyBody)), ""):
        try:
            read_key(folder, known, folder / SITE_KEY)
        except GktoolsError as error:
            yield str(error)


def _missing(files: Collection[str]) -> Iterator[str]:
    if (name := NOTEBOOK.as_posix()) not in files:
        yield f"{name} 不见了：没有它，恢复以后报告做不成，也不能发布、更正"


def _signed_errors(files: Mapping[str, Collection[str]], entries: list[LogEntry]) -> Iterator[str]:
    """Yield what of the signed reports of which nothing is public yet is missing, or another than was signed.

    What is published stands in the store. A report that was built again since has another manifest: its signatures are void.
    """
    for (code, year), signed in last_signatures(entries).items():
        report = report_ref(Path(), code, year)
        found = {
            name: files.get(f"{report.relative_folder}/{name}", ()) for name in {*signed.files, REPORT_FILE, MANIFEST}
        }
        wanted = (
            {**signed.files, MANIFEST: signed.manifest}
            if not found[MANIFEST] or signed.manifest in found[MANIFEST]
            else {}
        )
        for name in sorted(found):
            if not found[name] and (wanted or name in (REPORT_FILE, MANIFEST)):
                yield f"{report.relative_folder}/{name} 不见了：签过、还没有公布的，要照原样做出来才接得下去"
            elif wanted and name in wanted and wanted[name] not in found[name]:
                yield f"{report.relative_folder}/{name} 不是签过的那一份：它的签字作废，找不回来就要重新签"
