"""Only PostgreSQL itself keeps a store: what else speaks its protocol is refused before anything is read or written."""

from __future__ import annotations

import psycopg
import pytest
from machine import REPOSITORY

from gktools.errors import RecordsError
from gktools.registers.store.opening import describe_database, open_store
from gktools.registers.store.server_product import behaviour_error, connection_hint, require_postgresql, version_error

PLAIN = (False, True, True, False, False, True, True, True)
SECRET = "s3cret"


@pytest.mark.parametrize(
    "version",
    [
        "PostgreSQL 18.4 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 14.2.1 20250110 (Red Hat 14.2.1-11), 64-bit",
        "PostgreSQL 15.3 (Debian 15.3-1.pgdg120+1) on aarch64-unknown-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit",
        "PostgreSQL 14.2 (Ubuntu 14.2-1ubuntu1) on x86_64-pc-linux-gnu, compiled by gcc (Ubuntu 11.2.0-18) 11.2.0, 64-bit",
        "PostgreSQL 13.16 (Kylin 13.16-0k0.1) on aarch64-linux-gnu, compiled by gcc (Ubuntu 9.3.0) 9.3.0, 64-bit",
        "PostgreSQL 12.22, compiled by Visual C++ build 1943, 64-bit",
        "PostgreSQL 14.6 (Homebrew) on aarch64-apple-darwin22.1.0, compiled by Apple clang version 14.0.0, 64-bit",
        "PostgreSQL 17rc1 on loongarch64-unknown-linux-gnu, compiled by gcc (Loongnix 8.3.0-6) 8.3.0, 64-bit",
    ],
)
def test_postgresql_is_known_however_it_was_packaged(version):
    assert version_error(version) == ""


@pytest.mark.parametrize(
    "version",
    [
        "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29 03:07:56 on aarch64-unknown-linux-gnu, compiled by g++ 7.3.0, 64-bit",
        "PostgreSQL 9.2.4 (openGauss 2.0.0 build 78689da9) compiled at 2021-03-31 on x86_64-linux-gnu, compiled by g++ 7.3.0, 64-bit",
        "PostgreSQL 9.2.4 (GaussDB Kernel V500R001C20 build b55a1d05) on aarch64-unknown-linux-gnu, compiled by g++ (GCC) 7.3.0, 64-bit",
        "gaussdb (GaussDB Kernel 505.1.0 build 44f4fa53) compiled at 2024 on x86_64-unknown-linux-gnu, 64-bit",
        "KingbaseES V008R006C008B0014 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 4.1.2, 64-bit",
        "PostgreSQL 9.2.4 (Vastbase G100 V2.2 build 1) compiled by g++ (GCC) 7.3.0, 64-bit",
        "PostgreSQL 11.9 (POLARDB 11.9) on x86_64-linux-gnu, compiled by gcc (GCC) 10.2.1, 64-bit",
        "PostgreSQL 14.11 (EnterpriseDB Advanced Server 14.11.0) on x86_64-pc-linux-gnu, compiled by gcc (GCC) 4.8.5, 64-bit",
        "EnterpriseDB 9.5.0.5 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 4.1.2, 64-bit",
        "CockroachDB CCL v23.1.8 (x86_64-pc-linux-gnu, built 2023/08/04, go1.19.10)",
        "PostgreSQL 11.2-YB-2.18.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 15.0.3, 64-bit",
        "PostgreSQL 12.12 (Greenplum Database 7.0.0 build x) on x86_64-pc-linux-gnu, compiled by gcc (GCC) 8.5.0, 64-bit",
        "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.12103",
        "PostgreSQL 15.0 (IvorySQL 2.0) on x86_64-pc-linux-gnu, compiled by gcc (GCC) 4.8.5, 64-bit",
        "PostgreSQL 14.2 (HighGo 14.2-1) on x86_64-pc-linux-gnu, compiled by gcc (GCC) 4.8.5, 64-bit",
        "PostgreSQL 12.3, compiled by Visual C++ build 1914, 64-bit, QuestDB",
        "Postgres 16.1 on x86_64, compiled by gcc, 64-bit",
        "postgresql 16.1 on x86_64, compiled by gcc, 64-bit",
        "",
    ],
)
def test_another_product_is_named_and_refused(version):
    said = version_error(version)

    assert f"自称“{version[:100]}”，不是 PostgreSQL 本身" in said
    assert "或者 SQLite 文件" in said


def test_a_postgresql_that_is_too_old_is_refused_with_the_version_that_is_needed():
    said = version_error("PostgreSQL 10.5 on aarch64-unknown-linux-gnu, compiled by gcc (GCC) 7.3.0, 64-bit")

    assert said.startswith("PostgreSQL 10 太旧")
    assert "12 以上" in said


@pytest.mark.parametrize(
    ("place", "answer", "said"),
    [
        (0, True, "空白的文本被当成没有填"),
        (1, False, "没有填的也能接在文本后面"),
        (2, False, "整数相除带小数"),
        (3, True, "大写和小写"),
        (4, True, "末尾的空格"),
        (5, False, "日期带着时间"),
        (6, False, "存成了别的样子"),
        (6, "t", "存成了别的样子"),
        (7, False, "ENCODING 'UTF8'"),
    ],
)
def test_a_server_that_behaves_otherwise_is_refused_whatever_it_calls_itself(place, answer, said):
    assert said in behaviour_error([answer if i == place else one for i, one in enumerate(PLAIN)])
    assert behaviour_error(PLAIN) == ""


class Compatible:
    """A connection to a server that calls itself PostgreSQL and takes '' for NULL, or does not know the question."""

    def __init__(self, answer):
        self.answer, self.closed = answer, 0

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, asked):
        version = "PostgreSQL 16.1 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 8.5.0, 64-bit"
        self.row = (version,) if "version" in asked else self.answer
        return self

    def fetchone(self):
        if self.row is None:
            raise psycopg.errors.UndefinedFunction("pg_typeof")
        return self.row

    def rollback(self):
        self.closed += 1


@pytest.mark.parametrize(
    ("answer", "said"), [((True, *PLAIN[1:]), "空白的文本被当成没有填"), (None, "答不上 PostgreSQL 都答得上的问题")]
)
def test_a_mode_of_compatibility_is_found_by_asking(answer, said):
    with pytest.raises(RecordsError, match=f"没有用这个数据库，没有动它：.*{said}"):
        require_postgresql(Compatible(answer))


@pytest.fixture(autouse=True)
def nothing_else_examined(monkeypatch):
    """Let doctor look at the database alone: the rest has tests of its own."""
    monkeypatch.setattr("gktools.cli.doctor.examine", list)


@pytest.fixture(scope="module")
def disguised(postgres):
    """The address of a database on a real server that says to be openGauss."""
    with psycopg.connect(f"host={postgres} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS disguised")
        connection.execute("CREATE DATABASE disguised")
    with psycopg.connect(f"host={postgres} user=postgres dbname=disguised", autocommit=True) as connection:
        connection.execute(
            "CREATE OR REPLACE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql"
            " AS $$ SELECT '(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29'::text $$"
        )
    yield f"postgresql+psycopg://postgres:{SECRET}@/disguised?host={postgres}"
    with psycopg.connect(f"host={postgres} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE disguised")


def test_nothing_is_created_on_a_server_that_is_another_product(disguised, postgres, tmp_path):
    for use in (open_store, describe_database):
        with pytest.raises(RecordsError, match="自称“.openGauss 5.0.0 .*不是 PostgreSQL 本身") as caught:
            use(tmp_path, disguised)
        assert SECRET not in str(caught.value)

    with psycopg.connect(f"host={postgres} user=postgres dbname=disguised") as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_every_command_that_opens_the_store_is_refused_in_a_sentence(disguised, run, tmp_path, monkeypatch):
    from gktools.starter.scaffold import new_project

    new_project(tmp_path / "office", empty=True, year=2024)
    monkeypatch.setenv("GKTOOLS_RECORDS", disguised)
    for words in ("records history", "records audit", "build", "check", "backup", "review log file"):
        command = words.split()
        code, out, err = run(*command, home=tmp_path / "office")

        assert code != 0, command
        assert "不是 PostgreSQL 本身" in out + err, command
        assert SECRET not in out + err


def test_no_module_but_one_makes_an_engine():
    makers = [
        path.name for path in (REPOSITORY / "gktools").rglob("*.py") if "create_engine(" in path.read_text("utf-8")
    ]

    assert makers == ["database.py"]


def test_doctor_says_beforehand_whether_a_database_can_keep_the_store(disguised, run, url, tmp_path):
    code, out, err = run("doctor", "--database", disguised)
    assert code == 1
    assert out.startswith("缺\t台账的数据库\t没有用这个数据库，没有动它：它自称“(openGauss 5.0.0")
    assert SECRET not in out + err

    code, out, _ = run("doctor", "--database", url)
    assert code == 0
    assert "第一次导入时建" in out.splitlines()[0]
    assert not list(tmp_path.glob("records.db*"))

    open_store(tmp_path, url).close()
    assert "里面有第 4 版的台账库" in run("doctor", "--database", url)[1].splitlines()[0]


def test_doctor_says_why_a_database_cannot_be_reached_and_never_its_password(run):
    code, out, err = run("doctor", "--database", f"postgresql://clerk:{SECRET}@127.0.0.1:1/records")

    assert code == 1
    assert "那个地址和端口上没有数据库在运行" in out
    assert SECRET not in out + err


def test_the_login_of_opengauss_which_postgresql_does_not_know_is_told_as_such():
    assert "openGauss" in connection_hint("connection failed: authentication method 10 not supported")
    assert connection_hint("something else") == ""


def test_doctor_says_if_the_user_may_create_no_tables(postgres, run):
    with psycopg.connect(f"host={postgres} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO public")
        connection.execute("DROP ROLE IF EXISTS clerk")
        connection.execute("CREATE ROLE clerk LOGIN")

    code, out, _ = run("doctor", "--database", f"postgresql://clerk@/postgres?host={postgres}")

    assert code == 1
    assert "这个用户不能在库里建表" in out
