"""The style sheets and the script of the pages: served to everybody, cached by their hash, the report's own kept to .paper."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError, RequestHandler

from ....render.audit.page import FOLDER as AUDIT
from ....render.page import TEMPLATES as PAGE_TEMPLATES

TEMPLATES = Path(__file__).parents[1] / "templates"
_SHEETS = (
    *(PAGE_TEMPLATES / name for name in ("gk-report/style.css", "gk-report/pictures.css", "gk-review/review.css")),
    AUDIT / "audit.css",
)
_RULE = re.compile(r"(@?[^{}@;]+)\{([^{}]*)\}")
_PAGE_ROOTS = {":root": ".paper", "html": ".paper", "body": ".paper", "main": ".paper .sheet"}


@lru_cache
def paper_style() -> str:
    """Return the style of the report as one style sheet whose rules only apply inside .paper."""
    return "\n".join(scope_css(sheet.read_text(encoding="utf-8")) for sheet in _SHEETS)


def scope_css(css: str) -> str:
    """Return a flat style sheet with the selectors of every rule, also inside @media, restricted to .paper."""
    return _RULE.sub(lambda found: f"{_scoped_selectors(found[1])}{{{found[2]}}}", css)


def _scoped_selectors(selectors: str) -> str:
    if selectors.strip().startswith("@"):
        return selectors
    return ",".join(_PAGE_ROOTS.get(one, f".paper {one}") for one in map(str.strip, selectors.split(",")))


class OpenHandler(RequestHandler):
    """The base of what is sent to everybody, with or without a login."""

    def set_default_headers(self) -> None:
        """Do not name the server's program, and let no browser guess what is sent."""
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")

    def write_error(self, status_code: int, **_: Any) -> None:
        """Send the status without a body."""
        self.finish()


class StaticFiles(OpenHandler):
    """The style sheets and the script, without login because the login page uses them too."""

    @allow_unauthenticated
    def get(self, name: str) -> None:
        """Send a file, cached without expiry because its URL contains its hash."""
        if name not in static_files():
            raise HTTPError(404)
        kind = "text/javascript" if name.endswith(".js") else "text/css"
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.finish(static_files()[name][0])


@lru_cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Return the content and a short hash of every style sheet and of the script, by name."""
    files = {path.name: path.read_bytes() for kind in ("*.css", "*.js") for path in sorted(TEMPLATES.glob(kind))}
    files["paper.css"] = paper_style().encode()
    return {name: (text, sha256(text).hexdigest()[:12]) for name, text in files.items()}
