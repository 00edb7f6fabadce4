"""People at browsers of their own before a review server that runs as offices run it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from nginx import HOST, free_port, nginx
from playwright.sync_api import Browser, Page
from reviewing import PASSWORD

GKTOOLS = [sys.executable, "-m", "gktools"]
YEAR = 2024
TALLEST = 1400
"""The height of a picture in the handbook."""
OWN = "山高月小 2025 江流有声"
"""The password that the first user chooses."""


def gktools(home: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command as the clerk does."""
    return subprocess.run([*GKTOOLS, *arguments], cwd=home, input=given, capture_output=True, text=True, timeout=120)


@contextmanager
def review_behind_nginx(home: Path) -> Iterator[str]:
    """Run `gktools review` behind nginx, over TLS, under another name and below a path; return where it answers."""
    port, upstream = free_port(), free_port()
    command = [*GKTOOLS, "review", "--port", str(upstream), "--url", f"https://{HOST}:{port}/gktools/"]
    server = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert server.stdout is not None
    with nginx(port, upstream, "/gktools/"):
        yield server.stdout.readline().strip().partition("：")[2]
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) == 0
    server.stdout.close()


SEEN: set[tuple[object, ...]] = set()


def look_at(page: Page, name: str = "") -> None:
    """Fail if a page is not accessible; a page with the same kinds of elements, on the same screen, stands for it."""
    kinds = page.evaluate(
        "[...new Set([...document.querySelectorAll('*')].map(e => `${e.tagName}.${e.className}`))].sort()"
    )
    seen = (page.viewport_size["width"], *kinds)
    if seen not in SEEN:
        results = Axe().run(page)
        assert results.violations_count == 0, f"{name or page.url}: {results.generate_report()}"
        SEEN.add(seen)


class Person:
    """Somebody at a browser of their own, logged in."""

    def __init__(self, browser: Browser, address: str, name: str, width: int = 1280) -> None:
        self.page: Page = browser.new_context(
            base_url=address, viewport={"width": width, "height": 900}, ignore_https_errors=True
        ).new_page()
        self.page.goto("login")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button")
        if self.page.locator("#new").count():  # the password that the administrator chose serves once
            self.accessible()
            self.page.fill("#password", PASSWORD)
            self.page.fill("#new", OWN)
            self.page.fill("#again", OWN)
            self.page.click("main button.main")

    def at(self, code: str, tab: str = "") -> Page:
        """Open a page of a report; it must be accessible."""
        self.page.goto(f"{YEAR}/{code}/{tab}")
        return self.accessible()

    def open(self, code: str, tab: str = "") -> Page:
        """Open a page of a report whose like has been looked at before."""
        self.page.goto(f"{YEAR}/{code}/{tab}")
        return self.page

    def accessible(self) -> Page:
        look_at(self.page)
        if folder := os.environ.get("GKTOOLS_PICTURES"):
            name = re.sub(r"\W+", "-", self.page.url.partition("//")[2].partition("/")[2]) or "board"
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        return self.page

    def picture(self, name: str, part: str = "") -> None:
        """Keep a picture of the page, or of a part of it, for the handbook, if it is wanted (make pictures)."""
        if folder := os.environ.get("GKTOOLS_HANDBOOK"):
            self.page.evaluate("scrollTo(0, 0)")
            clip = self.page.locator(part or "html").first.bounding_box()
            clip["height"] = min(clip["height"], TALLEST)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, clip=clip)

    def made(self, code: str) -> Page:
        """Wait until the report is made anew."""
        self.page.get_by_text("看变了什么").wait_for(timeout=90_000)
        return self.page

    def sign(self, code: str) -> Page:
        """Open the report, read the changes, then sign."""
        self.open(code)
        self.open(code, "changes")
        page = self.open(code, "sign")
        page.check("[name=read]")
        page.click("form.sign button")
        page.wait_for_load_state()
        return page


def settle(handler: Person, head: Person, code: str) -> None:
    """Explain what asks for it, let the head overrule what blocks."""
    for person, severity in ((handler, "explain"), (head, "block")):
        page = person.open(code, "findings")
        while (todo := page.locator(f".card.{severity}:not(.settled)")).count():
            card = todo.first
            if not card.locator("textarea").is_visible():
                card.locator("summary").click()
            card.locator("textarea").fill("已核对，情况属实")
            card.get_by_role("button").click()
            page.wait_for_load_state()
