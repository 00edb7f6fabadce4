"""Files that a command was asked to write: never over what gktools did not write there itself, as it is now.

Beside them stands a note with the kind and the hash of each. A file of that name with another content, however it came there
(filled in, edited, somebody's own), a link and a device are refused: what is asked for again under the same name replaces only
what the same command wrote and nobody has touched since.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import GktoolsError
from .files import read_regular, strange_kind, write_whole
from .json_file import parse_json
from .seals import file_hash, file_hashes

NOTE = ".gktools-written"
"""The name of the note, in the folder of the files."""
_TOLD, _MOST = 3, 4 << 20


class NotOwnFileError(GktoolsError):
    """A command was asked to write over a file that it did not write; nothing was written."""


def write_own_files(files: Mapping[Path, bytes | str], kind: str, mode: int | None = None) -> None:
    """Write the files of one command, a text as UTF-8: all, or none if one is not its own; their folders must exist.

    kind names the command. Raises NotOwnFileError, and OSError.
    """
    contents = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    require_own_files(contents, kind)
    for path, content in contents.items():
        write_whole(path, content, mode)
    note_own_files({path: file_hash(content) for path, content in contents.items()}, kind)


def require_own_files(contents: Mapping[Path, bytes], kind: str) -> None:
    """Raise NotOwnFileError if one of the files is there and neither equal already nor as this kind of command wrote it."""
    wrong = [words for path, content in contents.items() if (words := _why_not_own(path, content, kind))]
    if wrong:
        more = f"；这样的共 {len(wrong)} 个" if len(wrong) > _TOLD else ""
        raise NotOwnFileError(f"{'；'.join(wrong[:_TOLD])}{more}。没有写，什么也没有动：{_REMEDY}")


_REMEDY = "请换一个名字（或者文件夹）；确实不要了的，先自己移走、删去，再运行一次"


def _why_not_own(path: Path, content: bytes, kind: str) -> str:
    if not os.path.lexists(path):
        return ""
    if path.is_symlink() or strange_kind(path):
        return f"{path} 是一个{'链接' if path.is_symlink() else strange_kind(path)}"
    with suppress(OSError):
        held = read_regular(path, most=len(content))
        if held == content or _noted(path.parent, kind).get(path.name) in file_hashes(read_regular(path)):
            return ""
    return f"{path} 已经有了，不是这个命令上次写好、没有人动过的那一份"


def note_own_files(digests: Mapping[Path, str], kind: str) -> None:
    """Note the hashes of files that a command wrote. Without a note they are not written over the next time; raises nothing."""
    for folder in {path.parent for path in digests}:
        with suppress(OSError):
            files = _all_noted(folder) | {
                path.name: {"kind": kind, "sha256": digest} for path, digest in digests.items() if path.parent == folder
            }
            there = {name: one for name, one in sorted(files.items()) if os.path.lexists(folder / name)}
            if not (folder / NOTE).is_symlink():
                write_whole(folder / NOTE, json.dumps({"files": there}, ensure_ascii=False, indent=1) + "\n")


def _noted(folder: Path, kind: str) -> dict[str, str]:
    return {name: one["sha256"] for name, one in _all_noted(folder).items() if one["kind"] == kind}


def _all_noted(folder: Path) -> dict[str, dict[str, str]]:
    """Return what is noted of the files of a folder; nothing of a note that is none of ours."""
    try:
        files = parse_json(read_regular(folder / NOTE, follow=False, most=_MOST))["files"].items()
        return {str(name): {"kind": str(one["kind"]), "sha256": str(one["sha256"])} for name, one in files}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
