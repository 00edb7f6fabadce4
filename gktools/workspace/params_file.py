"""A file of params/ written: whole, with its folder, or a message for staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_IMODE

from ..errors import ParamsError, os_reason
from ..yamlfile import link_to
from .files import private_mode, whole_draft


def write_params_file(path: Path, text: str) -> None:
    """Replace a file's text in one step. Raises ParamsError if it cannot be written."""
    with drafted_params_file(path, text) as put:
        put()


@contextmanager
def drafted_params_file(path: Path, text: str) -> Iterator[Callable[[], object]]:
    """Yield what puts a file's new text, which is on disk in a draft already, in its place in one step.

    Raises ParamsError if it cannot be written, or would be behind a link.
    """
    if link := link_to(path):
        raise ParamsError(f"没有保存：{link.name} 是一个链接，会写到别处。请看是谁放的，换成文件（文件夹）本身")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = S_IMODE(path.stat().st_mode) if path.exists() else private_mode(path.parent)
        with whole_draft(path, text, mode) as draft:
            yield lambda: draft.replace(path)
    except OSError as error:
        raise ParamsError(f"{path.name} 写不进去：{os_reason(error)}。请看磁盘是否已满、文件夹是否只读") from None
    except UnicodeEncodeError:
        raise ParamsError("文字里有存不下的字符，请重新输入那一段") from None
