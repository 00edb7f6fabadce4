"""The command line: arguments and printing only."""

from __future__ import annotations

import errno
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.exceptions import TyperException

from ..errors import GktoolsError, in_one_line, os_reason, os_remedy, visible
from . import deadlines, export, history, keeping, publish, reading, reports, reproduce, review, setup, site, years
from .options import OrderedGroup, visible_output, write_error_log
from .output_streams import standard_streams
from .zh_messages import chinese_help, error_message

app = typer.Typer(
    help="政府信息公开工作年度报告：从登记表做出每个机关的报告。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    cls=OrderedGroup,
)
app.command(short_help="新建工作目录：带示例区的资料，或只有一个空白机关")(setup.init)
app.command(short_help="用示例区试一下：建目录、导入、做出全部报告")(setup.sample)
app.command(short_help="检查这台机器缺什么，怎么补")(setup.doctor)
app.add_typer(years.app, name="year", short_help="新的报告年度；填入已公布报告的数")
app.add_typer(history.app, name="records", short_help="登记表：取空白表、导入、历史、取消、备份")
app.command(short_help="打开 JupyterLab：总笔记本和参数表单")(setup.lab)
app.command(short_help="做报告：每个机关运行一遍总笔记本")(reports.build)
app.command(short_help="读已公布的报告：网页、Word、Excel、PDF，读回各表的数")(reading.read)
app.command(short_help="只检查，列出每一处问题，不写文件")(reports.check)
app.command(short_help="一个数是怎么来的：计入哪些记录、按什么规则")(reports.explain)
app.command(short_help="一份报告为什么要重做：什么变了")(reports.why)
app.command(short_help="做本级政府汇总：各机关的报告逐格相加")(reports.rollup)
app.command(short_help="某一天还没有办结的申请，各剩几个工作日")(deadlines.deadlines)
app.command(short_help="导出为 Word、PDF、Excel、粘贴用的页面、数据")(export.export)
app.add_typer(review.app, name="review", short_help="审签：在浏览器里审阅、批注、签署报告")
app.command(short_help="发布审签完的报告，写成网站")(publish.publish)
app.command(short_help="更正已经公开的报告，公布新的一版")(publish.correct)
app.add_typer(site.app, name="site", short_help="核验公布的网站")
app.command(short_help="备份工作目录里该留的全部，写成一个文件")(keeping.backup)
app.command(short_help="在新机器上，从备份恢复出整个工作目录")(keeping.restore)
app.command(short_help="另外重做一遍，看报告是不是一字不差")(reproduce.reproduce)
app.command("verify", hidden=True)(reproduce.verify)

OLD_OPTIONS = {"--by": "--as", "--person": "--as"}
"""Earlier names of options, still accepted."""


def main() -> None:
    """Run the command line; errors raised on purpose are printed in Chinese, without a traceback.

    The exit code is not 0 if the output could not be written.
    """
    with standard_streams() as output:
        code: Any = 0
        try:
            _run()
        except SystemExit as end:
            code = end.code
        output.flush()
        if output.error is not None:
            if not isinstance(output.error, BrokenPipeError):
                reason = "标准输出没有打开" if output.error.errno == errno.EBADF else os_reason(output.error)
                print(
                    f"要显示的话没有写出去（{reason}），命令本身运行完了：请看输出到哪里，再运行一次", file=sys.stderr
                )
            code = code or 1
    if code:
        sys.exit(code)


def _run() -> None:
    try:
        with chinese_help() if _asks_for_help(sys.argv[1:]) else visible_output():
            code = app(_with_current_options(sys.argv[1:]), standalone_mode=False, prog_name="gktools")
    except TyperException as error:
        if type(error).__name__ != "NoArgsIsHelpError":
            print(visible(error_message(error)), file=sys.stderr)
        sys.exit(_WRONG_COMMAND)
    except typer.Abort:
        _fail("已按要求停下")
    except GktoolsError as error:
        _fail(str(error))
    except OSError as error:
        named = error.filename2 or error.filename  # of a draft that could not take its place: the place
        where = in_one_line(Path(str(named)).name) if named else "文件"
        _fail(f"{where} 读不出来或写不进去（{os_reason(error)}）：{os_remedy(error)}")
    except MemoryError:
        _fail("内存不够，没有做完：请关掉别的程序再运行一次；设了 ulimit -v 的请调大")
    except UnicodeEncodeError as error:
        if error.encoding != "ascii":
            _program_error()
        _fail("这里的系统编码里没有中文，写不了中文的文件名：请先运行 export PYTHONUTF8=1，再运行一次")
    except Exception:  # a mistake in the program: the traceback is for technicians
        _program_error()
    if code == _INTERRUPTED:
        print("已按要求停下；做好的报告都是完整的，没有做完的没有留下", file=sys.stderr)
    if code:
        sys.exit(code)


def _program_error() -> NoReturn:
    _fail(f"程序出错，没有做完；技术细节见 {_error_log(traceback.format_exc())}，请转给管理 gktools 的人")


def _error_log(text: str) -> str:
    try:
        return write_error_log(text)
    except Exception:  # there is no memory even for that
        return "下面：\n" + text.splitlines()[-1] + "\n（内存太少，连记录也写不下；设了 ulimit -v 的请调大）"


def _with_current_options(arguments: list[str]) -> list[str]:
    named = (argument.partition("=") for argument in arguments)
    return [f"{OLD_OPTIONS.get(option, option)}{equals}{value}" for option, equals, value in named]


def _asks_for_help(arguments: list[str]) -> bool:
    groups = [group.name for group in app.registered_groups]
    return bool({"-h", "--help"}.intersection(arguments)) or not arguments or arguments in [[name] for name in groups]


_WRONG_COMMAND, _INTERRUPTED = 2, 130
"""Exit codes of the command line library: an unknown command or option, and Ctrl-C."""


def _fail(message: str) -> NoReturn:
    print(visible(message), file=sys.stderr)
    sys.exit(1)
