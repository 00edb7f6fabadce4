"""One table of the written formats: what stands in it reaches the command, the seal, the site and the readers."""

from __future__ import annotations

import re
import tomllib
from pkgutil import resolve_name

import pytest
from machine import REPOSITORY

from gktools.build.export import select_formats
from gktools.cli import export as export_command
from gktools.publication import agreement, passages
from gktools.publication.pages import NAMES
from gktools.render.documents.formats import FORMATS, Format, Offer, reader_labels, sealed_files, site_names
from gktools.review.seal import PUBLIC, PUBLISHED
from gktools.review.web.views.report import file_label

ODT = Format(
    "gk-odt",
    ".odt",
    "application/vnd.oasis.opendocument.text",
    "ODT 文档",
    sealed=8,
    offer=Offer(7, "report.odt", "ODT"),
)


# --- a format that is added ----------


def test_an_added_format_is_signed_and_published_and_offered_to_readers():
    formats = {**FORMATS, "odt": ODT}

    assert sealed_files(formats) == PUBLISHED | {"odt": "report.odt"}
    assert site_names(formats.values()) == PUBLIC | {"report.odt": "report.odt"}
    assert list(reader_labels(formats.values()).items()) == [*NAMES.items(), ("report.odt", "ODT")]


def test_an_added_format_can_be_asked_for_and_has_a_name_for_staff(monkeypatch):
    monkeypatch.setitem(FORMATS, "odt", ODT)

    assert select_formats(["odt"]) == ["odt"]
    assert select_formats(["all"])[-1] == "odt"
    assert file_label("report.odt") == "ODT 文档"


def test_what_a_format_needs_names_a_function():
    needs = [resolve_name(one.needs) for one in FORMATS.values() if one.needs]

    assert needs
    assert all(map(callable, needs))


@pytest.mark.parametrize(("place", "position"), [(0, 0), (8, 7)])
def test_a_format_is_sealed_in_its_place(place, position):
    odt = Format("gk-odt", ".odt", "application/vnd.oasis.opendocument.text", "ODT 文档", sealed=place)

    assert list(sealed_files({"odt": odt, **FORMATS})).index("odt") == position


def test_what_is_not_signed_reaches_neither_seal_nor_site():
    internal = Format("gk-odt", ".odt", "application/vnd.oasis.opendocument.text", "ODT 文档")

    assert sealed_files({**FORMATS, "odt": internal}) == PUBLISHED
    assert site_names([*FORMATS.values(), internal]) == PUBLIC
    assert reader_labels([*FORMATS.values(), internal]) == NAMES


# --- those there are ----------


def test_the_orders_are_those_that_signed_reports_and_published_sites_have():
    assert list(PUBLISHED) == ["html", "docx", "pdf", "csv", "public-xlsx", "public-json", "json"]
    assert list(NAMES) == [f"report.{ending}" for ending in ("html", "pdf", "docx", "xlsx", "csv", "json")]
    assert PUBLISHED["public-xlsx"] == "report（公开）.xlsx"
    assert PUBLIC["report（公开）.json"] == "report.json"


def test_seal_site_and_pages_have_what_the_table_says():
    assert sealed_files(FORMATS) == PUBLISHED
    assert site_names(FORMATS.values()) == PUBLIC
    assert reader_labels(FORMATS.values()) == NAMES


def test_nothing_is_published_that_is_not_signed():
    assert PUBLIC.keys() < set(PUBLISHED.values())
    assert set(PUBLISHED.values()) - PUBLIC.keys() == {"report.json"}


@pytest.mark.parametrize("attribute", ["ending", "sealed", "offer.place", "offer.name"])
def test_no_two_formats_have_the_same_place_or_name(attribute):
    name, _, of_offer = attribute.partition(".")
    given = [value for one in FORMATS.values() if (value := getattr(one, name)) is not None]
    values = [getattr(value, of_offer) for value in given] if of_offer else given

    assert len(set(values)) == len(values)


@pytest.mark.parametrize("name", sealed_files(FORMATS).values())
def test_the_gate_can_read_every_signed_file(name):
    kind = name.rpartition(".")[2]

    assert kind in passages._READERS
    assert kind in {*agreement._READERS, "pdf", "json"}


def test_the_help_of_the_command_names_every_format_once():
    named = export_command._FORMATS.removeprefix("格式：").partition("all（")[0]

    assert re.findall(r"[a-z]+(?:-[a-z]+)?", named) == list(FORMATS)


def test_the_handbook_says_what_every_format_is():
    handbook = (REPOSITORY / "docs/handbook.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in handbook.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}

    assert named >= FORMATS.keys()


def exporters() -> dict[str, str]:
    """The exporters that the package declares to nbconvert, by name."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["entry-points"]["nbconvert.exporters"]


def test_the_package_declares_the_exporters_that_are_named():
    declared = {value.replace(":", ".") for name, value in exporters().items() if "-" not in name}
    public = {"gktools.render.documents.xlsx.PublicXlsxExporter", "gktools.render.page.PublicJsonExporter"}

    assert declared == {one.exporter for one in FORMATS.values()} - public | {"gktools.render.page.ReviewExporter"}


def test_an_exporter_has_a_name_that_a_jupyter_server_takes_and_its_former_one():
    """The former one is for nbconvert; a Jupyter server does not list it."""
    served = {name: resolve_name(value) for name, value in exporters().items() if "-" not in name}
    former = {name: resolve_name(value) for name, value in exporters().items() if "-" in name}

    assert {name.replace("_", "-") for name in served} == former.keys()
    for name, exporter in served.items():
        assert re.fullmatch(r"\w+", name)
        assert exporter.output_mimetype
        assert issubclass(former[name.replace("_", "-")], exporter)


def test_a_jupyter_server_does_not_list_the_former_names(monkeypatch):
    former = resolve_name(exporters()["gk-csv"])
    assert former().enabled

    monkeypatch.setattr("jupyter_server.serverapp.ServerApp._instance", object())

    assert not former().enabled
    assert resolve_name(exporters()["gk_csv"])().enabled
