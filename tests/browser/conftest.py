"""Servers over scripted and over real data, and one browser for all tests; a fresh page, with its own session, for each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

sync_api.expect.set_options(timeout=10_000)  # a busy machine is slow, not wrong

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Site:
    """Where the page is served, and the folder in which the server notes what it was told."""

    address: str
    folder: Path

    def hold(self) -> None:
        """From now on every query of the held server waits; what was noted before is forgotten."""
        (self.folder / "notes.log").unlink(missing_ok=True)
        (self.folder / "hold").touch()

    def release(self) -> None:
        (self.folder / "hold").unlink(missing_ok=True)

    def notes(self) -> str:
        log = self.folder / "notes.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(command: list[str], port: int, folder: Path, env: dict[str, str], at: str = "") -> Iterator[Site]:
    """A server in a process of its own, which never outlives the block; `at` is an address that answers without a login."""
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder), **env},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}/"
            wait_for(server, address + at, folder / "server.log")
            yield Site(address, folder)
        finally:
            server.terminate()
            try:
                server.wait(timeout=5)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    port = free_port()
    with served([str(HERE / "server.py"), str(port), str(folder)], port, folder, {}) as opened:
        yield opened


@pytest.fixture(scope="session")
def real_site(retail_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product as it is started, over the demo company."""
    folder = tmp_path_factory.mktemp("real")
    port = free_port()
    env = {**settings_over(retail_snapshot, folder), "QUNXIANG_PORT": str(port)}
    with served(["app.py"], port, folder, env) as opened:
        yield opened


@pytest.fixture(scope="session")
def held_site(retail_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The product with queries that wait for a sign."""
    folder = tmp_path_factory.mktemp("held")
    port = free_port()
    command = [str(HERE / "held_server.py"), str(port), str(folder)]
    with served(command, port, folder, settings_over(retail_snapshot, folder)) as opened:
        yield opened


def settings_over(retail_snapshot: Path, folder: Path) -> dict[str, str]:
    """Settings of a server: the data that is already loaded, everything else in `folder`."""
    loaded = retail_snapshot.parent.parent
    for name in ("retail", "completejourney"):
        (loaded / name).mkdir(exist_ok=True)
        (folder / name).symlink_to(loaded / name)
    return {"QUNXIANG_HOME": str(folder)}


def wait_for(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(480):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def installed(program: str) -> str | None:
    """Where a program of Debian is after trying to install it, with fonts for Chinese; `None` when that cannot be."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=600"]  # another test process may be installing
    install = ["apt-get", "install", "-y", "--no-install-recommends", *wait, program, "fonts-noto-cjk"]
    for command in (install, ["apt-get", "update", *wait], install):
        done = subprocess.run(command, env=quiet, capture_output=True, timeout=900, check=False)
        if command is install and done.returncode == 0:
            break
    return shutil.which(program)


@pytest.fixture(scope="module")  # while it is open a loop runs in this thread, which tests of other modules need
def browser() -> Iterator[sync_api.Browser]:
    chromium = shutil.which("chromium") or installed("chromium")
    if chromium is None:
        pytest.skip("there is no chromium, and it could not be installed; on Debian: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def context(browser: sync_api.Browser) -> Iterator[sync_api.BrowserContext]:
    """One browser profile for the tests of a file, so that the page's own files are fetched once."""
    opened = browser.new_context(locale="zh-CN", accept_downloads=True)
    opened.set_default_timeout(8000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: sync_api.BrowserContext, site: Site) -> Iterator[sync_api.Page]:
    """The open page in Chinese, on a wide screen. The test fails when the page had an error."""
    yield from opened_page(context, site)


@pytest.fixture
def other_page(context: sync_api.BrowserContext, site: Site) -> Iterator[sync_api.Page]:
    """A second person's page."""
    yield from opened_page(context, site)


@pytest.fixture
def real_page(context: sync_api.BrowserContext, real_site: Site) -> Iterator[sync_api.Page]:
    """The open page over the demo company, in Chinese."""
    yield from opened_page(context, real_site)


@pytest.fixture
def narrow_page(context: sync_api.BrowserContext, site: Site) -> Iterator[sync_api.Page]:
    """The page on a telephone."""
    yield from opened_page(context, site, width=390)


def opened_page(context: sync_api.BrowserContext, site: Site, *, width: int = 1360) -> Iterator[sync_api.Page]:
    faults: list[str] = []
    opened = context.new_page()
    opened.set_viewport_size({"width": width, "height": 850})
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(site.address)
    opened.wait_for_selector("#qunxiang[data-ready]", timeout=20_000)
    yield opened
    opened.evaluate("localStorage.clear(); sessionStorage.clear()")
    opened.close()
    assert faults == []
