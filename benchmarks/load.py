"""The review server under load: sixty people on a district of 3,000 offices, while reports are built and registers come in.

    python benchmarks/load.py [SECONDS]

Needs Locust (pip install locust). Sixty people (57 of nineteen offices, three of the district, who see all of it) read the
board, reports, changes and the sign page, write comments, change parameters, each with 5 to 15 seconds of thought; beside
them a build with one worker of low priority, an import and a backup run again and again. Prints the time of each kind of
page (median, 95th percentile, longest), the errors, the memory of the server before and after, and the processor time of
the server, the client and the rest.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psutil
from import_files import made_rows

from gktools.build.batch import BuildOptions, build
from gktools.build.export import ExportOptions, export_reports
from gktools.registers.schema import registers
from gktools.review.accounts import Accounts
from gktools.review.seal import PUBLISHED
from gktools.review.users import Users
from gktools.starter.scaffold import new_project
from gktools.workspace.output import MANIFEST, Manifest, hash_bytes
from gktools.workspace.project import Project, open_project

YEAR, OFFICES, PEOPLE = 2024, 3000, 60
OF_DISTRICT = ("区经办", "区分管", "区负责")
PASSWORD = "山高月小 2024 水落石出"
LOCUST = Path(__file__).with_name("load_people.py")
GKTOOLS = [sys.executable, "-m", "gktools"]
WARM_UP, IMPORTED = 20, 5000


def main() -> None:
    """Make the district, put it under load, and print what was measured."""
    if find_spec("locust") is None:
        print("load: Locust is not installed (pip install locust); nothing was measured")
        return
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory(prefix="gktools-bench-") as private:
        home = Path(private) / "district"
        begun = time.monotonic()
        names = _district(home)
        print(f"{OFFICES} offices, {len(names)} people, made in {time.monotonic() - begun:.0f} s", flush=True)
        server = subprocess.Popen([*GKTOOLS, "review", "--port", "0"], cwd=home, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        address = server.stdout.readline().strip().partition("：")[2].rstrip("/")
        stop = threading.Event()
        beside = [threading.Thread(target=one, args=(home, stop)) for one in (_build, _import, _backup)]
        try:
            _measure(home, address, server.pid, seconds, beside, names)
        finally:
            stop.set()
            for one in beside:
                if one.is_alive():
                    one.join()
            server.send_signal(signal.SIGTERM)
            server.wait(60)


def _district(home: Path) -> list[str]:
    """Make a working folder of many offices, all with the report of one; return the users."""
    new_project(home, empty=False)
    people = {n: [f"{step}{n:04d}" for step in ("经办", "分管", "负责")] for n in range(OFFICES)}
    lines = ["offices:", "  qu:", "    names: [{name: 示例区人民政府办公室}]", "    kind: county_department"]
    lines.append("    people: {handler: 区经办, deputy: 区分管, head: 区负责}")
    for n, (handler, deputy, head) in people.items():
        lines += [
            *(f"  o-{n}:", f"    names: [{{name: 示例区第{n}局}}]", "    kind: county_department", "    parent: qu"),
            f"    people: {{handler: {handler}, deputy: {deputy}, head: {head}}}",
        ]
    (home / "params/offices.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for folder in (home / "params").glob("20*"):
        shutil.rmtree(folder)
    (home / f"params/{YEAR}").mkdir(parents=True)
    text = "text:\n  problems: 一是目录更新偏慢。二是每月核对一次。\n"
    for n in range(OFFICES):
        (home / f"params/{YEAR}/o-{n}.yaml").write_text(text, encoding="utf-8")
    project = open_project(home)
    _register(home, "o-0", 60)
    subprocess.run(_import_command("o-0"), cwd=home, check=True, stdout=subprocess.DEVNULL)
    build(project, [YEAR], ["o-0"], options=BuildOptions(force=True))
    export_reports(project, YEAR, ["o-0"], list(PUBLISHED), options=ExportOptions())
    for n in range(1, OFFICES):
        _copy(project, n)
    names = [*OF_DISTRICT, *(name for n in range(PEOPLE // 3 - 1) for name in people[n])]
    users = Users(Accounts(home))
    for name in names:
        users.add(name, PASSWORD)
    return names


def _copy(project: Project, n: int) -> None:
    """Let an office have the report of the first one, under its own name."""
    first, ref = project.report("o-0", YEAR), project.report(f"o-{n}", YEAR)
    ref.folder.mkdir(parents=True)
    manifest = Manifest.from_json(first.read(MANIFEST))
    outputs = {}
    for path in sorted(first.folder.iterdir()):
        content = path.read_bytes()
        if path.suffix in (".json", ".html", ".ipynb", ".csv"):
            content = content.replace("示例区第0局".encode(), f"示例区第{n}局".encode()).replace(
                b'"o-0"', f'"o-{n}"'.encode()
            )
        if path.name != MANIFEST:
            (ref.folder / path.name).write_bytes(content)
            if path.name in manifest.outputs:
                outputs[path.name] = hash_bytes(content)
    changed = {"code": f"o-{n}", "name": f"示例区第{n}局", "outputs": outputs}
    (ref.folder / MANIFEST).write_text(Manifest(**(vars(manifest) | changed)).to_json(), encoding="utf-8")


# --- beside ----------


def _repeatedly(home: Path, stop: threading.Event, command: Callable[[int], list[str]]) -> None:
    turn = 0
    while not stop.wait(2):
        turn += 1
        subprocess.run(["nice", "-n", "19", *GKTOOLS, *command(turn)], cwd=home, capture_output=True, check=False)


def _build(home: Path, stop: threading.Event) -> None:
    offices = [f"--office=o-{n}" for n in range(100, 140)]
    _repeatedly(home, stop, lambda _: ["build", "--year", str(YEAR), "--workers", "1", "--force", *offices])


def _import(home: Path, stop: threading.Event) -> None:
    def command(turn: int) -> list[str]:
        _register(home, f"o-{2000 + turn}", IMPORTED)
        return _import_command(f"o-{2000 + turn}")[len(GKTOOLS) :]

    _repeatedly(home, stop, command)


def _import_command(code: str) -> list[str]:
    return [*GKTOOLS, "records", "import", f"{code}.csv", "--office", code]


def _register(home: Path, code: str, rows: int) -> None:
    """Write a register of requests."""
    cover = [["登记表", "依申请公开登记表"], ["单位", f"示例区第{code[2:]}局"], ["年度", str(YEAR)], ["本年无记录", ""]]
    head = [field.heading for field in registers()["requests"].fields]
    with (home / f"{code}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([*cover, head, *made_rows(rows)])


def _backup(home: Path, stop: threading.Event) -> None:
    _repeatedly(home, stop, lambda turn: ["records", "backup", f"../backup-{turn}.db"])


# --- measured ----------


def _measure(
    home: Path, address: str, pid: int, seconds: int, beside: list[threading.Thread], names: list[str]
) -> None:
    environment = os.environ | {"LOAD_PEOPLE": json.dumps(names), "LOAD_OFFICES": str(OFFICES), "LOAD_YEAR": str(YEAR)}
    command = [sys.executable, "-m", "locust", "-f", str(LOCUST), "--headless", "--host", address, "--json"]
    command += ["-u", str(PEOPLE), "-r", "4", "-t", f"{seconds + WARM_UP}s", "--reset-stats", "--only-summary"]
    server = psutil.Process(pid)
    for one in beside:
        one.start()
    client = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    time.sleep(WARM_UP)
    memory, cpu, used = server.memory_info().rss, sum(server.cpu_times()[:2]), psutil.cpu_times()
    client_cpu = sum(client.cpu_times()[:2])
    time.sleep(seconds - 2)
    after, server_cpu = server.memory_info().rss, sum(server.cpu_times()[:2]) - cpu
    own = sum(client.cpu_times()[:2]) - client_cpu
    now = psutil.cpu_times()
    busy = sum(getattr(now, name) - getattr(used, name) for name in ("user", "nice", "system"))
    out, _ = client.communicate()
    print(f"{'page':<28}{'requests':>9}{'errors':>8}{'median':>8}{'p95':>8}{'longest':>9}  (ms)")
    for one in sorted(json.loads(out), key=lambda one: one["name"]):
        times = sorted((float(t), n) for t, n in one["response_times"].items())
        print(
            f"{one['method'] + ' ' + one['name']:<28}{one['num_requests']:>9}{one['num_failures']:>8}"
            f"{_at(times, 0.5):>8.0f}{_at(times, 0.95):>8.0f}{one['max_response_time']:>9.0f}"
        )
    print(f"memory of the server: {memory >> 20} MB, {seconds} s later {after >> 20} MB")
    print(
        f"processor, of {os.cpu_count()} for {seconds} s: server {server_cpu:.0f} s, client {own:.0f} s, all {busy:.0f} s"
    )


def _at(times: list[tuple[float, int]], share: float) -> float:
    total, seen = sum(n for _, n in times), 0
    for value, n in times:
        seen += n
        if seen >= share * total:
            return value
    return 0.0


if __name__ == "__main__":
    main()
