"""Pages work in the browsers that 麒麟 and 统信 bring, of the age of Chromium 78: no script has syntax that ends it there."""

from __future__ import annotations

import re

import pytest
from machine import REPOSITORY

PARTS = [path for end in ("js", "css") for path in sorted((REPOSITORY / "gktools").rglob(f"*.{end}"))]
NEWER = {
    "optional chaining (80)": r"\?\.(?=[A-Za-z_[(])",
    "?? (80), ??= ||= &&= (85)": r"\?\?|\|\|=|&&=",
    "methods of 85 and later": r"\.(replaceAll|at|replaceChildren|hasOwn|groupBy|findLast)\(",
    "values (80 and later)": r"\b(structuredClone|AggregateError|WeakRef|Promise\.any)\b",
    "private fields, static blocks (84, 94)": r"\bstatic \{|this\.#",
}
COMPUTED = re.compile(r"([a-z-]+):[^;{}]*(?<![\w-])(?:min|max|clamp)\(")
"""A declaration with a function that Chromium has since 79: it drops the whole declaration before."""


def newer_syntax(script: str) -> list[str]:
    """Return what of a script Chromium 78 cannot read."""
    return [name for name, pattern in NEWER.items() if re.search(pattern, script)]


def without_fallback(style: str) -> list[str]:
    """Return the declarations of a style sheet that are dropped and have none of the same property before."""
    rules = re.findall(r"\{([^{}]*)\}", style)
    return [f[0] for rule in rules for f in COMPUTED.finditer(rule) if f"{f[1]}:" not in rule[: f.start()]]


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.name)
def test_no_script_or_style_needs_a_newer_browser(path):
    text = path.read_text(encoding="utf-8")

    assert (newer_syntax(text) if path.suffix == ".js" else without_fallback(text)) == []


@pytest.mark.parametrize("script", ["a?.b", "a ?? b", "a ||= b", "s.replaceAll(1, 2)", "new WeakRef(a)"])
def test_newer_syntax_would_be_found(script):
    assert newer_syntax(script) != []
    assert newer_syntax("x = a ? .5 : b; y = a || b") == []


@pytest.mark.parametrize(
    ("style", "dropped"),
    [
        (".a{width:min(1rem,2%)}", ["width:min("]),
        (".a{width:1rem;width:min(1rem,2%)}", []),
        (".a{grid-template-columns:minmax(1rem,1fr)}", []),
    ],
)
def test_a_declaration_that_would_be_dropped_is_found(style, dropped):
    assert without_fallback(style) == dropped
