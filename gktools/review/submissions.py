"""Registers handed in through the browser and not imported yet: submissions, each a private folder of the working folder.

A submission is its uploader's alone, readable by the owner of the server only, in no backup, and destroyed when it is
imported, given up, or DAYS old. Its folder (draft_folder.py) has submission.json, written last and removed first, with the
hash of every file; a folder for every file with its mended cells (mends.json) and its marked or mended copy beside it; and
reading.json, what was found in the files (submission_reading.py). What does not verify is no submission, and no part of one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from pydantic import TypeAdapter, ValidationError

from ..errors import GktoolsError, NotFoundError, ReviewError, os_reason, steering_character
from ..registers.intake.files import plain_name
from ..registers.intake.mends import Mend
from ..workspace import clock
from ..workspace.seals import is_plain_hash, plain_hash
from .draft_folder import FOLDER, FORGED, DraftFolder, ForgedError, draft_ids
from .entries import SubmissionDestroyedBody
from .log import Log

DAYS = 30
"""How long a submission is kept that nobody goes on with."""
MOST_FILES, MOST_SUBMISSIONS, MOST_BYTES = 20, 10, 96 << 20
"""The most files of a submission, submissions of a person, and bytes of all files of a submission."""
MOST_MENDS = 5000
"""The most cells of a file that are mended in the page."""
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 180
"""The most bytes of a file's name, which gets a few more for its marked copy."""
_SUBMISSION, _MENDS, _FILE, _COPY = "submission.json", "mends.json", "file", "marked"
_MOST_JSON = 4 << 20
_YEARS = range(1000, 10000)

Upload = tuple[str, bytes]
"""A file as uploaded: its name and content."""
GONE = "没有这份草稿：已经导入、删去，或者放得太久销毁了；导入过的，看台账页下面的历史"


@dataclass(frozen=True)
class SubmissionFile:
    """A file of a submission: its folder, its name, and the hash of its content."""

    folder: str
    name: str
    hash: str


@dataclass(frozen=True)
class Submission:
    """Files handed in for an office and year, in their order: who did and when, and the answers given, as code, subject, key.

    withdraws: records that the files no longer have end.
    """

    id: str
    person: str
    code: str
    year: int
    at: str
    answers: tuple[tuple[str, str, str], ...] = ()
    withdraws: bool = False
    files: tuple[SubmissionFile, ...] = ()


def make_submission(home: Path, person: str, code: str, year: int, uploads: Sequence[Upload]) -> Submission:
    """Keep uploaded files as a new submission. Raises ReviewError if they are too many, or their names are not usable."""
    if len(submissions_of(home, person)) >= MOST_SUBMISSIONS:
        raise ReviewError(f"没有收下：您已经有 {MOST_SUBMISSIONS} 份没有办完的，请先把它们导入或者删去")
    submission = Submission(token_hex(16), person, code, year, clock.stored())
    _require_uploads(uploads, [], 0)
    folder = folder_of(home, submission)
    try:
        folder.make()
        submission = replace(submission, files=_put(folder, uploads))
        keep_submission(home, submission)
    except OSError as error:
        destroy(home, submission)
        raise ReviewError(f"没有收下：{os_reason(error)}，请转给管理 gktools 的人") from error
    except GktoolsError:
        destroy(home, submission)
        raise
    return submission


def add_files(home: Path, submission: Submission, uploads: Sequence[Upload]) -> Submission:
    """Add uploaded files to a submission, and return it; one with the name of a file, or of its marked copy, takes its place.

    Raises ReviewError as make_submission does.
    """
    folder = folder_of(home, submission)
    replaced = {_stem(name) for name, _ in uploads}
    kept = tuple(file for file in submission.files if _stem(file.name) not in replaced)
    try:
        size = sum(folder.size(file.folder, _FILE, file.name) for file in kept)
        _require_uploads(uploads, [file.name for file in kept], size)
        changed = replace(submission, files=(*kept, *_put(folder, uploads)))
        keep_submission(home, changed)
        for file in submission.files:
            if file not in kept:
                folder.remove(file.folder)
    except OSError as error:
        raise ReviewError(f"没有收下：{os_reason(error)}，请转给管理 gktools 的人") from error
    return changed


def drop_file(home: Path, submission: Submission, number: int) -> Submission:
    """Take a file out of a submission, by its place among its files, and return it. Raises ReviewError if it is the last one."""
    files = submission.files
    if len(files) < 2:
        raise ReviewError("这份草稿只有这一个文件；不要了的，删去整份草稿")
    if number >= len(files):
        return submission
    changed = replace(submission, files=files[:number] + files[number + 1 :])
    keep_submission(home, changed)
    with suppress(OSError):
        folder_of(home, submission).remove(files[number].folder)
    return changed


def folder_of(home: Path, submission: Submission) -> DraftFolder:
    """Return the folder of a submission."""
    return DraftFolder(home, submission.id)


def content_of(home: Path, submission: Submission, file: SubmissionFile) -> bytes:
    """Return the content of a file of a submission. Raises ReviewError if it is not the one that was handed in."""
    try:
        content = folder_of(home, submission).content(file.folder, _FILE, file.name)
    except OSError as error:
        raise ReviewError(f"{file.name}：{FORGED}") from error
    if not is_plain_hash(content, file.hash):
        raise ReviewError(f"{file.name}：{FORGED}")
    return content


def mends_of(home: Path, submission: Submission, file: SubmissionFile) -> tuple[Mend, ...]:
    """Return the mended cells of a file of a submission. Raises ReviewError if they cannot be read: they are never left out."""
    try:
        return _mends().validate_json(folder_of(home, submission).read(file.folder, _MENDS, most=_MOST_JSON))
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError, ForgedError) as error:
        raise ReviewError(f"{file.name}：在网页里改过的格读不出来，没有读这个文件：请删去它，重新交") from error


def keep_mends(home: Path, submission: Submission, file: SubmissionFile, mends: Sequence[Mend]) -> None:
    """Keep the mended cells of a file of a submission. Raises ReviewError if they are too many, or cannot be kept."""
    if len(mends) > MOST_MENDS:
        raise ReviewError(f"一个文件在网页里最多改 {MOST_MENDS} 格：请下载标错文件，在 Excel 里改好再交")
    try:
        folder_of(home, submission).keep(_mends().dump_json(tuple(mends)), file.folder, _MENDS)
    except OSError as error:
        raise ReviewError(f"没有改成：{os_reason(error)}，请转给管理 gktools 的人") from error


def copy_of(home: Path, submission: Submission, file: SubmissionFile) -> tuple[str, bytes] | None:
    """Return the name and content of the marked or mended copy of a file of a submission; None if there is none of ours."""
    folder = folder_of(home, submission)
    with suppress(OSError, ForgedError):
        for name in folder.names(file.folder, _COPY):
            return name, folder.read(file.folder, _COPY, name)
    return None


def keep_copy(home: Path, submission: Submission, file: SubmissionFile, name: str, content: bytes) -> None:
    """Keep the marked or mended copy of a file of a submission in the place of an earlier one. Raises ReviewError."""
    try:
        drop_copy(home, submission, file)
        folder_of(home, submission).keep(content, file.folder, _COPY, name)
    except OSError as error:
        raise ReviewError(f"{name} 没有写成：{os_reason(error)}，请转给管理 gktools 的人") from error


def drop_copy(home: Path, submission: Submission, file: SubmissionFile) -> None:
    """Remove the marked or mended copy of a file of a submission."""
    with suppress(OSError):
        folder_of(home, submission).remove(file.folder, _COPY)


@lru_cache
def _mends() -> TypeAdapter[tuple[Mend, ...]]:
    return TypeAdapter(tuple[Mend, ...])


def keep_submission(home: Path, submission: Submission) -> None:
    """Write a submission as it is now. Raises ReviewError if that is not possible, RecordsError for the key."""
    try:
        folder_of(home, submission).keep(as_kept(submission), _SUBMISSION)
    except OSError as error:
        raise ReviewError(f"没有改成：{os_reason(error)}，请转给管理 gktools 的人") from error


def as_kept(submission: Submission) -> bytes:
    """Return all that is kept of a submission, as JSON."""
    return _submissions().dump_json(submission)


def find_submission(home: Path, id_: str, person: str) -> Submission:
    """Return a submission of a person. Raises NotFoundError if they have none of that id, or it does not verify."""
    submission = _read(home, id_)
    if submission is None and _ID.fullmatch(id_) and DraftFolder(home, id_).names():
        raise NotFoundError(FORGED)
    if submission is None or submission.person != person:
        raise NotFoundError(GONE)
    return submission


def submissions_of(home: Path, person: str) -> list[Submission]:
    """Return the submissions of a person, the newest first."""
    mine = (submission for submission in _all(home) if submission.person == person)
    return sorted(mine, key=lambda submission: submission.at, reverse=True)


def destroy(home: Path, submission: Submission) -> None:
    """Remove a submission with all its files."""
    folder_of(home, submission).destroy(_SUBMISSION)


def destroy_old(home: Path, log: Log) -> list[Submission]:
    """Destroy the submissions that are more than DAYS old, each after an entry in the log; return them. Raises RecordsError.

    What has no submission.json of ours goes with them after as many days, in nobody's name: a killed server left it half
    handed in, or somebody put it there.
    """
    oldest = clock.now() - timedelta(days=DAYS)
    before, since = clock.stored(oldest), oldest.timestamp()
    old, foreign = [], 0
    for id_, changed in _ids(home):
        submission = _read(home, id_)
        if submission is None and changed < since:
            DraftFolder(home, id_).destroy(_SUBMISSION)
            foreign += 1
        elif submission is not None and submission.at < before:
            log.append(
                submission.code,
                submission.year,
                submission.person,
                SubmissionDestroyedBody(submission.at, len(submission.files)),
            )
            destroy(home, submission)
            old.append(submission)
    if foreign:
        logging.getLogger(__name__).warning(
            "%s/：有 %d 个文件夹放了 %d 天，不是（或者不再是）这里收下的草稿，已销毁", FOLDER, foreign, DAYS
        )
    return old


def with_answers(submission: Submission, given: dict[tuple[str, str], str]) -> Submission:
    """Return a submission with further answers by code and subject."""
    known = {(code, subject): key for code, subject, key in submission.answers} | given
    return replace(submission, answers=tuple((code, subject, key) for (code, subject), key in known.items()))


def _all(home: Path) -> Iterator[Submission]:
    return (submission for id_, _ in _ids(home) if (submission := _read(home, id_)))


def _ids(home: Path) -> list[tuple[str, float]]:
    return [one for one in draft_ids(home) if _ID.fullmatch(one[0])]


def _read(home: Path, id_: str) -> Submission | None:
    """Return the submission of an id; None if this server keeps none there."""
    if not _ID.fullmatch(id_):
        return None
    try:
        content = DraftFolder(home, id_).read(_SUBMISSION, most=_MOST_JSON)
        submission = _submissions().validate_json(content, strict=True)
    except (OSError, ValidationError, ForgedError):
        return None
    return submission if submission.id == id_ and submission.year in _YEARS else None


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


def _put(folder: DraftFolder, uploads: Sequence[Upload]) -> tuple[SubmissionFile, ...]:
    """Put files, each into a new folder of its own: their names cannot collide with anything. Raises OSError."""
    files = []
    for name, content in uploads:
        place = token_hex(8)
        folder.put(content, place, _FILE, name)
        files.append(SubmissionFile(place, name, plain_hash(content)))
    return tuple(files)
