"""The page on which the public reads a version of a report: the signed page, with the site's links around it.

What was signed stays in the site byte for byte, beside this page; it cannot know of a correction to come. So its text is
taken over unchanged, and links to the other pages, to the files and to a newer version are put before and after it.
"""

from __future__ import annotations

from ..review.state import Publication
from .pages import draw_part, style
from .published_reports import PublishedReport


def reading_path(one: PublishedReport, version: Publication) -> str:
    """Return the path of the page of a version; the folder of the version itself stays as it was published."""
    return f"{one.folder}/{version.version}.html"


def reading_page(signed: bytes, one: PublishedReport, version: Publication) -> bytes:
    """Return the page of a version: the signed one with a style, a head and an end of the site."""
    newer = next((other for other in one.versions if other.version > version.version), None)
    top, end = (draw_part(name, one=one, version=version, newer=newer) for name in ("reading_top", "reading_end"))
    page = signed.decode()
    for mark, added in (("</head>", f"<style>\n{style('reading.css')}</style>\n"), ("</body>", end)):
        before, found, after = page.rpartition(mark)
        page = f"{before}{added}{found}{after}"
    before, found, after = page.partition("<body>\n")
    return f"{before}{found}{top}{after}".encode()
