"""The pages of the published site and its feed, rendered from templates/ without scripts, external URLs or clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from ..render.documents.formats import FORMATS, reader_labels
from ..render.titles import draw_report_title
from ..workspace import clock
from ..workspace.offices import SCOPES, office_kinds
from .signing import PAYLOAD_TYPE

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from ..review.state import Publication
    from .published_reports import PublishedReport

_TEMPLATES = Path(__file__).with_name("templates")
_NEW_ON_INDEX, _NEW_IN_FEED = 10, 50
NAMES = reader_labels(FORMATS.values())
"""The labels of a report's files for readers, in the order of the page."""


def render_pages(reports: Sequence[PublishedReport], key: str) -> dict[str, str]:
    """Return the pages, style sheet and feed of the site by path; key is the id of the signing key."""
    years = {year: list(own) for year, own in groupby(reports, key=lambda one: one.year)}
    news = list(_news(reports))
    pages = {
        "index.html": _page("index", "", years=years, news=news[:_NEW_ON_INDEX]),
        "terms.html": _page("terms", ""),
        "verify.html": _page("verify", "", key=key, type=PAYLOAD_TYPE),
        "style.css": style("style.css"),
        "feed.xml": _environment().get_template("feed.xml.j2").render(news=news[:_NEW_IN_FEED], id=_feed_id(news)),
    }
    for year, own in years.items():
        kinds = [(office_kinds()[kind].label, list(of)) for kind, of in groupby(own, key=_kind)]
        pages[f"{year}/index.html"] = _page("year", "../", year=year, kinds=kinds, years=list(years), count=len(own))
    by_office: defaultdict[str, list[PublishedReport]] = defaultdict(list)
    for one in reports:
        by_office[one.code].append(one)
    for one in reports:
        others = [other for other in by_office[one.code] if other.year != one.year]
        pages[f"{one.folder}/index.html"] = _page("report", "../../", report=one, others=others)
    return pages


def _kind(one: PublishedReport) -> str:
    return one.newest.body.kind


@dataclass(frozen=True)
class NewsItem:
    """A publication in the feed and on the first page: the report, the version, and a permanent id."""

    report: PublishedReport
    version: Publication
    id: str


def _news(reports: Sequence[PublishedReport]) -> Iterator[NewsItem]:
    """All publications, newest first."""
    versions = [(version, one) for one in reports for version in one.versions]
    for version, one in sorted(versions, key=lambda pair: -pair[0].number):
        name = f"gktools:{one.folder}:{version.version}:{version.seal}"
        yield NewsItem(one, version, f"urn:uuid:{uuid5(NAMESPACE_URL, name)}")


def _feed_id(news: Sequence[NewsItem]) -> str:
    """The permanent id of the feed, derived from the first publication and independent of the key."""
    first = news[-1].id if news else ""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'gktools:feed:{first}')}"


# --- filters for the templates --------------------------------------------------------------------------------


def day(moment: str) -> str:
    """Return the date of a time of the log, in China."""
    at = clock.local(moment)
    return f"{at.year}年{at.month}月{at.day}日"


def listed_name(one: PublishedReport) -> str:
    """Return the name of a report's office in lists, with its scope if a government has two reports."""
    scope = SCOPES[one.newest.body.scope]
    return f"{one.name}（{scope}）" if scope else one.name


def size(count: int) -> str:
    """Return a number of bytes as KB or MB."""
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(1, round(count / 1024))} KB"


def offered(version: Publication) -> list[tuple[str, str, str]]:
    """Return the files of a version in the order of the page: name, label, size."""
    sizes = version.body.sizes
    return [(name, label, size(sizes[name])) for name, label in NAMES.items() if name in sizes]


def heading(version: Publication) -> Markup:
    """Return the title of a version as HTML that breaks between words."""
    return draw_report_title(version.body.title, version.body.name)


def style(name: str) -> str:
    """Return a style sheet of the site."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def draw_part(template: str, **given: object) -> str:
    """Return a template of the site, filled."""
    return str(_environment().get_template(f"{template}.html.j2").render(**given))


def _page(template: str, root: str, **given: object) -> str:
    return draw_part(template, root=root, **given)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"day": day, "heading": heading, "listed_name": listed_name, "offered": offered}
    return environment
