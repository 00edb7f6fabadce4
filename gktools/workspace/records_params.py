"""params/records.yaml: whether personal texts are stored, and how the numbers of registers are given."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter, field_validator

from ..errors import ParamsError
from ..yamlfile import UnreadableYamlError, read_yaml, validate
from .model import Line

RECORDS = "records.yaml"


class Numbering(BaseModel):
    """一张登记表的编号怎么编，谁定的，为什么。"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    way: Literal["yearly", "throughout"] = Field(
        title="怎么编", description="yearly 每年从头编，编号加年份才是一件；throughout 一直连着编，编号就是一件"
    )
    person: Line = Field(min_length=1, max_length=50, title="谁定的")
    reason: str = Field(min_length=2, max_length=500, title="为什么")

    @field_validator("person", "reason")
    @classmethod
    def _is_written(cls, text: str) -> str:
        if text in ("谁定的", "为什么"):
            raise ValueError("请写上是谁定的、为什么")
        return text


class RecordsParams(BaseModel):
    """台账库的口径。"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_personal: StrictBool = Field(
        False, title="保存个人信息", description="true 另表保存申请人名称、证件号、联系方式；false 只留加密的指纹"
    )
    numbering: dict[str, dict[str, Numbering]] = Field(
        {}, title="编号怎么编", description="机关代码 → 登记表名 → 怎么编；导入时问到的才要写"
    )

    def numbering_of(self, office: str, *names: str) -> Numbering | None:
        """Return how a register of an office, given by all its names, is numbered; None if nothing is decided."""
        known = self.numbering.get(office, {})
        return next((known[name] for name in names if name in known), None)


def read_records_params(path: Path) -> RecordsParams:
    """Return the parameters in the file; the defaults if there is no file. Raises ParamsError with every wrong line."""
    name = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        return RecordsParams()
    try:
        document = read_yaml(path, name)
    except UnreadableYamlError as error:
        raise ParamsError(problems=[error.problem]) from None
    params, problems = validate(TypeAdapter(RecordsParams), document)
    if problems:
        raise ParamsError(problems=problems)
    return params  # type: ignore[no-any-return]
