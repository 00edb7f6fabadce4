"""The files with which an office runs the program as a service (docs/deploy/) are taken by the programs they are for."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from machine import REPOSITORY, need
from nginx import write_certificate
from units import DEPLOY, Unit, read_environment

REVIEW, BACKUP = (Unit.read(DEPLOY / f"gktools-{name}.service") for name in ("review", "backup"))
UNITS = ("gktools-review.service", "gktools-backup.service", "gktools-backup.timer")
PROGRAM = "/opt/gktools/bin/gktools"


def program(name: str) -> str:
    """The path of a program of the system."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    need(name, found)
    assert found is not None
    return found


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60)


def copied(folder: Path, changes: dict[str, str], *names: str) -> list[Path]:
    """Copy files with other paths in them."""
    paths = []
    for name in names:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        for before, after in changes.items():
            assert before in text or len(names) > 1, (name, before)
            text = text.replace(before, after)
        paths.append(folder / name)
        paths[-1].write_text(text, encoding="utf-8")
    return paths


# --- systemd ----------------------------------------------------------------------------------------------------


def test_systemd_finds_nothing_wrong_with_the_units_and_finds_a_fault(tmp_path):
    there = {PROGRAM: "/bin/true"}
    paths = copied(tmp_path, there, *UNITS)
    verified = run(program("systemd-analyze"), "verify", "--man=no", *paths)
    assert (verified.returncode, verified.stderr) == (0, "")

    paths[0].write_text(paths[0].read_text() + "[Service]\nProtectSytem=strict\n")
    assert "ProtectSytem" in run(program("systemd-analyze"), "verify", "--man=no", paths[0]).stderr


@pytest.mark.parametrize("name", ["gktools-review.service", "gktools-backup.service"])
def test_a_service_may_do_little_beyond_its_work(name):
    judged = run(program("systemd-analyze"), "security", "--offline=yes", "--threshold=32", DEPLOY / name)

    assert judged.returncode == 0, judged.stdout[-500:]


def test_the_services_are_of_one_user_who_writes_the_working_folder_and_the_backups_only():
    for name in ("User", "Group", "WorkingDirectory", "EnvironmentFile", "UMask", "StateDirectory"):
        assert REVIEW.one(name) == BACKUP.one(name), name
    assert REVIEW.one("ReadWritePaths").split() == [REVIEW.one("WorkingDirectory")]
    assert BACKUP.one("ReadWritePaths").split() == [REVIEW.one("WorkingDirectory"), BACKUP.commands[0][-1]]
    assert [command[0] for command in BACKUP.commands] == [PROGRAM, PROGRAM, "/usr/bin/find"]


def test_a_backup_goes_into_a_folder_under_a_name_that_the_old_ones_are_found_by(tmp_path, run):
    from gktools.starter.scaffold import new_project

    backups = tmp_path / "backups"
    backups.mkdir()
    new_project(tmp_path / "gktools", empty=True, year=2024)
    assert run("backup", backups, home=tmp_path / "gktools")[0] == 0
    old = backups / "gktools-gktools-20200101-023000.zip"
    old.touch()
    os.utime(old, (0, 0))
    command = [backups if word == "/var/backups/gktools" else word for word in BACKUP.commands[-1]]
    assert subprocess.run(command).returncode == 0

    (kept,) = backups.iterdir()
    assert re.fullmatch(r"gktools-gktools-\d{8}-\d{6}\.zip", kept.name)
    assert kept.stat().st_mode & 0o777 == 0o600


def test_the_timer_starts_the_backup_each_night():
    said = run(program("systemd-analyze"), "calendar", Unit.read(DEPLOY / UNITS[2]).one("OnCalendar", "Timer"))

    assert said.returncode == 0
    assert Path(UNITS[2]).stem == Path(UNITS[1]).stem, "a timer starts the service of its name"


# --- settings -----------------------------------------------------------------------------------------------------


def test_every_setting_of_the_example_is_one_that_the_program_knows():
    text = (DEPLOY / "gktools.env").read_text(encoding="utf-8")
    code = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "gktools").rglob("*.py"))

    names = re.findall(r"^(?:# )?(GKTOOLS_\w+)=", text, re.MULTILINE)
    assert names == ["GKTOOLS_URL", "GKTOOLS_RECORDS"]
    assert all(f'"{name}"' in code for name in names)
    assert not re.search(r"^[^#]*['\"]", text, re.MULTILINE), "a container reads quotes as they are"


def test_the_address_in_the_settings_is_the_one_of_the_proxies_and_the_server_takes_it(monkeypatch, tmp_path):
    from typer.testing import CliRunner

    from gktools.cli.review import app

    given = read_environment(DEPLOY / "gktools.env")["GKTOOLS_URL"]
    host = given.removeprefix("https://").rstrip("/")
    assert f"server_name {host};" in (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert f"\n{host} {{" in (DEPLOY / "Caddyfile").read_text(encoding="utf-8")

    from gktools.starter.scaffold import new_project

    new_project(tmp_path / "work", empty=True, year=2024)
    monkeypatch.chdir(tmp_path / "work")
    asked = []
    monkeypatch.setattr("gktools.review.web.proxy.OutsideAddress.parse", lambda url: asked.append(url) or 1 / 0)
    CliRunner().invoke(app, [], env={"GKTOOLS_URL": given})
    assert asked == [given]


def test_a_command_beside_the_server_may_have_no_address_and_finds_its_worker_all_the_same(monkeypatch):
    from gktools.build.warm_link import settings_stamp

    without = settings_stamp()
    monkeypatch.setenv("GKTOOLS_URL", "https://gktools.example.gov.cn/")
    assert settings_stamp() == without
    monkeypatch.setenv("GKTOOLS_RECORDS", "sqlite:////srv/another.db")
    assert settings_stamp() != without


# --- proxies and logs ---------------------------------------------------------------------------------------------


def test_nginx_takes_its_example(tmp_path):
    write_certificate(tmp_path / "cert.pem", tmp_path / "key.pem", "gktools.example.gov.cn")
    changes = {
        "/etc/nginx/gktools.pem": f"{tmp_path}/cert.pem",
        "/etc/nginx/gktools.key": f"{tmp_path}/key.pem",
        "/var/log/gktools": str(tmp_path),
        "listen 80;": "listen 127.0.0.1:18080;",
        "listen 443 ssl;": "listen 127.0.0.1:18443 ssl;",
    }
    (site,) = copied(tmp_path, changes, "nginx.conf")
    around = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ include {site}; }}\n"
    (tmp_path / "main.conf").write_text(around)
    tried = run(program("nginx"), "-t", "-e", tmp_path / "error.log", "-c", tmp_path / "main.conf")

    assert tried.returncode == 0, tried.stderr
    assert "warn" not in tried.stderr


def test_caddy_takes_its_example(tmp_path):
    write_certificate(tmp_path / "cert.pem", tmp_path / "key.pem", "gktools.example.gov.cn")
    changes = {
        "/etc/caddy/gktools.pem": f"{tmp_path}/cert.pem",
        "/etc/caddy/gktools.key": f"{tmp_path}/key.pem",
        "/var/log/caddy": str(tmp_path),
    }
    (path,) = copied(tmp_path, changes, "Caddyfile")
    caddy = program("caddy")
    assert run(caddy, "validate", "--adapter", "caddyfile", "--config", path).returncode == 0
    assert run(caddy, "fmt", DEPLOY / "Caddyfile").returncode == 0

    adapted = json.loads(run(caddy, "adapt", "--adapter", "caddyfile", "--config", path).stdout)
    assert '"dial": "127.0.0.1:8750"' in json.dumps(adapted)


def test_the_logs_of_nginx_are_exchanged_each_week_and_kept_for_half_a_year(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir(mode=0o755)
    for name in ("nginx-access.log", "nginx-error.log", "caddy.log"):
        (logs / name).write_text("a line\n")
    changes = {"/var/log/gktools": str(logs), "/run/nginx.pid": str(tmp_path / "none")}
    changes |= {} if os.geteuid() == 0 else {"create 0640 root root": "create 0640"}
    (path,) = copied(tmp_path, changes, "logrotate.conf")
    path.chmod(0o644)
    done = run(program("logrotate"), "--force", "--state", tmp_path / "state", path)

    assert (done.returncode, done.stderr) == (0, "")
    names = sorted(one.name for one in logs.iterdir())
    assert names == ["caddy.log", *(f"nginx-{of}.log{end}" for of in ("access", "error") for end in ("", ".1"))]
    assert (logs / "nginx-access.log").read_text() == ""
    weeks = re.search(r"weekly\n\s+rotate (\d+)", path.read_text())
    assert weeks is not None
    assert int(weeks[1]) * 7 > 183


# --- the container ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def container() -> dict[str, list[str]]:
    """The instructions of the container file."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8"))
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, value = line.split(" ", 1)
            assert name.isupper(), line
            found.setdefault(name, []).append(value)
    return found


def test_the_container_runs_the_command_of_the_service_as_its_user_in_its_folder(container):
    folder = REVIEW.one("WorkingDirectory")
    assert json.loads(container["CMD"][0]) == REVIEW.commands[0]
    assert container["WORKDIR"] == [folder]
    assert json.loads(container["VOLUME"][0]) == [folder]
    made, user = container["RUN"][0], REVIEW.one("User")
    number = re.search(rf"useradd --system --uid (\d+) --gid \1 .* {user} ", f"{made} ")
    assert number is not None
    assert container["USER"] == [f"{number[1]}:{number[1]}"]
    assert f"install --directory --owner {user} --group {user} --mode 700 {folder}" in made
    assert f"install.sh {Path(PROGRAM).parents[1]}" in container["RUN"][1]


def test_the_container_has_what_ci_says_that_documents_need(container):
    listed = re.search(r"needed=\((.*)\)", (REPOSITORY / ".ci/run").read_text(encoding="utf-8"))
    assert listed is not None
    libraries = {name for name in listed[1].split() if name.startswith(("lib", "font"))}

    assert libraries <= set(shlex.split(container["RUN"][0]))


def test_the_container_is_healthy_if_the_server_says_so(container):
    checked = container["HEALTHCHECK"][0].partition("CMD ")[2]
    command = json.loads(checked)

    assert command[:2] == ["python3", "-c"]
    assert "http://127.0.0.1:8750/healthz" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")
