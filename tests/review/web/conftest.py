"""A review server at which registers are handed in, for the tests of several files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from handing_in import OFFICES, YEAR
from projects import make_project
from reviewing import Visitor, add_users, running, visiting
from tampering import forget_logs

from gktools.review import submissions
from gktools.review.web.rebuild_queue import RebuildQueue, Task


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Iterator[dict[str, object]]:
    """A server of a working folder whose reports are asked for, and not made."""
    home = tmp_path_factory.mktemp("handing-in") / "work"
    make_project(home, OFFICES, {(YEAR, code): {"text": {"problems": "问题。"}} for code in OFFICES})
    add_users(home, "甲经办", "甲分管", "乙经办")
    shutil.copytree(home, home.parent / "kept")
    asked: list[Task] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RebuildQueue, "start", lambda _, task: asked.append(task))
        with running(home) as server:
            yield {"server": server, "home": home, "asked": asked}


@pytest.fixture
def home(started) -> Path:
    """The working folder of the server, without registers, submissions and answers."""
    home = started["home"]
    started["asked"].clear()
    for path in (*home.glob("records.*"), home / submissions.FOLDER, home / "params"):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (home / "review.head").unlink(missing_ok=True)
    shutil.copytree(home.parent / "kept/params", home / "params")
    shutil.copy(home.parent / "kept/records.db", home / "records.db")
    for name in ("records.key", "review.head", "records.head"):
        if (home.parent / "kept" / name).exists():
            shutil.copy(home.parent / "kept" / name, home / name)
    forget_logs()
    return home


@pytest.fixture
def clerk(started, home) -> Visitor:
    """The handler of the office at a browser."""
    return visiting(started["server"], "甲经办")
