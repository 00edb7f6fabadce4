"""Messages in the words of the review pages instead of parameter keys, file names and commands (browser_words.yaml).

Reports, logs and the command line use the original text; it is only translated when a page shows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup
from pydantic import ConfigDict

from ....editing.fields import fields
from ....findings import Finding
from ....workspace.params_models import ReportParams
from ....yamlfile import read_data


@dataclass(frozen=True)
class Rewording:
    """A text and its replacement on a page."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    says: str
    becomes: str


@dataclass(frozen=True)
class BrowserWords:
    """The replacements of browser_words.yaml; page and field are the phrases for a form field, with {title}."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    page: str
    field: str
    words: tuple[Rewording, ...]
    proofs: tuple[Rewording, ...]


@lru_cache
def browser_words() -> BrowserWords:
    """Return the replacements of browser_words.yaml."""
    found: BrowserWords = read_data(Path(__file__).with_name("browser_words.yaml"), BrowserWords)
    return found


@lru_cache(maxsize=4096)
def in_browser(text: str) -> str:
    """Return a message or remedy in the words of the pages; quotations in “” are unchanged."""
    words = browser_words()
    for one in words.words:
        text = _replaced(one.says, one.becomes, text)
    titles = _titles()
    keys = "|".join(map(re.escape, sorted(titles, key=len, reverse=True)))
    text = _replaced(rf"参数 ({keys})(?![\w.]) ?", lambda found: words.page.format(title=titles[found[1]]), text)
    dotted = "|".join(re.escape(key) for key in titles if "." in key)
    return _replaced(
        rf" ?(?<![\w.])({dotted})(?![\w.])", lambda found: words.field.format(title=titles[found[1]]), text
    )


def _replaced(pattern: str, becomes: str | Callable[[re.Match[str]], str], text: str) -> str:
    """The text with a pattern replaced outside quotations."""
    parts = _QUOTATION.split(text)
    return "".join(part if part.startswith("“") else re.sub(pattern, becomes, part, flags=re.ASCII) for part in parts)


_QUOTATION = re.compile(r"(“[^”]*”)")


def finding_in_browser(finding: Finding) -> Finding:
    """Return a finding with its message and remedy in the words of the pages; its fingerprint is unchanged."""
    return replace(finding, message=in_browser(finding.message), remedy=in_browser(finding.remedy))


def proofs_in_browser(html: Markup) -> Markup:
    """Return the HTML of a table with the commands in its proofs replaced by the words of the pages."""
    for one in browser_words().proofs:
        html = Markup(html.replace(one.says, one.becomes))  # noqa: S704 - fixed texts without markup
    return html


@lru_cache
def _titles() -> Mapping[str, str]:
    """The titles of the form's fields and groups by the keys of the parameters."""
    found = {}
    for field in fields(ReportParams):
        found[field.groups[0].key] = field.groups[0].title
        found[".".join(field.path)] = " › ".join([*(group.title for group in field.groups[1:]), field.title])
    return found
