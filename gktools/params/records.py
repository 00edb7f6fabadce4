"""How the store keeps registers (params/records.yaml): may be missing."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, StrictBool, TypeAdapter

from ..errors import ParamsError
from ..yamlfile import UnreadableYamlError, read_yaml, validate

RECORDS = "records.yaml"


class RecordsParams(BaseModel):
    """台账库的口径。"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_personal: StrictBool = Field(
        False, title="保存个人信息", description="true 另表保存申请人名称、证件号、联系方式；false 只留加密的指纹"
    )


def read_records_params(path: Path) -> RecordsParams:
    """Return what the file says; the defaults if there is none. Raises ParamsError with every wrong line."""
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
