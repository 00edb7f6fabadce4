"""The permitted content of a register's cells, and the stored value of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ...errors import nearest
from ...forms.characters import odd_digits, strip_invisible
from ..dispositions import disposition
from ..schema import Field, fold
from .series import may_be_several, several_in
from .units import YUAN, fen, in_cell

_FIRST, _LAST = date(1949, 10, 1), date(2099, 12, 31)
_EXCEL_EPOCH = date(1899, 12, 30)
_MOST = 10**15
"""The maximum of a number or an amount in 分: more than any office counts, and exact in a JSON number."""
_FAILED_FORMULAS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


@dataclass(frozen=True)
class Broken:
    """A cell with a formula that has no value: the displayed text, and what to do."""

    shown: str
    why: str = "这一格的公式出错了，请改成数值或文字"

    def __str__(self) -> str:
        return self.shown


class Unclear(ValueError):  # noqa: N818 - a question, not a mistake
    """A cell with two readings: the code of its question, and the value by answer.

    subject is the question's subject if it is not the column; the value LEFT_OUT removes the record.
    """

    def __init__(self, code: str, outcomes: Mapping[str, object], subject: str = "", **values: object) -> None:
        super().__init__(code)
        self.code, self.outcomes, self.subject, self.values = code, outcomes, subject, values


LEFT_OUT = object()


@dataclass(frozen=True)
class Several:
    """The values of a cell whose record becomes one record for each."""

    values: tuple[str, ...]


NO_RESULT = "这一格的公式没有存下结果；请用 Excel 打开、保存后再导入，或者直接改成数值或文字"


def parse(field: Field, value: Any, unit: str = YUAN) -> Any:
    """Return the stored value of a cell, None if it is empty. Raises ValueError with a Chinese sentence.

    unit is the unit of an amount's column, "" if there is none. Raises Unclear for a cell with two readings.
    """
    if isinstance(value, Broken):
        raise ValueError(value.why)
    if too_long := about_length(field, value):
        raise ValueError(too_long)
    text = strip_invisible(text_of(value)).strip()
    if quoted := _QUOTED.fullmatch(text):
        value = text = quoted[1].strip()
    if not text or _says_nothing(field, text):
        return None
    if field.asks and (code := field.asks.get(fold(text))):
        raise Unclear(code, {}, f"{field.heading}={text}", word=text)
    if text in _FAILED_FORMULAS:
        raise ValueError(Broken(text).why)
    if field.type == "date":
        return _date(value, text)
    if field.type == "yuan":
        return _amount(field, text, unit)
    if field.type in ("count", "number"):
        return {"count": _count, "number": _plain}[field.type](_number(_without_counter(field, text)))
    if field.type == "yes_no":
        if fold(text) in ("是", "√", "有", "yes", "true"):
            return True
        if fold(text) in ("否", "×", "无", "no", "false"):
            return False
        raise ValueError("只能填 是 或 否")
    if field.type == "disposition":
        return disposition(field, text)
    if field.vocabulary:
        if (known := field.vocabulary.get(fold(text))) is not None:
            return known
        raise ValueError(f"不是可填的内容{nearest(text, field.allowed)}（可填：{'、'.join(field.allowed)}）")
    if isinstance(value, date) and field.required:
        raise ValueError("被 Excel 认成了日期；请把这一列设成“文本”格式，重新填写")
    whole = _text(value, text)
    if field.refers_to and not _NUMERAL.search(whole):
        raise ValueError("这里写那一条记录的编号；没有的留空")
    if not field.any_word and _DITTO.fullmatch(fold(text)):
        raise ValueError("写的是“同上”一类的话，不知道是哪一行的；请写出这一格自己的内容")
    if field.series and may_be_several(text):
        raise _which(text, whole)
    return whole


def _without_counter(field: Field, text: str) -> str:
    """Return a number without the column's own counter behind it: 1条 among 条数."""
    return next((text.removesuffix(word).rstrip() for word in field.counters if text.endswith(word)), text)


def _which(text: str, whole: str) -> Unclear:
    """Return the question about a number that may be several: with them, or without if the cell does not say which."""
    if len(numbers := several_in(text)) > 1:
        outcomes = {"one": whole, "each": Several(numbers)}
        return Unclear("number.several", outcomes, count=len(numbers), first=numbers[0], last=numbers[-1])
    return Unclear("number.unlisted", {"one": whole})  # not quoted: it may name a person


def about_length(field: Field, value: Any) -> str:
    """Return what to say of a cell that is longer than its field may be; empty if it is not."""
    if not isinstance(value, str) or len(value) <= field.longest:  # what is no text is short
        return ""
    count = len(value.strip())
    return f"太长：有 {count} 个字，这一栏一格最多 {field.longest} 个；请缩短" if count > field.longest else ""


def _says_nothing(field: Field, text: str) -> bool:
    """Return whether a cell is a placeholder for no value. Raises ValueError if the field is required.

    Not for texts that may be values: 0 in a number, 否 in a yes-or-no field, any word where empty has a meaning.
    """
    if text[0] in "123456789" or len(text) > _LONGEST_PLACEHOLDER or field.any_word:
        return False
    word = fold(text)
    if word in field.empty_words:
        return True
    if not (word in _PLACEHOLDERS or _STROKES.fullmatch(word) or (field.refers_to and word in _NO)):
        return False
    if field.required and field.type == "text":
        raise ValueError(f"必填，不能写“{text}”")
    return not (field.required or field.type == "yes_no" or field.default is not None)


_PLACEHOLDERS = frozenset(
    {"无", "空", "空白", "暂无", "没有", "不涉及", "未涉及", "未发生", "不适用", "n/a", "na", "nil", "none", "null",
     "(无)", "(空)", "(空白)", "(不涉及)", "无。", "无此项", "无内容"}
)  # fmt: skip
_STROKES = re.compile(r"[-‐‑‒–—―−ー_/\\]+|[.·…。]{2,}")
_DITTO = re.compile("[-—(]*(同上|同前|同左|同右|同下|同上行|同上一行|如上|[〃〞〟\"“”々]|′′|'')[-—)]*")
"""Texts for the content of another cell."""
_NO = frozenset({"0", "否"})
"""Texts for no reference, in a field that refers to another record."""
_LONGEST_PLACEHOLDER = 12
_NUMERAL = re.compile(r"[0-9〇零一二三四五六七八九十百]")


def _text(value: Any, text: str) -> str:
    if _UNSAVEABLE.search(text):
        raise ValueError("里面有不能保存的控制字符，请重新输入这一格")
    if _MANGLED.fullmatch(text) or (isinstance(value, int | float) and abs(value) >= _MOST):
        raise ValueError("长数字被 Excel 改写过，后面的位数已经不准；请把这一列设成“文本”格式，重新填写完整")
    plain = _WIDE.sub(lambda found: chr(ord(found[0]) - 0xFEE0), text)
    clean = " ".join(plain.split())
    return text if clean == text else clean


LONGEST = 32767
"""The maximum number of characters of a cell, as in Excel."""
_UNSAVEABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_QUOTED = re.compile('="([^"]*)"')
"""The form in which some systems export a number so that Excel keeps its leading zeros."""
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")
"""Full-width digits and letters: ３号 and 3号 are one number."""
_MANGLED = re.compile(r"\d(\.\d+)?[eE]\+\d{2,3}")


def _date(value: Any, text: str) -> date:
    found: date | None = None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, int | float) and not isinstance(value, bool) and 20000 <= value <= 73000:
        found = _EXCEL_EPOCH + timedelta(days=int(value))
    elif is_serial(text):
        found = _EXCEL_EPOCH + timedelta(days=int(text.partition(".")[0]))
    else:
        text = re.sub(r"(\s+|T)\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", "", text)
        if odd_digits(text):
            raise ValueError(_ODD)
        if _APART.search(text):
            raise ValueError(_TWO)
        parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", fold(text)) or re.fullmatch(
            r"(\d{4})(\d{2})(\d{2})", fold(text).removesuffix(".0")
        )
        if parts:
            try:
                found = date(*(int(part) for part in parts.groups()))
            except ValueError:
                raise ValueError("没有这一天") from None
    if found is None:
        raise ValueError("不是日期，请写成 2024-03-05 的样子")
    if not _FIRST <= found <= _LAST:
        raise ValueError("日期不在合理的年份里")
    return found


def is_serial(text: str) -> bool:
    """Return whether a text is one of Excel's day numbers: 45356, 45356.375."""
    return _SERIAL.fullmatch(text) is not None and 20000 <= int(text[:5]) <= 73000


_SERIAL = re.compile(r"[2-7][0-9]{4}(\.[0-9]+)?")


def _number(text: str) -> Decimal:
    if odd_digits(text):
        raise ValueError(_ODD)
    if _APART.search(text) and not _GROUPED.fullmatch(text):
        raise ValueError(_TWO)
    plain = fold(text)
    if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", plain):
        plain = plain.replace(",", "")
    if re.search(r"[0-9]e\+[0-9]", plain):
        raise ValueError("是科学计数的写法，后几位可能已经丢了；请把这一格设成“数值”格式，写全数字")
    plain = re.sub(r"^\(([^()+-]+)\)$", r"-\1", plain.replace("−", "-"))  # as ledgers write what is below nought
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?", plain):
        raise ValueError("只能填数字，不要写单位或说明")
    return Decimal(plain)


_APART = re.compile(r"\d\s+\d")
"""Digits separated by white space, possibly two values."""
_NARROW, _SPACE = r"[\u00a0\u2007\u2009\u202f]", r"[^\S\n\r\v\f\x85\u2028\u2029]"
_GROUPED = re.compile(
    rf"[^\d\s]*\d{{1,3}}(?:(?:{_NARROW}\d{{3}})+(?!\d)(?:\.\d*)?"
    rf"|(?:{_SPACE}\d{{3}}){{2,}}(?!\d)(?:\.\d*)?|{_SPACE}\d{{3}}\.\d+)[^\d\s]*"
)
"""A number with groups of three digits, on one line; 100 100 with an ordinary space may as well be two numbers."""
_ODD = "里面有上标、带圈或分数样子的数字，分不清是数还是注的号；请只写数字"
_TWO = "数字中间有空格或换行，分不清是一个值还是两个；一格只写一个值，请分成两行登记，或者去掉空格"


def _not_of_thousands(number: Decimal) -> None:
    """Raise ValueError for 1.200, which may be written for 1200: a number below a thousand with three decimals."""
    if number.as_tuple().exponent == -_GROUP and 1 <= abs(number) < 10**_GROUP:
        raise ValueError("小数点后面正好三位，分不清是小数还是千分位；请写成 1200 或者 1.2 的样子，不写多余的 0")


_GROUP = 3


def _count(number: Decimal) -> int:
    _not_of_thousands(number)
    if number != number.to_integral_value() or number < 0:
        raise ValueError("只能填非负整数")
    return int(_bounded(number))


def _amount(field: Field, text: str, unit: str) -> int:
    """Return an amount in 分, by the unit beside it or above its column."""
    written, beside = in_cell(text)
    number = _number(written)
    if field.refunds and number < 0:
        raise Unclear("amount.negative", {"net": -_with_unit(-number, beside, unit), "leave": LEFT_OUT})
    return _with_unit(number, beside, unit)


def _with_unit(number: Decimal, beside: str, unit: str) -> int:
    """Return an amount in 分 by the unit beside it, else that of the column; raises Unclear where they differ or neither is given."""
    if beside and unit and beside != unit:
        outcomes = {"cell": _fen(number, beside), "column": _fen(number, unit)}
        raise Unclear("unit.cell", outcomes, beside=beside, unit=unit)
    if not (beside or unit or number == 0):
        raise Unclear("unit.none", {})
    amount = _fen(number, beside or unit or YUAN)
    if (beside or unit) == YUAN:
        _not_of_thousands(number)
    return amount


def _fen(number: Decimal, unit: str) -> int:
    amount = fen(number, unit)
    if number < 0 or amount.denominator != 1:
        converted = "" if unit == YUAN else f"；按{unit}换算成元"
        raise ValueError(f"金额不能为负，最多两位小数（单位：元{converted}）")
    return int(_bounded(Decimal(amount.numerator)))


def _bounded(number: Decimal) -> Decimal:
    if number > _MOST:
        raise ValueError("数太大，请看是不是多写了位数")
    return number


def _plain(number: Decimal) -> str:
    if abs(number) > _MOST or Decimal(repr(float(number))) != number:
        raise ValueError("数字的位数太多，最多 15 位")
    return format(number, "f")


def text_of(value: Any) -> str:
    """Return the text of a cell as Excel displays it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".15g")
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)
