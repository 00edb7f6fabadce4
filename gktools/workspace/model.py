"""The base of the models of parameter files, and mistakes reported at their fields."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

CODE = re.compile(r"[a-z0-9][a-z0-9-]*")


Text = Annotated[str, Field(max_length=20_000)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)


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
