"""A PostgreSQL server of Debian's packages, started in a folder of its own as a user without rights, for the tests alone."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pg8000.dbapi

USERS = ("postgres", "nobody")  # whom the server runs as when the tests run as root, which it refuses to be


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parents[1].name))
    if found:
        return found[-1].parent
    there = shutil.which("postgres")
    return Path(there).resolve().parent if there else None


def why_not() -> str:
    """Why no server can be started, "" when one can."""
    if programs() is None:
        return "PostgreSQL is not installed (.ci/databases installs it where that is possible)"
    if os.geteuid() == 0 and (not shutil.which("setpriv") or _user() is None):
        return "PostgreSQL refuses to run as root, and there is no setpriv or no user without rights"
    return ""


def _user() -> pwd.struct_passwd | None:
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


class PostgresServer:
    """One server on a free port of 127.0.0.1, with a password. `stop` and `start` may follow each other."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qunxiang-pg-"))
        self.password = secrets.token_hex(8)
        self.port = _free_port()
        self._running: subprocess.Popen[bytes] | None = None
        owner = _user() if os.geteuid() == 0 else None
        self._as: tuple[str, ...] = ()
        if owner is not None:
            self._as = ("setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        (self.folder / "password").write_text(self.password)
        (self.folder / "password").chmod(0o644)
        made = ["initdb", "-D", "data", "-U", "qunxiang", "-A", "scram-sha-256", "--pwfile=password", "-E", "UTF8"]
        self._call([*made, "--locale=C.UTF-8", "--no-sync", "--no-instructions"])

    def start(self) -> None:
        bin_ = programs()
        assert bin_ is not None
        log = (self.folder / "log").open("ab")
        options = [f"-p{self.port}", f"-k{self.folder}", "-hlocalhost", "-cmax_connections=60", "-cshared_buffers=16MB"]
        options.append("-cfsync=off")  # only a machine that loses power could lose by it
        self._running = subprocess.Popen(
            [*self._as, str(bin_ / "postgres"), "-D", str(self.folder / "data"), *options],
            stdout=log,
            stderr=log,
            cwd=self.folder,
        )
        log.close()
        for _ in range(300):
            try:
                self.connect("postgres").close()
            except pg8000.dbapi.Error:
                if self._running.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return
        raise TimeoutError((self.folder / "log").read_text())

    def stop(self) -> None:
        """As `systemctl stop` does: sessions are ended, what was committed stays."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """All its processes at once, as a crash does; the next start recovers from its log."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self._running is not None:
            self._running.send_signal(how)
            self._running.wait(30)
            self._running = None

    def remove(self) -> None:
        self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str) -> pg8000.dbapi.Connection:
        return pg8000.dbapi.connect(
            "qunxiang", host="127.0.0.1", port=self.port, password=self.password, database=database, ssl_context=False
        )

    def database(self) -> str:
        """A new database; its address."""
        name = f"state_{secrets.token_hex(6)}"
        connection = self.connect("postgres")
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        connection.close()
        return self.address(name)

    def empty(self, address: str) -> None:
        """Take every row out of the tables of a database, past the guards that keep anybody else from it."""
        connection = self.connect(address.rsplit("/", 1)[-1])
        cursor = connection.cursor()
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{table}"')
        connection.commit()
        connection.close()

    def address(self, database: str) -> str:
        return f"postgresql://qunxiang:{self.password}@127.0.0.1:{self.port}/{database}"

    def _call(self, command: Sequence[str]) -> None:
        bin_ = programs()
        assert bin_ is not None
        done = subprocess.run(
            [*self._as, str(bin_ / command[0]), *command[1:]],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
