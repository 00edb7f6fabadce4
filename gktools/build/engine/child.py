"""The kernel of one report: a stock ipykernel with one plain socket instead of its five.

build_app is called in the fork server, run in the child.
"""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import ctypes
import json
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import ipykernel
from ipykernel.iostream import IOPubThread, OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.application import ENV_CONFIG_DIRS, SYSTEM_CONFIG_DIRS
from tornado.ioloop import IOLoop
from traitlets import Any as AnyTrait

from .sealing import seal
from .wire import Wire, WireSession

_PR_SET_PDEATHSIG = 1


class Kernel(IPythonKernel):
    """An ipykernel that executes the messages of a Wire."""

    shell_stream = AnyTrait()
    _execute_sleep = 0.0
    _supports_kernel_subshells = False

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """Do nothing: nbclient sends cells one by one, so no message waits behind one."""


class KernelApp(IPKernelApp):
    """The application around a kernel: the usual profile and configuration, but no socket and no thread."""

    def initialize(self, argv: list[str] | None = None) -> None:
        """Create everything that does not depend on the report."""
        super(IPKernelApp, self).initialize(argv)
        self.log.setLevel(self.log_level)  # it formats every debug message even if it is dropped
        self.wire = Wire()
        self.session = WireSession(parent=self)
        self.publisher = Publisher(self.wire)
        self.init_pdb()  # type: ignore[no-untyped-call]
        self.patch_io()  # type: ignore[no-untyped-call]
        self.init_path()
        self.kernel = Kernel.instance(
            parent=self,
            session=self.session,
            iopub_thread=self.publisher,
            iopub_socket=self.publisher,
            shell_stream=OutgoingChannel(self.wire, b"shell", more=True),  # "idle" follows every reply
            shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
            log=self.log,
            profile_dir=self.profile_dir,
        )
        self.init_shell()  # type: ignore[no-untyped-call]
        self.init_extensions()
        if not self.has_startup():
            self.init_code()
        shell: Any = self.shell
        shell.run_cell("pass", silent=True)  # the first cell of a shell takes ten times as long as the others
        shell.display_formatter.format(None)  # so does the first output

    def has_startup(self) -> bool:
        """Return whether the profile has user code to run before the first cell; the child runs it."""
        folders = [self.profile_dir.startup_dir, *(f"{path}/startup" for path in ENV_CONFIG_DIRS + SYSTEM_CONFIG_DIRS)]
        files = (path for folder in folders for path in Path(folder).glob("*.*py"))
        return bool(self.exec_lines or self.exec_files or os.environ.get("PYTHONSTARTUP") or any(files))


class OutgoingChannel:
    """A channel that sends messages, in place of a ZeroMQ socket."""

    def __init__(self, wire: Wire, name: bytes, *, more: bool = False) -> None:
        self._wire = wire
        self._name = name
        self._more = more

    def send_multipart(self, frames: list[bytes], *_: Any, **__: Any) -> None:
        """Send a message."""
        self._wire.send([self._name, *frames], more=self._more)

    def flush(self, *_: Any) -> None:
        """Do nothing: every message is sent at once."""


class Publisher(OutgoingChannel, IOPubThread):
    """The object that ipykernel's output streams use as their thread; every call is executed at once."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire, b"iopub")
        self.thread: Any = None
        self.io_loop: Any = self
        self._timers: dict[Any, threading.Timer] = {}

    def send_multipart(self, frames: list[bytes], *_: Any, **__: Any) -> None:
        """Send a message. In a process forked by user code, write the text to its descriptor, which its parent reads."""
        if os.getpid() == self._master_pid:
            super().send_multipart(frames)
        elif (message := json.loads(frames[0]))["msg_type"] == "stream":
            printed = message["content"]
            os.write(_DESCRIPTORS[printed["name"]], printed["text"].encode("utf-8", "replace"))

    def schedule(self, f: Callable[[], Any]) -> None:
        """Call the function."""
        f()

    def call_later(self, seconds: float, f: Callable[[], Any]) -> None:
        """Call the function later, in a thread."""
        timer = self._timers[f] = threading.Timer(seconds, f)
        timer.daemon = True
        timer.start()

    def forget(self, f: Callable[[], Any]) -> None:
        """Cancel a delayed call: the function has just been called."""
        if timer := self._timers.pop(f, None):
            timer.cancel()


class CapturedDescriptor:
    """The output that subprocesses and C code write to a descriptor; its stream inserts it before its own next output.

    It takes the place of the stream's echo in ipykernel, which is called before everything the stream does.
    """

    def __init__(self, stream: OutStream) -> None:
        number = _DESCRIPTORS[stream.name]
        stream._original_stdstream_copy = number  # what it writes by its number is captured too
        self._stream = stream
        self._file = os.memfd_create(stream.name)
        self._read = 0
        self._owner = os.getpid()
        os.dup2(self._file, number)

    def flush(self) -> None:
        """Insert the captured output before the stream sends its buffer."""
        self._stream.pub_thread.forget(self._stream._flush)
        self.write()

    def write(self, _: str = "") -> None:
        """Insert the captured output before this text."""
        stream = self._stream
        with stream._buffer_lock:
            if (size := os.fstat(self._file).st_size) > self._read and os.getpid() == self._owner:
                data = os.pread(self._file, size - self._read, self._read)
                self._read += len(data)
                stream._buffers[frozenset(stream._parent_header_global.items())].write(data.decode("utf-8", "replace"))


_DESCRIPTORS = {"stdout": 1, "stderr": 2}


def build_app() -> Any:
    """Return a kernel that is ready except for its report."""
    sys.argv[1:], arguments = [], sys.argv[1:]
    app = KernelApp.instance()
    app.initialize(["--HistoryManager.enabled=False"])  # its file and its thread
    sys.argv[1:] = arguments
    return app


def run(app: Any, end: socket.socket) -> NoReturn:
    """Run as the kernel of one report, then exit."""
    status = 1
    app.errors = os.dup(2)
    try:
        app.wire.attach(end)
        while not (messages := app.wire.receive()):
            if messages is None:
                raise ConnectionError
        _set_up_process(app, json.loads(messages[0][0]))
        _loop(app, messages[1:])
        status = 0
    except ConnectionError:  # the worker is gone, and nothing else needs the report
        pass
    except BaseException:
        if app.errors is not None:
            os.write(app.errors, traceback.format_exc().encode())
    finally:
        os._exit(status)


def _set_up_process(app: Any, job: dict[str, Any]) -> None:
    """Make this a session of its own, in the worker's folder and environment, connected, and sealed if it is to be."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.argv[:] = [str(Path(ipykernel.__file__).parents[1] / "ipykernel_launcher.py")]
    app.session.pid = os.getpid()
    app.publisher._master_pid = os.getpid()
    os.environ.clear()
    os.environ.update(job["environment"], JPY_PARENT_PID=str(os.getppid()))
    os.chdir(job["folder"])
    app.shell.init_environment()
    app.init_gui_pylab()
    sys.stdout, sys.stderr = (_stream(app, name) for name in _DESCRIPTORS)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if job["memory_limit"]:
        _limit(resource.RLIMIT_AS, job["memory_limit"] + _mapped())
        _limit(resource.RLIMIT_FSIZE, job["memory_limit"])  # files may be in memory too
    if job["sealed_from"]:
        os.environ.update(dict.fromkeys(("HOME", "TMPDIR"), job["folder"]))
        tempfile.tempdir = job["folder"]
        seal(Path(job["folder"]), Path(job["sealed_from"]))
        os.close(app.errors)  # of the worker: a cell could write to its terminal
        app.errors = None


def _limit(what: int, most: int) -> None:
    """Limit this process; where the machine allows less already, that stays: raising it is not allowed."""
    _, hard = resource.getrlimit(what)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (least, least))


def _stream(app: Any, name: str) -> OutStream:
    stream: OutStream = OutStream(app.session, app.publisher, name, watchfd=False)  # type: ignore[no-untyped-call]
    stream.echo = CapturedDescriptor(stream)
    return stream


def _mapped() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _loop(app: Any, messages: list[list[bytes]]) -> None:
    """Answer messages until the worker closes the socket, then run the exit functions."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    kernel = app.kernel
    kernel.io_loop = IOLoop.current()
    if app.has_startup():
        app.init_code()
    context = contextvars.copy_context()  # one for all cells
    tasks = set()

    def answer(messages: list[list[bytes]]) -> None:
        for frames in messages:
            task = loop.create_task(kernel.shell_main(None, frames), context=context)
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    def read() -> None:
        messages = app.wire.receive()
        loop.stop() if messages is None else answer(messages)

    answer(messages)
    loop.add_reader(app.wire.end, read)
    loop.run_forever()
    atexit._run_exitfuncs()
