"""Stored hashes carry the name of their algorithm; one is chosen in one place."""

from __future__ import annotations

import hmac
from hashlib import sha3_256, sha256

import pytest

from gktools.workspace import seals
from gktools.workspace.output import Manifest
from gktools.workspace.seals import is_keyed_hash, is_plain_hash, keyed_hash, plain_hash

SECRET = b"\x01" * 32


def test_a_keyed_hash_names_its_algorithm_and_is_that_of_the_purpose():
    stored = keyed_hash(SECRET, "gktools.review", b"abc")

    assert stored == "hmac-sha256:" + hmac.digest(SECRET, b"gktools.review\0abc", "sha256").hex()
    assert is_keyed_hash(SECRET, "gktools.review", b"abc", stored)
    assert plain_hash(b"abc") == "sha256:" + sha256(b"abc").hexdigest()
    assert is_plain_hash(b"abc", plain_hash(b"abc"))


@pytest.mark.parametrize(
    ("secret", "purpose", "data"),
    [(b"\x02" * 32, "gktools.review", b"abc"), (SECRET, "gktools.imports", b"abc"), (SECRET, "gktools.review", b"abd")],
)
def test_another_key_purpose_or_content_has_another_hash(secret, purpose, data):
    assert not is_keyed_hash(secret, purpose, data, keyed_hash(SECRET, "gktools.review", b"abc"))


def test_a_hash_without_a_name_counts_only_where_that_was_said():
    old = hmac.digest(SECRET, b"gktools.review\0abc", "sha256").hex()

    assert is_keyed_hash(SECRET, "gktools.review", b"abc", old, bare=True)
    assert not is_keyed_hash(SECRET, "gktools.review", b"abc", old)
    assert is_plain_hash(b"abc", sha256(b"abc").hexdigest(), bare=True)
    assert not is_plain_hash(b"abc", sha256(b"abc").hexdigest())


@pytest.mark.parametrize(
    "stored", ["", ":", "hmac-md5:00", "md5:00", "hmac-sha256:", "sha256:", "hmac-:00", "指纹", "\ud800"]
)
def test_anything_else_is_no_hash_of_ours(stored):
    assert not is_keyed_hash(SECRET, "p", b"", stored, bare=True)
    assert not is_plain_hash(b"abc", stored, bare=True)


def test_a_plain_hash_is_no_keyed_one_and_the_other_way_round():
    keyed, plain = keyed_hash(SECRET, "p", b""), plain_hash(b"")

    assert not is_keyed_hash(SECRET, "p", b"", keyed.removeprefix("hmac-"))
    assert not is_plain_hash(b"", f"hmac-{plain}")


def test_another_algorithm_is_one_name_more_and_the_old_hashes_still_count(monkeypatch):
    old = keyed_hash(SECRET, "p", b"abc")
    monkeypatch.setattr(seals, "_ALGORITHMS", ("sha256", "sha3_256"))
    monkeypatch.setattr(seals, "PRESENT", "sha3_256")

    assert keyed_hash(SECRET, "p", b"abc").startswith("hmac-sha3_256:")
    assert is_keyed_hash(SECRET, "p", b"abc", keyed_hash(SECRET, "p", b"abc"))
    assert is_keyed_hash(SECRET, "p", b"abc", old)


def test_a_hash_in_a_list_names_its_algorithm_unless_it_is_the_first(monkeypatch, tmp_path):
    old = seals.file_hash(b"abc")
    assert (old, seals.file_hashes(b"abc")) == (sha256(b"abc").hexdigest(), (old,))
    monkeypatch.setattr(seals, "_ALGORITHMS", ("sha256", "sha3_256"))
    monkeypatch.setattr(seals, "PRESENT", "sha3_256")
    new = f"sha3_256:{sha3_256(b'abc').hexdigest()}"

    assert seals.file_hashes(b"abc") == (new, old)
    (tmp_path / "a").write_bytes(b"abc")
    for like, expected in (("", new), (new, new), (old, old)):
        with (tmp_path / "a").open("rb") as file:
            assert seals.file_hash(b"abc", like) == seals.open_file_hash(file, like) == expected
    assert seals.digits(new) == sha3_256(b"abc").hexdigest()
    assert Manifest("a", "甲", 2024, {}, 0, (), {}, None).algorithm == "sha3_256"
