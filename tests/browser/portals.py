"""The portal as it is served, with browsers in front of it that notice whatever goes wrong in them."""

import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, StorageState

from tests.builders import PASSWORD
from tests.live.processes import HOST, PROGRAMS, ROOT, Running, environment, free_port, start

BEFORE = "2026-11-22T09:00"
"""Three weeks before the next reception day of the sample district."""

DESK = {"width": 1366, "height": 768}
TELEPHONE = {"width": 360, "height": 740}
SHELLS = ("chromium-headless-shell", "/usr/lib/chromium/chromium-headless-shell", "chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
NOT_BY_ITSELF_WRONG = "Failed to load resource"
"""The console repeats every refused request; whether the refusal is right, its status says."""
REPLACED = re.compile("htmx:(sendAbort|afterRequest),")
"""What htmx says of a question that a newer one took the place of, as somebody types on."""


def browser_program() -> str | None:
    """Where Debian's Chromium is, None if nowhere."""
    return next((found for found in map(shutil.which, SHELLS) if found), None)


@dataclass
class Portal:
    """A running portal; `page("office")` is a page in the browser of somebody who is signed in."""

    browser: Browser
    running: Running
    folder: Path
    at: str = BEFORE
    complaints: list[str] = field(default_factory=list)
    _signed_in: dict[str, StorageState] = field(default_factory=dict)
    _open: list[BrowserContext] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"http://{HOST}:{self.running.port}"

    def page(self, who: str | None = None, *, script: bool = True) -> Page:
        """A fresh browser window of this account, or of somebody who is not signed in."""
        if who is not None and who not in self._signed_in:
            self._signed_in[who] = self._sign_in(who)
        context = self.browser.new_context(
            base_url=self.address,
            viewport=DESK,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=script,
            storage_state=self._signed_in[who] if who else None,
        )
        context.set_default_timeout(20_000)
        self._open.append(context)
        self._listen(context)
        return context.new_page()

    def close_windows(self) -> None:
        """Close what was opened. Raises AssertionError with everything the browsers complained about."""
        while self._open:
            self._open.pop().close()
        said, self.complaints = self.complaints, []
        assert not said, "The browser complained:\n" + "\n".join(dict.fromkeys(said))

    def restart(self) -> None:
        """Kill the server, if it still runs, and start it again at the same address."""
        self.running.kill()
        self.running = _start(self.folder, self.at, port=self.running.port)

    def command(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of the application's own commands on the same records; `given` is what somebody types into it."""
        flask = [str(PROGRAMS / "flask"), "--app", "wsgi", *words]
        return subprocess.run(
            flask,
            cwd=ROOT,
            env=environment(instance=self.folder),
            capture_output=True,
            text=True,
            check=False,
            input=given,
        )

    def _sign_in(self, who: str) -> StorageState:
        page = self.page()
        page.goto("/login")
        page.get_by_label("用户名").fill(who)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url("**/")
        return page.context.storage_state()

    def _listen(self, context: BrowserContext) -> None:
        def heard(message: ConsoleMessage) -> None:
            wrong = message.type in ("error", "warning") and not REPLACED.match(message.text)
            if wrong and not message.text.startswith(NOT_BY_ITSELF_WRONG):
                self.complaints.append(f"{path_of(message.location['url'])}: {message.text}")

        def answered(answer: Response) -> None:
            refused = answer.status >= (500 if answer.request.resource_type in ("document", "xhr", "fetch") else 400)
            if refused:
                self.complaints.append(f"{answer.status} for {path_of(answer.url)}")

        def lost(request: Request) -> None:
            if "ERR_ABORTED" not in (request.failure or ""):  # a page that was left, or became a download
                self.complaints.append(f"{request.failure} for {path_of(request.url)}")

        context.on("console", heard)
        context.on("response", answered)
        context.on("requestfailed", lost)
        context.on("weberror", lambda trouble: self.complaints.append(f"{trouble.error}"))


@contextmanager
def served(browser: Browser, folder: Path, *, at: str = BEFORE) -> Iterator[Portal]:
    """Serve an instance folder, with the clock standing at a moment; at the end nobody may have complained."""
    running = _start(folder, at)
    portal = Portal(browser, running, folder, at)
    try:
        yield portal
        portal.close_windows()
    finally:
        portal.running.stop()


def _start(folder: Path, at: str, *, port: int | None = None, patience: float = 200) -> Running:
    """Start the portal by the very command `./manage run` ends in."""
    port = port or free_port()
    command = [str(PROGRAMS / "flask"), "--app", "wsgi", "serve"]
    settings = {"bind": f"{HOST}:{port}", "workers": 1, "today": at, "sample": 1, "sample_password": PASSWORD}
    log = folder.parent / f"{folder.name}.log"
    return start(command, port, log, environment(instance=folder, **settings), patience=patience)


def copy_of(sample: Path, folder: Path) -> Path:
    """A copy of an instance that nobody is serving."""
    shutil.copytree(sample, folder)
    return folder


def looked_up(folder: Path, question: str) -> list[tuple[object, ...]]:
    """The rows the records of an instance answer, without writing anything."""
    with sqlite3.connect(f"file:{folder / 'portal.db'}?mode=ro", uri=True) as records:
        rows = records.execute(question).fetchall()
    records.close()
    return rows


def path_of(url: str) -> str:
    """An address without host and port, which are others every time."""
    return re.sub(r"^https?://[^/]+", "", url) or "/"
