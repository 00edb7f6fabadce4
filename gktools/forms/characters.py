"""Invisible and look-alike characters: normalization for comparison."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ..errors import INVISIBLE

_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers: invisible characters that take up width."""


def strip_invisible(text: str) -> str:
    """Return a text without its invisible characters; a filler becomes a space."""
    return text if text.isascii() else INVISIBLE.sub(lambda found: " " if found[0] in _BLANK else "", text)


def odd_digits(text: str) -> bool:
    """Return whether a text holds numeric characters that NFKC turns into plain digits: ², ①, ½."""
    return not text.isascii() and any(
        character.isnumeric()
        and not "０" <= character <= "９"
        and unicodedata.normalize("NFKC", character) != character
        for character in text
    )


def fold_numerals(text: str) -> tuple[str, list[int]]:
    """Return a text with every numeral as plain digits or Chinese ones, and the place of each character in the given text.

    Digits of another shape (⑨, ９, Ⅸ), capital numerals (玖拾玖), 廿 and 卅 become ordinary ones; what is invisible, marks
    on a digit (9⃣), and blanks between two numerals are left out.
    """
    found: list[tuple[str, int]] = []
    capitals = {place for run in _CAPITALS.finditer(text) for place in range(*run.span())}
    for place, character in enumerate(text):
        plain = _plain_numeral(character)
        if plain is not None:
            if place in capitals and character not in _TENS:
                plain = _PLAIN.get(character, plain)
            found += [(one, place) for one in plain]
    kept = "".join(one for one, _ in found)
    for blank in reversed([*_BETWEEN.finditer(kept)]):
        del found[slice(*blank.span())]
    return "".join(one for one, _ in found), [place for _, place in found]


@lru_cache(maxsize=2**13)
def _plain_numeral(character: str) -> str | None:
    """Return a numeral alone as plain digits or Chinese ones, and any other character as it is; None if it is left out."""
    if character in _BLANK or INVISIBLE.match(character) or unicodedata.category(character) in ("Mn", "Me"):
        return None
    plain = _TENS.get(character, "")
    if not plain and (character.isnumeric() or "⼀" <= character <= "⿕"):  # Kangxi radicals: ⼀ looks like 一
        folded = unicodedata.normalize("NFKC", character)
        plain = folded if _NUMERALS.fullmatch(folded) else _value(character)
    return plain or character


def _value(character: str) -> str:
    """Return a number that is no digit, such as Ⅸ or ½, in digits; "" for a word of Chinese that is a numeral too."""
    return f"{unicodedata.numeric(character):g}" if unicodedata.category(character) in ("Nl", "No", "Nd") else ""


_PLAIN = dict(zip("壹弌幺贰貳弍叁弎參参肆伍陆陸柒捌玖拾佰仟", "一一一二二二三三三三四五六六七八九十百千", strict=True))
_TENS = {
    "廿": "二十",
    "卄": "二十",
    "卅": "三十",
    "丗": "三十",
    "卌": "四十",
    "皕": "二百",
    "萬": "万",
    "億": "亿",
    "兩": "两",
}
_CAPITALS = re.compile(f"[零{''.join(_PLAIN)}]{{2,}}")
"""Alone 伍 and 陆 are names and words."""
_NUMERALS = re.compile("[0-9零〇一二两三四五六七八九十百千万亿]+")
_BETWEEN = re.compile(f"(?<={_NUMERALS.pattern[:-1]})[^\\S\n]+(?={_NUMERALS.pattern[:-1]})")


def fold(text: str) -> str:
    """Return text for comparison: NFKC, without invisible characters and white space, radicals as ideographs, lower case."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
        if _OF_RADICALS.search(text):
            text = text.translate(_RADICALS)
    return "".join(text.split()).lower()


_RADICALS = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄"
    "⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲㇆㇏㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡",
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西"
    "见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀𠃌乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎",
)
"""The radicals and strokes that look like an ideograph (Unicode's EquivalentUnifiedIdeograph, but for what NFKC does):
many PDFs give ⻢ for 马."""
_OF_RADICALS = re.compile("[⺀-⻳㇀-㇥]")


def fold_number(text: str) -> str:
    """Return a number for comparison: as fold does, with one kind of brackets and dashes."""
    folded = fold(text)
    return folded if folded.isascii() and not _SOME.search(folded) else folded.translate(_SAME)


_SAME = (
    {ord(bracket): "(" for bracket in "〔【[{「『〖〘〚《〈⟦⟨❲"}
    | {ord(bracket): ")" for bracket in "〕】]}」』〗〙〛》〉⟧⟩❳"}
    | {ord(dash): "-" for dash in "‐‑‒–—―−﹘"}
)
_SOME = re.compile(r"[\[\]{}]")
