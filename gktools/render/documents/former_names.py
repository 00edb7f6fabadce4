"""The exporters under the names with a hyphen that they had: nbconvert takes them, no Jupyter server lists them.

The address of an export on a Jupyter server has room for letters, digits and underscores only.
"""

from __future__ import annotations

import sys
from typing import Any

from traitlets import default

from ..page import JsonExporter as _JsonExporter
from ..page import ReportExporter as _ReportExporter
from ..page import ReviewExporter as _ReviewExporter
from .csv import CsvExporter as _CsvExporter
from .docx import DocxExporter as _DocxExporter
from .fragment import FragmentExporter as _FragmentExporter
from .pdf import PdfExporter as _PdfExporter
from .xlsx import XlsxExporter as _XlsxExporter


def _unlisted(exporter: Any) -> Any:
    """Return an exporter that a Jupyter server takes for disabled."""

    class Former(exporter):  # type: ignore[misc]
        @default("enabled")
        def _enabled_default(self) -> bool:
            server = sys.modules.get("jupyter_server.serverapp")
            return server is None or not server.ServerApp.initialized()

    return Former


CsvExporter = _unlisted(_CsvExporter)
DocxExporter = _unlisted(_DocxExporter)
FragmentExporter = _unlisted(_FragmentExporter)
JsonExporter = _unlisted(_JsonExporter)
PdfExporter = _unlisted(_PdfExporter)
ReportExporter = _unlisted(_ReportExporter)
ReviewExporter = _unlisted(_ReviewExporter)
XlsxExporter = _unlisted(_XlsxExporter)
