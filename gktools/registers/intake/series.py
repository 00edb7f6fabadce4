"""Several numbers in one cell: 示罚〔2024〕3-8号, 1、2、5号. A question decides whether they are one record or several.

Two readings of a cell: may_be_several finds every cell that is not plainly one number, several_in the numbers in it. A
cell that may be several and whose numbers are not found (3号等) is asked about as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ...forms.characters import odd_digits

_LONGEST = 1000
"""The maximum number of numbers in a range."""
_DASH = r"\s*(?:[-－–—―~～]|至|到)+\s*"
_RANGE = re.compile(
    rf"(?P<head>(?:.*\D)?)(?P<first>\d{{1,6}})(?:号)?{_DASH}第?(?P<last>\d{{1,6}})(?P<tail>号?)", re.DOTALL
)
_REPEATED = re.compile(
    rf"(?P<head>.*\D)(?P<first>\d{{1,6}})(?:号)?{_DASH}(?P=head)(?P<last>\d{{1,6}})(?P<tail>号?)", re.DOTALL
)
"""A range that writes its beginning twice: 示罚〔2024〕3号至示罚〔2024〕8号."""
_SEPARATOR = re.compile(
    r"\s*[、，,;；和及&+|]\s*|(?<=号)\s+|(?<=号)\s*/\s*|(?<=号)(?=第?\d{1,6}号)|(?<=[号\d])\s*[\r\n]+\s*"
)
_PLAIN = re.compile(rf"第?\d{{1,6}}(?:{_DASH}第?\d{{1,6}})?号?")
_WITH_YEAR = re.compile(r"(?:19|20)\d\d[-－–—]")
_WHOLE = re.compile(r".*\D\d{1,6}号?")
_GROUPED = re.compile(r"\D*\d{1,3}(?:[,，]\d{3})+\D*")
_HINTS = frozenset("-－–—―~～至到、，,;；和及&+|等共/.．件份宗\r\n\t 　")
"""What several numbers in a cell are written with; a 号 that is not the last sign is the other hint."""
_LISTED = frozenset("、，,;；和及&+|等共至到\r\n")
_SIGNS = frozenset("号第字)）]］〕】")
"""Without one of these before its numbers or behind them a dash makes no range: 24-35 is one number."""
_COUNTED = re.compile(r"[等共计（(]\s*(\d{1,4}|[一二两三四五六七八九十])\s*[件份个宗起项]")
"""How many there are, without their numbers: 示罚〔2024〕3号等5件."""
_NUMERALS = {"两": 2} | {sign: value for value, sign in enumerate("一二三四五六七八九十", start=1)}
_POINTED = re.compile(r"[)）\]］〕】]第?\d{1,6}(?:[.．]\d{1,6})+号?$")
_MARKED = re.compile(r"[)）\]］〕】第字号]$")


_CHINESE = "〇零一二三四五六七八九十百千两廿卅壹贰叁肆伍陆柒捌玖拾"
_NUMERAL = re.compile(f"[0-9]+|[{_CHINESE}]+")
_USUAL = re.compile(
    rf"(?:(?![{_CHINESE}等多余数几起至到和及与])[A-Za-z\u4e00-\u9fff])*(?:[〔(（[【]?(?:19|20)\d\d[〕)）\]】年-]?)?(?:字?第)?[0-9]*号?"
)
"""How nearly all numbers are written, so that they cost one look: 依申〔2024〕5号, 2024-003, YSQ20240001."""
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_SHORT_YEAR = re.compile("[123][0-9]")
_BRACKETED_YEAR = re.compile(r"[(\[](?:19|20)[0-9]{2}[)\]]")
_MORE = re.compile(
    r"等(?=$|[\W\d等多余数几若共诸各]|[一二两三四五六七八九十百])|若干|(?:多|余|数|几)\s*[件份宗起]"
    r"|(?<![第\d.])(?:[2-9]|[1-9]\d+)\s*[件份宗起]|(?<!第)[二两三四五六七八九十百]+\s*[件份宗起]"
    r"|(?:起|以后|以下|以上|之后|其他|其余|[-~至到和及与]|\.\.+)$"
)
"""Words that say that there is more than the number: 3号等, 3号及其他, 三件, 多件."""
_AND = re.compile(r"[号件)\]\s]*起?\s*(?:[至到和及与并暨跟或同加]|以及|连同|(?i:or|and|to|thru|through)(?![A-Za-z]))")
_AND_NUMBER = re.compile(rf"{_AND.pattern}\s*第?\s*")
"""A word between two numbers that makes a list or a range of them; behind a year only if a number follows: 2024和平3号."""
_LINES = re.compile(r"\s*[\r\n]\s*")
_JOINT = re.compile(r"\s*号?[-_/.:·\\\s'\"“”‘’#<>《》{}°()\[\]]*第?\s*")
"""What stands between two parts of one number as well as between two numbers."""
_INSIDE = frozenset("-_()[]")
"""What parts of one number are joined with where the second is not the greater: 3-1号, 12(1)."""
_LETTERS = re.compile(r"[\w()\[\]\s\-_/.:·\\'\"“”#<>《》{}‘’°]*")
"""What never means several by itself; any other sign between two numerals does: 、 ， ; & + | ~ …"""
_NUMBERED = re.compile(rf"[0-9{_CHINESE}]\s*号.*[0-9{_CHINESE}]\s*号|[0-9{_CHINESE}]\s*号\s*第")
_PART, _LIST = r"(?:[A-Za-z甲乙丙丁戊己庚辛壬癸]|[IVX]{1,4})", r"\)?\s*[、,;/&+和及与至到~]+\s*[-(第]*"
_TWO = (
    re.compile(r"(?<![〇零一二三四五六七八九十百千两廿卅0-9])(?!(?:一[八九]|二[〇零])..)[一二三四五六七八九]{2,}\s*号"),
    re.compile(r"^[^\W\d_年月第之附补续号][1-9]\d*(?:号?[^\W\d_a-zA-Z年月日第之附补续号卷册批次期件][1-9]\d*)+号?$"),
    re.compile(r"(?:[)\]第字]\d+|\d\s*号)\s*[xX]\s*\d+\s*号?$|^\d+\s*[xX]\s*\d+\s*号$"),
    re.compile(rf"[\d)\]第字-]{_PART}{_LIST}{_PART}\)?\s*号?$|^[IVX]+{_LIST}[IVX]+\s*号?$"),
)
"""Two numbers without a sign between them, or with parts for numbers: 三八号, 信3网4, 3x4号, 3a、b号, Ⅲ、Ⅳ号."""
_BEFORE, _BEHIND = (
    re.compile(r"[)\]第字号][(\[]*(?:[0-9]+[-_/.:·\\\s]+)*$"),
    re.compile(r"(?:[-_/.:·\\\s]+[0-9]+)*\s*号"),
)
_FOLDED = (
    {ord(bracket): "(" for bracket in "（〔【［〖「『"}
    | {ord(bracket): ")" for bracket in "）〕】］〗」』"}
    | {ord(dash): "-" for dash in "－‐‑‒–—―−﹘﹣ー─━"}
    | {ord(dots): ".." for dots in "…⋯‥"}
    | {ord("號"): "号", ord("ˉ"): "-"}
    | {ord(stroke): "|" for stroke in "丨ㅣǀ"}
)


def folded_numerals(text: str) -> str:
    """Return a text with numerals of another shape (③, Ⅷ, ３) as plain digits, apart from the digit before them: ③④ is 3、4."""
    if not odd_digits(text):
        return text
    found = ""
    for sign in text:
        if not odd_digits(sign):
            found += sign
            continue
        found += "、" * found[-1:].isnumeric() + str(int(unicodedata.numeric(sign)))
    return found


def may_be_several(text: str) -> bool:
    """Return whether a cell may stand for several numbers, so that a person has to say: whatever is not plainly one."""
    if _USUAL.fullmatch(text):
        return False
    plain = unicodedata.normalize("NFKC", folded_numerals(text).translate(_FOLDED)).translate(_FOLDED)
    if _MORE.search(plain) or _NUMBERED.search(plain) or len(_BRACKETED_YEAR.findall(plain)) > 1:
        return True
    if any(shape.search(plain) for shape in _TWO):
        return True
    if _GROUPED.fullmatch(plain):
        return False
    numerals = [*_NUMERAL.finditer(plain)]
    return _head_again(plain, numerals) or any(_apart(plain, numerals, nth) for nth in range(len(numerals) - 1))


def _head_again(plain: str, numerals: list[re.Match[str]]) -> bool:
    """Return whether the beginning of a number is written again behind it: XK009-XK011."""
    head = re.sub(r"[\W_]", "", plain[: numerals[0].start()]) if numerals else ""
    again = numerals and head and re.search(rf"[\W_号]{re.escape(head)}", plain[numerals[0].end() :])
    at_once = len(head) > 1 and not _YEAR.fullmatch(numerals[0][0]) and plain.startswith(head, numerals[0].end())
    return bool(again) or at_once


def _apart(plain: str, numerals: list[re.Match[str]], nth: int) -> bool:
    """Return whether a numeral and the next one may be of two numbers, by what stands between and around them."""
    left, right = numerals[nth], numerals[nth + 1]
    between = plain[left.end() : right.start()]
    if not _LETTERS.fullmatch(between) or ".." in between:
        return True
    if _YEAR.fullmatch(left[0]) and not between.lstrip().startswith("号"):
        return bool(_AND_NUMBER.fullmatch(between) or _LINES.fullmatch(between))
    if _AND.match(between) or _LINES.search(between):
        return True
    return bool(_JOINT.fullmatch(between)) and not _YEAR.fullmatch(right[0]) and _joint_may_part(plain, numerals, nth)


def _joint_may_part(plain: str, numerals: list[re.Match[str]], nth: int) -> bool:
    """Return whether a dash, stroke, dot or blank between two numerals may be of a range or a list: 3-8号, not 2024-003."""
    left, right = numerals[nth], numerals[nth + 1]
    first, last = left[0], right[0]
    signs = set(plain[left.end() : right.start()].replace(" ", "") or " ") - {"第"}
    if signs <= set(")]") and plain[: left.start()].endswith(("(", "[")):
        return False
    if "号" in signs and signs.isdisjoint(_INSIDE):
        return True
    follows = not (first.isascii() and last.isascii()) or int(first[-len(last) :]) < int(last)
    if _BEFORE.search(plain[: left.start()]) or _BEHIND.match(plain, right.end()):
        return follows or signs.isdisjoint(_INSIDE)
    alone = len(numerals) == 2 or not re.search(r"[^\W\d_]", plain)
    part = _SHORT_YEAR.fullmatch(first) or (last.startswith("0") and len(last) > len(first)) or len(last) > 4
    return alone and follows and not part and signs.isdisjoint(".:·") and not plain[: left.start()].endswith(("-", "_"))


def several_in(text: str) -> tuple[str, ...]:
    """Return the complete numbers in a cell; empty if it has only one, or if it does not say which they are.

    Where a cell only states how many there are, each is the cell with its place among them.
    """
    text = folded_numerals(text)
    if _is_plainly_one(text):
        return ()
    if counted := _COUNTED.search(text):
        several = int(counted[1]) if counted[1].isdecimal() else _NUMERALS[counted[1]]
        return tuple(f"{text}之{nth}" for nth in range(1, several + 1)) if 1 < several <= _LONGEST else ()
    text = re.sub(r"(?<=\d)[^\S\r\n]+(?=号)", "", text)
    if pointed := _POINTED.search(text):
        text = text[: pointed.start()] + re.sub(r"[.．]", "、", pointed[0])
    parts = _SEPARATOR.split(text) if not _GROUPED.fullmatch(text) else [text]
    first, *others = parts
    if not all(_PLAIN.fullmatch(part) or _WHOLE.fullmatch(part) for part in others) or not re.search(r"\d号?$", first):
        return ()
    numbers = list(_ranged(first))
    head = re.sub(r"\d{1,6}号?$", "", numbers[0])
    tail = "号" if text.endswith("号") else ""
    for part in others:
        follows = _PLAIN.fullmatch(part) and not _WITH_YEAR.match(part)
        whole = head + re.sub(r"^第(?=\d)", "", part) if follows else part
        numbers += _ranged(whole)
    if len(numbers) < 2 or any(map(may_be_several, numbers)):
        return ()
    return tuple(number.removesuffix("号") + tail for number in numbers)


def _is_plainly_one(text: str) -> bool:
    """Whether a glance shows that a cell holds one number, as most do: 示罚〔2024〕3号, 11370100MB2857/2024-00012."""
    if _HINTS.isdisjoint(text):
        return "号" not in text[:-1]
    return _LISTED.isdisjoint(text) and _SIGNS.isdisjoint(text) and not _begins_again(text)


def _begins_again(text: str) -> bool:
    return not text[0].isdigit() and text.find(text[0], 1) > 0


def _ranged(text: str) -> Iterator[str]:
    """Yield the numbers of a range, or the text itself if it is not a range."""
    found = (_begins_again(text) and _REPEATED.fullmatch(text)) or _RANGE.fullmatch(text)
    if found and (found.re is _REPEATED or found["tail"] or _MARKED.search(found["head"])):
        first, last = int(found["first"]), int(found["last"])
        if first < last < first + _LONGEST:
            width = len(found["first"]) if found["first"].startswith("0") else 0
            yield from (f"{found['head']}{number:0{width}}{found['tail']}" for number in range(first, last + 1))
            return
    yield text
