"""gktools site: verification of the published site."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ..errors import in_one_line
from .options import AsJson, OrderedGroup, print_json

app = typer.Typer(help="公布的网站。", no_args_is_help=True, cls=OrderedGroup)
SHOWN = 40
"""The most files printed; --json gives all."""


@app.command("verify", short_help="核验网站：每个文件是不是签名公布的那一个")
def verify(
    envelope: Annotated[Path, typer.Argument(help="网站的签名，如 site/current/manifest.dsse.json")],
    as_json: AsJson = False,
    key: Annotated[Path | None, typer.Option("--key", help="核验用的公钥；不写即网站上的那一把")] = None,
) -> None:
    """核验公布的网站：签名是不是这把密钥签的，每个文件是不是公布的那一个。不是的，返回 1。"""
    print_site(envelope, key, as_json)


def print_site(envelope: Path, key: Path | None, as_json: bool) -> NoReturn:
    """Print the result of verifying a site, as JSON if asked for; exit with 0 if it is intact, else with 1.

    envelope is the site's manifest.dsse.json, key the PEM file of the public key (default: the one on the site). Raises
    GktoolsError if one of them cannot be read.
    """
    from ..publication.site_verification import verify_site

    check = verify_site(envelope, key)
    if as_json:
        print_json({"whole": check.intact} | asdict(check))
    else:
        print(f"公钥的指纹：{check.key}（请向公布机关核对）")
        print("签名" + ("是这把密钥签的" if check.signed else "不是这把密钥签的，或者清单被改过"))
        for names, what in ((check.altered, "被改过"), (check.missing, "不见了"), (check.added, "不在清单里")):
            for name in names[:SHOWN]:
                print(f"  {in_one_line(name)} {what}")
        print("网站完整，每个文件都是公布的那一个" if check.intact else "网站和公布的不一样")
    sys.exit(0 if check.intact else 1)
