"""Shows gktools a Windows: on PYTHONPATH, every Python process started has the modules of gktools see one.

The standard library and other packages go on as they are. What gktools imports of os, sys, signal, socket and time lacks
what Windows lacks, modules of POSIX cannot be imported, and files that are open cannot be replaced, renamed or removed.
"""

from __future__ import annotations

import builtins
import errno
import os
import re
import warnings
from contextlib import suppress
from pathlib import Path
from types import ModuleType

NO_MODULES = frozenset(
    (
        "fcntl",
        "resource",
        "pwd",
        "grp",
        "termios",
        "tty",
        "pty",
        "syslog",
        "readline",
        "posix",
        "curses",
        "crypt",
        "spwd",
    )
)
LACKING = {
    "os": re.compile(
        r"fork|forkpty|register_at_fork|set(e|re|res)?[ug]id|get(e|res)?[ug]id|[sg]etgroups|initgroups|setsid|getsid"
        r"|[sg]etpgid|getpgrp|setpgrp|killpg|wait|wait[34]|waitid|W[A-Z]+|O_(NOFOLLOW|DIRECTORY|CLOEXEC|NONBLOCK|SYNC|PATH)"
        r"|mkfifo|mknod|chown|lchown|fchown|chroot|nice|uname|sync|fdatasync|statvfs|fstatvfs|ctermid|openpty"
        r"|sched_.*|posix_.*|pidfd_open|memfd_create|getxattr|setxattr|listxattr|removexattr|sendfile|pread|pwrite|preadv"
        r"|pwritev|readv|writev|lockf|getloadavg|sysconf.*|confstr.*|pathconf.*|getpriority|setpriority|fchdir|pipe2"
    ),
    "signal": re.compile(
        r"SIG(KILL|HUP|QUIT|ALRM|USR[12]|CHLD|CONT|STOP|TSTP|PIPE|WINCH|XCPU|XFSZ|RT.*|_BLOCK|_UNBLOCK|_SETMASK)"
        r"|pthread_.*|alarm|[sg]etitimer|sig(wait.*|timedwait|pending)|siginterrupt|pause"
    ),
    "socket": re.compile(r"AF_UNIX|SOCK_(SEQPACKET|CLOEXEC|NONBLOCK)|send_fds|recv_fds|SO_PEERCRED|CMSG_.*|SCM_.*"),
    "time": re.compile(r"tzset|clock_[sg]ettime.*|CLOCK_.*|pthread_.*"),
}
INSTEAD = {
    "os": {
        "name": "nt",
        "supports_dir_fd": frozenset(),
        "supports_follow_symlinks": frozenset((os.stat,)),
        "O_BINARY": 0,
    },
    "sys": {"platform": "win32"},
}


class Shown(ModuleType):
    """A module as it is on Windows."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__(module.__name__)
        self.__dict__["_module"] = module
        self.__dict__.update(INSTEAD.get(module.__name__, {}))

    def __getattr__(self, name: str) -> object:
        lacking = LACKING.get(self.__name__)
        if lacking is not None and lacking.fullmatch(name):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} on Windows")
        return getattr(self.__dict__["_module"], name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.__dict__["_module"], name, value)


_SHOWN: dict[str, Shown] = {}
_import = builtins.__import__


def _import_as_on_windows(name, globals=None, locals=None, fromlist=(), level=0):  # type: ignore[no-untyped-def]
    module = _import(name, globals, locals, fromlist, level)
    importer = str((globals or {}).get("__name__", ""))
    if level or not (importer == "gktools" or importer.startswith("gktools.")):
        return module
    if name.partition(".")[0] in NO_MODULES:
        raise ModuleNotFoundError(f"No module named {name!r} on Windows", name=name)
    if name in ("os", "sys", "signal", "socket", "time"):
        if name not in _SHOWN:
            _SHOWN[name] = Shown(module)
        return _SHOWN[name]
    return module


# --- files that are open, and folders ----------


def _open_here() -> set[str]:
    """The files that this process has open."""
    found = set()
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.add(str(number.readlink()))
    return found


def _in_use(path: object) -> bool:
    """Whether a file, or one in a folder, is open in this process, or in another as GKTOOLS_OPEN_ELSEWHERE says."""
    real = os.path.realpath(os.fspath(path))  # type: ignore[call-overload]
    opened = _open_here() | set(filter(None, [os.environ.get("GKTOOLS_OPEN_ELSEWHERE")]))
    return any(one == real or one.startswith(f"{real}/") for one in opened)


def _sharing(call):  # type: ignore[no-untyped-def]
    def checked(*paths, **options):  # type: ignore[no-untyped-def]
        for path in paths:
            if isinstance(path, (str, bytes, os.PathLike)) and _in_use(path):
                refused = PermissionError(errno.EACCES, "The process cannot access the file", os.fspath(path))
                refused.winerror = 32  # type: ignore[attr-defined]
                raise refused
        return call(*paths, **options)

    return checked


def _open_no_folder(path, flags, *rest, **options):  # type: ignore[no-untyped-def]
    if not isinstance(path, int) and Path(path).is_dir():
        raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
    if options.get("dir_fd") is not None:
        raise NotImplementedError("dir_fd unavailable on this platform")
    return _open(path, flags, *rest, **options)


_open = os.open
INSTEAD["os"]["open"] = _open_no_folder

if os.environ.get("GKTOOLS_AS_WINDOWS") == "1":
    builtins.__import__ = _import_as_on_windows
    for _name in ("replace", "rename", "unlink", "remove"):
        setattr(os, _name, _sharing(getattr(os, _name)))
    warnings.filterwarnings("error", category=EncodingWarning, module=r"gktools\.")  # its default would be GBK
