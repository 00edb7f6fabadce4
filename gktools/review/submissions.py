"""Registers handed in through the browser and not imported yet: submissions, each a private folder of the working folder.

A submission is its uploader's alone, readable by the owner of the server only, in no backup, and destroyed when it is
imported, given up, or DAYS old. Its folder has submission.json, written last and removed first, a folder for every file with
its mended cells (mends.json) and its marked or mended copy beside it, and reading.json, what was found in the files
(submission_reading.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from pydantic import TypeAdapter, ValidationError

from ..errors import NotFoundError, ReviewError, os_reason, steering_character
from ..registers.intake.files import plain_name
from ..registers.intake.mends import Mend
from ..workspace import clock
from ..workspace.files import read_regular, remove_tree, write_whole
from .entries import SubmissionDestroyedBody
from .log import Log

FOLDER = "handed-in"
DAYS = 30
"""How long a submission is kept that nobody goes on with."""
MOST_FILES, MOST_SUBMISSIONS, MOST_BYTES = 20, 10, 96 << 20
"""The most files of a submission, submissions of a person, and bytes of all files of a submission."""
MOST_MENDS = 5000
"""The most cells of a file that are mended in the page."""
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 180
"""The most bytes of a file's name, which gets a few more for its marked copy."""
_SUBMISSION, _MENDS = "submission.json", "mends.json"
_MOST_JSON = 4 << 20

Upload = tuple[str, bytes]
"""A file as uploaded: its name and content."""
GONE = "没有这份草稿：已经导入、删去，或者放得太久销毁了；导入过的，看台账页下面的历史"


@dataclass(frozen=True)
class Submission:
    """Files handed in for an office and year: who did and when, and the answers given, as code, subject and key.

    withdraws: records that the files no longer have end.
    """

    id: str
    person: str
    code: str
    year: int
    at: str
    answers: tuple[tuple[str, str, str], ...] = ()
    withdraws: bool = False


def make_submission(home: Path, person: str, code: str, year: int, uploads: Sequence[Upload]) -> Submission:
    """Keep uploaded files as a new submission. Raises ReviewError if they are too many, or their names are not usable."""
    if len(submissions_of(home, person)) >= MOST_SUBMISSIONS:
        raise ReviewError(f"没有收下：您已经有 {MOST_SUBMISSIONS} 份没有办完的，请先把它们导入或者删去")
    submission = Submission(token_hex(16), person, code, year, clock.stored())
    _require_uploads(uploads, [], 0)
    folder = folder_of(home, submission)
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
        _write(folder, uploads)
        keep_submission(home, submission)
    except OSError as error:
        remove_tree(folder)
        raise ReviewError(f"没有收下：{os_reason(error)}，请转给管理 gktools 的人") from error
    return submission


def add_files(home: Path, submission: Submission, uploads: Sequence[Upload]) -> None:
    """Add uploaded files to a submission; one with the name of a file, or of its marked copy, takes its place.

    Raises ReviewError as make_submission does.
    """
    known = files_of(home, submission)
    replaced = {_stem(name) for name, _ in uploads}
    kept = [path for path in known if _stem(path.name) not in replaced]
    _require_uploads(uploads, [path.name for path in kept], sum(path.stat().st_size for path in kept))
    try:
        for path in known:
            if path not in kept:
                remove_tree(path.parent)
        _write(folder_of(home, submission), uploads)
    except OSError as error:
        raise ReviewError(f"没有收下：{os_reason(error)}，请转给管理 gktools 的人") from error


def drop_file(home: Path, submission: Submission, number: int) -> None:
    """Take a file out of a submission, by its place among its files. Raises ReviewError if it is the last one."""
    files = files_of(home, submission)
    if len(files) < 2:
        raise ReviewError("这份草稿只有这一个文件；不要了的，删去整份草稿")
    if number < len(files):
        remove_tree(files[number].parent)


def folder_of(home: Path, submission: Submission) -> Path:
    """Return the folder of a submission."""
    return home / FOLDER / submission.id


def files_of(home: Path, submission: Submission) -> list[Path]:
    """Return the files of a submission in the order in which they were handed in; none if it is gone."""
    found = [path for path in folder_of(home, submission).glob("*/file/*") if path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: path.parts[-3])


def marked_folder(path: Path) -> Path:
    """Return the folder for the marked or mended copy of a file of a submission."""
    return path.parent.with_name("marked")


def mends_of(path: Path) -> tuple[Mend, ...]:
    """Return the mended cells of a file of a submission. Raises ReviewError if they cannot be read: they are never left out."""
    try:
        return _mends().validate_json(read_regular(path.parent.with_name(_MENDS), follow=False, most=_MOST_JSON))
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        raise ReviewError(f"{path.name}：在网页里改过的格读不出来，没有读这个文件：请删去它，重新交") from error


def keep_mends(path: Path, mends: Sequence[Mend]) -> None:
    """Keep the mended cells of a file of a submission. Raises ReviewError if they are too many, or cannot be kept."""
    if len(mends) > MOST_MENDS:
        raise ReviewError(f"一个文件在网页里最多改 {MOST_MENDS} 格：请下载标错文件，在 Excel 里改好再交")
    try:
        write_whole(path.parent.with_name(_MENDS), _mends().dump_json(tuple(mends)), 0o600)
    except OSError as error:
        raise ReviewError(f"没有改成：{os_reason(error)}，请转给管理 gktools 的人") from error


@lru_cache
def _mends() -> TypeAdapter[tuple[Mend, ...]]:
    return TypeAdapter(tuple[Mend, ...])


def keep_submission(home: Path, submission: Submission) -> None:
    """Write a submission as it is now. Raises OSError."""
    write_whole(folder_of(home, submission) / _SUBMISSION, _submissions().dump_json(submission), 0o600)


def find_submission(home: Path, id_: str, person: str) -> Submission:
    """Return a submission of a person. Raises NotFoundError if they have none of that id."""
    submission = _read(home, id_)
    if submission is None or submission.person != person:
        raise NotFoundError(GONE)
    return submission


def submissions_of(home: Path, person: str) -> list[Submission]:
    """Return the submissions of a person, the newest first."""
    mine = (submission for submission in _all(home) if submission.person == person)
    return sorted(mine, key=lambda submission: submission.at, reverse=True)


def destroy(home: Path, submission: Submission) -> None:
    """Remove a submission with all its files."""
    folder = folder_of(home, submission)
    (folder / _SUBMISSION).unlink(missing_ok=True)
    remove_tree(folder)


def destroy_old(home: Path, log: Log) -> list[Submission]:
    """Destroy the submissions that are more than DAYS old, each after an entry in the log; return them. Raises RecordsError.

    What a killed server left half handed in goes with them.
    """
    before = clock.stored(clock.now() - timedelta(days=DAYS))
    old = [submission for submission in _all(home) if submission.at < before]
    for submission in old:
        log.append(
            submission.code,
            submission.year,
            submission.person,
            SubmissionDestroyedBody(submission.at, len(files_of(home, submission))),
        )
        destroy(home, submission)
    since = (clock.now() - timedelta(days=DAYS)).timestamp()
    for folder in _folders(home):
        if not (folder / _SUBMISSION).exists() and folder.lstat().st_mtime < since:
            remove_tree(folder)
    return old


def with_answers(submission: Submission, given: dict[tuple[str, str], str]) -> Submission:
    """Return a submission with further answers by code and subject."""
    known = {(code, subject): key for code, subject, key in submission.answers} | given
    return replace(submission, answers=tuple((code, subject, key) for (code, subject), key in known.items()))


def _all(home: Path) -> Iterator[Submission]:
    return (submission for folder in _folders(home) if (submission := _read(home, folder.name)))


def _folders(home: Path) -> list[Path]:
    top = home / FOLDER
    if not top.is_dir() or top.is_symlink():
        return []
    return [path for path in sorted(top.iterdir()) if _ID.fullmatch(path.name) and not path.is_symlink()]


def _read(home: Path, id_: str) -> Submission | None:
    if not _ID.fullmatch(id_):
        return None
    try:
        submission = _submissions().validate_json(
            read_regular(home / FOLDER / id_ / _SUBMISSION, follow=False, most=_MOST_JSON)
        )
    except (OSError, ValidationError):
        return None
    return submission if submission.id == id_ else None


@lru_cache
def _submissions() -> TypeAdapter[Submission]:
    return TypeAdapter(Submission)


def _require_uploads(uploads: Sequence[Upload], others: Sequence[str], size: int) -> None:
    """Raise ReviewError unless files can stand in a submission beside others of these names and sizes."""
    if not uploads:
        raise ReviewError("请先选文件：登记表的 xlsx、xls 或 csv 文件，可以选几个")
    if len(uploads) + len(others) > MOST_FILES:
        raise ReviewError(f"一次最多 {MOST_FILES} 个文件，请分几次交")
    if size + sum(len(content) for _, content in uploads) > MOST_BYTES:
        raise ReviewError(f"一份草稿的文件一共最多 {MOST_BYTES >> 20} MB，请分几次交")
    names = [name for name, _ in uploads]
    for name, content in uploads:
        _require_name(name)
        if not content:
            raise ReviewError(f"{name} 是空的，没有收下：请看选对了没有")
    if len({name.casefold() for name in (*names, *others)}) < len(names) + len(others):
        raise ReviewError("有两个文件名字一样，没有收下：请改名，或者分两次交")


def _require_name(name: str) -> None:
    if hidden := steering_character(name, lines=False):
        raise ReviewError(f"文件名里有“{hidden}”，没有收下：请给文件改名再交")
    if not name.strip(" .") or re.search(r'[/\\:*?"<>|]', name) or name.startswith("."):
        raise ReviewError("有的文件名不能用，没有收下：请给文件改名再交")
    if len(name.encode()) > _LONGEST_NAME:
        raise ReviewError("有的文件名太长，没有收下：请改短再交")


def base_name(name: str) -> str:
    """Return the name of an uploaded file without the folders that some browsers send."""
    return name.replace("\\", "/").rpartition("/")[2]


def _stem(name: str) -> str:
    return plain_name(Path(name).stem).casefold()


def _write(folder: Path, uploads: Sequence[Upload]) -> None:
    """Write files, each in a folder of its own: their names cannot collide with anything. Raises OSError."""
    known = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    for number, (name, content) in enumerate(uploads, start=max(known, default=0) + 1):
        place = folder / f"{number:04}" / "file"
        for made in (place.parent, place, place.with_name("marked")):
            made.mkdir(mode=0o700)
        write_whole(place / name, content, 0o600)
