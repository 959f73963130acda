"""A MariaDB server of Debian's packages, started in a folder of its own as a user without rights, for the tests alone."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pymysql

PROGRAM = Path("/usr/sbin/mariadbd")
INSTALL = "mariadb-install-db"


def why_not() -> str:
    """Why no server can be started, "" when one can."""
    if not PROGRAM.exists() or shutil.which(INSTALL) is None:
        return "MariaDB is not installed"
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return "MariaDB refuses to run as root, and there is no setpriv"
    return ""


class MariaServer:
    """One server on a free port of 127.0.0.1, with a password. `stop` and `start` may follow each other."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qunxiang-my-"))
        self.password = secrets.token_hex(8)
        self.port = _free_port()
        self._running: subprocess.Popen[bytes] | None = None
        self._as: tuple[str, ...] = ()
        if os.geteuid() == 0:
            self._as = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            os.chown(self.folder, 65534, 65534)
        self._install()

    def _install(self) -> None:
        made = subprocess.run(
            [
                *self._as,
                INSTALL,
                "--no-defaults",
                f"--datadir={self.folder / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
                "--innodb-log-file-size=8M",
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RuntimeError(made.stderr + made.stdout)

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        first = self.folder / "first.sql"
        first.write_text(
            f"CREATE OR REPLACE USER qunxiang@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            "GRANT ALL ON *.* TO qunxiang@'127.0.0.1';\n"
        )
        first.chmod(0o644)
        options = [
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--init-file={first}",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=8M",
        ]
        self._running = subprocess.Popen([*self._as, str(PROGRAM), *options], stdout=log, stderr=log, cwd=self.folder)
        log.close()
        for _ in range(400):
            try:
                self.connect("").close()
            except pymysql.err.MySQLError:
                if self._running.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.05)
            else:
                return
        raise TimeoutError((self.folder / "log").read_text()[-2000:])

    def stop(self) -> None:
        """As `systemctl stop` does: sessions are ended, what was committed stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash does; the next start recovers from its log."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._running is not None:
            self._running.send_signal(how)
            self._running.wait(60)
            self._running = None

    def remove(self) -> None:
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str) -> pymysql.connections.Connection:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="qunxiang", password=self.password, database=database or None
        )

    def database(self) -> str:
        """A new database; its name."""
        name = f"source_{secrets.token_hex(6)}"
        connection = self.connect("")
        connection.cursor().execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        connection.close()
        return name

    def address(self, database: str) -> str:
        return f"mysql://qunxiang:${{DB_PASSWORD}}@127.0.0.1:{self.port}/{database}"


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
