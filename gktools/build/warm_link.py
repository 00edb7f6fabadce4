"""How a command finds the warm worker of a review server, gives it an order, and reads the answer: light to import.

They speak JSON, a line each, over a Unix socket in a private folder that a note in the working folder names. Whatever
is not as expected is no error: the command then does the work itself.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from ..workspace.files import file_stamp, read_regular
from ..workspace.json_file import parse_json
from .outcome import Outcome, is_status

NOTE = ".gktools-worker"
"""The file in the working folder that names the folder of the socket."""
SOCKET = "worker"
MAX_LINE = 1 << 20
"""The longest message, in bytes."""
TAKEN_SECONDS, ANSWER_SECONDS = 1.0, 960.0
"""How long a command waits until its order is taken, and until it is carried out: a little longer than a report may take."""
_PACKAGE = Path(__file__).parents[1]
_SETTINGS = ("HOME", "TZ", "SOURCE_DATE_EPOCH", "IPYTHONDIR")
_SETTINGS_PREFIXES = ("GKTOOLS_", "PG", "LD_", "JUPYTER_")
_OF_NO_REPORT = ("GKTOOLS_HOME", "GKTOOLS_URL")
"""Not compared: the working folder, which the order has anyway, and what only the server needs."""


@dataclass(frozen=True)
class Order:
    """What `gktools build` is to do: the offices of a working folder, of one year or of all, changed ones only or all."""

    home: Path
    offices: tuple[str, ...]
    year: int | None = None
    force: bool = False


@dataclass(frozen=True)
class OrderResult:
    """What it did: reminders about unused files, every report's outcome, and the index pages below the working folder."""

    reminders: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    pages: tuple[str, ...]


def ask(order: Order) -> OrderResult | None:
    """Return what the warm worker of a working folder did; None if there is none that can do it here and now."""
    if sys.platform != "linux" or not (order.home / NOTE).is_file():
        return None
    try:
        message = order_message(order)  # first: the worker does not wait long for it
        with _connect(order.home) as link:
            if not is_own_process(link):
                return None
            lines = Lines(link)
            lines.send(message)
            if lines.read(TAKEN_SECONDS) != TAKEN:
                return None
            return read_result(lines.read(ANSWER_SECONDS))
    except (OSError, ValueError):
        return None


TAKEN, REFUSED = "taken", "refused"
"""The first answer to an order."""


def _connect(home: Path) -> socket.socket:
    """Return a socket connected to the worker. Raises OSError if there is none in a folder of this user alone."""
    named = os.fsdecode(read_regular(home / NOTE, follow=False, most=_PATH_BYTES))
    with opened_folder(Path(named)) as folder:
        link = socket.socket(socket.AF_UNIX)
        try:
            link.settimeout(TAKEN_SECONDS)
            link.connect(socket_path(folder))
        except BaseException:
            link.close()
            raise
        return link


_PATH_BYTES = 4096


class opened_folder:  # noqa: N801 - used like a function
    """A folder of this user alone, opened as a descriptor within the block. Raises OSError for any other."""

    def __init__(self, folder: Path) -> None:
        self._path = folder
        self._number = -1

    def __enter__(self) -> int:
        try:
            self._number = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except ValueError as error:  # a null character
            raise OSError(str(error)) from error
        facts = os.fstat(self._number)
        if facts.st_uid != os.geteuid() or stat.S_IMODE(facts.st_mode) != 0o700:
            os.close(self._number)
            raise PermissionError(str(self._path))
        return self._number

    def __exit__(self, *_: object) -> None:
        os.close(self._number)


def socket_path(folder: int) -> str:
    """Return the path of the socket in an opened folder: short, however long the folder's own path is."""
    return f"/proc/self/fd/{folder}/{SOCKET}"


def is_own_process(link: socket.socket) -> bool:
    """Return whether the process at the other end of a Unix socket is of this user."""
    size = struct.calcsize("3i")
    _, user, _ = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return bool(user == os.geteuid())


class Lines:
    """JSON values over a socket, a line each."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._received = b""

    def send(self, value: object) -> None:
        """Send a value. Raises OSError."""
        self._link.sendall(json.dumps(value).encode() + b"\n")

    def read(self, seconds: float) -> object:
        """Return the next value. Raises OSError if none comes in time, ValueError for what is none."""
        until = time.monotonic() + seconds
        while b"\n" not in self._received:
            self._link.settimeout(max(0.001, until - time.monotonic()))
            data = self._link.recv(65536)
            if not data:
                raise ConnectionError("the other end is gone")
            self._received += data
            if len(self._received) > MAX_LINE:
                raise ValueError("too long")
            if b"\n" not in data and time.monotonic() > until:
                raise TimeoutError
        line, _, self._received = self._received.partition(b"\n")
        value: object = parse_json(line)
        return value


# --- messages -------------------------------------------------------------------------------------------------


def order_message(order: Order) -> dict[str, object]:
    """Return an order as sent: with the program and the settings that it is to be carried out with."""
    return {
        "home": os.fsencode(order.home).hex(),
        "offices": list(order.offices),
        "year": order.year,
        "force": order.force,
        "program": program_stamp(),
        "settings": settings_stamp(),
    }


def read_order(value: object) -> tuple[Order, str, str]:
    """Return an order as received, with the stamps of program and settings. Raises ValueError."""
    message = _object(value)
    year, force, offices = message.get("year"), message.get("force"), message.get("offices")
    if not (year is None or type(year) is int) or type(force) is not bool or not isinstance(offices, list):
        raise ValueError("no order")
    home = Path(os.fsdecode(bytes.fromhex(_text(message.get("home")))))
    order = Order(home, tuple(map(_text, offices)), year, force)
    return order, _text(message.get("program")), _text(message.get("settings"))


def result_message(result: OrderResult | None) -> dict[str, object] | None:
    """Return a result as sent; None if the order was not carried out."""
    return None if result is None else asdict(result)


def read_result(value: object) -> OrderResult | None:
    """Return a result as received; None if the order was not carried out. Raises ValueError."""
    if value is None:
        return None
    message = _object(value)
    return OrderResult(
        tuple(map(_text, _list(message.get("reminders")))),
        tuple(map(_outcome, _list(message.get("outcomes")))),
        tuple(map(_text, _list(message.get("pages")))),
    )


def _outcome(value: object) -> Outcome:
    one = _object(value)
    status, year, findings = one.get("status"), one.get("year"), _object(one.get("findings"))
    if not is_status(status) or type(year) is not int or {type(number) for number in findings.values()} - {int}:
        raise ValueError("no outcome")
    counts = {name: int(str(number)) for name, number in findings.items()}
    seconds = float(str(one.get("seconds")))
    return Outcome(
        _text(one.get("code")), _text(one.get("name")), year, status, _text(one.get("message")), counts, seconds
    )


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("no list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


# --- stamps ---------------------------------------------------------------------------------------------------


def program_stamp() -> str:
    """Return what tells one program from another without reading it.

    Times and sizes of the files of the package, names and times of the installed libraries, Python.
    """
    parts = [sys.version, sys.prefix, str(_PACKAGE), *sorted(_package_files(str(_PACKAGE))), *sorted(_libraries())]
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _package_files(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _package_files(entry.path)
            elif not entry.name.endswith(".pyc"):
                yield f"{entry.path} {file_stamp(Path(entry.path))}"


def _libraries() -> Iterator[str]:
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name.endswith((".dist-info", ".egg-link", ".pth")):
                    yield f"{entry.path} {file_stamp(Path(entry.path))}"


def settings_stamp() -> str:
    """Return what tells apart processes whose reports may differ or fail: where the store is, limits, permissions."""
    import resource

    kept = {
        name: value
        for name, value in os.environ.items()
        if (name in _SETTINGS or name.startswith(_SETTINGS_PREFIXES)) and name not in _OF_NO_REPORT
    }
    limits = [resource.getrlimit(what)[0] for what in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]
    relative = str(Path.cwd()) if "GKTOOLS_RECORDS_KEY" in kept else ""
    return sha256(
        repr((sorted(kept.items()), limits, _mask(), relative)).encode("utf-8", "surrogateescape")
    ).hexdigest()


def _mask() -> int:
    """Return the mask of this process's new files, without setting it: other threads write files."""
    found = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("Umask:"))
    return int(next(found, "Umask: -1").split()[1], 8)
