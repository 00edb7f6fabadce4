"""What a web page's styles hide or strike out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_HIDDEN = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*0(?:\.0*)?\s*(?:p[xt]|r?em|%)?\s*(?:;|!|$))",
    re.IGNORECASE,
)
_STRUCK = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,2000})\}")
_CONDITIONAL = re.compile(r"@[a-z-]+[^{};]{0,300}\{(?:[^{}]{0,400}\{[^{}]{0,2000}\})*[^{}]{0,400}\}", re.IGNORECASE)
_COMPOUND = re.compile(r"([a-z][a-z0-9]*|\*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_MOST_RULES = 200
_STRUCK_TAGS = frozenset({"del", "s", "strike"})

_Compound = tuple[str, frozenset[str], frozenset[str]]
"""A tag, classes and identifiers that an element has."""


class PageStyle:
    """The rules of a page that take something from sight: selectors of tags, classes and identifiers, also nested."""

    def __init__(self, tree: Any) -> None:
        self._rules = [rule for sheet in tree.iter("style") for rule in _rules(sheet.text_content())][:_MOST_RULES]

    def hides(self, element: Any) -> bool:
        """Return whether an element cannot be seen."""
        style = element.get("style")
        if element.get("hidden") is not None or (style is not None and _HIDDEN.search(style)):
            return True
        return any(hides and _matches(selector, element) for selector, hides in self._rules)

    def strikes(self, element: Any) -> bool:
        """Return whether an element is struck out."""
        style = element.get("style")
        if element.tag in _STRUCK_TAGS or (style is not None and _STRUCK.search(style)):
            return True
        return any(not hides and _matches(selector, element) for selector, hides in self._rules)


def _rules(sheet: str) -> Iterator[tuple[tuple[_Compound, ...], bool]]:
    """Yield the selectors that hide (True) or strike out; those for print and for narrow screens are left out."""
    plain = _CONDITIONAL.sub("", re.sub(r"(?s)/\*.*?\*/|<!--|-->", "", sheet[:_LONGEST_SHEET]))
    for rule in _RULE.finditer(plain):
        hides = bool(_HIDDEN.search(rule[2]))
        if hides or _STRUCK.search(rule[2]):
            for selector in rule[1].split(","):
                if parts := _selector(selector):
                    yield parts, hides


_LONGEST_SHEET = 200_000


def _selector(text: str) -> tuple[_Compound, ...]:
    """Return a selector as the compounds from the outermost element to the innermost; empty if it says anything else."""
    found = []
    for part in text.replace(">", " ").split():
        compound = _COMPOUND.fullmatch(part)
        if not compound or not part:
            return ()
        names = re.findall(r"[.#][\w-]+", compound[2])
        classes = frozenset(name[1:] for name in names if name[0] == ".")
        tag = (compound[1] or "").lower().replace("*", "")
        found.append((tag, classes, frozenset(name[1:] for name in names if name[0] == "#")))
    return tuple(found)


def _matches(selector: tuple[_Compound, ...], element: Any) -> bool:
    *above, last = selector
    if not _is(last, element):
        return False
    parent = element.getparent()
    for compound in reversed(above):
        while parent is not None and not _is(compound, parent):
            parent = parent.getparent()
        if parent is None:
            return False
        parent = parent.getparent()
    return True


def _is(compound: _Compound, element: Any) -> bool:
    tag, classes, names = compound
    return (
        (not tag or element.tag == tag)
        and classes <= {*(element.get("class") or "").split()}
        and names <= {element.get("id")}
    )
