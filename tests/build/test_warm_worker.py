"""The process kept warm beside a review server: reused, made anew when it has to be, and never in a command's way."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from gktools.build import warm_link, warm_listener, warm_worker
from gktools.build.outcome import Outcome
from gktools.build.warm_link import NOTE, Order, OrderResult, ask
from gktools.build.warm_listener import Listener
from gktools.build.warm_worker import WarmLimits, WarmWorker

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm worker without Linux")


def load(_: str) -> None:
    """Load nothing."""


def pid(_: object) -> int:
    return os.getpid()


def work(order: Order) -> OrderResult | None:
    """Do what the office's code says, and answer with the process that did it."""
    what = order.offices[0]
    if what == "hang":
        time.sleep(300)
    if what == "die":
        os._exit(3)
    if what == "fail":
        return None
    done = Outcome(what, "示例局", order.year or 0, "built", "", {"block": 0}, 1.5)
    return OrderResult(("多了一个文件",), (done,), (str(os.getpid()),))


@pytest.fixture(scope="module")
def shared_worker():
    with closing(WarmWorker(load=load)) as made:
        yield made


@pytest.fixture
def worker(shared_worker):
    """A warm worker: that of the test before, or a new one where that test has ended it."""
    shared_worker.keep_warm()
    return shared_worker


def process(worker: WarmWorker) -> int:
    with worker.held():
        result = worker.run("job", pid, 60)
    assert isinstance(result, tuple)
    return result[0]


def until(true: Callable[[], object]) -> object:
    end = time.monotonic() + 60
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


# --- the process ----------------------------------------------------------------------------------------------


def test_one_process_does_one_job_after_another(worker):
    first = process(worker)
    worker.keep_warm()

    assert process(worker) == first


def test_the_process_is_made_anew_when_the_program_changes(worker, monkeypatch):
    first = process(worker)
    monkeypatch.setattr(warm_worker, "program_stamp", lambda: "another")

    assert process(worker) != first
    assert not psutil.pid_exists(first)
    assert worker.program == "another"


@pytest.mark.parametrize("limits", [WarmLimits(megabytes=1), WarmLimits(jobs=2)])
def test_a_process_that_has_grown_or_worked_enough_is_made_anew(limits):
    with closing(WarmWorker(limits, load)) as worker:
        worker.keep_warm()
        first = process(worker)
        worker.keep_warm()

        assert not psutil.pid_exists(first)
        assert process(worker) != first


def test_a_job_that_ends_its_process_costs_itself_alone(worker):
    with worker.held():
        assert worker.run(Order(Path(), ("die",)), work, 60) == "died"
        assert worker.run(Order(Path(), ("hang",)), work, 3) == "too slow"
    assert process(worker)


def test_a_process_that_died_without_a_job_is_noticed_and_made_anew(worker):
    first = process(worker)
    os.kill(first, signal.SIGKILL)
    assert until(lambda: not worker.runs)

    worker.keep_warm()
    assert worker.runs
    assert process(worker) != first


def test_a_process_that_cannot_be_started_is_tried_again_by_the_next_job(worker, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(warm_worker.Worker, "_start", refused)
        with worker.held(), pytest.raises(OSError, match="memory"):
            worker.run(Order(Path(), ("die",)), work, 60)

    assert process(worker)


def refused(_: object) -> None:
    raise OSError("no memory")


def test_the_process_outlives_the_thread_that_asked_for_it():
    found: list[int] = []
    with closing(WarmWorker(load=load)) as worker:
        thread = threading.Thread(target=lambda: found.append(process(worker)))
        thread.start()
        thread.join()
        time.sleep(0.2)

        assert [process(worker)] == found


def test_the_process_ends_with_its_server_however_that_ends(tmp_path):
    script = tmp_path / "server.py"
    script.write_text(
        "import time\nfrom gktools.build.pool import skip_slow_imports\nskip_slow_imports()\n"
        "from gktools.build.warm_worker import WarmWorker\n"
        "if __name__ == '__main__':\n    worker = WarmWorker()\n    worker.keep_warm()\n"
        "    print(worker._worker.pid, flush=True)\n    time.sleep(300)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        child = int(server.stdout.readline())
        started = [psutil.Process(child), *psutil.Process(child).children(recursive=True)]
        assert len(started) == 2, "it has a fork server"
        server.kill()
    assert until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in started))


def test_the_stamp_changes_with_a_file_of_the_package_and_with_a_library(tmp_path, monkeypatch):
    package, libraries = tmp_path / "package", tmp_path / "libraries"
    (package / "text").mkdir(parents=True)
    (libraries / "pandas-1.dist-info").mkdir(parents=True)
    (package / "text/words.yaml").write_text("a")
    monkeypatch.setattr(warm_link, "_PACKAGE", package)
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(libraries))
    stamps = [warm_link.program_stamp()]
    (package / "__pycache__").mkdir()
    (package / "__pycache__/x.pyc").write_text("")
    assert warm_link.program_stamp() == stamps[0]

    (package / "text/words.yaml").write_text("ab")
    stamps.append(warm_link.program_stamp())
    (libraries / "pandas-1.dist-info").rename(libraries / "pandas-2.dist-info")
    stamps.append(warm_link.program_stamp())
    assert len(set(stamps)) == 3


# --- commands -------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path) -> Path:
    folder = tmp_path / "district"
    folder.mkdir()
    return folder


@pytest.fixture
def listener(home, worker):
    made = Listener(home, worker, worker.keep_warm, work)
    made.start()
    yield made
    made.close()


def test_an_order_is_carried_out_by_the_process_that_was_warm(home, worker, listener):
    answers = [ask(Order(home, (code,), 2024)) for code in ("minzheng", "caizheng")]

    assert [answer.outcomes[0].code for answer in answers] == ["minzheng", "caizheng"]
    assert answers[0].outcomes == (Outcome("minzheng", "示例局", 2024, "built", "", {"block": 0}, 1.5),)
    assert answers[0].reminders == ("多了一个文件",)
    assert answers[0].pages == answers[1].pages == (str(process(worker)),)


def test_nothing_is_left_of_a_listener_that_is_closed(home, listener):
    folder = Path(os.fsdecode((home / NOTE).read_bytes()))
    assert (home / NOTE).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / warm_link.SOCKET).stat().st_mode & 0o777 == 0o600
    listener.close()

    assert not (home / NOTE).exists()
    assert not folder.exists()
    assert ask(Order(home, ("minzheng",))) is None


def test_the_path_of_a_socket_may_be_longer_than_systems_allow(home, worker, monkeypatch, tmp_path):
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    made = Listener(home, worker, worker.keep_warm, work)
    made.start()

    assert ask(Order(home, ("minzheng",)))
    made.close()


def other_version(home, worker, monkeypatch):
    monkeypatch.setattr(warm_link, "program_stamp", lambda: "another")


def other_settings(home, worker, monkeypatch):
    monkeypatch.setenv("GKTOOLS_RECORDS", "sqlite:///other.db")


def other_limits(home, worker, monkeypatch):
    monkeypatch.setattr(warm_link, "_mask", lambda: 0o777)


def other_folder(home, worker, monkeypatch):
    moved = home.with_name("moved")
    moved.mkdir()
    (moved / NOTE).write_bytes((home / NOTE).read_bytes())
    return moved


def other_user(home, worker, monkeypatch):
    monkeypatch.setattr(warm_link, "is_own_process", lambda _: False)


def folder_of_others(home, worker, monkeypatch):
    Path(os.fsdecode((home / NOTE).read_bytes())).chmod(0o755)


def cold(home, worker, monkeypatch):
    monkeypatch.setattr(worker, "_warm", False)


def a_pipe(home, worker, monkeypatch):
    (home / NOTE).unlink()
    os.mkfifo(home / NOTE)


def a_link(home, worker, monkeypatch):
    (home / NOTE).rename(home / "elsewhere")
    (home / NOTE).symlink_to("elsewhere")


def no_path(home, worker, monkeypatch):
    (home / NOTE).write_bytes(b"\0" * 100)


def not_linux(home, worker, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")


@pytest.mark.parametrize(
    "case",
    [
        *(other_version, other_settings, other_limits, other_folder, other_user, folder_of_others, cold),
        *(a_pipe, a_link, no_path, not_linux),
    ],
)
def test_a_worker_that_does_not_fit_is_not_used(home, worker, listener, monkeypatch, case):
    asked = case(home, worker, monkeypatch) or home

    assert ask(Order(asked, ("minzheng",))) is None


def test_a_busy_worker_is_not_waited_for(home, worker, listener):
    with worker.held():
        assert ask(Order(home, ("minzheng",))) is None
    assert ask(Order(home, ("minzheng",)))


@pytest.mark.parametrize("what", ["die", "fail"])
def test_an_order_that_is_not_carried_out_is_left_to_the_command_and_the_next_one_is(home, listener, what):
    assert ask(Order(home, (what,))) is None
    assert until(lambda: ask(Order(home, ("minzheng",))))


def test_an_order_whose_command_is_gone_is_given_up(home, worker, listener):
    first = process(worker)
    with warm_link._connect(home) as link:
        lines = warm_link.Lines(link)
        lines.send(warm_link.order_message(Order(home, ("hang",))))
        assert lines.read(60) == warm_link.TAKEN

    assert until(lambda: not psutil.pid_exists(first))
    assert until(lambda: ask(Order(home, ("minzheng",))))


GOOD = {"home": "2f", "offices": [], "year": None, "force": False, "program": "", "settings": ""}


@pytest.mark.parametrize(
    "sent",
    [
        *(b"", b"\n", b"{}\n", b"null\n", b"\xff\xfe\n", b"[" * 200_000 + b"\n", b"x" * 2_000_000, b"no end of a line"),
        b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.\n",
        *(json.dumps(GOOD | wrong).encode() + b"\n" for wrong in ({"home": "zz"}, {"home": "00"}, {"year": "2024"})),
        *(json.dumps(GOOD | wrong).encode() + b"\n" for wrong in ({"offices": [1]}, {"force": 1}, {"year": True}, {})),
    ],
    ids=lambda sent: ascii(sent[:30]),
)
def test_whatever_is_sent_the_listener_goes_on(home, listener, monkeypatch, sent):
    monkeypatch.setattr(warm_listener, "READ_SECONDS", 0.5)
    with warm_link._connect(home) as link:
        try:
            link.sendall(sent)
            link.settimeout(10)
            assert link.recv(100) in (b"", b'"refused"\n')
        except (BrokenPipeError, ConnectionResetError):  # it did not read to the end
            pass

    assert until(lambda: ask(Order(home, ("minzheng",))))


@pytest.mark.parametrize(
    "answers",
    [
        *([], [b"\n"], [b"{}\n"], [b'"taken"\n'], [b'"taken"\n', b"[1]\n"], [b'"taken"\n', b"\xff\n"]),
        *([b'"taken"\n', b'{"reminders": [], "outcomes": [{"status": "gone"}], "pages": []}\n'],),
        *([b'"taken"\n', b'{"reminders": [], "outcomes": 3, "pages": []}\n'], [b"z" * 3_000_000]),
        [
            b'"taken"\n',
            b'{"reminders": [], "outcomes": [{"status": "built", "year": 2024, "findings": {}, "code": "a", "name": "b",'
            b' "message": "", "seconds": "x"}], "pages": []}\n',
        ],
    ],
)
def test_whatever_is_answered_the_command_does_the_work_itself(home, monkeypatch, answers):
    monkeypatch.setattr(warm_link, "TAKEN_SECONDS", 0.3)
    monkeypatch.setattr(warm_link, "ANSWER_SECONDS", 0.3)
    folder = Path(tempfile.mkdtemp())  # as short as that of a server: the path of a socket has at most 107 bytes
    (home / NOTE).write_bytes(os.fsencode(folder))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / warm_link.SOCKET))
        listening.listen()

        def answer() -> None:
            link, _ = listening.accept()
            with link:
                try:
                    link.sendall(b"".join(answers))
                    time.sleep(1.0 if len(answers) < 2 else 0)
                except OSError:
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        assert ask(Order(home, ("minzheng",))) is None
        thread.join()


def test_a_command_waits_a_little_longer_than_a_report_may_take():
    assert warm_link.ANSWER_SECONDS > warm_listener.REPORT_SECONDS


def test_a_killed_server_leaves_a_note_that_does_no_harm(home):
    (home / NOTE).write_text(str(home / "gktools-gone"))

    assert ask(Order(home, ("minzheng",))) is None
