"""Small reports for tests: a report.json completed from a few of its members."""

from __future__ import annotations

from typing import Any

from gktools.workspace.report_data import ReportData


def whole_json(given: dict[str, Any]) -> dict[str, Any]:
    """Return a report.json with the given members, and the others empty as far as the schema allows."""
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
    """Return the completed report.json as ReportData."""
    return ReportData.from_json(whole_json(given))


def _prose(key: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "title": "", "paragraphs": [], "headings": [], "figures": []} | given
