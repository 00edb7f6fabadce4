"""The worker's side: a kernel manager for nbclient that forks its kernels, and the fork server they come from."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty
from typing import Any, ClassVar

from jupyter_client.client import KernelClient
from jupyter_client.manager import KernelManager
from nbclient.exceptions import DeadKernelError
from traitlets import Int, List, Unicode

from .reaping import kill_adopted
from .wire import Wire, WireSession

PRELOAD = (
    *("gktools.inputs.inputs", "gktools.report.report", "gktools.text.sections"),
    *("gktools.figures.counting.count", "gktools.text.charts.pictures"),
    *("sqlite3", "sqlalchemy.dialects.sqlite", "tornado.platform.asyncio"),
    *("numpy.random", "encodings.unicode_escape"),
)
"""Modules that a report needs; found by comparing sys.modules before and after one."""
FRAMES = ("pandas.core.methods.to_dict", "pandas.io.formats.csvs", "pandas.io.formats.string")
"""Modules that a report needs too if its notebook makes DataFrames: a quarter of the memory, which every fork copies."""
START_SECONDS = 120.0
_START = (
    "import sys; sys.flags.safe_path or sys.path.pop(0); sys.modules['debugpy'] = None; "
    "from gktools.build.engine.server import main; main()"
)
"""The code of the server: nothing is imported from the working folder, and no debugger, which ipykernel would load."""
OUTPUT_SHARE = 32
"""Divisor of the memory limit that gives the limit of output, which is copied several times on its way to the notebook."""
INTERRUPT_SECONDS, EXIT_SECONDS, END_SECONDS = 1.0, 5.0, 30.0


class ForkServer:
    """The process that has everything imported and forks one kernel at a time (server.py)."""

    _threads = threading.local()
    _pids: ClassVar[set[int]] = set()

    def __init__(self, modules: Iterable[str] = ()) -> None:
        self._owner, self._modules = os.getpid(), frozenset(modules)
        self._busy = False
        self._control, child_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-c", _START, str(child_end.fileno()), *PRELOAD, *sorted(self._modules)]
        with child_end:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                pass_fds=[child_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._pids.add(self.pid)
        self._answer(START_SECONDS)

    @classmethod
    def running(cls, modules: Iterable[str] = ()) -> ForkServer:
        """Return this thread's fork server, with these modules too; started at the first call, and again if it lacks some."""
        server: ForkServer | None = getattr(cls._threads, "server", None)
        if server is not None and server._owner == os.getpid() and server._process.poll() is None:
            if server._modules.issuperset(modules):
                return server
            server.close()
        server = cls._threads.server = cls(modules)
        atexit.register(server.close)
        return server

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def fork(self) -> socket.socket:
        """Return the socket of a new kernel. Raises DeadKernelError if the server is gone."""
        if self._busy:  # its kernel's run was interrupted before it was ended
            self.send(b"stop")
            self.wait_for_end()
        own_end, child_end = socket.socketpair()
        with child_end:
            try:
                socket.send_fds(self._control, [b"fork"], [child_end.fileno()])
            except OSError as error:
                own_end.close()
                raise self._server_error() from error
        self._busy = True
        return own_end

    def send(self, word: bytes) -> None:
        """Send "interrupt" or "stop" for the kernel; without effect if it has already ended."""
        with suppress(OSError):
            self._control.send(word)

    def wait_for_end(self) -> int:
        """Return the exit status of the kernel, when no process of it is left.

        Raises DeadKernelError if the server cannot end it in time; server and kernel are then killed.
        """
        status = int(self._answer(END_SECONDS))
        self._busy = False
        return status

    def close(self) -> None:
        """End the server and everything it runs."""
        if self._owner == os.getpid():
            self._control.close()
            self._process.wait()
            self._pids.discard(self.pid)

    def _answer(self, seconds: float) -> bytes:
        self._control.settimeout(seconds)
        try:
            answer = self._control.recv(64)
        except OSError as error:
            raise self._server_error() from error
        if not answer:
            raise self._server_error()
        return answer

    def _server_error(self) -> DeadKernelError:
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._pids.discard(self.pid)
        kill_adopted(self._pids)
        return DeadKernelError("the process that forks kernels has died")


class Channel:
    """A Jupyter channel of one kernel, with the methods that nbclient uses."""

    def __init__(self, name: bytes, client: ForkedKernelClient) -> None:
        self._name = name
        self._client = client
        self.queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message to the kernel; if it has died, the read of its answer raises."""
        with suppress(OSError):
            self._client.wire.send([self._name, *self._client.session.serialize(message)])

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:
        """Return the next message. Raises queue.Empty after the timeout, DeadKernelError if none can come."""
        try:
            next_message = self.queue.get()
            message = await (next_message if timeout is None else asyncio.wait_for(next_message, timeout))
        except TimeoutError:
            raise Empty from None
        if message is None:
            raise self._client.fault or DeadKernelError("Kernel died")
        return message


class TooMuchOutputError(Exception):
    """A report has sent more output than the worker, whose memory has no limit, accepts."""


class ForkedKernelClient(KernelClient):
    """The client of a running kernel, as nbclient uses it."""

    def __init__(self, wire: Wire, output_limit: int = 0, **traits: Any) -> None:
        super().__init__(**traits)
        self.wire, self._output_limit = wire, output_limit
        self.fault: TooMuchOutputError | None = None
        self.session = WireSession()
        self.allow_stdin = False
        self.gone, self.idle = asyncio.Event(), asyncio.Event()
        self.idle.set()
        self._shell_channel, self._iopub_channel = Channel(b"shell", self), Channel(b"iopub", self)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start_channels(self, **_: Any) -> None:  # type: ignore[override]
        """Start to read messages."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.wire.end, self._read)

    async def stop_channels(self) -> None:  # type: ignore[override]
        """Stop reading, and cancel the tasks that nbclient leaves waiting for a kernel that has ended."""
        self.stop_reading()
        waiting = [task for task in asyncio.all_tasks() if "NotebookClient._async_poll" in repr(task.get_coro())]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def stop_reading(self) -> None:
        """Stop reading messages."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.remove_reader(self.wire.end)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return at once: a forked kernel is ready from the start."""

    async def is_alive(self) -> bool:
        """Return whether the kernel may still send a message."""
        return not self.gone.is_set()

    def execute(self, *args: Any, **options: Any) -> str:
        """Return the id of a request to execute a cell, which is sent."""
        self.idle.clear()
        return super().execute(*args, **options)

    def _read(self) -> None:
        received = self.wire.receive()
        if 0 < self._output_limit < self.wire.bytes_read:
            self.fault = TooMuchOutputError(f"more than {self._output_limit >> 20} MB of output")
            received = None
        if received is None:
            self.stop_reading()
            self.gone.set()
            self.idle.set()
            self._shell_channel.queue.put_nowait(None)
        for frames in received or ():
            self._take(frames[0], self.session.deserialize(frames))

    def _take(self, name: bytes, message: dict[str, Any]) -> None:
        channel = self._shell_channel if name == b"shell" else self._iopub_channel
        channel.queue.put_nowait(message)
        if message["content"].get("execution_state") == "idle":
            self.idle.set()


class ForkedKernelManager(KernelManager):
    """Starts and ends the kernel of one report."""

    memory_limit = Int(0, help="bytes the kernel may take beyond what it starts with; 0: no limit").tag(config=True)
    modules = List(Unicode(), help="modules that the notebook needs beside those of every report").tag(config=True)
    sealed_from = Unicode("", help="working folder that the kernel is closed off from; empty: not").tag(config=True)
    ipykernel = False
    _server: ForkServer | None = None
    _client: ForkedKernelClient | None = None

    @property
    def has_kernel(self) -> bool:
        """Whether a kernel has been started."""
        return self._client is not None

    async def start_kernel(self, **_: Any) -> None:  # type: ignore[override]
        """Fork a kernel into this process's folder and environment."""
        self._server = ForkServer.running(self.modules)
        wire = Wire(self._server.fork())
        job = {
            "folder": str(os.getcwd()),  # noqa: PTH109
            "environment": dict(os.environ),
            "memory_limit": self.memory_limit,
            "sealed_from": self.sealed_from,
        }
        self._client = ForkedKernelClient(wire, self.memory_limit // OUTPUT_SHARE, parent=self)
        with suppress(OSError):  # it has died already, which the first cell reports
            wire.send([json.dumps(job).encode()])

    def client(self, **_: Any) -> ForkedKernelClient:  # type: ignore[override]
        """Return the client of the kernel."""
        if self._client is None:
            raise RuntimeError("No kernel is running!")
        return self._client

    async def is_alive(self) -> bool:  # type: ignore[override]
        """Return whether the kernel runs."""
        return self._client is not None and await self._client.is_alive()

    async def interrupt_kernel(self) -> None:  # type: ignore[override]
        """Interrupt the running cell, as Ctrl-C does."""
        self._send(b"interrupt")

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """End the kernel: interrupt a running cell, run exit functions, kill what takes too long."""
        client = self.client()
        if not now and not client.idle.is_set():
            await self.interrupt_kernel()
            now = not await _wait(client.idle, INTERRUPT_SECONDS)
        client.wire.hang_up()
        if now or not await _wait(client.gone, EXIT_SECONDS):
            self._send(b"stop")

    def cleanup_resources(self, restart: bool = False) -> None:
        """Remove everything left of the kernel, its threads and its processes."""
        client, self._client = self._client, None
        if client is not None and self._server is not None:
            client.stop_reading()
            client.wire.end.close()
            if client.fault:  # it still runs, while nbclient takes it for dead
                self._send(b"stop")
            self._server.wait_for_end()

    def _send(self, word: bytes) -> None:
        if self._server is not None:
            self._server.send(word)


async def _wait(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
