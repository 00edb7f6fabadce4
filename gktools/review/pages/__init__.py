"""The pages of the review server. A page is a handler made from Page or OfficePage; ROUTES lists them all."""

from __future__ import annotations

from typing import Any

from .base import Missing, OfficePage, Page, Styles
from .board import BoardPage, RemindersPage
from .login import PasswordPage

__all__ = ["OFFICE", "ROUTES", "Missing", "OfficePage", "Page"]

OFFICE = r"/(\d{4})/([a-z0-9][a-z0-9-]*)"
"""Where the pages of one report stand: year and office's code."""

ROUTES: list[tuple[str, type[Any]]] = [
    (r"/", BoardPage),
    (r"/reminders\.(txt|xlsx)", RemindersPage),
    (r"/password", PasswordPage),
    (r"/static/([a-z]+\.css)", Styles),
]
"""Every page by the pattern of its path; what stands in no pattern is not found."""
