"""The JSON Schemas of the parameter files, for editors."""

from __future__ import annotations

import json
from functools import cache

from pydantic import BaseModel

from ..workspace.calendar_file import CalendarBook
from ..workspace.office_book import OfficeBook
from ..workspace.params_models import ReportParams


def schemas() -> dict[str, str]:
    """Return the JSON Schemas of the parameter files as text, by file name.

    That of the parameters is included under its earlier name too, which the first lines of older files name; in output/
    that name is the schema of report.json.
    """
    models: dict[str, type[BaseModel]] = {
        "parameters.schema.json": ReportParams,
        "report.schema.json": ReportParams,
        "offices.schema.json": OfficeBook,
        "calendar.schema.json": CalendarBook,
    }
    return {name: _schema(model) for name, model in models.items()}


@cache
def _schema(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2) + "\n"
