"""Files read and written safely: regular files only, JSON of any shape; written whole, or not at all."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

_NAME_CHARACTERS = 32
"""How many characters of a file's name its draft repeats: a longer name could exceed what file systems allow."""


def write_whole(path: Path, data: bytes | str, mode: int | None = None) -> None:
    """Write a file in one step, text as UTF-8 with its line ends unchanged; its folder must exist.

    With a mode the content is never readable to more than that; without, the file has the mode of any new one. The
    content is on disk before the file has its name. Raises OSError, and UnicodeEncodeError for a lone surrogate.
    """
    content = data.encode() if isinstance(data, str) else data
    with draft_beside(path, private=mode is not None) as draft:
        with draft.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            draft.chmod(mode)
        draft.replace(path)


@contextmanager
def draft_beside(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Yield an empty file in the folder of path, to be filled and renamed to path; it is removed if it is left over.

    For libraries that write to a file by name; private ones are readable to their owner only. Raises OSError.
    """
    draft = path.with_name(f".{path.name[:_NAME_CHARACTERS]}.{token_hex(8)}.part")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        os.close(os.open(draft, flags, 0o600 if private else 0o666))
        yield draft
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def read_regular(path: Path, *, follow: bool = True, most: int = -1) -> bytes:
    """Return the content of a regular file: never of a pipe, whose writer would be waited for. Raises OSError.

    Without follow a link is refused. Of a file longer than most the beginning is returned, one byte more than most.
    """
    flags = _NO_WAIT if follow else _NO_WAIT | _NO_LINK
    with open(path, "rb", opener=lambda name, given: os.open(name, given | flags)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return file.read() if most < 0 else file.read(most + 1)


_NO_LINK, _NO_WAIT = getattr(os, "O_NOFOLLOW", 0), getattr(os, "O_NONBLOCK", 0)


def parse_json(content: bytes | str, *, parse_float: Callable[[str], Any] = float) -> Any:
    """Return the value of a JSON document of any shape. Raises ValueError, also for one nested too deeply."""
    try:
        return json.loads(content, parse_float=parse_float)
    except (RecursionError, ArithmeticError) as error:
        raise ValueError(f"not readable as JSON: {error!r}") from error
