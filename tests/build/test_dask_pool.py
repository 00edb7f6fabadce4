"""Many machines: a Dask cluster makes the same reports as this machine would, each once, whatever happens to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from random import Random
from shutil import rmtree
from threading import Event, Thread

import nbformat
import psutil
import psycopg
import pytest
from batches import TEXT, left_behind
from machine import need
from projects import make_project

from gktools.build.batch import BuildOptions, build
from gktools.build.dask_pool import cluster
from gktools.build.object_store import ObjectStore, open_objects
from gktools.build.outcome import Outcome
from gktools.errors import GktoolsError
from gktools.workspace.output import MANIFEST
from gktools.workspace.project import Project

pytestmark = pytest.mark.xdist_group("cluster")  # one cluster for all
CODES = tuple(f"office-{number}" for number in range(1, 8))
BAD = "raises"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
S3 = """
import sys, boto3
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="reports")
print(port, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True, scope="module")
def _present() -> None:
    for module in ("distributed", "s3fs", "moto"):
        need(f"the package {module} (gktools[cluster,test])", find_spec(module))


# --- a cluster on loopback -----------------------------------------------------------------------------------


@dataclass
class Machines:
    """A scheduler and what passes for machines: process groups with a nanny and a Dask worker each."""

    address: str
    folder: Path
    workers: list[subprocess.Popen[bytes]]
    _begun: dict[int, None] = field(default_factory=dict)
    _closed: Event = field(default_factory=Event)

    def add(self) -> None:
        """Start one more machine."""
        options = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder))
        self.workers.append(start("dask", "worker", self.address, *options))

    def watch(self) -> None:
        """Note every kernel, a fork of a fork server, until closed; none is over before it is seen (see project)."""
        while not self._closed.wait(0.05):
            servers = {}
            for process in psutil.process_iter(["pid", "ppid", "cmdline"]):
                if any("engine.server" in word for word in process.info["cmdline"] or ()):
                    servers[process.info["pid"]] = process.info["ppid"]
            above = {worker.pid for worker in list(self.workers)}
            for pid, parent in servers.items():
                with suppress(psutil.Error):
                    if parent in servers and above & {one.pid for one in psutil.Process(parent).parents()}:
                        self._begun.setdefault(pid)

    def close(self) -> None:
        """End watching."""
        self._closed.set()

    def begun(self) -> list[int]:
        """The kernels that have begun with a report, each ended or not."""
        return list(self._begun)

    def forget(self) -> None:
        """Forget which kernels have begun."""
        self._begun.clear()

    def kill_the_one_of(self, kernel: int) -> list[psutil.Process]:
        """Kill nanny and Dask worker of the machine a kernel runs on; return what they had started."""
        above = {process.pid for process in psutil.Process(kernel).parents()}
        victim = next(worker for worker in self.workers if worker.pid in above)
        self.workers.remove(victim)
        nanny = psutil.Process(victim.pid)
        started = nanny.children(recursive=True)
        for process in (nanny, *nanny.children()):
            process.kill()
        victim.wait()
        return started


def start(*module: str) -> subprocess.Popen[bytes]:
    silent = {"stderr": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", *module], **silent, start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all it started."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    for each in started:
        each.kill() if each.is_running() else None
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def records(postgres: str) -> str:
    """The address of an empty PostgreSQL store."""
    with psycopg.connect(f"host={postgres} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("drop database if exists scale")
        connection.execute("create database scale")
    return f"postgresql+psycopg://postgres@/scale?host={postgres}"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an empty folder in an object store."""
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", S3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | KEYS,
    )
    yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    server.kill()
    server.wait()
    server.stdin.close()
    server.stdout.close()


@pytest.fixture(scope="module")
def machines(records: str, s3: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    folder = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": s3, "GKTOOLS_RECORDS": records}.items():
            patch.setenv(name, value)
        scheduler, running = start_scheduler(folder)
        for _ in range(3):
            running.add()
        watching = Thread(target=running.watch)
        watching.start()
        yield running
        running.close()
        watching.join()
        for process in (*running.workers, scheduler):
            end(process)


def start_scheduler(folder: Path, protocol: str = "tcp") -> tuple[subprocess.Popen[bytes], Machines]:
    """Start a scheduler, without a machine yet."""
    told = folder / "scheduler.json"
    options = ("--protocol", protocol, "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    options = (*options, "--scheduler-file", str(told))
    scheduler = start("dask", "scheduler", *options)
    wait_for(lambda: told.exists() and told.read_text().endswith("}"))
    return scheduler, Machines(json.loads(told.read_text())["address"], folder, [])


@pytest.fixture
def tls(tmp_path, monkeypatch) -> Callable[[], object]:
    """Encryption as docs/cluster.md sets it up, for what is started from now on; the result sets it up here."""
    import dask
    import distributed  # noqa: F401 - it adds its own settings, before ours

    certificate, key = tmp_path / "machine.pem", tmp_path / "machine.key"
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=machine", "-days", "2")
    subprocess.run([*command, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    settings = {"require-encryption": "true", "tls__ca-file": str(certificate)}
    for role in ("scheduler", "worker", "client"):
        settings |= {f"tls__{role}__cert": str(certificate), f"tls__{role}__key": str(key)}
    for name, value in settings.items():
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__{name.upper().replace('-', '_')}", value)
    here = {f"distributed.comm.{name.replace('__', '.')}": value for name, value in settings.items()}
    return partial(dask.config.set, here)


def wait_for(ready: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)


# --- a district on it ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A working folder whose notebook takes its time, and raises in one office."""
    home = tmp_path_factory.mktemp("scale") / "work"
    codes = (*CODES, BAD)
    offices = {code: {"names": [{"name": f"示例区{code}局"}], "kind": "county_department"} for code in codes}
    made = make_project(home, offices, {(2024, code): TEXT for code in codes})
    path = home / "notebooks/annual_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == "requests")
    cell.source = f"import time; time.sleep(0.5)\nif office == {BAD!r}: raise ValueError('坏')\n{cell.source}"
    nbformat.write(notebook, path)
    return made


@pytest.fixture(scope="module")
def locally(project: Project) -> tuple[list[Outcome], dict[str, bytes]]:
    """What this machine makes of it: the outcomes and every file; output/ is empty again."""
    outcomes = build(project, [2024], options=BuildOptions(workers=2))
    files = reports(project)
    rmtree(project.home / "output")
    return plain(outcomes), files


def plain(outcomes: list[Outcome]) -> list[Outcome]:
    return sorted((replace(outcome, seconds=0.0) for outcome in outcomes), key=lambda outcome: outcome.code)


def reports(project: Project) -> dict[str, bytes]:
    """Every file of the reports, but for those that tell of a failure and the batch's own notes."""
    folder = project.home / "output/2024"
    found = (path for path in sorted(folder.rglob("[!.]*")) if path.is_file() and "failed" not in path.name)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def left_of(started: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in started if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.timeout(240)
def test_a_machine_dies_and_every_report_is_there_once_as_this_machine_would_make_it(machines, project, locally):
    outcomes = lose_a_machine(machines, project, after=3)

    assert plain(outcomes) == locally[0]
    assert reports(project) == locally[1]
    assert len(machines.begun()) == len({*CODES, BAD}) + 1
    assert left_behind(project) == []
    assert "ValueError" in next(outcome.message for outcome in outcomes if outcome.code == BAD)
    assert (project.home / "output/2024" / BAD / "failed.ipynb").exists()


def lose_a_machine(machines: Machines, project: Project, after: int) -> list[Outcome]:
    """Build everything; kill the machine that begins with a certain report, and see that nothing of it goes on."""
    machines.forget()
    started: list[psutil.Process] = []

    def kill() -> None:
        wait_for(lambda: len(machines.begun()) >= after)
        started.extend(machines.kill_the_one_of(machines.begun()[after - 1]))

    killer = Thread(target=kill)
    killer.start()
    with cluster(machines.address) as executor:
        outcomes = build(project, [2024], options=BuildOptions(executor=executor, force=True))
    killer.join()
    wait_for(lambda: not left_of(started))
    return outcomes


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_twenty_machines_die_and_nothing_is_lost(machines, project, locally):
    for seed in range(20):
        rmtree(project.home / "output", ignore_errors=True)
        machines.add()
        outcomes = lose_a_machine(machines, project, after=Random(seed).randint(1, len(CODES)))

        assert plain(outcomes) == locally[0]
        assert reports(project) == locally[1]
        assert left_behind(project) == []


@pytest.mark.timeout(240)
def test_reports_go_to_an_object_store_whole_and_are_not_made_again(machines, project, locally):
    address = "s3://reports/district"
    with cluster(machines.address) as executor:
        outcomes = build(project, [2024], options=BuildOptions(executor=executor, out=address))
        again = build(project, [2024], CODES, options=BuildOptions(executor=executor, out=address))

    assert plain(outcomes) == locally[0]
    store = open_objects(address)
    put = {f"{code}/{name}": data for code in CODES for name, data in store.fetch(code, 2024).items()}
    assert put == locally[1]
    assert len(store._files.find("reports/district")) == len(put)
    assert {outcome.status for outcome in again} == {"unchanged"}
    assert left_behind(project) == []


@pytest.mark.timeout(120)
def test_a_store_that_goes_away_costs_the_reports_on_their_way_to_it(machines, project, locally, monkeypatch):
    monkeypatch.setattr(ObjectStore, "reports", lambda *_: {})  # it was there when the batch began
    with cluster(machines.address) as executor:
        outcome = build(
            project, [2024], CODES[:1], options=BuildOptions(executor=executor, out="s3://nowhere/district")
        )[0]

    assert outcome.status == "failed"
    assert "没有这个桶" in outcome.message
    assert (project.home / "output/2024" / CODES[0] / "failed.log").exists()


@pytest.mark.timeout(120)
def test_an_interrupted_batch_stops_everywhere_with_whole_files(machines, project, locally):
    machines.forget()
    command = [sys.executable, "-m", "gktools", "build", "--year", "2024", "--force"]
    batch = subprocess.Popen(
        [*command, "--scheduler", machines.address],
        env=os.environ | {"GKTOOLS_HOME": str(project.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for(lambda: machines.begun())
    batch.send_signal(signal.SIGINT)
    asked = time.monotonic()
    told, _ = batch.communicate(timeout=60)

    assert time.monotonic() - asked < 10
    assert "已按要求停下" in told
    assert "Traceback" not in told
    assert left_behind(project) == []
    count = len(machines.begun())
    time.sleep(2)
    assert len(machines.begun()) == count < len(CODES)
    with cluster(machines.address) as executor:
        assert [
            o.status for o in build(project, [2024], CODES[:2], options=BuildOptions(executor=executor, force=True))
        ] == [
            "built",
            "built",
        ]


@pytest.mark.timeout(120)
def test_a_cluster_that_goes_away_fails_what_is_not_made_and_the_next_batch_makes_it(
    machines, project, locally, tmp_path, monkeypatch, tls
):
    """Over TLS."""
    monkeypatch.setattr("gktools.build.dask_pool.MACHINE_SECONDS", 2.0)
    scheduler, lone = start_scheduler(tmp_path, "tls")
    rmtree(project.home / "output", ignore_errors=True)
    with tls(), cluster(lone.address) as executor:
        with pytest.raises(GktoolsError, match="一台做报告的机器也没有"):
            build(project, [2024], CODES, options=BuildOptions(executor=executor))
        monkeypatch.setattr("gktools.build.dask_pool.MACHINE_SECONDS", 20.0)
        lone.add()
        outcomes = build(
            project,
            [2024],
            CODES,
            options=BuildOptions(executor=executor),
            on_progress=lambda outcome, done, _: end(scheduler),
        )
    end(lone.workers[0])

    assert lone.address.startswith("tls://")
    assert 0 < [outcome.status for outcome in outcomes].count("built") < len(CODES)
    assert all("和集群断了" in outcome.message for outcome in outcomes if outcome.status == "failed")
    assert sorted(outcome.code for outcome in outcomes) == sorted(CODES)
    assert left_behind(project) == []
    with cluster(machines.address) as executor:
        again = build(project, [2024], CODES, options=BuildOptions(executor=executor))
    assert {outcome.status for outcome in again} == {"built", "unchanged"}
    assert reports(project) == locally[1]


def test_a_machine_with_other_records_makes_nothing(machines, project, monkeypatch):
    monkeypatch.setenv("GKTOOLS_RECORDS", os.environ["GKTOOLS_RECORDS"].replace("/scale?", "/postgres?"))
    with cluster(machines.address) as executor:
        outcome = build(project, [2024], CODES[:1], options=BuildOptions(executor=executor, force=True))[0]

    assert outcome.status == "failed"
    assert "不是同一个库" in outcome.message
    assert "postgres@" not in outcome.message


# --- before it begins ----------------------------------------------------------------------------------------


def test_a_scheduler_that_is_not_there_is_said_within_seconds(monkeypatch):
    monkeypatch.setenv("GKTOOLS_RECORDS", "postgresql+psycopg://clerk@127.0.0.1/records")
    asked = time.monotonic()
    with pytest.raises(GktoolsError, match="连不上调度器 tcp://127.0.0.1:1"), cluster("tcp://127.0.0.1:1"):
        pass

    assert time.monotonic() - asked < 20


@pytest.mark.parametrize("url", ["", "sqlite:////tmp/records.db", "nonsense"])
def test_records_of_one_machine_only_are_refused(monkeypatch, url):
    monkeypatch.setenv("GKTOOLS_RECORDS", url)
    with pytest.raises(GktoolsError, match="PostgreSQL"), cluster("tcp://127.0.0.1:1"):
        pass


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("GKTOOLS_RECORDS", "postgresql+psycopg://clerk@127.0.0.1/records")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(GktoolsError, match="distributed"), cluster("tcp://127.0.0.1:1"):
        pass
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(GktoolsError, match="distributed"):
        open_objects("s3://never/seen")


def test_who_builds_here_never_loads_dask():
    program = "import sys, gktools.cli.main, gktools.build.batch; print(*{'dask', 'distributed', 'fsspec'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == ""


# --- the object store ----------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> ObjectStore:
    """An object store in memory."""
    return open_objects(f"memory://{tmp_path_factory.mktemp('objects').name}/reports")


def report(text: str) -> dict[str, bytes]:
    """A finished report with one file."""
    from hashlib import sha256

    outputs = {"report.html": sha256(text.encode()).hexdigest()}
    manifest = json.dumps({"outputs": outputs, "inputs": {}, "findings": {}})
    return {"report.html": text.encode(), MANIFEST: manifest.encode()}


def test_a_new_edition_takes_the_place_of_the_old(store, tmp_path):
    store.put(report("旧"), "minzheng", 2024)
    store.put(report("新"), "minzheng", 2024)

    assert store.fetch("minzheng", 2024)["report.html"].decode() == "新"
    assert len(store._files.find(store._root)) == 2
    assert list(store.reports(2024)) == ["minzheng"]


def test_the_same_report_put_twice_is_there_once(store, tmp_path):
    files = report("文")
    store.put(files, "minzheng", 2024)
    before = store._files.find(store._root)
    store.put(files, "minzheng", 2024)

    assert store._files.find(store._root) == before


@pytest.mark.parametrize("where", ["report.html", MANIFEST])
def test_a_report_broken_off_on_its_way_leaves_the_old_one_whole(store, tmp_path, monkeypatch, where):
    store.put(report("旧"), "minzheng", 2024)
    with monkeypatch.context() as patch, pytest.raises(GktoolsError, match="连不上或写不进去"):
        patch.setattr(type(store._files), "pipe_file", broken_at(where, type(store._files).pipe_file))
        store.put(report("新"), "minzheng", 2024)

    assert store.fetch("minzheng", 2024)["report.html"].decode() == "旧"
    assert list(store.reports(2024)) == ["minzheng"]


def broken_at(name: str, real: Callable[..., None]) -> Callable[..., None]:
    def pipe_file(self: object, path: str, *rest: object, **options: object) -> None:
        if path.endswith(name):
            raise ConnectionError("cut")
        real(self, path, *rest, **options)

    return pipe_file


def test_a_report_with_a_file_missing_does_not_count_and_a_changed_one_is_refused(store, tmp_path):
    store.put(report("文"), "minzheng", 2024)
    file = next(path for path in store._files.find(store._root) if path.endswith("report.html"))
    store._files.pipe_file(file, b"other")
    with pytest.raises(GktoolsError, match=r"report\.html"):
        store.fetch("minzheng", 2024)
    store._files.rm(file)

    assert store.reports(2024) == {}
    assert store.fetch("caizheng", 2024) == {}


@pytest.mark.parametrize("address", ["output", "/tmp/output", "s3:/bucket"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(GktoolsError, match="s3://"):
        open_objects(address)


@pytest.mark.parametrize("name", ["r[1]", "r*", "q?versionId=1", "a#b", "x::file://y"])
def test_an_address_that_would_be_taken_for_a_pattern_is_refused(name):
    with pytest.raises(GktoolsError, match="通配符"):
        open_objects(f"memory://bucket/{name}")


@pytest.mark.timeout(60)
def test_a_store_without_credentials_or_bucket_or_out_of_reach_is_said_before_anything_runs(project, monkeypatch, s3):
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    with pytest.raises(GktoolsError, match="没有凭证"):
        build(project, [2024], options=BuildOptions(out="s3://reports/unknown"))
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(GktoolsError, match="没有这个桶"):
        build(project, [2024], options=BuildOptions(out="s3://nowhere/district"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(GktoolsError, match="连不上"):
        build(project, [2024], options=BuildOptions(out="s3://reports/elsewhere"))
