"""Small reports for tests: a few members of a report.json, completed to a whole one."""

from __future__ import annotations

from typing import Any

from gktools.workspace.report_data import ReportData


def whole_json(given: dict[str, Any]) -> dict[str, Any]:
    """Return a report.json with the members given, the others as empty as its schema allows."""
    base = {"office": {"code": "ju", "name": "示例局"}, "scope": None, "year": 2024, "notice": "", "title": ""}
    lists = {"tables": {}, "findings": [], "proof": {"registers": []}}
    return (
        base
        | lists
        | given
        | {
            "opening": _prose("opening", given.get("opening", {})),
            "sections": [_prose("problems", section) for section in given.get("sections", ())],
            "signature": _prose("signature", given.get("signature", {})),
        }
    )


def report_data(given: dict[str, Any]) -> ReportData:
    """Return the report that the completed members make."""
    return ReportData.from_json(whole_json(given))


def _prose(key: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "title": "", "paragraphs": [], "headings": [], "figures": []} | given
