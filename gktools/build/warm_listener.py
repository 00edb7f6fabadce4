"""Where commands find the warm worker of a server: a socket, and a thread that hands on one order at a time."""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

from ..errors import GktoolsError
from ..workspace.files import make_temporary_folder, read_regular, remove_tree, write_whole
from .failures import REPORT_SECONDS
from .order import carry_out
from .run import recover_staging
from .warm_link import (
    NOTE,
    REFUSED,
    TAKEN,
    Lines,
    Order,
    OrderResult,
    is_own_process,
    opened_folder,
    read_order,
    result_message,
    settings_stamp,
    socket_path,
)
from .warm_worker import WarmWorker

READ_SECONDS, RETRY_SECONDS = 2.0, 1.0
"""How long a command may take to say what it wants, and the pause after a failure to take its call."""


class Listener:
    """The socket of one working folder; where it cannot be opened there is none, and commands work for themselves.

    After every order keep_warm is called, which must not wait: the worker may have died or grown, or be of another program.
    """

    def __init__(
        self,
        home: Path,
        worker: WarmWorker,
        keep_warm: Callable[[], None],
        work: Callable[[Order], OrderResult | None] = carry_out,
    ) -> None:
        self._home, self._worker, self._keep_warm, self._work = home, worker, keep_warm, work
        self._socket: socket.socket | None = None
        self._folder: Path | None = None
        self._settings = ""
        self._closing = False

    def start(self) -> None:
        """Listen, in a thread, and say where in the working folder."""
        if sys.platform != "linux":
            return
        try:
            self._socket = self._open()
        except OSError:
            self.close()
        else:
            Thread(target=self._serve, args=(self._socket,), name="orders", daemon=True).start()

    def _open(self) -> socket.socket:
        self._settings = settings_stamp()
        self._folder = make_temporary_folder()
        with opened_folder(self._folder) as folder:
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(socket_path(folder))
            Path(socket_path(folder)).chmod(0o600)
        listening.listen()
        write_whole(self._home / NOTE, os.fsencode(self._folder), 0o600)
        return listening

    def close(self) -> None:
        """Stop listening; the note and the socket are removed."""
        self._closing = True
        with suppress(OSError):
            if self._folder and read_regular(self._home / NOTE, follow=False) == os.fsencode(self._folder):
                (self._home / NOTE).unlink()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
            self._socket.close()
        if self._folder is not None:
            remove_tree(self._folder)

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                link, _ = listening.accept()
            except OSError:
                if self._closing:
                    return
                time.sleep(RETRY_SECONDS)  # there are too many open files
                continue
            try:
                with link:
                    if is_own_process(link):
                        self._answer(Lines(link), link)
            except (OSError, ValueError):  # who asked is gone, or no command of ours
                pass
            except Exception:  # the next command is answered all the same
                logging.getLogger(__name__).exception("an order")

    def _answer(self, lines: Lines, link: socket.socket) -> None:
        order, program, settings = read_order(lines.read(READ_SECONDS))
        try:
            with self._worker.held_if_ready(program) as ready:
                if not ready or settings != self._settings or order.home != self._home:
                    lines.send(REFUSED)
                    return
                lines.send(TAKEN)
                result = self._worker.run(order, self._work, REPORT_SECONDS, link)
                if isinstance(result, str):
                    clear_up(order)
        finally:
            self._keep_warm()
        link.settimeout(READ_SECONDS)
        lines.send(result_message(None if isinstance(result, str) else result[0]))


def clear_up(order: Order) -> None:
    """Remove what an order that was given up left half made, and restore what it had moved aside."""
    with suppress(OSError, GktoolsError):
        recover_staging(order.home)
