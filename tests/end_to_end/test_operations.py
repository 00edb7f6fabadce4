"""The recipes of docs/operations.md, run from the first to the last as they stand there, on a machine of their own.

What the page says of itself is that its blocks marked sh were run: a block that is not must be marked text. Those marked bash
are run by test_installed_without_network, the one of Python by test_jupyterhub.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from machine import REPOSITORY
from nginx import write_certificate
from office_machine import run_as_root
from reviewing import PASSWORD

PAGE = (REPOSITORY / "docs/operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
HOST = "gktools.example.gov.cn"
BOOK = "/srv/gktools/params/offices.yaml"
MERGE = """
import re, sys
new = re.split(r"(?m)^(?=  [a-z-]+:)", sys.stdin.read())[1:]
path = sys.argv[1]
text = open(path, encoding="utf-8").read()
for entry in new:
    code = entry.split(":")[0]
    said = entry.strip() != f"{code.strip()}:"
    text, replaced = re.subn(rf"(?ms)^{code}:.*?(?=^  [a-z-]+:|\\Z)", lambda _: entry * said, text)
    text += entry * (said and not replaced)
open(path, "w", encoding="utf-8").write(text)
"""
"""Puts the entries of a block of YAML into the office book, in the place of those of their code."""


def test_every_block_is_run_or_said_to_be_not_run():
    assert {kind for kind, _ in BLOCKS} == {"sh", "yaml", "text", "bash", "python"}


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_the_recipes_of_the_page_run_one_after_the_other(tmp_path):
    write_certificate(tmp_path / "cert.pem", tmp_path / "key.pem", HOST)
    (tmp_path / "merge.py").write_text(MERGE, encoding="utf-8")
    (tmp_path / "typed").write_text(f"{PASSWORD}\n" * 2, encoding="utf-8")
    done = run_as_root("\n".join(_script(tmp_path)), tmp_path)

    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    said = done.stdout
    assert said.count('"status": "ok"') == 3, "asked before the restore, by the page, and after it"
    assert "台账库核对完了，没有发现不对" in said
    assert "CADDY: passes it on" in said
    for name in ("示例市云溪区档案局", "示例市云溪区市场监管和知识产权局"):
        assert re.search(rf"│ 20\d\d │ {name}", said), name
    assert "LOST: 提醒：单位表里没有“minzheng”" in said
    assert said.endswith("LEFT:\n")


def _script(folder: Path) -> list[str]:
    """The blocks of the page, and what a technician does beside them: names, certificates, waiting."""
    place = {f"/etc/{of}/gktools.{end}" for of in ("nginx", "caddy") for end in ("pem", "key")}
    certificates = [f"cp {folder}/{'cert' if one.endswith('pem') else 'key'}.pem {one}" for one in sorted(place)]
    script = [f"echo 127.0.0.1 {HOST} >> /etc/hosts", *certificates, "rm -f /etc/nginx/sites-enabled/*"]
    script += [f"export CURL_CA_BUNDLE={folder}/cert.pem", "mkdir -p /run/lock"]
    for kind, text in BLOCKS:
        if kind == "yaml":
            script += [f"python3 {folder}/merge.py {BOOK} <<'END'\n{text}END"]
        if kind == "yaml" and "mzj" in text:
            script += ["echo LOST: $(gk check --office mzj 2>&1 >/dev/null | head -1)"]
        if kind == "sh":
            script += [f"echo '--- {text.splitlines()[0]}'", "(", "set -x", text, f") < {folder}/typed"]
        if "caddy validate" in text:
            script += [_BY_CADDY]
        if kind == "sh" and ("enable --now" in text or "systemctl start gktools-review" in text):
            script += [_HEALTHY, "curl --silent --fail http://127.0.0.1:8750/healthz && echo"]
    return [*script, "echo LEFT: $(gk check --office mzj 2>&1 >/dev/null | head -1)"]


_BY_CADDY = f"""
nginx -s stop; sleep 1
caddy run --config /etc/caddy/Caddyfile >/run/caddy.out 2>&1 & proxy=$!
for _ in $(seq 40); do curl --silent --fail --output /dev/null https://{HOST}/login && echo "CADDY: passes it on" && break; sleep 0.25; done
kill $proxy; wait $proxy || true
nginx
"""
"""Caddy in the place of nginx for a moment: both want the same ports."""
_HEALTHY = "for _ in $(seq 60); do curl --silent --fail --output /dev/null http://127.0.0.1:8750/healthz && break; sleep 1; done"
