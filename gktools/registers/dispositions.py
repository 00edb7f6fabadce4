"""The parsing of 答复类型: the official row, its number in the form, a short name, or the article it is based on.

Words that match several rows are refused with the names of those rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ..errors import nearest
from ..forms.model import Heading, leaves, short_label
from ..forms.notices import formats
from ..yamlfile import read_yaml
from .schema import Field, fold

_CHINESE = "零一二三四五六七八九"
CIRCLED = str.maketrans({chr(0x2460 + n): f"({n + 1})" for n in range(9)})
"""A translation table from numbers in circles to numbers in brackets: ① to (1)."""


def disposition(field: Field, text: str) -> str:
    """Return the key of the row of 表三 for a text. Raises ValueError, in Chinese, if no row or several rows match."""
    if (known := field.vocabulary.get(fold(text))) is not None:
        return known
    rows = _words().get(_bare(text)) or _by_articles(text)
    if len(rows) == 1:
        return rows[0]
    if rows:
        names = "、".join(f"“{field.label(row)}”" for row in rows)
        raise ValueError(f"对应好几种结果（{names}），请写明是哪一种")
    raise ValueError(
        f"不是可填的内容{nearest(text, field.allowed)}（可填的有 {len(field.allowed)} 种，见模板这一栏的下拉；也可以写表三的行号）"
    )


@lru_cache
def _words() -> dict[str, tuple[str, ...]]:
    """Return the row keys by each of their names, numbers and short names, in bare form."""
    found: dict[str, dict[str, None]] = {}
    for key, chain in _rows():
        for word in (*_numbers(chain), *_spellings(chain)):
            found.setdefault(_bare(word), {})[key] = None
    short: dict[str, list[str]] = read_yaml(Path(__file__).with_name("dispositions.yaml")).data
    for key, words in short.items():
        for word in words:
            found.setdefault(_bare(word), {})[key] = None
    return {word: tuple(keys) for word, keys in found.items() if word}


def _rows() -> Iterator[tuple[str, tuple[Heading, ...]]]:
    """Yield the key and headings of every printed result of every notice, the newest notice first."""
    for form in reversed(formats()):
        for path, chain in leaves(form["requests"].blocks[0].rows):
            if path.startswith("dispositions.") and not chain[-1].is_total:
                yield path.removeprefix("dispositions."), chain


def _spellings(chain: tuple[Heading, ...]) -> Iterator[str]:
    """Yield the spellings of a row's label.

    With and without its number; alone, or after the parent's label, words or number; also the parent alone.
    """
    last = (chain[-1].label, short_label(chain[-1].label))
    yield from last
    if len(chain) > 2:
        words = short_label(chain[-2].label)
        yield from (chain[-2].label, words)
        for above in (chain[-2].label, words, chain[-2].label.removesuffix(words)):
            yield from (above + below for below in last)


def _numbers(chain: tuple[Heading, ...]) -> Iterator[str]:
    """Yield the spellings of a row's number: （三）1, 三、（三）1, 3.1, 3.3.1."""
    numbers = [_number(heading.label) for heading in chain]
    if None in numbers:
        return
    whole = [number for number in numbers if number is not None]
    for few in (whole, whole[1:]) if len(whole) > 2 else (whole,):
        yield ".".join(map(str, few))
        yield "-".join(map(str, few))
    group = _CHINESE[whole[1]]
    rest = f"{whole[2]}" if len(whole) > 2 else ""
    yield from (f"（{group}）{rest}", f"{group}、{rest}" if rest else "", f"{_CHINESE[whole[0]]}（{group}）{rest}")


def _number(label: str) -> int | None:
    """Return the number at the beginning of a label; None if there is none."""
    found = re.match(r"[(（]?([一二三四五六七八九])[)）、]|(\d)[.．、]", label)
    return (_CHINESE.index(found[1]) if found[1] else int(found[2])) if found else None


def _bare(text: str) -> str:
    """Return text for comparison: folded, without brackets and punctuation."""
    return re.sub(r"[()〔〕\[\]【】“”\"'、,，。;；:：/]", "", fold(text.translate(CIRCLED))).strip(".")


@lru_cache(maxsize=4096)
def rows_of_articles(text: str) -> tuple[str, ...]:
    """Return the rows of 表三 based on every article in a text, cached; empty if it contains anything else."""
    return _by_articles(text) if text else ()


def _by_articles(text: str) -> tuple[str, ...]:
    """Return the rows based on every article in a text; none if the text contains anything but articles."""
    articles = articles_in(text)
    if not articles:
        return ()
    found: list[set[str]] = [
        {key for key, chain in _rows() if any(_within(known, article) for known in chain[-1].articles)}
        for article in articles
    ]
    both = set.intersection(*found)
    return tuple(dict.fromkeys(key for key, _ in _rows() if key in both))


def _within(article: str, written: str) -> bool:
    return article == written or article.startswith(f"{written}(")


def articles_in(text: str) -> list[str]:
    """Return the articles of the 条例 in a text, such as 36(4); empty if it contains anything else.

    A number without 第…条 is read as an article only if a row is based on it.
    """
    said = re.sub(r"中华人民共和国|政府信息公开|条例|依据|根据|《|》", "", text.translate(CIRCLED))
    parts = [part for part in re.split(r"[、，,;；和及]", fold(said)) if part]
    found = [_article(part) for part in parts]
    return [article for article in found if article] if all(found) else []


def _article(part: str) -> str | None:
    found = _ARTICLE.fullmatch(part)
    if not found:
        return None
    number, item = _whole(found["number"]), _whole(found["item"] or "")
    if not (found["mark"] or item or number in _rested_on()):
        return None
    return f"{number}({item})" if item else str(number)


@lru_cache
def _rested_on() -> frozenset[int]:
    """Return the numbers of the articles on which rows of 表三 are based."""
    return frozenset(int(article.partition("(")[0]) for _, chain in _rows() for article in chain[-1].articles)


_NUMERAL = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_ARTICLE = re.compile(
    rf"第?(?P<number>{_NUMERAL})(?P<mark>条)?(?:第?一款(?=第))?(?:第?\(?(?P<item>{_NUMERAL})(?:\)[项款目]?|[项款目]))?"
)


def _whole(numeral: str) -> int:
    if not numeral or numeral.isdigit():
        return int(numeral or 0)
    tens, ten, ones = numeral.rpartition("十")
    return (10 * (_CHINESE.index(tens) if tens else 1) if ten else 0) + (_CHINESE.index(ones) if ones else 0)
