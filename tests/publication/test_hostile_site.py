"""A site, an envelope and a key that somebody else wrote are judged in words, and nothing outside the site is touched."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hostile import WRONG, mutated

from gktools.errors import GktoolsError, visible
from gktools.publication import releases
from gktools.publication.releases import CURRENT, install_release, lock_site
from gktools.publication.signing import SigningKey, create_key, read_key
from gktools.publication.site import ENVELOPE, PUBLIC_KEY, SCHEMA
from gktools.publication.site_verification import SiteCheck, read_signed, verify_site
from gktools.workspace.output import hash_bytes

MANIFEST = {
    "schema": SCHEMA,
    "reports": [{"office": "minzheng", "year": 2024, "version": 1, "seal": "ab"}],
    "files": {"index.html": hash_bytes(b"page"), PUBLIC_KEY: ""},
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are of POSIX")


@pytest.fixture(scope="module")
def key(tmp_path_factory) -> SigningKey:
    return create_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def site(tmp_path, key) -> Path:
    """A small site that is whole; the path is that of its envelope."""
    manifest = json.loads(json.dumps(MANIFEST))
    manifest["files"][PUBLIC_KEY] = hash_bytes(key.public)
    return written(tmp_path, key, manifest)


def written(folder: Path, key: SigningKey, manifest: object) -> Path:
    payload = json.dumps(manifest).encode()
    (folder / "index.html").write_bytes(b"page")
    (folder / PUBLIC_KEY).write_bytes(key.public)
    (folder / "manifest.json").write_bytes(payload)
    (folder / ENVELOPE).write_bytes(key.sign(payload))
    return folder / ENVELOPE


def judged(envelope: Path, public: Path | None = None) -> SiteCheck | str:
    """The judgement, or the words of the refusal; anything else is a failure of the test."""
    try:
        return verify_site(envelope, public)
    except GktoolsError as error:
        return visible(str(error))


def test_a_whole_site_is_intact(site):
    assert judged(site).intact


def test_an_envelope_with_any_value_of_a_wrong_type_is_judged_in_words(site):
    envelope = json.loads(site.read_bytes())
    del envelope["signatures"][0]["keyid"]  # which is for the reader only
    assert envelope["signatures"][0].pop("algorithm") == "ed25519"  # which an older gktools did not write
    for wrong in mutated(envelope):
        site.write_text(json.dumps(wrong), encoding="utf-8")
        found = judged(site)
        assert isinstance(found, str) or not found.intact, wrong


@pytest.mark.parametrize("name", ["sm2", "", None, ["ed25519"]])
def test_a_signature_of_another_algorithm_is_none_that_counts(site, name):
    envelope = json.loads(site.read_bytes())
    envelope["signatures"][0]["algorithm"] = name
    site.write_text(json.dumps(envelope), encoding="utf-8")

    assert not judged(site).signed


def test_a_signed_manifest_with_any_value_of_a_wrong_type_is_judged_in_words(tmp_path, key):
    for wrong in mutated(MANIFEST, WRONG[::2]):
        found = judged(written(tmp_path, key, wrong))
        assert isinstance(found, str) or not found.intact, wrong


def test_a_site_to_publish_on_with_any_value_of_a_wrong_type_is_left_alone_in_words(tmp_path, key):
    (tmp_path / "current").mkdir()
    for wrong in mutated(MANIFEST):
        written(tmp_path / "current", key, wrong)
        with suppress(GktoolsError):
            assert set(read_signed(tmp_path, {key.id}).versions) is not None  # each can be compared with the log's


def test_what_is_on_a_site_is_read_out_of_the_envelope_that_our_key_signed_and_not_out_of_the_list_beside_it(
    tmp_path, key
):
    (tmp_path / "current").mkdir()
    envelope = written(tmp_path / "current", key, MANIFEST)
    (envelope.parent / "manifest.json").write_text(json.dumps(MANIFEST | {"reports": []}), encoding="utf-8")

    assert len(read_signed(tmp_path, {key.id}).versions) == len(MANIFEST["reports"]) > 0
    with pytest.raises(GktoolsError, match="不是这里的密钥签的"):
        read_signed(tmp_path, {"another"})
    envelope.unlink()
    with pytest.raises(GktoolsError, match="不见了"):
        read_signed(tmp_path, {key.id})
    assert read_signed(tmp_path / "none", {key.id}) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"[" * 1_000_000, b"null", b"1" * 5000, b'{"payload": NaN}'])
def test_an_envelope_that_is_none_is_judged_in_words(site, content):
    site.write_bytes(content)

    assert "不是完整的文件" in judged(site)


def test_an_envelope_with_a_million_signatures_does_not_hang(site):
    envelope = json.loads(site.read_bytes())
    envelope["signatures"] = [{"sig": "AAAA"}] * 100_000
    site.write_text(json.dumps(envelope), encoding="utf-8")

    assert "不是完整的文件" in judged(site)


@posix
@pytest.mark.parametrize("name", [ENVELOPE, PUBLIC_KEY])
def test_a_pipe_a_folder_or_a_loop_in_place_of_a_file_is_told(site, name):
    path = site.parent / name
    for put in (os.mkfifo, Path.mkdir, lambda at: at.symlink_to(at.name)):
        path.unlink()
        put(path)
        assert f"{name} 读不出来，或者不是普通的文件" in judged(site)
        path.rmdir() if path.is_dir() else path.unlink()
        path.touch()


@posix
def test_a_device_is_no_key(site):
    assert "读不出来" in judged(site, Path("/dev/zero"))


@posix
def test_links_pipes_and_steering_names_in_a_site_are_differences(site):
    (site.parent / "index.html").unlink()
    os.mkfifo(site.parent / "index.html")
    (site.parent / "away").symlink_to("/etc")
    (site.parent / "a\n网站完整").touch()

    found = judged(site)
    assert (found.altered, found.added) == (("index.html",), ("a\n网站完整", "away"))


def encrypted_key() -> bytes:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret")
    )


def key_of_another_kind() -> bytes:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    return generate_private_key(SECP256R1()).private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        encrypted_key,
        key_of_another_kind,
    ],
    ids=["empty", "zeros", "torn", "encrypted", "another kind"],
)
def test_a_key_that_is_none_is_told(tmp_path, content):
    (tmp_path / "site.key").write_bytes(content if isinstance(content, bytes) else content())
    (tmp_path / "site.key").chmod(0o600)

    with pytest.raises(GktoolsError, match="发布用的密钥 site.key 读不出来"):
        read_key(tmp_path, "")


@posix
@pytest.mark.parametrize("name", [".making", ".current-old", ".current-next"])
def test_what_stands_where_a_release_is_written_leads_nowhere(tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").touch()
    folder = tmp_path / "site"
    folder.mkdir()
    for put in (lambda at: at.symlink_to(tmp_path / "elsewhere"), Path.mkdir, Path.touch, os.mkfifo):
        put(folder / name)
        with lock_site(folder):
            install_release(folder, {"index.html": name.encode(), "manifest.json": b"{}"}, lambda _: b"")
        assert (folder / "current/index.html").read_bytes() == name.encode()
        assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["kept"]
        assert not os.path.lexists(folder / name)


@pytest.mark.parametrize("name", ["site", "site/releases"])
def test_a_site_that_is_a_link_is_not_followed(tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GktoolsError, match="是一个链接，没有发布"), lock_site(tmp_path / "site"):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.fixture
def key_file(tmp_path) -> Path:
    (tmp_path / "records.key").write_bytes(b"secret")
    (tmp_path / "records.key").chmod(0o600)
    return tmp_path / "records.key"


def install(folder: Path, pages: dict[str, bytes], meanwhile: Callable[[], object] = lambda: None) -> None:
    """Install a site of pages; something happens before the first of them is written."""
    by_hash = {hash_bytes(page): page for page in pages.values()}

    def fetch(digest: str) -> bytes:
        meanwhile()
        return by_hash[digest]

    with lock_site(folder):
        install_release(folder, {name: hash_bytes(page) for name, page in pages.items()}, fetch)


def facts(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), path.stat().st_mode & 0o777


@posix
@pytest.mark.parametrize("name", ["index.txt", "z.html", "2024/report.html", "2024"])
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_what_is_put_into_a_site_while_it_is_written_is_neither_published_nor_opened_to_others(
    tmp_path, key_file, link, name
):
    def put() -> None:
        place = tmp_path / "site/.making" / name
        if not os.path.lexists(place):
            place.parent.mkdir(exist_ok=True)
            link(key_file, place)

    pages = {"manifest.json": b"{}", "z.html": b"z", "2024/report.html": b"page"}
    with pytest.raises(GktoolsError, match=f"原来的网站没有动.*{name}|没有写成"):
        install(tmp_path / "site", pages, put)

    assert facts(key_file) == (b"secret", 0o600)
    assert not (tmp_path / "site/current").exists()
    assert not os.path.lexists(tmp_path / "site/.making")
    install(tmp_path / "site", pages)
    assert (tmp_path / "site/current/z.html").read_bytes() == b"z"


@posix
def test_a_private_file_that_stands_for_a_page_only_while_it_is_linked_is_not_published(
    tmp_path, key_file, monkeypatch
):
    install(tmp_path / "site", {"manifest.json": b"{}", "z.html": b"z"})
    real = os.link
    monkeypatch.setattr(os, "link", lambda _, new, **given: real(key_file, new, **given))
    install(tmp_path / "site", {"manifest.json": b"{ }", "z.html": b"z"})

    assert (tmp_path / "site/current/z.html").read_bytes() == b"z"
    assert facts(key_file) == (b"secret", 0o600)
    assert key_file.stat().st_nlink == 1


@posix
def test_a_site_that_is_exchanged_as_it_is_put_in_place_is_told(tmp_path, key_file, monkeypatch):
    monkeypatch.setattr(releases, "_sync", lambda: (tmp_path / "site/.making/index.txt").symlink_to(key_file))
    with pytest.raises(GktoolsError, match=r"换好了，可是.*index\.txt"):
        install(tmp_path / "site", {"manifest.json": b"{}"})

    assert facts(key_file) == (b"secret", 0o600)
    monkeypatch.undo()
    install(tmp_path / "site", {"manifest.json": b"{}"})
    assert [path.name for path in (tmp_path / "site/current").iterdir()] == ["manifest.json"]


@pytest.mark.integration
def test_the_commands_judge_a_hostile_file_in_words_within_a_time(site):
    site.write_bytes(b"[" * 10_000_000)
    for command in (["site", "verify"], ["reproduce"]):
        ran = subprocess.run(
            [sys.executable, "-m", "gktools", *command, str(site)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (1, "")
        assert "manifest.dsse.json" in ran.stderr
        assert "程序出错" not in ran.stderr


@posix
@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_a_site_is_for_everybody_to_read_and_for_nobody_else_to_write(tmp_path, mask):
    before = os.umask(mask)
    try:
        for page in (b"1", b"2"):
            with lock_site(tmp_path / "site"):
                pages = {"index.html": page, "2024/a/report.html": b"same", "manifest.json": b"{%s}" % page}
                install_release(tmp_path / "site", pages, lambda _: b"")
    finally:
        os.umask(before)

    current = tmp_path / "site/current"
    folders = {tmp_path / "site", tmp_path / "site/releases", current, current / "2024", current / "2024/a"}
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o755}
    assert {path.stat().st_mode & 0o777 for path in current.resolve().rglob("*.*")} == {0o644}


# --- a system that replaces no link to a folder, and gives a lock up after a while: Windows ----------


def test_a_site_whose_link_is_not_replaced_is_renamed_into_place(tmp_path, monkeypatch):
    replace = Path.replace

    def refuse_links(path: Path, target: Path) -> Path:
        if target.is_symlink():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse_links)
    for page in (b"1", b"2", b"3"):
        with lock_site(tmp_path / "site"):
            install_release(tmp_path / "site", {"index.html": page, "manifest.json": b"{%s}" % page}, lambda _: b"")
        assert (tmp_path / "site/current/index.html").read_bytes() == page
    assert not [
        path.name for path in (tmp_path / "site").iterdir() if path.name not in (".lock", "current", "releases")
    ]


def test_a_lock_is_waited_for_as_long_as_another_publishes(tmp_path, monkeypatch):
    tries = []

    def locking(number: int, mode: int, length: int) -> None:
        tries.append((os.lseek(number, 0, os.SEEK_CUR), length))
        if len(tries) < 3:
            raise OSError(errno.EDEADLK, "Resource deadlock avoided")

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_LOCK=1))
    with lock_site(tmp_path / "site"):
        assert tries == [(0, 1)] * 3


def test_a_folder_that_is_no_site_is_not_put_aside_for_one(tmp_path):
    (tmp_path / CURRENT).mkdir()
    (tmp_path / CURRENT / "index.html").write_bytes(b"another's")

    with pytest.raises(GktoolsError, match="不是 gktools 写的网站，没有发布"), lock_site(tmp_path):
        raise AssertionError

    assert (tmp_path / CURRENT / "index.html").read_bytes() == b"another's"
    assert [path.name for path in tmp_path.iterdir()] == [CURRENT]
