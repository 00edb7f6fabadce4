"""The pages of the project are true: every file they name exists."""

from __future__ import annotations

import re

import pytest
from machine import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("docs/**/*.md"), REPOSITORY / "README.md"])
FILES = {
    path.relative_to(REPOSITORY).as_posix()
    for folder in ("gktools", "tests", "docs", "notebooks", "params", "benchmarks", ".ci")
    for path in (REPOSITORY / folder).rglob("*")
}
OF_USERS = re.compile(
    r"output/|site/|handed-in/|params/|records\.|report\.|exports\.|manifest\.|review\.|columns\.yaml|calendar\.yaml|failed|index\.html|"
    r"offices\.yaml|defaults\.yaml|.*\.schema\.json|jupyter(hub)?_.*|out\.ipynb|datapackage\.json|登记表|figures\.csv|.*\.db"
)
"""Files that a working folder has, or that are written: they are not of the repository."""


def named(text: str) -> set[str]:
    """The files and folders that a page names in code, without those with a placeholder in them."""
    words = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text)
    ends = (".py", ".yaml", ".md", ".j2", ".css", ".ipynb", ".toml", ".json", ".sql", ".txt", "/")
    return {word for word in words if word.endswith(ends) and not OF_USERS.match(word)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page):
    missing = {
        word
        for word in named(page.read_text(encoding="utf-8"))
        if not any(f"/{file}".endswith(f"/{word.rstrip('/')}") for file in FILES) and not (REPOSITORY / word).exists()
    }

    assert missing == set()


def test_a_file_that_is_not_there_is_found_missing():
    assert named("see `registers/intake/nothing.py` and `gktools/build/`, `a b.py`, `output/x.py`") == {
        "registers/intake/nothing.py",
        "gktools/build/",
    }


# --- the name gktools on the public index is another project ----------

BY_NAME = re.compile(r"(?:pip|uv|pipx)\b[^\n`]*\binstall\b[^\n`]*[\s'\"]gktools\b(?![-/.])")
TOLD = sorted(
    path
    for folder in ("gktools", "docs", "notebooks", ".ci", ".")
    for path in (REPOSITORY / folder).glob("*" if folder == "." else "**/*")
    if path.suffix in (".py", ".yaml", ".j2", ".md", ".ipynb", ".txt", ".sh", ".cmd") or path.name == "Makefile"
)


def test_nothing_tells_anyone_to_install_gktools_by_its_name():
    told = {
        path.relative_to(REPOSITORY).as_posix() for path in TOLD if BY_NAME.search(path.read_text(encoding="utf-8"))
    }

    assert len(TOLD) > 500
    assert told == set()


@pytest.mark.parametrize(
    "told", ["pip install 'gktools[review]'", "python -m pip install -c c.txt gktools", "uv tool install gktools"]
)
def test_an_install_by_name_would_be_found(told):
    assert BY_NAME.search(f"请运行 {told}，再试")
    assert not BY_NAME.search("pip install -c constraints.txt -e '.[review]'")
