"""The address that a monitoring system asks: 200 if the server can do its work, else 503, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from ..rebuild_queue import RebuildQueue
from .static_files import OpenHandler

if TYPE_CHECKING:
    from ..server_context import ServerContext


class HealthPage(OpenHandler):
    """The health of a review server, without login and for any host name, as nothing of its content is told."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Send it as JSON."""
        context = cast("ServerContext", self.settings["gktools_context"])
        if not context.signing:
            raise HTTPError(404)  # JupyterLab, where nobody's work depends on it
        health = await context.health.ask(self._worker_runs)
        self.set_status(200 if health.good else 503)
        self.set_header("Cache-Control", "no-store")
        self.finish(health.to_json())

    head = get

    def _worker_runs(self) -> bool:
        queue = cast("RebuildQueue | None", self.settings.get("gktools_rebuilds"))
        return queue is not None and queue.worker_runs()
