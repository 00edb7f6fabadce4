"""Articles as cited in answers, in the spellings of clerks: 36(二), 第三十六条第（二）项, 14条."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TypeAlias

from ...forms.model import Form, leaves
from ...registers.dispositions import CIRCLED
from ...registers.schema import fold

Article: TypeAlias = tuple[int, int | None]
"""The number of an article of the 条例, and the number of its paragraph or item, None if none is cited."""

LAST_ARTICLE = 56
_DIGITS = {letter: value for value, letter in enumerate("〇一二三四五六七八九")} | {"零": 0}
_CHINESE = re.compile("[〇零一二三四五六七八九十]+")
_NUMBERED = re.compile(r"[\[(〔]\d{4}[\])〕]第?\d*号?")
_OTHER_LAW = re.compile(r"《(?!条例》|[^》]*政府信息公开条例》)[^》]*》(第?\d+条(第?\(?\d+\)?[款项目])*[、,和]?)*")
_ARTICLE = re.compile(
    r"第?(?P<article>\d{1,2})条?(?:第?\(?(?P<paragraph>\d)\)?款)?"
    r"(?:第?\(?(?P<item>\d)\)?项|\((?P<bracket>\d)\)|\.(?P<point>\d)(?!\d))?"
)


@lru_cache(maxsize=4096)
def cited_articles(text: str) -> frozenset[Article]:
    """Return the articles of the 条例 cited in a text, without those of other laws, which are named in 《》."""
    plain = _CHINESE.sub(lambda match: str(_number(match[0])), fold(text.translate(CIRCLED)))
    plain = _OTHER_LAW.sub(" ", _NUMBERED.sub(" ", plain))
    found = set()
    for match in _ARTICLE.finditer(plain):
        part = match["item"] or match["bracket"] or match["point"] or match["paragraph"]
        if 1 <= int(match["article"]) <= LAST_ARTICLE:
            found.add((int(match["article"]), int(part) if part else None))
    return frozenset(found)


def _number(digits: str) -> int:
    tens, ten, ones = digits.rpartition("十")
    if ten:
        return 10 * (_DIGITS.get(tens, 1) if len(tens) < 2 else 0) + (_DIGITS.get(ones, 0) if len(ones) < 2 else 0)
    return int("".join(str(_DIGITS[letter]) for letter in digits))


def is_among(article: Article, others: frozenset[Article]) -> bool:
    """Return whether an article is among others; an article without item equals each of its items."""
    number, part = article
    return any(number == other and (part is None or item is None or part == item) for other, item in others)


class Grounds:
    """The articles on which the rows of a form are based."""

    def __init__(self, form: Form) -> None:
        rows = leaves(form.blocks[0].rows)
        self._of = {path: frozenset(_parse_article(a) for a in chain[-1].articles) for path, chain in rows}
        often = Counter(article for articles in self._of.values() for article in articles)
        self._shared = frozenset(article for article, rows in often.items() if rows > _MAX_ROWS)

    def articles_of(self, disposition: str) -> frozenset[Article]:
        """Return the articles of a disposition; empty if the form has none."""
        return self._of.get(f"dispositions.{disposition}", frozenset())

    def supports(self, disposition: str, text: str) -> bool:
        """Return whether the cited articles agree with a disposition; true if none are cited or none apply.

        They agree with a specific article of its row, or with a shared one and no article of another row.
        """
        own, given = self.articles_of(disposition), cited_articles(text)
        if not own or not given:
            return True
        specific = own - self._shared or own
        if any(is_among(article, specific) for article in given):
            return True
        foreign = frozenset(a for articles in self._of.values() for a in articles) - own
        if any(is_among(article, own) for article in given):
            return not any(is_among(article, foreign) for article in given if not is_among(article, own))
        return False


_MAX_ROWS = 3
"""An article that is the basis of more rows than this does not distinguish between them."""


def _parse_article(article: str) -> Article:
    number, bracket, part = article.partition("(")
    return int(number), int(part.rstrip(")")) if bracket else None


def format_articles(articles: frozenset[Article]) -> str:
    """Return articles as text for a message."""
    ordered = sorted(articles, key=lambda article: (article[0], article[1] or 0))
    return "、".join(f"{number}({part})" if part else str(number) for number, part in ordered)
