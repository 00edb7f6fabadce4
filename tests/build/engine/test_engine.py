"""The papermill engine: the same notebook as stock papermill, nothing shared between reports, nothing left behind."""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import nbformat
import papermill
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.engines import papermill_engines
from projects import keep, make_project

from gktools.build.engine import engine as engine_module
from gktools.build.engine.engine import GktoolsEngine, can_fork
from gktools.build.engine.execution_manager import ThrottledSaves
from gktools.build.engine.manager import ForkServer
from gktools.build.engine.server import _next_word
from gktools.build.pool import run_jobs
from gktools.report.report import warm_up

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks; elsewhere stock papermill runs")
papermill_engines.register("gktools", GktoolsEngine)
STOCK, OURS = "nbclient", "gktools"
RAISES = "raises-exception"
KERNEL = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}

FEATURES = {
    "a value": "answer = 6 * 7\nanswer",
    "no value": "answer;",
    "earlier values": "_, Out[1], In[1], _i, __name__",
    "streams in order": "import sys\nprint('o1'); print('e1', file=sys.stderr); print('o2')\n'value'",
    "streams around a pause": "import time\nprint('before'); time.sleep(0.5); print('e', file=sys.stderr); print('after')",
    "streams around a display": "from IPython.display import *\nprint(1); display('d'); print(2, end=''); print(3)",
    "a stream of much text": "print('长' * 300_000); print('x' * 100_000, file=sys.stderr)",
    "a mistake of staff": (RAISES, "from gktools.errors import TextError\nraise TextError('第 4 行：花括号')"),
    "not a text": (RAISES, "sys.stdout.write(b'bytes')"),
    "facts of a stream": "sys.stdout.encoding, sys.stdout.isatty(), sys.stdin.read(), type(sys.stdout).__name__, sys.stdout.closed",
    "a carriage return": "print('10%\\r20%\\r', end=''); print('done')",
    "a display updated": "handle = display('a', display_id='it'); handle.update('b'); display('c', display_id='it')",
    "a display updated later": "handle.update(HTML('<b>later</b>'))",
    "an unknown display updated": "update_display('nobody', display_id='unknown')",
    "output cleared": "print('gone'); clear_output(); print('stays')",
    "output cleared later": "print('gone'); clear_output(wait=True); print('stays')",
    "output cleared in vain": "print('stays'); clear_output(wait=True)",
    "rich output": (
        "display(HTML('<i>文</i>'), metadata={'text/html': {'isolated': True}}); display(SVG('<svg/>'))\n"
        "display({'application/json': {'a': (1, None)}, 'text/plain': 'raw'}, raw=True); Markdown('**m**')"
    ),
    "an image": "Image(b'\\x89PNG\\r\\n\\x1a\\n' + bytes(30), format='png')",
    "a frame": "import pandas as pd\npd.DataFrame({'机关': ['甲', '乙'], '件': [1, float('nan')]})",
    "a rich representation that fails": (
        RAISES,
        "class Bad:\n    def _repr_html_(self): raise ValueError('bad html')\n    def __repr__(self): return 'plain'\nBad()",
    ),
    "a representation that fails": (RAISES, "class Worse:\n    def __repr__(self): raise ValueError('worse')\nWorse()"),
    "a bundle": "class B:\n    def _repr_mimebundle_(self, **k): return {'text/plain': 'p', 'application/vnd.gk+json': {'1': [2]}}\nB()",
    "an error": (RAISES, "def f(x):\n    return 1 / x\nprint('before')\nf(0)"),
    "an error in a helper": (RAISES, "import json\njson.loads('{')"),
    "a chain of errors": (RAISES, "try:\n    f(0)\nexcept ZeroDivisionError as e:\n    raise KeyError('甲') from e"),
    "a group of errors": (RAISES, "raise ExceptionGroup('several', [ValueError(1), TypeError('二')])"),
    "a syntax error": (RAISES, "def g(:"),
    "an indentation error": (RAISES, "if True:\nprint(1)"),
    "an unknown name": (RAISES, "nobody"),
    "an interrupt": (RAISES, "raise KeyboardInterrupt"),
    "an exit": (RAISES, "sys.exit('leaving')"),
    "input is refused": (RAISES, "input('name? ')"),
    "a password is refused": (RAISES, "import getpass\ngetpass.getpass()"),
    "await": "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    "await that fails": (RAISES, "async def h():\n    raise OSError('no')\nawait h()"),
    "a task between cells": "done = []\nasync def later(): done.append(1)\ntask = asyncio.create_task(later())",
    "the task has run": "await task\ndone",
    "async for and with": "async def count():\n    for i in range(2): yield i\n[i async for i in count()]",
    "a context variable": "import contextvars\nvariable = contextvars.ContextVar('v'); _ = variable.set('kept')",
    "the context variable": "variable.get()",
    "a shell line": "!echo from the shell; echo wrong >&2; exit 3",
    "its exit status": "_exit_code",
    "a captured shell line": "lines = !printf 'a\\nb'\nlines",
    "a shell cell": "%%bash\necho one\necho two >&2",
    "a system call": "import os\nprint('first', flush=True)\nos.system('echo second')",
    "a subprocess": "import subprocess\nprint('first'); _ = subprocess.run(['sh', '-c', 'echo second; echo wrong >&2'])",
    "a subprocess with our stream": "subprocess.run(['true'], stdout=sys.stdout, stderr=sys.stderr).returncode",
    "bytes to the descriptor": "_ = os.write(1, '原样\\n'.encode()); os.write(2, b'\\xff raw\\n'); time.sleep(0.2)",
    "a thread": "import threading\nt = threading.Thread(target=print, args=('from a thread',)); t.start(); t.join()",
    "a warning": "import warnings\nwarnings.warn('careful'); warnings.warn('old', DeprecationWarning)",
    "a log": "import logging\nlogging.warning('logged'); logging.info('not')",
    "a written file": "%%writefile written.py\nprint('run', __name__)",
    "a run file": "%run written.py\nos.remove('written.py')",
    "magic": "%pwd\n%env GK_ENGINE_TEST=1\n%who_ls str",
    "a folder": "%cd -q /\n%pwd",
    "history": "%history 1-2",
    "a capture": "%%capture captured\nprint('captured'); display('too')",
    "what was captured": "captured.stdout, len(captured.outputs)",
    "a wrong magic": (RAISES, "%no_such_magic"),
    "help": "len?",
    "source": "import textwrap\ntextwrap.dedent??",
    "an extension": "%load_ext autoreload\n%autoreload 2",
    "a pager": "from IPython.core.page import page\npage('paged')",
    "next input": "get_ipython().set_next_input('x = 1')",
    "the shell": "ip = get_ipython()\ntype(ip).__mro__[0].__name__, ip.kernel.language_info['name'], 'IPKernelApp' in ip.config",
    "the environment": "[os.environ.get(k) for k in ('TERM', 'CLICOLOR', 'PAGER', 'MPLBACKEND', 'FORCE_COLOR', 'HOME', 'PATH')]",
    "the path": "[p for p in sys.path if 'lib-dynload' not in p], sys.flags.safe_path, os.path.basename(sys.argv[0])",
    "the main module": "import __main__\n__main__.__dict__ is globals(), hasattr(__main__, '__file__')",
    "a class of the notebook": "import pickle\nclass C: pass\npickle.loads(pickle.dumps(C())).__class__.__module__",
    "signals": "import signal\n[signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)]",
    "recursion": (
        RAISES,
        "def r(): r()\ntry:\n    r()\nexcept RecursionError as e: print(type(e).__name__)\nsys.getrecursionlimit()",
    ),
    "nothing": "   ",
    "a comment": "# nothing to run",
    "a post-execution hook": "ip.events.register('post_run_cell', lambda result: print('hook', result.success))",
    "the hook": "1",
    "a widget": "import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider",
    "a widget changed": "slider.value = 5\nslider.value",
}
FATAL = {
    "an error": ("x = 1\nprint('before')\n1 / 0",),
    "a syntax error": ("if",),
    "an exit without fault": ("import sys\nsys.exit()",),
    "an exit with a fault": ("import sys\nsys.exit(2)",),
    "quit": ("quit()",),
    "a process that ends itself": ("import os, time\ntime.sleep(0.3)\nos._exit(3)",),
    "a crash": ("import ctypes, time\ntime.sleep(0.3)\nctypes.string_at(0)",),
    "a kill": ("import os, signal, time\ntime.sleep(0.3)\nos.kill(os.getpid(), signal.SIGKILL)",),
    "an endless loop": ("while True: pass", 1),
    "an endless sleep": ("import time\ntime.sleep(60)", 1),
    "an endless await": ("import asyncio\nawait asyncio.sleep(60)", 1),
    "a cell that is too slow but gets there": ("import time\ntime.sleep(1.5)", 1),
}
DAILY = ("an error", "an exit with a fault", "a kill", "an endless loop", "a cell that is too slow but gets there")
"""One of each kind of failure; the others, each a stock kernel of its own, are compared under `make soak`."""
RACING = {"a system call", "a subprocess", "bytes to the descriptor"}
"""In stock papermill a thread copies what subprocesses write when it gets to it, or too late; see below."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterable[None]:
    """Kernels and papermill say nothing, so that what fails is seen."""
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("papermill").setLevel(logging.NOTSET)


def notebook(*sources: str | tuple[str, str]) -> Any:
    cells = [source if isinstance(source, tuple) else ("", source) for source in sources]
    made = [
        new_code_cell(source, metadata={"tags": [tag] if tag else []}, id=f"c{i}")
        for i, (tag, source) in enumerate(cells)
    ]
    return new_notebook(cells=made, metadata=KERNEL)


def execute(folder: Path, book: Any, engine: str = OURS, **options: Any) -> tuple[Any, BaseException | None]:
    """Run a notebook; return it as it was saved, and what papermill raised."""
    source, target = folder / "in.ipynb", folder / "out.ipynb"
    nbformat.write(book, source)
    target.unlink(missing_ok=True)
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # it makes a stock kernel behave otherwise
    quiet_kernel = {"extra_arguments": ["--IPKernelApp.log_level=ERROR"]}
    try:
        papermill.execute_notebook(
            source, target, engine_name=engine, progress_bar=False, cwd=folder, **(quiet_kernel | options)
        )
    except Exception as error:
        return nbformat.read(target, as_version=4), error
    return nbformat.read(target, as_version=4), None


def seen(value: Any) -> Any:
    """A value of a notebook without what may differ: times, random ids, process numbers, addresses."""
    if isinstance(value, dict):
        return {seen(key): "then" if TIMES.fullmatch(key) else seen(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [seen(inner) for inner in value]
    return RANDOM.sub("random", value) if isinstance(value, str) else value


TIMES = re.compile(r"start_time|end_time|duration|(iopub|shell)\..*")
RANDOM = re.compile(r"(?<=ipykernel_)\d+|0x[0-9a-f]+|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def coalesced(outputs: list[Any]) -> list[Any]:
    """Outputs with neighbouring pieces of one stream put together: it is a clock that cuts them."""
    whole: list[Any] = []
    for output in outputs:
        if whole and output.get("name") == whole[-1].get("name") is not None:
            whole[-1] = whole[-1] | {"text": whole[-1]["text"] + output["text"]}
        else:
            whole.append(dict(output))
    return whole


def without_markers(executed: Any) -> list[Any]:
    """The cells, but for the two that papermill puts in to point at an error."""
    return [cell for cell in executed.cells if "papermill-error-cell-tag" not in cell.metadata.get("tags", [])]


def widgets(metadata: dict[str, Any]) -> list[str]:
    """The state of every widget, in an order of their own: papermill keeps it by random ids."""
    kept = metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    return sorted(json.dumps(seen(state), sort_keys=True) for state in kept)


def text_of(cell: Any) -> str:
    """What a cell printed and returned."""
    outputs = cell.outputs
    return "".join(o.get("text") or o.get("data", {}).get("text/plain") or o.get("evalue", "") for o in outputs)


# --- the same notebook --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def features(folder: Path) -> dict[str, tuple[Any, BaseException | None]]:
    """All features in one notebook, run by both."""
    book = notebook(*FEATURES.values())
    book.cells[0].metadata["tags"] = ["parameters"]
    return {engine: execute(folder, book, engine, execution_timeout=60) for engine in (STOCK, OURS)}


@pytest.mark.parametrize("feature", [feature for feature in FEATURES if feature not in RACING])
def test_a_cell_has_the_same_outputs_count_and_metadata_as_in_stock_papermill(features, feature):
    stock, ours = (without_markers(features[engine][0])[list(FEATURES).index(feature)] for engine in (STOCK, OURS))
    for cell in (stock, ours) if stock.cell_type == "code" else ():
        cell.outputs = coalesced(cell.outputs)

    assert seen(ours) == seen(stock)


def test_an_output_widget_takes_what_is_printed_inside_it(folder):
    """By itself: stock papermill hangs at this cell now and then, when the machine is busy."""
    inside = (
        "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print('inside'); display('too')\nprint('outside')"
    )
    executed, error = execute(
        folder, notebook(inside, "[o['text'] if 'text' in o else o['data'] for o in out.outputs]")
    )

    assert error is None
    assert [text_of(cell) for cell in executed.cells] == ["outside\n", "['inside\\n', {'text/plain': \"'too'\"}]"]


def test_the_features_were_really_run(features):
    cells = without_markers(features[STOCK][0])

    assert cells[-1].execution_count == len([source for source in FEATURES.values() if str(source).strip()])
    assert text_of(cells[0]) == "42"


def test_the_notebook_has_the_same_metadata_and_widgets_as_in_stock_papermill(features):
    stock, ours = (dict(features[engine][0].metadata) for engine in (STOCK, OURS))

    assert widgets(ours) == widgets(stock) != []
    assert seen(ours | {"widgets": 0}) == seen(stock | {"widgets": 0})


def test_papermill_raises_the_same_for_the_first_error(features):
    stock, ours = (features[engine][1] for engine in (STOCK, OURS))

    assert type(ours) is type(stock) is papermill.PapermillExecutionError
    assert seen(str(ours)) == seen(str(stock))


@pytest.mark.parametrize(
    "case", [case if case in DAILY else pytest.param(case, marks=pytest.mark.soak) for case in FATAL]
)
def test_a_report_that_fails_leaves_the_same_notebook_and_error_as_in_stock_papermill(folder, case):
    source, *limit = FATAL[case]
    book = notebook("print('a')", source, "print('never')")
    book.cells.insert(1, new_markdown_cell("# between", id="m"))
    options = {"execution_timeout": limit[0]} if limit else {}
    stock, ours = (execute(folder, book, engine, **options) for engine in (STOCK, OURS))
    for _ in range(4):  # on a busy machine a stock kernel may run the next cell before its quit() takes effect
        if case == "quit" and stock[1] is None:
            stock = execute(folder, book, STOCK, **options)

    assert type(ours[1]) is type(stock[1])
    assert seen(str(ours[1])) == seen(str(stock[1]))
    assert seen(without_markers(ours[0])) == seen(without_markers(stock[0]))
    assert seen(ours[0].metadata) == seen(stock[0].metadata)


def test_parameters_and_tags_are_papermills(folder):
    book = notebook(("parameters", "office = ''"), ("skip-execution", "1 / 0"), "office")
    stock, ours = (execute(folder, book, engine, parameters={"office": "民政局"}) for engine in (STOCK, OURS))
    for executed, _ in (stock, ours):
        executed.cells[1]["id"] = "injected"

    assert "民政局" in text_of(ours[0].cells[-1])
    assert seen(ours[0]) == seen(stock[0])


def test_the_master_notebook_is_the_same(folder, tmp_path, monkeypatch):
    offices = {"minzheng": {"names": [{"name": "民政局"}], "kind": "county_department"}}
    project = make_project(tmp_path, offices, {(2024, "minzheng"): {}})
    keep(project, "minzheng", 2024, {"matters": [{"kind": "行政许可", "handled_on": "2024-05-06", "number": "1"}]})
    monkeypatch.setenv("GKTOOLS_HOME", str(tmp_path))
    book = nbformat.read(tmp_path / "notebooks/annual_report.ipynb", as_version=4)
    given = {"office": "minzheng", "year": 2024}
    stock, ours = (execute(folder, book, engine, parameters=given) for engine in (STOCK, OURS))
    for executed, _ in (stock, ours):
        next(cell for cell in executed.cells if "injected-parameters" in cell.metadata.get("tags", []))["id"] = (
            "injected"
        )

    assert stock[1] is ours[1] is None
    assert seen(ours[0]) == seen(stock[0])


def test_what_subprocesses_write_stands_where_it_was_written(folder):
    source = "import os, sys\nprint('1'); os.system('echo 2; echo 3 >&2'); print('4'); os.write(1, b'5\\n'); 'value'"
    executed, _ = execute(folder, notebook(source))

    printed = {output.name: output.text for output in executed.cells[0].outputs if output.output_type == "stream"}
    assert printed == {"stdout": "1\n2\n4\n5\n", "stderr": "3\n"}
    assert executed.cells[0].outputs[-1].output_type == "execute_result"


def test_forks_of_a_report_print_and_return_too(folder):
    """Without a comparison: a fork of a stock kernel, with its seven threads, hangs now and then."""
    fork = "import os\nif not os.fork():\n    print('forked', flush=True); os._exit(0)\n_ = os.wait(); print('after')"
    pool = (
        "import multiprocessing\ndef work(i):\n    print('working', flush=True)\n    return i * i\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool: result = pool.map(work, [3])\nresult"
    )
    executed, _ = execute(folder, notebook(fork, pool))

    assert [text_of(cell) for cell in executed.cells] == ["forked\nafter\n", "working\n[9]"]


def test_a_subprocess_may_write_more_than_a_pipe_holds(folder):
    executed, _ = execute(folder, notebook("import os\nos.system('head -c 3000000 /dev/zero | tr \\\\\\\\0 x')"))

    assert len(text_of(executed.cells[0])) == 3_000_001


@pytest.mark.parametrize(
    ("python", "environment", "ours"),
    [
        (sys.executable, {}, True),
        ("python", {}, True),
        ("/usr/bin/other", {}, False),
        (sys.executable, {"A": "1"}, False),
    ],
)
def test_a_kernel_of_another_python_or_environment_is_left_to_stock_papermill(
    monkeypatch, tmp_path, python, environment, ours
):
    kernel = tmp_path / "kernels/another/kernel.json"
    kernel.parent.mkdir(parents=True)
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "env": environment, "language": "python", "display_name": ""}
    kernel.write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    can_fork.cache_clear()

    assert can_fork("another") is ours


def test_a_folder_that_takes_the_name_of_jupyters_own_kernel_does_not_take_its_place(monkeypatch, tmp_path):
    kernel = tmp_path / "kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    for content in ('{"argv": ["/nowhere/python"], "language": "python", "display_name": ""}', "[]", ""):
        kernel.write_text(content, encoding="utf-8")
        can_fork.cache_clear()

        assert can_fork("python3")


@pytest.mark.parametrize(("hard", "given"), [(1000, 1000), (9_000_000, 5_000_000), (-1, 5_000_000)])
def test_a_lower_limit_of_the_machine_stays(monkeypatch, hard, given):
    from gktools.build.engine import child

    limits = []
    machine = SimpleNamespace(
        RLIM_INFINITY=-1, getrlimit=lambda _: (hard, hard), setrlimit=lambda what, both: limits.append((what, both))
    )
    monkeypatch.setattr(child, "resource", machine)
    child._limit(9, 5_000_000)

    assert limits == [(9, (given, given))]


def test_a_kernel_that_does_not_exist_is_left_to_stock_papermill():
    assert can_fork("python3")
    assert not can_fork("missing")


def test_windows_and_macos_have_stock_papermill(monkeypatch, folder):
    monkeypatch.setattr(engine_module, "can_fork", can_fork.__wrapped__)
    for system in ("win32", "darwin"):
        monkeypatch.setattr(engine_module, "sys", SimpleNamespace(platform=system))
        assert not engine_module.can_fork("python3")
    executed, error = execute(folder, notebook("import threading\nlen(threading.enumerate()) > 3"))

    assert error is None
    assert text_of(executed.cells[0]) == "True"


@pytest.mark.parametrize("first", ["papermill.engines", "gktools.build.engine.engine"])
def test_papermill_finds_the_engine_by_its_entry_point(tmp_path, first):
    entry = tmp_path / "found-1.dist-info/entry_points.txt"
    entry.parent.mkdir()
    entry.write_text("[papermill.engine]\ngktools = gktools.build.engine.engine:GktoolsEngine\n", encoding="utf-8")
    source = (
        f"import sys; sys.modules['rfc3987_syntax'] = None  # slow\nimport {first}\n"
        "from papermill.engines import papermill_engines as e; print(e.get_engine('gktools').__name__)"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    ran = subprocess.run(
        [sys.executable, "-c", source],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout == "GktoolsEngine\n"


# --- nothing shared -----------------------------------------------------------------------------------------

POLLUTION = {
    "variables": ("leak = 1", "'leak' not in globals()"),
    "numbering": ("1\n2", "len(In) == 3"),
    "the folder": ("import os; os.chdir('/')", "__import__('os').getcwd() != '/'"),
    "the environment": ("import os; os.environ['LEAK'] = '1'", "'LEAK' not in __import__('os').environ"),
    "pandas": ("import pandas; pandas.DataFrame.sum = None", "__import__('pandas').DataFrame.sum is not None"),
    "our modules": (
        "import gktools.figures.counting.count as c; c.count_table = 1",
        "callable(__import__('gktools.figures.counting.count', fromlist=['x']).count_table)",
    ),
    "options": (
        "import pandas; pandas.set_option('display.max_rows', 3)",
        "__import__('pandas').get_option('display.max_rows') == 60",
    ),
    "modules": ("import sys; sys.modules['leak'] = sys", "'leak' not in __import__('sys').modules"),
    "the path": ("import sys; sys.path.append('leak')", "'leak' not in __import__('sys').path"),
    "builtins": ("import builtins; builtins.leak = 1", "not hasattr(__import__('builtins'), 'leak')"),
    "signals": (
        "import signal as s; s.signal(s.SIGTERM, s.SIG_IGN)",
        "(s := __import__('signal')).getsignal(s.SIGTERM) is s.SIG_DFL",
    ),
    "warnings": ("import warnings; warnings.simplefilter('error')", "__import__('warnings').filters[0][0] != 'error'"),
    "the locale": ("import locale; locale.setlocale(locale.LC_ALL, 'C')", "True"),
    "limits": (
        "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (64, 64))",
        "__import__('resource').getrlimit(7)[0] > 64",
    ),
    "the mask": ("import os; os.umask(0o777)", "(o := __import__('os')).umask(0o22) != 0o777"),
    "extensions": (
        "%load_ext autoreload",
        "'autoreload' not in __import__('sys').modules or 'autoreload' not in get_ipython().magics_manager.magics['line']",
    ),
    "threads": (
        "import threading, time; threading.Thread(target=time.sleep, args=(99,)).start()",
        "len(__import__('threading').enumerate()) == 1",
    ),
}
"""What one report does, and what holds in the next."""


def test_what_all_reports_share_is_there_before_the_first(folder):
    said = """
        import gktools.checks.statements as statements, gktools.text.tokens as tokens, gktools.text.writing as writing
        from gktools.report.report import warm_up
        caches = writing.parse_text, tokens._matching, statements._cells_under
        before = [cache.cache_info().misses for cache in caches]
        writing.parse_built_in_texts.__wrapped__()
        tokens.find_cells_of_tokens.__wrapped__()
        statements.find_cells_of_statements.__wrapped__()
        after = [cache.cache_info().misses for cache in caches]
        warm_up.cache_info().currsize, min(after) > 9, before == after
    """
    executed, _ = execute(folder, notebook(dedent(said)))

    assert executed.cells[0].outputs[0].data["text/plain"] == "(1, True, True)"


def test_what_a_notebook_of_ours_imports_is_loaded_before_the_fork(folder):
    said = "import sys\nbefore = {*sys.modules}\nfrom gktools import *\nsorted({*sys.modules} - before)"
    executed, _ = execute(folder, notebook(said))

    assert executed.cells[0].outputs[0].data["text/plain"] == "[]"


def test_a_rehearsal_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    warm_up.__wrapped__()

    assert list(tmp_path.iterdir()) == []


def test_nothing_a_report_does_reaches_the_next(folder):
    _, error = execute(folder, notebook(*(deed for deed, _ in POLLUTION.values())))
    after, _ = execute(folder, notebook(*(check for _, check in POLLUTION.values())))

    assert error is None
    assert {what: text_of(cell) for what, cell in zip(POLLUTION, after.cells, strict=True)} == dict.fromkeys(
        POLLUTION, "True"
    )


def test_two_reports_draw_different_random_numbers(folder):
    draw = "import random, uuid, tempfile, numpy as np\n[random.random(), np.random.rand(), uuid.uuid4(), tempfile.mktemp()]"
    draws = [drawn(text_of(execute(folder, notebook(draw))[0].cells[0])) for _ in range(2)]

    assert all(one != other for one, other in zip(*draws, strict=True))


def test_only_a_notebook_with_dataframes_is_run_by_a_process_that_has_loaded_them(folder):
    ForkServer.running().close()
    loaded = "import sys\n('pan' + 'das') in sys.modules"
    plain, framed = notebook(loaded), notebook(loaded, "# records['requests']")

    texts = [text_of(execute(folder, book)[0].cells[0]) for book in (plain, framed, plain)]
    assert texts == ["False", "True", "True"]  # a server that has them serves both


def test_a_report_has_the_environment_of_its_worker_at_that_moment(folder, monkeypatch):
    ForkServer.running()
    monkeypatch.delenv("HOME")
    monkeypatch.setenv("GK_LATER", "set")
    executed, _ = execute(folder, notebook("import os\n[os.environ.get(name) for name in ('HOME', 'GK_LATER')]"))

    assert text_of(executed.cells[0]) == "[None, 'set']"


def drawn(text: str) -> list[str]:
    """The items of a printed list."""
    return text.strip("[]").split(", ")


@pytest.mark.parametrize("session", [False, True], ids=["process", "daemon"])
@pytest.mark.parametrize("end", ["'done'", "import os; os._exit(1)", "import os, time; time.sleep(60)"])
def test_nothing_a_report_started_outlives_it(folder, session, end):
    start = f"import subprocess\nsubprocess.Popen(['sleep', '3131'], start_new_session={session}).pid"
    executed, _ = execute(folder, notebook(start, end), execution_timeout=1)

    assert gone([int(text_of(executed.cells[0]))])


def test_a_daemon_that_forked_twice_is_found(folder):
    source = "p = !sh -c 'setsid sh -c \"sleep 3132 >&- 2>&- & echo \\$!\"'\nint(p[0])"
    executed, _ = execute(folder, notebook(source))

    assert gone([int(text_of(executed.cells[0]))])


def test_the_server_keeps_nothing_of_a_report(folder, tmp_path, monkeypatch):
    """It has no file, no folder and no connection of a project, and no thread; those are the child's."""
    monkeypatch.chdir(tmp_path)
    source = (
        "import sqlite3; db = sqlite3.connect('records.db'); db.execute('create table t (x)'); f = open('kept', 'w')"
    )
    execute(tmp_path, notebook(source))
    server = Path(f"/proc/{ForkServer.running().pid}")

    links = [str(link.readlink()) for link in [*(server / "fd").iterdir(), server / "cwd"]]
    assert not [link for link in links if str(tmp_path) in link]
    assert all((task / "comm").read_text().startswith("python") for task in (server / "task").iterdir())


@pytest.mark.parametrize("reports", [30, pytest.param(300, marks=pytest.mark.soak)])
def test_nothing_is_left_after_many_reports(folder, tmp_path, monkeypatch, reports):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    book = notebook("import tempfile; d = tempfile.TemporaryDirectory(); f = open(d.name + '/f', 'w'); print('x'); d")
    execute(folder, book)
    before = held()
    results = [execute(folder, book)[1] for _ in range(reports)]

    assert results == [None] * reports
    assert held() == before
    assert list(tmp_path.iterdir()) == []


def held() -> dict[str, Any]:
    """What this process and the server hold: descriptors and children."""
    gc.collect()
    server = ForkServer.running().pid
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return {"worker": descriptors("self"), "server": descriptors(server), "children": children}


def descriptors(pid: int | str) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def gone(pids: Iterable[int]) -> bool:
    """Whether no process of these numbers runs (any more), given a moment."""
    return all(eventually(lambda pid=pid: not Path(f"/proc/{pid}").exists()) for pid in pids)


def eventually(condition: Callable[[], bool], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return met


# --- failures cost one report -------------------------------------------------------------------------------


def test_a_report_that_eats_memory_fails_alone(folder):
    book = notebook("print('a')", "len(bytearray(1 << 30))")
    executed, error = execute(folder, book, memory_limit=256 << 20)
    again, fine = execute(folder, book)

    assert error.ename == "MemoryError"
    assert text_of(without_markers(executed)[0]) == "a\n"
    assert fine is None
    assert text_of(again.cells[1]) == str(1 << 30)


def test_a_report_that_never_stops_printing_is_ended_before_it_eats_the_memory_of_its_worker(folder):
    book = notebook("print('a')", "while True: print('x' * 1_000_000, flush=True)")
    executed, error = execute(folder, book, memory_limit=256 << 20, execution_timeout=60)

    assert type(error).__name__ == "TooMuchOutputError"
    assert text_of(executed.cells[0]) == "a\n"
    assert (folder / "out.ipynb").stat().st_size < 16 << 20


def test_a_report_cannot_write_a_file_that_is_longer_than_its_memory(folder):
    book = notebook("import os\nwith open('long', 'wb') as file: os.posix_fallocate(file.fileno(), 0, 300 << 20)")
    _, error = execute(folder, book, memory_limit=256 << 20)

    assert "File too large" in error.evalue


def test_a_memory_limit_leaves_room_for_ordinary_work(folder):
    executed, error = execute(
        folder, notebook("import pandas as pd\nlen(pd.DataFrame({'a': range(10**6)}))"), memory_limit=256 << 20
    )

    assert error is None
    assert text_of(executed.cells[0]) == "1000000"


def test_a_report_that_ignores_signals_is_ended(folder):
    deaf = "import signal as s\nfor n in (s.SIGINT, s.SIGTERM): s.signal(n, s.SIG_IGN)"
    source = f"{deaf}\nprint('deaf', flush=True)\nwhile True: pass"
    start = time.monotonic()
    executed, error = execute(folder, notebook("'a'", source), execution_timeout=1)

    assert type(error).__name__ == "CellTimeoutError"
    assert time.monotonic() - start < 5
    assert [text_of(cell) for cell in executed.cells] == ["'a'", "deaf\n"]


def test_what_was_printed_before_a_crash_is_kept(folder):
    executed, error = execute(
        folder, notebook("print('far', flush=True)\nprint('unflushed')\nimport os, time; time.sleep(0.5); os._exit(1)")
    )

    assert type(error).__name__ == "DeadKernelError"
    assert text_of(executed.cells[0]) == "far\nunflushed\n"


def test_a_long_report_is_saved_as_it_goes(folder, monkeypatch):
    monkeypatch.setattr(ThrottledSaves, "every", 0)
    executed, _ = execute(folder, notebook("'told early'", "open('out.ipynb').read().count('told early')"))

    assert text_of(executed.cells[1]) == "3"  # two sources and one output


def test_files_are_closed_and_exit_functions_run(folder):
    source = "import atexit\nf = open('kept.txt', 'w'); f.write('kept'); atexit.register(lambda: open('exit.txt', 'w').write('ran'));"
    execute(folder, notebook(source))

    assert (folder / "kept.txt").read_text() == "kept"
    assert (folder / "exit.txt").read_text() == "ran"


def test_a_server_that_dies_costs_one_report(folder):
    server = ForkServer.running().pid
    cells = notebook("import os, time\nos.getpid()", f"os.kill({server}, 9); time.sleep(60)")
    failed, error = execute(folder, cells)
    executed, fine = execute(folder, notebook("'again'"))

    assert type(error).__name__ == "DeadKernelError"
    assert fine is None
    assert text_of(executed.cells[0]) == "'again'"
    assert ForkServer.running().pid != server
    assert gone([int(text_of(failed.cells[0]))])


def kill_the_server(folder: str) -> tuple[str, int]:
    """Run a report that starts a daemon and kills the process it was forked from; say how it failed."""
    source = (
        "import os, subprocess, time\np = subprocess.Popen(['sleep', '3134'], start_new_session=True); print(p.pid)"
    )
    book = notebook(source, "time.sleep(0.2); os.kill(os.getppid(), 9); time.sleep(60)")
    executed, error = execute(Path(folder), book)
    return type(error).__name__, int(text_of(executed.cells[0]))


def test_what_a_report_leaves_when_its_server_dies_is_ended_by_the_worker_of_a_batch(folder):
    ((failed, daemon),) = run_jobs([str(folder)], kill_the_server, lambda *_: ("lost", 0), workers=1, seconds=100)

    assert failed == "DeadKernelError"
    assert gone([daemon])


def test_a_server_whose_worker_left_its_answer_unread_ends_without_a_word():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.send(b"an answer that nobody reads")
    ours.close()

    with theirs, pytest.raises(ConnectionError):
        theirs.recv(16)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.send(b"an answer that nobody reads")
    ours.close()
    with theirs:
        assert _next_word(theirs) == (b"", [])


def test_a_kernel_whose_worker_has_gone_before_its_report_came_ends_without_a_word():
    code = "import socket; from gktools.build.engine import child; app = child.build_app(); a, b = socket.socketpair()"
    program = [sys.executable, "-c", f"{code}; a.close(); child.run(app, b)"]
    environment = os.environ | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    ended = subprocess.run(program, capture_output=True, text=True, env=environment)

    assert (ended.returncode, ended.stderr) == (1, "")


def test_a_run_that_was_broken_off_does_not_stop_the_next(folder):
    with ForkServer.running().fork():
        executed, error = execute(folder, notebook("'next'"))

    assert error is None
    assert text_of(executed.cells[0]) == "'next'"


def test_an_interrupted_run_ends_its_kernel(folder, monkeypatch):
    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ThrottledSaves, "cell_complete", interrupt)
        execute(folder, notebook("import os\nos.getpid()"))
    started = nbformat.read(folder / "out.ipynb", as_version=4)

    assert gone([int(text_of(started.cells[0]))])
    assert execute(folder, notebook("1"))[1] is None


def test_each_thread_has_a_server_of_its_own():
    with ThreadPoolExecutor(1) as pool:
        another = pool.submit(ForkServer.running).result()
    another.close()

    assert another.pid != ForkServer.running().pid
    assert gone([another.pid])


def test_a_worker_that_is_killed_leaves_no_process(tmp_path):
    source = """
        import os, subprocess, sys
        from gktools.build.pool import skip_slow_imports
        skip_slow_imports()
        import papermill
        from nbformat.v4 import new_code_cell, new_notebook
        from papermill.engines import papermill_engines
        from gktools.build.engine.engine import GktoolsEngine
        papermill_engines.register("gktools", GktoolsEngine)
        cell = "import os, subprocess, time\\np = subprocess.Popen(['sleep', '3133'], start_new_session=True)\\n" \\
            "open('pids.tmp', 'w').write(f'{os.getpid()} {os.getppid()} {p.pid}'); os.rename('pids.tmp', 'pids'); time.sleep(60)"
        book = new_notebook(cells=[new_code_cell(cell)], metadata={"kernelspec": {"name": "python3", "display_name": ""}})
        papermill.execute_notebook(book, "out.ipynb", engine_name="gktools", progress_bar=False)
    """.replace("\n        ", "\n")
    worker = subprocess.Popen([sys.executable, "-c", source], cwd=tmp_path)
    assert eventually((tmp_path / "pids").exists, 30)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    assert gone(int(pid) for pid in (tmp_path / "pids").read_text().split())
