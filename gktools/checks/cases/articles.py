"""The articles that an answer cites, as clerks write them: 36(二), 第三十六条第（二）项, 14条."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TypeAlias

from ...forms.model import Form, leaves
from ...registers.dispositions import CIRCLED
from ...registers.schema import fold

Article: TypeAlias = tuple[int, int | None]
"""The number of an article of the 条例, and of its paragraph or item, if one is named."""

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
def cited(text: str) -> frozenset[Article]:
    """Return the articles of the 条例 that a text cites; those of other laws, named in 《》, are left out."""
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


def names(article: Article, others: frozenset[Article]) -> bool:
    """Whether an article is among others; one cited without its item is any of its items, and the other way round."""
    number, part = article
    return any(number == other and (part is None or item is None or part == item) for other, item in others)


class Grounds:
    """The articles on which the rows of a form rest."""

    def __init__(self, form: Form) -> None:
        rows = leaves(form.blocks[0].rows)
        self._of = {path: frozenset(_official(a) for a in chain[-1].articles) for path, chain in rows}
        often = Counter(article for articles in self._of.values() for article in articles)
        self._shared = frozenset(article for article, rows in often.items() if rows > _TELLS_APART)

    def of(self, disposition: str) -> frozenset[Article]:
        """The articles of a disposition; none if the form names none."""
        return self._of.get(f"dispositions.{disposition}", frozenset())

    def agrees(self, disposition: str, text: str) -> bool:
        """Whether what is cited fits a disposition: one of its own articles, or none that belongs to another row."""
        own, given = self.of(disposition), cited(text)
        if not own or not given:
            return True
        telling = own - self._shared or own
        if any(names(article, telling) for article in given):
            return True
        foreign = frozenset(a for articles in self._of.values() for a in articles) - own
        if any(names(article, own) for article in given):
            return not any(names(article, foreign) for article in given if not names(article, own))
        return False


_TELLS_APART = 3
"""An article on more rows than this says only that something was refused, not why."""


def _official(article: str) -> Article:
    number, bracket, part = article.partition("(")
    return int(number), int(part.rstrip(")")) if bracket else None


def written(articles: frozenset[Article]) -> str:
    """Return articles as a message prints them."""
    ordered = sorted(articles, key=lambda article: (article[0], article[1] or 0))
    return "、".join(f"{number}({part})" if part else str(number) for number, part in ordered)
