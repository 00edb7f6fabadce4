"""A standard stream that is closed, full or gone: the work is done, the exit code tells it, no traceback."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys

import pytest

from gktools.cli import main as main_module
from gktools.cli.main import main
from gktools.cli.tables import print_table
from gktools.errors import _REASONS, os_reason, os_remedy
from gktools.workspace.files import write_whole

posix = pytest.mark.skipif(sys.platform == "win32", reason="descriptors are of POSIX")


class Refusing(io.StringIO):
    """A stream that writes nothing."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def write(self, text: str) -> int:
        raise OSError(self._number, os.strerror(self._number))


def ran(monkeypatch, stdout, work=lambda: print("结果")) -> int:
    """The exit code of a command that does some work, its output going to a stream."""
    monkeypatch.setattr(main_module, "_run", work)
    monkeypatch.setattr(sys, "stdout", stdout)
    with pytest.raises(SystemExit) as ended:
        main()
        raise SystemExit(0)
    assert sys.stdout is stdout
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "磁盘满了"), (errno.EIO, "磁盘读写出错"), (errno.EPIPE, "")]
)
def test_output_that_cannot_be_written_fails_the_command_and_stops_no_work(monkeypatch, capsys, number, said):
    done = []

    def work() -> None:
        print("第一行", flush=True)
        done.append(True)

    assert ran(monkeypatch, Refusing(number), work) == 1
    assert done
    assert said in capsys.readouterr().err


def test_closed_output_fails_a_command_that_says_something(monkeypatch, capsys):
    assert ran(monkeypatch, None) == 1
    assert "没有打开" in capsys.readouterr().err
    assert ran(monkeypatch, None, lambda: None) == 0


def test_what_was_wrong_before_stays_the_exit_code(monkeypatch):
    def work() -> None:
        print("命令写得不对")
        sys.exit(2)

    assert ran(monkeypatch, Refusing(errno.ENOSPC), work) == 2


@posix
@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", ">/dev/full", ">/dev/full 2>/dev/full"])
def test_a_whole_command_without_one_of_its_streams_leaves_no_traceback(closed):
    if "full" in closed and sys.platform != "linux":
        return
    command = f"{sys.executable} -m gktools build -h {closed}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, encoding="utf-8", check=False)

    assert ended.returncode == (1 if closed.startswith(">") else 0)
    assert not [word for word in ("Traceback", "Exception", "程序出错") if word in ended.stderr]


@posix
def test_a_file_opened_later_does_not_take_the_number_of_closed_output():
    source = "import os; from gktools.cli.output_streams import standard_streams\n"
    source += "with standard_streams(): raise SystemExit(os.open(os.devnull, os.O_RDONLY) <= 2)"

    assert subprocess.run(["bash", "-c", f"{sys.executable} -c '{source}' >&- <&- 2>&-"], check=False).returncode == 0


@pytest.mark.parametrize("number", _REASONS)
def test_why_the_system_refuses_a_file_is_told_in_chinese_with_what_to_do(monkeypatch, capsys, number):
    error = OSError(number, os.strerror(number), "records.db")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(main_module, "_with_current_options", fail)
    monkeypatch.setattr(sys, "argv", ["gktools", "build"])
    with pytest.raises(SystemExit) as ended:
        main()

    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said == f"records.db 读不出来或写不进去（{os_reason(error)}）：{os_remedy(error)}\n"
    assert os.strerror(number) not in said


def test_a_draft_that_cannot_take_its_place_is_told_by_the_name_of_the_place(monkeypatch, capsys, tmp_path):
    (tmp_path / "index.html").mkdir()
    monkeypatch.setattr(main_module, "_with_current_options", lambda _: write_whole(tmp_path / "index.html", ""))
    with pytest.raises(SystemExit):
        main()

    assert capsys.readouterr().err.startswith("index.html 读不出来或写不进去（")


def test_a_rare_reason_is_told_in_the_words_of_the_system():
    assert os_reason(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"


def test_memory_that_is_used_up_is_no_fault_of_the_program(monkeypatch, capsys):
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(main_module, "_with_current_options", fail)
    monkeypatch.setattr(sys, "argv", ["gktools", "build"])
    with pytest.raises(SystemExit):
        main()

    assert "内存不够" in capsys.readouterr().err


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


NAMES = ["示例市云溪区白鹤镇人民政府办公室", "云自然资申〔2024〕第10号"]


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
@pytest.mark.parametrize("columns", [40, 200])
def test_a_table_cuts_off_no_name_and_no_figure(monkeypatch, stream, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stdout", stream())
    print_table(("机关", "申请编号", "剩余"), [[*NAMES, "1234567"], [*NAMES, ""]])

    said = sys.stdout.getvalue()
    assert [said.count(name) for name in NAMES] == [2, 2]
    assert "1234567" in said
    assert "…" not in said
    assert ("机关：" in said) == (stream is Terminal and columns == 40)


def test_help_in_a_narrow_terminal_is_whole_and_chinese(run, monkeypatch):
    from typer import rich_utils

    monkeypatch.setattr(rich_utils, "MAX_WIDTH", None)
    monkeypatch.setenv("COLUMNS", "40")
    _, out, _ = run("-h")

    assert "…" not in out
    assert "Show this" not in out
    assert "检查这台机器缺什么，怎么补" in out


@posix
@pytest.mark.parametrize(
    "settings",
    [
        *({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}),
        *({"PYTHONIOENCODING": "gbk"}, {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0", "LANG": "C"}),
    ],
)
def test_another_encoding_of_the_terminal_loses_no_chinese_and_raises_nothing(settings):
    command = [sys.executable, "-m", "gktools", "build", "--none"]
    ended = subprocess.run(command, capture_output=True, env=os.environ | settings, check=False)

    assert ended.returncode == 2
    assert "命令写得不对：没有“--none”这个选项" in ended.stderr.decode()


def test_a_system_without_chinese_file_names_is_told_with_what_to_set(monkeypatch, capsys):
    def fail(*_: object, **__: object) -> None:
        "登记表.xlsx".encode("ascii")

    monkeypatch.setattr(main_module, "_with_current_options", fail)
    with pytest.raises(SystemExit):
        main()

    assert "PYTHONUTF8=1" in capsys.readouterr().err
