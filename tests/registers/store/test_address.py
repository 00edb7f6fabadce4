"""The address of the store: built from its parts, never pasted; what names no lasting place is refused."""

from __future__ import annotations

import os

import pytest

from gktools.errors import RecordsError
from gktools.registers.store.address import store_address
from gktools.registers.store.opening import memory_store, open_store

SECRET = "s3cret"


@pytest.fixture(autouse=True)
def no_address(monkeypatch):
    monkeypatch.delenv("GKTOOLS_RECORDS", raising=False)


@pytest.mark.parametrize(
    "name", ["a%20b", "q?1", "r{year}", "#x", "空 格", "x&y=z", os.fsdecode(b"\xff\xfe"), "file:x"]
)
def test_the_store_of_a_folder_of_any_name_is_in_that_folder(tmp_path, name):
    assert store_address(tmp_path / name).database == str(tmp_path / name / "records.db")


def test_an_address_is_read_with_its_percent_signs_and_a_relative_one_is_in_the_working_folder(tmp_path):
    assert store_address(tmp_path, "sqlite:////srv/a%20b/q%3F1.db").database == "/srv/a b/q?1.db"
    assert store_address(tmp_path, "sqlite:////srv/空 格#1/100%.db").database == "/srv/空 格#1/100%.db"
    assert store_address(tmp_path, "sqlite:///其他.db").database == str(tmp_path / "其他.db")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite://", "没有写明一个文件"),
        ("sqlite:///", "没有写明一个文件"),
        ("sqlite:///:memory:", "没有写明一个文件"),
        ("sqlite+pysqlite:///%3Amemory%3A", "没有写明一个文件"),
        ("sqlite://records.db", "没有写明一个文件"),
        ("sqlite:///file:records.db", "没有写明一个文件"),
        ("sqlite:////srv/a%00b.db", "没有写明一个文件"),
        ("sqlite:///file:x?mode=memory&uri=true", "不能带选项（写了 mode、uri）"),
        ("sqlite:////srv/records.db?mode=memory", "不能带选项（写了 mode）"),
        ("sqlite:////srv/q?1/records.db", "问号写成 %3F"),
        ("sqlite+aiosqlite:////srv/records.db", "地址不能用"),
        ("postgresql+psycopg2://clerk@host/records", "地址不能用"),
        ("/srv/records.db", "地址不能用"),
        (f"postgresql+psycopg://clerk:{SECRET}@host/records?sslmod=require", "不认识的选项：sslmod；可以写的有"),
        (f"postgresql+psycopg://clerk@host/records?password={SECRET}", "不认识的选项：password；"),
    ],
)
def test_what_names_no_lasting_place_or_has_unknown_options_is_refused(tmp_path, monkeypatch, address, said):
    monkeypatch.setenv("GKTOOLS_RECORDS", address)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordsError, match=said.replace("?", r"\?")) as caught:
        open_store(tmp_path)

    assert SECRET not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_what_libpq_knows_may_be_said(tmp_path):
    given = "sslmode=verify-full&connect_timeout=3&application_name=a&options=-c%20work_mem%3D1MB&host=/tmp"
    url = store_address(tmp_path, f"postgresql://clerk:p%40ss@/records?{given}")

    assert (url.drivername, url.password, url.query["sslmode"]) == ("postgresql+psycopg", "p@ss", "verify-full")


def test_a_store_in_memory_is_asked_for_by_name_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with memory_store() as store:
        assert store.imports() == []

    assert list(tmp_path.iterdir()) == []
