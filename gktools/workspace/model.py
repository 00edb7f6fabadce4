"""The base of the models of parameter files, and mistakes reported at their fields."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from ..errors import hidden_character

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_OF_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
"""Names that Windows gives to no file or folder."""


def is_code(text: str) -> bool:
    """Return whether a text may be the code of an office: the name of a folder on every system, and part of an address."""
    return bool(_CODE.fullmatch(text)) and not _OF_WINDOWS.fullmatch(text)


Text = Annotated[str, Field(max_length=20_000)]
Short = Annotated[str, Field(max_length=300)]
"""A text within a line or a paragraph, such as an address."""


def _in_one_line(text: str) -> str:
    if found := hidden_character(text, lines=False):
        raise ValueError(f"里有“{found}”，请写成一行，重新输入")
    return text


Line = Annotated[str, AfterValidator(_in_one_line)]
"""A name: no line ends, and no characters that steer a terminal."""
ShortLine = Annotated[str, Field(max_length=300), AfterValidator(_in_one_line)]


class Model(BaseModel):
    """A part of a parameter file; no text in it has characters that nobody sees."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _seen(cls, value: object) -> object:
        if isinstance(value, str) and (found := hidden_character(value)):
            raise ValueError(f"有看不见的“{found}”：请删掉它，重新输入这一段")
        return value


_Value = TypeVar("_Value")


class FieldProblem(NamedTuple):
    path: tuple[str, ...]
    message: str


def raise_problems(wrong: list[FieldProblem], value: _Value) -> _Value:
    """Return the value if nothing is wrong. Raises ValidationError with every mistake at its own place."""
    if not wrong:
        return value
    details = [
        InitErrorDetails(type=PydanticCustomError("value_error", "{error}", {"error": message}), loc=path, input=None)
        for path, message in wrong
    ]
    raise ValidationError.from_exception_data("params", details)
