"""Files that the encryption software of an office has encrypted: they look damaged and are not.

Such software encrypts what is written on the computers of an office, and decrypts it for programs on these only. A file of
one kind has a mark; of the others it is known only that their bytes look like chance.
"""

from __future__ import annotations

import math
from collections import Counter

_ESAFENET = b"%TSD-Header-###%"
"""The first bytes of a file encrypted by 亿赛通."""
LOOKED_AT = 1 << 16
"""How many bytes of a file are looked at."""
_FEWEST = 1024
_LIKE_CHANCE = 7.4
"""The bits of information in a byte from which bytes look like chance: Chinese text has less than 7, 1,024 random bytes 7.8."""
_WHAT_TO_DO = "请在装着这个软件的电脑上解密（按单位的规定办，有的要申请），再交解密后的文件"


def encrypted_for_sure(begins: bytes) -> str:
    """Return what to say of a file by its first bytes, if these say that it is encrypted; "" if they do not."""
    if begins.startswith(_ESAFENET):
        return f"文件没有坏，是单位的加密软件（亿赛通）加了密，在别的电脑上打不开；{_WHAT_TO_DO}"
    return ""


def perhaps_encrypted(begins: bytes) -> str:
    """Return what to say of a file that is of no known kind, if its first bytes look like chance; "" if they do not."""
    if len(begins) < _FEWEST or _bits(begins) < _LIKE_CHANCE:
        return ""
    return (
        "打不开，内容不是 Excel 文件，也不是文字：可能是单位的加密软件（如亿赛通、绿盾）加了密，也可能已损坏；"
        f"加了密的，{_WHAT_TO_DO}；没有加密的，请用 Excel 打开后另存为 xlsx 再导入"
    )


def _bits(text: bytes) -> float:
    """Return the bits of information in a byte of a text."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())
