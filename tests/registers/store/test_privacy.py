"""Personal data: only keyed hashes stay of it, never shown; the key stands apart and is never quietly replaced."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
import sqlalchemy as sa
from literal_registers import NOW, OFFICE, sheet
from machine import REPOSITORY
from tampering import as_another_process

from gktools.errors import ParamsError, RecordsError
from gktools.registers.schema import registers
from gktools.registers.store.database import META, METADATA, NAME, PERSONAL, reading
from gktools.registers.store.import_head import write_head
from gktools.registers.store.opening import open_store
from gktools.registers.store.privacy import Key
from gktools.registers.store.sealing import last_sealed, seal_all

NAMES = ("王某某", "李某某", "王某某")
IDS = ("", "110101199001011234", "")
CONTACTS = ("13800000001", "13800000002", "")
SECRETS = {*NAMES, *IDS, *CONTACTS} - {""}


def requests(count=3, **columns):
    rows = [{"number": str(n), "received_on": "2024-03-01", "applicant": "自然人"} for n in range(count)]
    given = {"applicant_name": NAMES, "applicant_id": IDS, "applicant_contact": CONTACTS} | columns
    return replace(sheet("requests", 2024, rows), personal={key: texts for key, texts in given.items() if texts})


def persons(store):
    return store.load_records(OFFICE, 2024)["requests"]["person"].tolist()


def stored(store):
    """Every text in every table."""
    with reading(store._engine) as connection:
        return [
            str(value) for table in METADATA.sorted_tables for row in connection.execute(table.select()) for value in row
        ]  # fmt: skip


# --- what stays ----------


def test_nothing_personal_is_in_the_store(store):
    store.add([requests()], NOW)

    assert not [text for text in stored(store) if any(secret in text for secret in SECRETS)]


def test_nothing_personal_is_in_the_file_of_the_store(tmp_path):
    with open_store(tmp_path) as store:
        store.add([requests()], NOW)
        store.backup(tmp_path / "whole.backup.db")
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert not [secret for secret in SECRETS if secret.encode() in content]


def test_nothing_personal_or_confidential_is_pulled(store):
    store.add([requests()], NOW)
    records = store.load_records(OFFICE, 2024)

    for key, frame in (*records.frames.items(), *records.earlier.items()):
        hidden = {field.key for field in registers()[key].fields if field.personal or field.confidential} - {"person"}
        assert not [name for name in frame.columns if name in hidden or name.endswith("_hash")]
        assert not [text for text in map(str, frame.to_numpy().ravel()) if text in SECRETS]


def test_a_name_is_recognised_but_cannot_be_read(store):
    store.add([requests()], NOW)

    assert store.recognise(OFFICE, "王 某某", "赵某某", "13800000002", "王某", "") == {"王 某某", "13800000002"}
    assert store.recognise("caizheng", "王某某") == set()


@pytest.mark.parametrize(
    "commands",
    [
        ["UPDATE register_requests SET applicant_name_hash = NULL"],
        ["DELETE FROM register_requests", "DELETE FROM coverage", "DELETE FROM seals"],
        ["UPDATE meta SET key_check = NULL"],
        ["UPDATE meta SET key_check = NULL", *(f"DELETE FROM {table}" for table in ("imports", "seals", "coverage"))],
    ],
    ids=["no hash", "no record", "no key", "nothing"],
)
def test_names_that_are_hidden_while_they_are_looked_for_are_not_said_to_be_unknown(store, commands):
    store.add([requests()], NOW)
    with store.engine.begin() as connection:
        for command in commands:
            connection.execute(sa.text(command))

    with pytest.raises(RecordsError, match="认不出登记过的姓名"):
        store.recognise(OFFICE, "王某某")


def test_a_name_of_before_a_correction_is_recognised_still(store):
    store.add([requests()], NOW)
    store.add([requests(applicant_name=("赵某某",) * 3)], NOW)

    assert store.recognise(OFFICE, "王某某", "赵某某") == {"王某某", "赵某某"}


def test_the_same_name_has_another_hash_under_another_key(tmp_path):
    hashes = []
    for name in "ab":
        (tmp_path / name).mkdir()
        with open_store(tmp_path / name) as store:
            store.add([requests()], NOW)
            with reading(store._engine) as connection:
                hashes.append(
                    connection.execute(sa.text("select applicant_name_hash from register_requests")).scalars().all()
                )

    assert hashes[0][0] == hashes[0][2] != hashes[0][1]
    assert not set(hashes[0]) & set(hashes[1])


def test_a_corrected_name_is_a_change(store):
    store.add([requests()], NOW)

    assert store.add([requests()], NOW)[0].number is None
    assert store.add([requests(applicant_name=("王某某", "李某某", "赵某某"))], NOW)[0].changed == 1


# --- who is who ----------


def test_requests_of_one_person_have_the_same_number(store):
    alias = {"applicant_alias": ("", "甲", "甲", "", "", "")}
    file = requests(
        6,
        applicant_name=("王某某", "李某某", "赵某某", "王 某某", "", "李某某"),
        applicant_id=("", "1", "2", "", "", "7"),
        applicant_contact=None,
    )
    store.add([replace(file, columns=dict(file.columns) | alias)], NOW)

    assert persons(store) == [1, 2, 2, 1, 0, 3]


def test_persons_are_numbered_alike_in_the_versions_that_were_replaced(store):
    earlier = replace(requests(), year=2023, file="2023.xlsx")
    store.add([earlier, requests(applicant_name=("赵某某", "李某某", "王某某"), applicant_id=None)], NOW)
    records = store.load_records(OFFICE, 2024)

    assert records.earlier["requests"]["number"].tolist() == ["0", "1", "2"]
    assert records.earlier["requests"]["coverage_year"].tolist() == [2023] * 3
    assert records.earlier["requests"].columns.tolist() == records["requests"].columns.tolist()
    assert records.earlier["requests"]["person"].tolist() == [1, 2, 1]
    assert records["requests"]["person"].tolist() == [3, 4, 1]


# --- the key ----------


def test_the_key_is_made_by_the_first_import_and_only_its_owner_can_read_it(store, tmp_path):
    assert not (tmp_path / "records.key").exists()

    store.add([replace(requests(), personal={})], NOW)
    for name in ("records.key", "records.head"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex((tmp_path / "records.key").read_text())) == 32


def test_the_key_and_the_store_stay_out_of_version_control():
    assert {"records.key", "records*.db*"} <= set((REPOSITORY / ".gitignore").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda key: key.unlink(), "找不到密钥文件 records.key"),
        (lambda key: key.write_text("00" * 32), "records.key 不是这个台账库的那一把"),
        (lambda key: key.write_text("00" * 31), "records.key 不完整"),
        (lambda key: key.write_text("这不是密钥", encoding="utf-8"), "records.key 读不出来"),
    ],
)
def test_a_lost_or_wrong_key_is_told_and_no_other_made(store, tmp_path, harm, said):
    store.add([requests()], NOW)
    before = store.coverage()
    harm(tmp_path / "records.key")
    key = (tmp_path / "records.key").read_bytes() if (tmp_path / "records.key").exists() else None

    for act in (lambda: store.add([requests(2, applicant_name=("a", "b"), applicant_id=None, applicant_contact=None)], NOW),
                lambda: store.recognise(OFFICE, "王某某")):  # fmt: skip
        with pytest.raises(RecordsError, match=f"{said}：请从备份里把原来的密钥文件放回来") as caught:
            act()
        assert "00" * 31 not in str(caught.value)
    assert store.coverage() == before
    assert key == ((tmp_path / "records.key").read_bytes() if (tmp_path / "records.key").exists() else None)
    assert persons(store) == [1, 2, 1], "what is counted needs no key"


def test_the_environment_may_name_another_place_for_the_key(store, tmp_path, monkeypatch):
    monkeypatch.setenv("GKTOOLS_RECORDS_KEY", str(tmp_path / "safe.key"))
    store.add([requests()], NOW)

    assert (tmp_path / "safe.key").is_file()
    assert not (tmp_path / "records.key").exists()


def test_a_restored_store_asks_for_the_key_it_was_made_with(store, tmp_path):
    store.add([requests()], NOW)
    made = store.backup(tmp_path / "whole.backup.db")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with open_store(elsewhere, f"sqlite:///{elsewhere / NAME}") as other:
        with pytest.raises(RecordsError, match="找不到密钥文件"):
            other.restore(made, NOW)
        (elsewhere / "records.key").write_bytes((tmp_path / "records.key").read_bytes())
        other.restore(made, NOW)
        assert other.recognise(OFFICE, "王某某") == {"王某某"}


def test_an_import_stops_where_every_name_has_another_hash_than_before(store, tmp_path):
    """The key was replaced and everything sealed anew with the other one: only the names tell."""
    store.add([requests()], NOW)
    key = Key.passing()
    (tmp_path / "records.key").write_text(key.secret.hex())
    with store.engine.begin() as connection:
        connection.execute(META.update().values(key_check=key.check))
        seal_all(connection, key)
        last = last_sealed(connection)
    write_head(tmp_path, key, last)
    assert "不是同一把" in store.audit()[0], "who has read the one before uses no other"
    as_another_process()
    assert store.audit() == [], "whoever has put the key there can seal"

    with pytest.raises(RecordsError, match="申请人的姓名等 5 个却没有一个和库里的指纹相同，密钥多半被换过") as caught:
        store.add([requests()], NOW)
    assert not [secret for secret in SECRETS if secret in str(caught.value)]
    store.undo(1, NOW)
    assert store.add([requests()], NOW)[0].added == 3


def test_two_corrected_names_or_one_that_stays_are_a_correction(store):
    store.add([requests(applicant_id=None, applicant_contact=None)], NOW)
    changed = requests(applicant_name=("甲", "乙", "王某某"), applicant_id=None, applicant_contact=None)

    assert store.add([changed], NOW)[0].changed == 2


# --- kept where params say so ----------


def keep_personal(home, text="keep_personal: true\n"):
    (home / "params").mkdir()
    (home / "params" / "records.yaml").write_text(text, encoding="utf-8")


def test_personal_data_is_kept_apart_where_params_say_so(store, tmp_path):
    keep_personal(tmp_path)
    store.add([requests()], NOW)
    with reading(store._engine) as connection:
        kept = {(row.field, row.text) for row in connection.execute(PERSONAL.select())}
        records = [
            str(value) for row in connection.execute(sa.text("select * from register_requests")) for value in row
        ]

    assert kept == {
        *(("applicant_name", name) for name in NAMES), ("applicant_id", IDS[1]),
        ("applicant_contact", CONTACTS[0]), ("applicant_contact", CONTACTS[1]),
    }  # fmt: skip
    assert not SECRETS & set(records)
    assert not [secret for secret in SECRETS if secret in repr(store.history("1"))]


def test_what_was_kept_is_forgotten_for_good_with_the_next_import_that_must_not_keep_it(store, tmp_path):
    keep_personal(tmp_path)
    store.add([requests()], NOW)
    (tmp_path / "params" / "records.yaml").write_text("keep_personal: false\n", encoding="utf-8")
    store.add([requests()], NOW)
    with reading(store._engine) as connection:
        assert connection.execute(PERSONAL.select()).all() == []
    store.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())

    assert not [secret for secret in SECRETS if secret.encode() in content]
    assert store.recognise(OFFICE, "王某某") == {"王某某"}


def test_forgetting_tells_how_much_there_was_and_leaves_what_params_keep(store, tmp_path):
    keep_personal(tmp_path)
    store.add([requests()], NOW)

    assert store.forget() == 0
    (tmp_path / "params" / "records.yaml").unlink()
    assert store.forget() == 6
    assert store.forget() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "keep_personal: 是\n",
            "params/records.yaml 第 1 行 第 1 列：“keep_personal”只能填 true 或 false（填的是“是”）",
        ),
        ("keep_personel: true\n", "没有“keep_personel”这个项目；是不是“keep_personal”？"),
    ],
)
def test_a_mistake_in_the_params_is_told_with_its_line(store, tmp_path, text, said):
    keep_personal(tmp_path, text)
    with pytest.raises(ParamsError) as caught:
        store.add([requests()], NOW)

    assert said in str(caught.value)
    assert store.coverage() == ()


def test_a_name_never_stands_in_an_error(tmp_path):
    with open_store(tmp_path) as store:
        store.add([requests()], NOW)
    with sqlite3.connect(tmp_path / NAME) as opened:
        opened.execute("alter table register_requests drop column applicant_id_hash")
    opened.close()
    with open_store(tmp_path) as store, pytest.raises(RecordsError) as caught:
        store.add([requests(applicant_name=("赵某某",) * 3)], NOW)

    assert not [secret for secret in (*SECRETS, "赵某某") if secret in str(caught.value)]
