"""gktools reproduce: a report built a second time and compared."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import in_one_line
from .options import AsJson, print_json
from .site import print_site

if TYPE_CHECKING:
    from ..build.reproduce import Reproduction

SHOWN = 40
"""How many differences are printed; --json gives all."""


def reproduce(
    manifest: Annotated[Path, typer.Argument(help="报告文件夹里的清单，如 output/2024/minzheng/manifest.json")],
    as_json: AsJson = False,
) -> None:
    """核对一份报告：用留存的台账和参数另外重做一遍，说明是不是一字不差。不一样的，返回 1。"""
    from ..build.reproduce import reproduce as rebuild

    verdict = rebuild(manifest)
    if as_json:
        print_json({"identical": verdict.identical} | asdict(verdict))
    else:
        _print(verdict)
    sys.exit(0 if verdict.identical else 1)


def verify(
    manifest: Annotated[Path, typer.Argument(help="报告文件夹里的清单，或网站的签名")],
    as_json: AsJson = False,
    key: Annotated[Path | None, typer.Option("--key", help="核验网站时用的公钥")] = None,
) -> None:
    """原来的名字，现在分成 reproduce 和 site verify 两个。"""
    from ..publication.site_verification import is_envelope

    if is_envelope(manifest):
        print_site(manifest, key, as_json)
    reproduce(manifest, as_json)


def _print(verdict: Reproduction) -> None:
    title = f"{verdict.name} {verdict.year} 年度报告"
    if verdict.identical:
        print(f"{title}：完全一致。重做一遍，每个文件一字不差" + _since(verdict))
        return
    print(f"{title}：不一致")
    for name in verdict.altered:
        print(f"  {in_one_line(name)} 做好以后被改动或删除过")
    for name in verdict.differing:
        print(f"  {in_one_line(name)} 重做出来不一样")
    print("变了的输入：" + ("、".join(verdict.inputs) if verdict.inputs else "没有，所据的台账、参数和程序都没有变"))
    for difference in verdict.differences[:SHOWN]:
        print(f"  {difference}")
    if len(verdict.differences) > SHOWN:
        print(f"  ……还有 {len(verdict.differences) - SHOWN} 处，加 --json 看全部")


def _since(verdict: Reproduction) -> str:
    return f"（{'、'.join(verdict.inputs)}改过，没有影响这份报告）" if verdict.inputs else ""
