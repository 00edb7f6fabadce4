"""The people of load.py, for Locust: what they open and send, and how long they think."""

from __future__ import annotations

import json
import os
import random
import re
from itertools import count
from typing import Any

try:
    from locust import HttpUser, between, task
except ImportError:  # run as a benchmark of its own: load.py says what is missing
    raise SystemExit(0) from None

PEOPLE = json.loads(os.environ.get("LOAD_PEOPLE", "[]"))
OFFICES, YEAR = int(os.environ.get("LOAD_OFFICES", "0")), os.environ.get("LOAD_YEAR", "")
PASSWORD = "山高月小 2024 水落石出"
_numbers = count()


class Person(HttpUser):  # type: ignore[misc]
    """Somebody at a browser."""

    wait_time = between(5, 15)

    def on_start(self) -> None:
        """Log in."""
        self.name_of = PEOPLE[next(_numbers) % len(PEOPLE)]
        self.of_district = self.name_of.startswith("区")
        page = self.client.get("/login", name="login").text
        form = {"name": self.name_of, "password": PASSWORD, "_xsrf": _field(page, "_xsrf")}
        self.client.post("/login", form, name="login", allow_redirects=False)

    @property
    def office(self) -> str:
        """The own office; for people of the district any."""
        n = random.randrange(OFFICES) if self.of_district else int(self.name_of[2:])
        return f"/{YEAR}/o-{n}/"

    def _get(self, name: str, path: str) -> str:
        return str(self.client.get(path, name=name).text)

    def _post(self, name: str, path: str, form: dict[str, Any]) -> None:
        with self.client.post(path, form, name=name, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code in (303, 409, 200):
                answer.success()

    @task(4)
    def board(self) -> None:
        """Look at the board."""
        self._get("board of all" if self.of_district else "board of one", "/")

    @task(5)
    def report(self) -> None:
        """Read a report."""
        self._get("report", self.office)

    @task(2)
    def changes(self) -> None:
        """See what has changed."""
        self._get("changes", f"{self.office}changes")

    @task(2)
    def sign_page(self) -> None:
        """See what is to be signed."""
        self._get("sign page", f"{self.office}sign")

    @task(2)
    def comment(self) -> None:
        """Write a comment."""
        path = f"{self.office}comments"
        page = self._get("comments", path)
        form = {
            "_xsrf": _field(page, "_xsrf"),
            "what": "new",
            "place": "problems:1",
            "text": f"请核对 {random.random()}",
        }
        self._post("comment", path, form)

    @task(2)
    def edit(self) -> None:
        """Open the parameters, and now and then change one."""
        if self.of_district or not self.name_of.startswith("经办"):
            return
        path = f"{self.office}edit"
        page = self._get("edit", path)
        form = {name: _field(page, name) for name in ("_xsrf", "state")}
        form["contact.phone"] = f"0000-{random.randrange(10**7):07d}"
        self._post("preview", f"{self.office}preview", form) if random.random() < 0.4 else self._post(
            "save", path, form
        )


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
