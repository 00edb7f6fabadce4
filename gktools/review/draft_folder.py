"""The private folders of submissions (handed-in/<id>/): no part of a path there is a link, what is kept carries a keyed hash.

A kept file is a line with the keyed hash of its submission, its place and its content, and then the content: who writes
into the folder without the key of the store makes nothing that is believed, and moves nothing from one place to another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import ReviewError
from ..registers.store.privacy import Key
from ..workspace.files import folder_within, open_regular, read_regular, remove, remove_tree, write_whole
from .accounts import Accounts

FOLDER = "handed-in"
_PURPOSE = "gktools.handed-in"
_MOST_SEAL = 200


class ForgedError(ReviewError):
    """A file of a submission that this server has not put there as it is."""


@dataclass(frozen=True)
class DraftFolder:
    """The folder of a submission. All methods raise OSError; those about what is kept also RecordsError for the key."""

    home: Path
    id: str

    def make(self) -> None:
        """Make the folder, which must not exist."""
        with folder_within(self.home, FOLDER, make=0o700) as top:
            (top / self.id).mkdir(mode=0o700)

    def read(self, *place: str, most: int = -1) -> bytes:
        """Return what is kept at a place, as read_regular does. Raises ForgedError if it was not kept there."""
        with self.folder(*place[:-1]) as folder:
            found = read_regular(folder / place[-1], follow=False, most=most + _MOST_SEAL if most >= 0 else most)
        seal, _, content = found.partition(b"\n")
        key = Accounts(self.home).key()
        if key is None or not key.has_sealed(_PURPOSE, self._sealed(place, content), seal.decode("ascii", "replace")):
            raise ForgedError(FORGED)
        return content

    def keep(self, content: bytes, *place: str) -> None:
        """Keep a content at a place, readable by its owner only."""
        seal = self.key().seal(_PURPOSE, self._sealed(place, content))
        with self.folder(*place[:-1], make=True) as folder:
            write_whole(folder / place[-1], seal.encode() + b"\n" + content, 0o600)

    def put(self, content: bytes, *place: str) -> None:
        """Put a file at a place without a seal: its hash is kept elsewhere."""
        with self.folder(*place[:-1], make=True) as folder:
            write_whole(folder / place[-1], content, 0o600)

    def content(self, *place: str) -> bytes:
        """Return the content of a file that was put at a place."""
        with self.folder(*place[:-1]) as folder:
            return read_regular(folder / place[-1], follow=False)

    def size(self, *place: str) -> int:
        """Return the length of a file."""
        with self.folder(*place[:-1]) as folder, open_regular(folder / place[-1], follow=False) as file:
            return file.seek(0, 2)

    def names(self, *place: str) -> list[str]:
        """Return the names of what is in a folder, sorted; none if there is no such folder."""
        with suppress(OSError), self.folder(*place) as folder:
            return sorted(path.name for path in folder.iterdir())
        return []

    def remove(self, *place: str) -> None:
        """Remove a file, or a folder with what is in it, without following a link; nothing if there is none."""
        with suppress(FileNotFoundError), self.folder(*place[:-1]) as folder:
            remove(folder / place[-1])

    def destroy(self, first: str) -> None:
        """Remove the folder with everything in it, one of its files first."""
        with suppress(OSError):
            self.remove(first)
        with suppress(OSError), folder_within(self.home, FOLDER) as top:
            remove_tree(top / self.id)

    def key(self) -> Key:
        """Return the key of what is kept, which is the store's, made if there is none."""
        return Accounts(self.home).made_key()

    @contextmanager
    def folder(self, *place: str, make: bool = False) -> Iterator[Path]:
        """Yield a folder within the folder, as folder_within does; with make those within it are made, never itself."""
        with (
            folder_within(self.home, FOLDER, self.id) as top,
            folder_within(top, *place, make=0o700 if make else None) as found,
        ):
            yield found

    def _sealed(self, place: tuple[str, ...], content: bytes) -> bytes:
        return repr((self.id, *place)).encode() + b"\0" + content


FORGED = "这份草稿里有的文件不是这里写的样子（在文件夹里被改过、换过，或者是升级以前交的），没有读，什么也没有导入：请删去这份草稿，重新交"


def draft_ids(home: Path) -> list[tuple[str, float]]:
    """Return the names of what is in the folder of submissions, sorted, with the time each was changed last."""
    found = []
    with suppress(OSError), folder_within(home, FOLDER) as top:
        for path in sorted(top.iterdir()):
            with suppress(OSError):
                found.append((path.name, path.lstat().st_mtime))
    return found
