"""What a notebook of a batch may touch: it is given the office's inputs, and gets at nothing else of the working folder."""

from __future__ import annotations

import errno
import json
import os
import platform
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from projects import keep, make_project

from gktools.build.batch import BuildOptions, build
from gktools.build.engine import sealing
from gktools.build.outcome import Outcome
from gktools.build.pool import Worker
from gktools.cli.doctor import examine
from gktools.review.entries import CommentBody
from gktools.review.log import open_log
from gktools.review.web.rebuild_queue import Task, rebuild_report
from gktools.workspace.output import ReportRef
from gktools.workspace.project import Project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks; elsewhere stock papermill runs")
OFFICES = {
    code: {"names": [{"name": f"示例区{name}局"}], "kind": "county_department"}
    for code, name in (("minzheng", "民政"), ("caizheng", "财政"))
}
REQUEST = {"number": "1", "received_on": "2024-03-01", "channel": "in_person", "applicant": "natural_person"}
SECRETS = {
    "GKTOOLS_RECORDS_KEY": "a secret key",
    "GKTOOLS_SITE_KEY": "a secret key",
    "PGPASSWORD": "a secret key",
    "AWS_SECRET_ACCESS_KEY": "a secret key",
    "JUPYTERHUB_API_TOKEN": "a secret key",
}


@pytest.fixture
def project(tmp_path) -> Project:
    made = make_project(tmp_path / "work", OFFICES, {(2024, code): {} for code in OFFICES})
    for code in OFFICES:
        keep(made, code, 2024, {"requests": [REQUEST]})
    (made.home / "review-users.db").write_text("users")
    return made


@pytest.fixture
def landlock() -> None:
    if not sealing.landlock_version():  # nothing can be installed for it; the next test says what holds without it
        pytest.xfail("the kernel of this machine has no Landlock")


def add_cell(project: Project, source: str, before: str = "setup") -> None:
    path = project.home / "notebooks/annual_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    at = next(i for i, cell in enumerate(notebook.cells) if cell.id == before)
    notebook.cells.insert(at, nbformat.v4.new_code_cell(source, id="planted"))
    nbformat.write(notebook, path)


def made(project: Project, source: str, before: str = "setup") -> Outcome:
    """Return the outcome of a report whose notebook has a cell more."""
    add_cell(project, source, before)
    return build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]


def printed(project: Project) -> str:
    """Return what the planted cell of the report that was made printed."""
    notebook = nbformat.read(project.home / "output/2024/minzheng/report.ipynb", as_version=4)
    planted = next(cell for cell in notebook.cells if cell.id == "planted")
    return "".join(output.text for output in planted.outputs if output.output_type == "stream")


def contents(project: Project) -> dict[str, bytes]:
    """Return every file of a working folder but the reports."""
    files = (path for path in project.home.rglob("*") if path.is_file() and "output" not in path.parts)
    return {path.relative_to(project.home).as_posix(): path.read_bytes() for path in files}


def figures(project: Project) -> dict[str, object]:
    return json.loads((project.home / "output/2024/minzheng/report.json").read_text(encoding="utf-8"))["tables"]


TRY = """
def attempt(name, do):
    try:
        found = do()
        print(name, "got", found)
    except (OSError, Exception) as error:
        print(name, "refused", type(error).__name__)


def fork(seconds=0):
    if pid := os.fork():
        return pid
    try:
        os.setsid()
        time.sleep(seconds)
        open(HOME + "/left", "w")
    finally:
        os._exit(0)


fork(seconds=1)
"""
ATTEMPTS = {
    "the store": "__import__('gktools.registers.store.opening', fromlist=['x']).open_store(Path(HOME)).__enter__()",
    "the key": "open(HOME + '/records.key').read()",
    "the users": "open(HOME + '/review-users.db').read()",
    "the database": "__import__('sqlite3').connect(HOME + '/records.db').execute('select * from sqlite_master').fetchall()",
    "a parameter": "open(HOME + '/params/2024/minzheng.yaml', 'a').write('x')",
    "a report": "open(HOME + '/output/2024/minzheng/report.json', 'w').write('x')",
    "a new report": "Path(HOME, 'output/2024/caizheng').mkdir(parents=True)",
    "the notebook": "open(HOME + '/notebooks/annual_report.ipynb', 'a').write('x')",
    "a listing": "os.listdir(HOME)",
    "removal": "os.unlink(HOME + '/records.db')",
    "renaming": "os.rename(HOME + '/records.db', 'here')",
    "a link": "os.link(HOME + '/records.key', 'here') or open('here').read()",
    "a symbolic link": "os.symlink(HOME + '/records.key', 'there') or open('there').read()",
    "emptying": "os.truncate(HOME + '/records.db', 0)",
    "permissions": "os.chmod(HOME + '/records.key', 0o666)",
    "another user": "open('/etc/passwd').read()",
    "the worker's memory": "open(f'/proc/{os.getppid()}/environ').read()",
    "a program": "__import__('subprocess').run(['/bin/cat', HOME + '/records.key'], check=True)",
    "the network": "__import__('socket').create_connection(('127.0.0.1', 5432), 1)",
    "a local service": "__import__('socket').socket(__import__('socket').AF_UNIX).connect('/var/run/postgresql/.s.PGSQL.5432')",
    "a fork": "os.waitpid(fork(), 0) and open(HOME + '/left').read()",
}


@pytest.mark.usefixtures("landlock")
def test_a_cell_that_tries_everything_gets_nothing_and_the_report_comes_out_right(project):
    assert build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0].status == "built"
    before, right = contents(project), figures(project)
    tries = "".join(f"attempt({name!r}, lambda: {do})\n" for name, do in ATTEMPTS.items())
    outcome = made(project, f"import os, time\nfrom pathlib import Path\nHOME = {str(project.home)!r}\n{TRY}{tries}")

    assert outcome.status == "built", outcome.message
    assert [line for line in printed(project).splitlines() if " refused " not in line] == []
    assert len(printed(project).splitlines()) == len(ATTEMPTS)
    after = contents(project)
    assert {name for name in {**before, **after} if before.get(name) != after.get(name)} == {
        "notebooks/annual_report.ipynb"
    }
    assert figures(project) == right


def test_the_environment_of_a_cell_has_no_address_and_no_key(project, monkeypatch):
    monkeypatch.setenv("GKTOOLS_RECORDS", "sqlite:///records.db")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    source = "import os\nprint(sorted(os.environ), list(os.environ.values()), open('/proc/self/environ').read())"
    outcome = made(project, source)

    assert outcome.status == "built", outcome.message
    for unwanted in (*SECRETS, "GKTOOLS_RECORDS", "GKTOOLS_HOME", "a secret key", str(project.home)):
        assert unwanted not in printed(project)


def test_no_open_file_and_no_folder_of_the_working_folder_is_handed_down(project):
    source = (
        "import os\nnames = [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd') "
        "if os.path.lexists(f'/proc/self/fd/{n}')]\nprint(names, os.getcwd())"
    )
    outcome = made(project, source)

    assert outcome.status == "built", outcome.message
    assert "socket:" in printed(project)
    assert str(project.home) not in printed(project)


def test_a_cell_that_wraps_the_pull_of_the_store_changes_nothing(project):
    build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))
    right = figures(project)
    source = (
        "import gktools.registers.store.loading as loading, gktools.registers.store.store as store\n"
        "loading.pull = store.pull = lambda *given: 1 / 0"
    )
    outcome = made(project, source)

    assert outcome.status == "built", outcome.message
    assert figures(project) == right


def test_a_case_moved_within_the_inputs_is_told(project):
    moved = (
        "from dataclasses import replace\n"
        "latest, earlier = inputs.own.read['requests']\n"
        "inputs = replace(inputs, own=replace(inputs.own, read=dict(inputs.own.read, requests=(latest[1:], earlier))))"
    )
    outcome = made(project, moved, before="opening")

    assert outcome.status == "failed"
    assert "不是交给它的登记表里的记录" in outcome.message


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("office = 'caizheng'", "要开 caizheng 2024 年的台账，要做的是示例区民政局（minzheng）2024 年的"),
        ("overrides = {'contact': {'phone': '12345'}}", "总笔记本里写了 overrides"),
    ],
)
def test_other_inputs_than_those_handed_over_are_refused_in_words(project, source, told):
    outcome = made(project, source)

    assert outcome.status == "failed"
    assert told in outcome.message


def test_a_notebook_swapped_while_the_report_is_made_does_not_pass(project, monkeypatch):
    path = project.home / "notebooks/annual_report.ipynb"
    right = path.read_bytes()
    add_cell(project, "import time; time.sleep(2)")
    put_back = threading.Timer(1.5, path.write_bytes, [right])
    started = Worker.submit

    def submit(*given):
        put_back.start()
        started(*given)

    monkeypatch.setattr(Worker, "submit", submit)
    monkeypatch.setattr("gktools.build.pool.TRIES", 1)
    worker_started = build(project, [2024], ["minzheng"], options=BuildOptions(workers=1))[0]
    put_back.join()

    assert path.read_bytes() == right
    assert worker_started.status == "failed"
    assert "在做这份报告的时候换了" in worker_started.message


@pytest.mark.usefixtures("landlock")
def test_a_rebuild_pressed_in_the_server_adds_no_entry_to_the_log(project):
    writes = (
        "from pathlib import Path\n"
        "from gktools.review.entries import CommentBody\n"
        "from gktools.review.log import open_log\n"
        "from gktools.workspace.project import open_project\n"
        f"with open_log(open_project(Path({str(project.home)!r}))) as log:\n"
        "    log.append('minzheng', 2024, 'somebody', CommentBody('problems:1', 'as if written by them'))\n"
    )
    with open_log(project) as log:
        log.append("minzheng", 2024, "a person", CommentBody("problems:1", "a comment of their own"))
    add_cell(project, writes)
    message = rebuild_report(Task(ReportRef(project.home, "minzheng", 2024)))

    assert "读不出来（没有权限）" in message
    with open_log(project) as log:
        assert [entry.person for entry in log.entries()] == ["a person"]


CALLS = """
import ctypes, os, platform, socket
from gktools.build.engine import sealing
call = ctypes.CDLL(None, use_errno=True).syscall
place = ["x86_64", "aarch64"].index(platform.machine())
mine = sorted(os.sched_getaffinity(0))
def attempt(name, numbers, *given):
    found = call(numbers[place], *(ctypes.c_long(one) if isinstance(one, int) else one for one in given))
    print(name, "refused" if found == -1 and ctypes.get_errno() == 1 else f"not refused {found} {ctypes.get_errno()}")
host = os.uname().nodename.encode()
attempt("the name of the machine", (170, 161), host, len(host))  # as it is
attempt("priority", (141, 140), 0, 0, os.getpriority(0, 0))  # its own, as it is
attempt("processors", (203, 122), 0, 8, sum(1 << one for one in mine).to_bytes(8, "little"))  # as they are
attempt("limits of another process", (302, 261), os.getppid(), 7, None, None)  # asks nothing and sets nothing
attempt("shared memory", (29, 194), 0x676B, 0, 0)  # looks whether it is there
attempt("messages", (68, 186), 0x676B, 0)
attempt("semaphores", (64, 190), 0x676B, 0, 0)
attempt("keys", (250, 219), 0, -3, 0)  # asks for the number of the session's
attempt("a program", (59, 221), b"/nonexistent", None, None)
attempt("a program by descriptor", (322, 281), -1, b"", None, None, 0x1000)
attempt("attributes", (469, 469), -1, b"", None, 0, 0)
attempt("root", (161, 51), b"/nonexistent")
attempt("accounting", (163, 89), b"/nonexistent")
attempt("unmounting", (166, 39), b"/nonexistent", 0)
attempt("the clock", (227, 112), -1, None)
attempt("memory of another process", (310, 270), os.getppid(), None, 0, None, 0, 0)
for kind in (socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_RAW):
    try:
        print(socket.socketpair(type=kind), "not refused")
    except PermissionError:
        print("datagrams refused")
own, other = socket.socketpair()
own.send(b"a stream of its own"), other.recv(99)
__import__("resource").getrlimit(7), __import__("asyncio").new_event_loop().close()
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
print("capabilities", int(status["CapEff"], 16) & ~4, int(status["CapPrm"], 16) & ~4, int(status["CapBnd"], 16), "refused")
names = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{n}")]
print("files", [name for name in names if not name.startswith(("socket:", "anon_inode:", "/memfd:std", "/dev/null", "/proc/"))], "refused")
import sys
print(os.readlink(f"/proc/self/fd/{sys.stderr.fileno()}"), "refused")
"""


@pytest.mark.skipif(not sealing.can_refuse_calls(), reason="no filter of system calls for this machine")
def test_a_cell_reaches_no_other_process_no_program_no_lasting_memory_and_no_terminal(project):
    outcome = made(project, CALLS)

    assert outcome.status == "built", outcome.message
    lines = printed(project).splitlines()
    assert [line for line in lines if not line.endswith(" refused")] == []
    assert lines[-3:] == [
        "capabilities 0 0 0 refused" if os.geteuid() == 0 else lines[-3],
        "files [] refused",
        "/memfd:stderr (deleted) refused",
    ]
    assert len(lines) == 22


REFUSE_LANDLOCK = """
import sys
from pathlib import Path
from gktools.build.batch import BuildOptions, build
from gktools.build.engine import sealing
from gktools.cli.doctor import examine
from gktools.workspace.project import open_project

sealing.refuse_calls([444, 445, 446])
assert sealing.landlock_version() == 0
if __name__ == "__main__":
    outcome = build(open_project(Path(sys.argv[1])), [2024], ["minzheng"], options=BuildOptions(workers=1))[0]
    print(outcome.status, outcome.message, [item.remedy for item in examine() if "Landlock" in item.name])
"""


@pytest.mark.skipif(not sealing.can_refuse_calls(), reason="no filter of system calls for this machine")
def test_without_landlock_a_report_is_made_all_the_same_and_doctor_says_so(project, tmp_path):
    script = tmp_path / "without.py"
    script.write_text(REFUSE_LANDLOCK, encoding="utf-8")
    add_cell(project, "import os\ntry:\n    os.chmod('inputs', 0o600)\nexcept PermissionError:\n    print('refused')")
    told = subprocess.run(
        [sys.executable, script, project.home], capture_output=True, text=True, check=False, env=os.environ
    )

    assert told.stdout.startswith("built"), told
    assert "docs/security.md" in told.stdout
    assert printed(project) == "refused\n"


def test_doctor_says_whether_a_notebook_is_closed_off():
    (item,) = [item for item in examine() if "Landlock" in item.name]

    assert item.present == bool(sealing.landlock_version())
    assert not item.needed


def test_nothing_that_contains_the_working_folder_is_readable(tmp_path):
    inside = tmp_path / "lib"
    assert sealing.readable(tmp_path, [tmp_path.parent, tmp_path, inside, Path("/usr/lib")]) == [
        inside,
        Path("/usr/lib"),
    ]


@pytest.mark.parametrize(("number", "goes_on"), [(errno.EINVAL, True), (errno.ENOSYS, True), (errno.EFAULT, False)])
def test_a_kernel_without_seccomp_makes_reports_all_the_same(monkeypatch, tmp_path, number, goes_on):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(sealing, "refuse_calls", refuse)
    monkeypatch.setattr(sealing, "can_refuse_calls", lambda: True)
    monkeypatch.setattr(sealing, "landlock_version", lambda: 0)
    monkeypatch.setattr(sealing, "_check", lambda answer: answer)  # this process stays as it is
    monkeypatch.setattr(sealing.ctypes, "CDLL", lambda *_, **__: SimpleNamespace(prctl=lambda *_: 0))
    monkeypatch.setattr(sealing, "_REFUSED", {platform.machine(): (0, (), ())})
    monkeypatch.setattr(sealing, "_give_up_capabilities", lambda: None)
    with nullcontext() if goes_on else pytest.raises(OSError, match="Bad address"):
        sealing.seal(tmp_path, tmp_path)
