"""What a web page's styles hide, strike out, raise as the mark of a note, or write themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

Kind = Literal["removed", "hidden", "struck", "raised", "white", "coloured", "painted", "written"]
"""What a rule does: removed leaves no place behind, white is no darker than paper, written has figures of its own."""

_ZERO, _FAR = r"0(?:\.0*)?\s*(?:p[xt]|r?em|%)?\s*(?:;|!|$)", r"-\s*\d{3,}(?:\.\d*)?\s*(?:p[xt]|r?em|%)"
_WHITE = r"(?:white|transparent|#f[c-f]f[c-f]f[c-f]\b|#fff\b|rgba?\((?:\s*25[2-5]\s*[,)]?){3}|rgba\([^)]*[,/]\s*0(?:\.0*)?\s*\))"
_DECLARATIONS: dict[Kind, str] = {
    "removed": r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*collapse",
    "hidden": r"visibility\s*:\s*hidden"
    rf"|(?:opacity|font-size)\s*:\s*{_ZERO}|(?:left|top|text-indent|margin-left|margin-top)\s*:\s*{_FAR}"
    r"|clip\s*:\s*rect\s*\(\s*(?:[01](?:px)?[\s,]*){4}\)|clip-path\s*:\s*inset\s*\(\s*(?:50|100)%",
    "struck": r"text-decoration(?:-line)?\s*:[^;]*line-through",
    "raised": r"vertical-align\s*:\s*(?:super|sub\b|text-top)",
    "white": rf"color\s*:\s*{_WHITE}",
    "coloured": rf"color\s*:\s*(?!\s|inherit|{_WHITE})",
    "painted": rf"background(?:-color|-image)?\s*:\s*(?!\s|none|inherit|initial|{_WHITE})",
    "written": r"""content\s*:[^;]*["'](?:[^"'\\;]|\\[0-9a-f]{1,6})*?(?<![\\0-9a-f])\d""",
}
_PATTERNS = {kind: re.compile(rf"(?:^|[;\s])(?:{pattern})", re.IGNORECASE) for kind, pattern in _DECLARATIONS.items()}
_CUT_OFF = re.compile(r"(?:^|[;\s])overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_NO_SIZE = re.compile(rf"(?:^|[;\s])(?:max-)?(?:width|height)\s*:\s*{_ZERO}", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,2000})\}")
_CONDITIONAL = re.compile(r"@[a-z-]+[^{};]{0,300}\{(?:[^{}]{0,400}\{[^{}]{0,2000}\})*[^{}]{0,400}\}", re.IGNORECASE)
_COMPOUND = re.compile(r"([a-z][a-z0-9]*|\*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_MOST_RULES, _MOST_CLASSES = 200, 50
_STRUCK_TAGS, _RAISED_TAGS = frozenset({"del", "s", "strike"}), frozenset({"sup", "sub"})

_Compound = tuple[str, frozenset[str], frozenset[str]]
"""A tag, classes and identifiers that an element has."""


class PageStyle:
    """The rules of a page that change what is seen: selectors of tags, classes and identifiers, also nested."""

    def __init__(self, tree: Any) -> None:
        self._rules: dict[Kind, dict[str, list[tuple[_Compound, ...]]]] = {kind: {} for kind in _PATTERNS}
        counts = dict.fromkeys(_PATTERNS, 0)
        for sheet in tree.iter("style"):
            for selector, kind in _rules(sheet.text_content()):
                counts[kind] += 1
                if counts[kind] <= _MOST_RULES:
                    self._rules[kind].setdefault(_first_name(selector[-1]), []).append(selector)
        self._has_white = bool(self._rules["white"]) or any(
            _PATTERNS["white"].search(one.get("style") or "") or one.get("color") for one in tree.iter()
        )

    def removes(self, element: Any) -> bool:
        """Return whether an element cannot be seen and leaves no place behind: of a cell, the next one takes it."""
        return element.get("hidden") is not None or self._is("removed", element)

    def hides(self, element: Any) -> bool:
        """Return whether an element cannot be seen, whatever its colour is."""
        return self.removes(element) or self._is("hidden", element)

    def strikes(self, element: Any) -> bool:
        """Return whether an element is struck out."""
        return element.tag in _STRUCK_TAGS or self._is("struck", element)

    def raises(self, element: Any) -> bool:
        """Return whether an element stands above or below its line, as the mark of a note does."""
        return element.tag in _RAISED_TAGS or self._is("raised", element)

    def writes(self, element: Any) -> bool:
        """Return whether figures are written into an element that do not stand in it."""
        return self._is("written", element)

    def whitens(self, element: Any) -> bool:
        """Return whether the words of an element are as white as the paper behind them."""
        if not self._has_white or not self._is_white(element):
            return False
        around = [element, *islice(element.iterancestors(), _DEEPEST)]
        if any(self._is("painted", one) or one.get("bgcolor") or one.get("background") for one in around):
            return False
        inside = islice(element.iterdescendants(), _MOST_INSIDE)
        return not any(self._is("coloured", one) for one in inside if isinstance(one.tag, str))

    def _is_white(self, element: Any) -> bool:
        if element.tag == "font" and (colour := element.get("color")):
            return bool(_PATTERNS["white"].search(f"color:{colour}"))
        return self._is("white", element) and not _PATTERNS["coloured"].search(element.get("style") or "")

    def _is(self, kind: Kind, element: Any) -> bool:
        style = element.get("style")
        if style is not None and kind in _kinds(style):
            return True
        if not (rules := self._rules[kind]):
            return False
        names = [f".{name}" for name in (element.get("class") or "").split()[:_MOST_CLASSES]]
        own = [*names, f"#{element.get('id')}", element.tag, ""]
        return any(_matches(selector, element) for name in own for selector in rules.get(name, ()))


def _kinds(style: str) -> set[Kind]:
    """Return what the declarations of a rule, or of one element, do."""
    found = {kind for kind, pattern in _PATTERNS.items() if pattern.search(style)}
    return found | {"hidden"} if _CUT_OFF.search(style) and _NO_SIZE.search(style) else found


def _rules(sheet: str) -> Iterator[tuple[tuple[_Compound, ...], Kind]]:
    """Yield the selectors with what they do; those for print and for narrow screens are left out."""
    plain = _CONDITIONAL.sub("", re.sub(r"(?s)/\*.*?\*/|<!--|-->", "", sheet[:_LONGEST_SHEET]))
    for rule in _RULE.finditer(plain):
        for kind in _kinds(rule[2]):
            for selector in rule[1].split(","):
                beside = _BESIDE.search(selector)
                if bool(beside) == (kind == "written") and (parts := _selector(_BESIDE.sub("", selector))):
                    yield parts, kind


_DEEPEST, _MOST_INSIDE = 60, 100
_BESIDE = re.compile(r"::?(?:before|after)\s*$", re.IGNORECASE)
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


def _first_name(compound: _Compound) -> str:
    """Return a class, identifier or tag that an element must have to be meant; empty if any may be."""
    tag, classes, names = compound
    return f".{min(classes)}" if classes else f"#{min(names)}" if names else tag


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
