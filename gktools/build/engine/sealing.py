"""What the kernel of one report may touch: it is closed in by the Linux kernel before its first cell.

Landlock (Linux 5.13) lets it read the program and write its own folder, nothing else; a filter of system calls takes
what Landlock does not know: the network, permissions and sizes of files named by their path, other processes, programs,
what lasts in the memory of the system, and the machine itself. What root may do beyond that is given up.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import site
import struct
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2]
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Landlock's system calls: the same numbers on every architecture."""
_VERSION, _PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _IOCTL = 1 << 1, 1 << 2, 1 << 3, 1 << 15
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: _IOCTL}
"""The rights over files that each version of Landlock added. What is handled and not given is refused."""
_NETWORK, _SCOPES = (4, 0b11), (6, 0b11)
"""The version from which TCP can be refused, and signals and abstract sockets to processes outside; with their bits."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_FILTER = 38, 22, 2
_REFUSED: dict[str, tuple[Any, ...]] = {
    "x86_64": (
        0xC000003E,
        *((41, 425, 76), (90, 91, 268, 452), (92, 93, 94, 260), (132, 235, 261, 280)),
        (188, 189, 190, 463, 197, 198, 199, 466, 469),
        (59, 322),
        (141, 203, 144, 142, 314, 251, 101, 310, 311, 438, 440, 312, 256, 279),
        (29, 30, 31, 68, 69, 70, 71, 64, 65, 220, 66, 240, 241, 248, 249, 250),
        (161, 155, 165, 166, 428, 429, 430, 431, 432, 433, 442, 272, 308, 304, 300, 179, 443),
        (170, 171, 163, 167, 168, 169, 175, 313, 176, 246, 320, 172, 173, 164, 227, 159, 305, 103, 153, 321, 298, 323),
    ),
    "aarch64": (
        0xC00000B7,
        *((198, 425, 45), (52, 53, 452), (54, 55), (88,)),
        (5, 6, 7, 463, 14, 15, 16, 466, 469),
        (221, 281),
        (140, 122, 119, 118, 274, 30, 117, 270, 271, 438, 440, 272, 238, 239),
        (194, 196, 195, 186, 189, 188, 187, 190, 193, 192, 191, 180, 181, 217, 218, 219),
        (51, 41, 40, 39, 428, 429, 430, 431, 432, 433, 442, 97, 268, 265, 262, 60, 443),
        (161, 162, 89, 224, 225, 142, 105, 273, 106, 104, 294, 170, 112, 171, 266, 116, 58, 280, 241, 282),
    ),
}
"""By machine: its number in a filter, and the calls that are refused, line by line:

- socket, io_uring_setup, truncate; chmod, chown, utime; setxattr, removexattr and file_setattr, all in every variant
- execve and execveat: a program may come from memory, of which Landlock knows nothing
- of other processes: priority, processors, scheduler, ptrace, memory, descriptors, pages
- shared memory, messages, semaphores of System V, message queues, keys: they outlast the process
- chroot, pivot_root, mount in every variant, unshare, setns, files by handle, fanotify, quota
- names of the machine, accounting, swap, reboot, modules, kexec, ports, clocks, its log, terminals, bpf, perf, userfaultfd
"""
_ALLOWED_ONLY = {
    "x86_64": ((53, 1, 0xF, 1), (302, 0, 0xFFFFFFFF, 0)),
    "aarch64": ((199, 1, 0xF, 1), (261, 0, 0xFFFFFFFF, 0)),
}
"""Calls that are allowed with one value of an argument only: number, argument, mask, value.

socketpair for streams, as a datagram may be sent to any path; prlimit64 of the process itself.
"""
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001
"""The answers of a filter: go on, and EPERM."""
_OTHER_ABI = 0x40000000
"""From this number on, x86_64 has the calls of another ABI."""


def landlock_version() -> int:
    """Return the version of Landlock that this system has; 0 without it."""
    if sys.platform != "linux":
        return 0
    return max(0, _syscall(_CREATE_RULESET, None, 0, _VERSION))


def seal(folder: Path, home: Path) -> None:
    """Let this process, and what it starts, read the program and write this folder only; for ever.

    home is the working folder, of which nothing is readable but the program, where it lies within. Without Landlock only the
    system calls are refused; without seccomp not these either. Raises OSError where they are there and fail.
    """
    _check(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if version := landlock_version():
        _restrict_files(version, folder, readable(home, program()))
    _give_up_capabilities()
    if can_refuse_calls():
        try:
            refuse_calls(chain.from_iterable(_REFUSED[platform.machine()][1:]), _ALLOWED_ONLY[platform.machine()])
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOSYS):  # a kernel without seccomp
                raise


def _give_up_capabilities() -> None:
    """Keep of what root may do only the reading of the program, where it is another user's. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # an error for what is not there, and for who has none
    header, held = struct.pack("Ii", _CAPABILITY_VERSION, 0), ctypes.create_string_buffer(24)
    _check(libc.capget(header, held))
    kept = struct.unpack("6I", held.raw)[1] & _CAP_DAC_READ_SEARCH
    _check(libc.capset(header, struct.pack("6I", kept, kept, 0, 0, 0, 0)))


_PR_CAPBSET_DROP, _CAPABILITIES, _CAPABILITY_VERSION, _CAP_DAC_READ_SEARCH = 24, 64, 0x20080522, 1 << 2


def _restrict_files(version: int, folder: Path, readable: Iterable[Path]) -> None:
    handled = sum(rights for since, rights in _RIGHTS.items() if since <= version)
    more = [bits if since <= version else 0 for since, bits in (_NETWORK, _SCOPES)]
    attributes = struct.pack("QQQ", handled, *more)[: 24 if more[1] else 16 if more[0] else 8]
    ruleset = _check(_syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    for path in (*readable, Path("/proc/self")):
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    for name in ("null", "zero", "urandom", "random"):
        _allow(ruleset, Path("/dev", name), _READ_FILE | (_WRITE_FILE if name == "null" else 0))
    _allow(ruleset, folder, handled & ~_IOCTL)
    _check(_syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """Allow something below a path, if there is one."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not path.is_dir():
        rights &= ~_READ_DIR
    _check(_syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0))
    os.close(place)


def readable(home: Path, paths: Iterable[Path]) -> list[Path]:
    """Return the paths that do not contain the working folder."""
    return [path for path in paths if not home.resolve().is_relative_to(path)]


@lru_cache
def program() -> tuple[Path, ...]:
    """Return what a kernel may read: this package, Python and its libraries, those of the system, time zones, fonts."""
    return tuple(dict.fromkeys(path.resolve() for path in _program()))


def _program() -> Iterator[Path]:
    yield PACKAGE
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield Path(sysconfig.get_path(name))
    yield from (Path(prefix, "lib") for prefix in (sys.prefix, sys.base_prefix))
    yield from map(Path, (*site.getsitepackages(), site.getusersitepackages()))
    yield from map(Path, ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share", "/etc/fonts"))
    yield from map(Path, ("/etc/ld.so.cache", "/etc/localtime", "/etc/timezone"))


def can_refuse_calls() -> bool:
    """Return whether system calls can be refused on this machine."""
    return sys.platform == "linux" and platform.machine() in _REFUSED


def refuse_calls(numbers: Iterable[int], only: Iterable[tuple[int, int, int, int]] = ()) -> None:
    """Let these system calls, by their numbers on this machine, fail with EPERM from now on, also in what this starts.

    only are those that are allowed with one value of an argument: number, argument, mask, value.
    """
    (machine, *_) = _REFUSED[platform.machine()]
    numbers = tuple(numbers)
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, 0)]
    for number, argument, mask, value in only:
        steps += [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, 16 + 8 * argument), (_AND, 0, 0, mask)]
        steps += [(_EQUAL, 1, 0, value), (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    refused = len(numbers) + 1  # from the first comparison to the last step
    tests = [(_AT_LEAST, _OTHER_ABI), *((_EQUAL, number) for number in numbers)]
    steps += [(code, refused - i, 0, number) for i, (code, number) in enumerate(tests)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    _check(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, program, 0, 0))


def _syscall(number: int, *given: int | bytes | None) -> int:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return int(call(ctypes.c_long(number), *(ctypes.c_long(one) if isinstance(one, int) else one for one in given)))


def _check(answer: int) -> int:
    """Return the answer of a system call. Raises OSError if it is an error."""
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
