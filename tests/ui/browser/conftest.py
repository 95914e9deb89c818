"""A real server and a real browser: every visitor is watched for requests to other hosts and for errors in the page."""

from __future__ import annotations

import contextlib
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Request

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE, TO_THE_END = 90_000, 300_000
"""Milliseconds that anything may take on a busy machine, and that all steps by rule may."""
HARMLESS: dict[str, str] = {}
"""What the console may say (a regular expression), and why that is no fault."""
TRUSTING = re.compile(r"^\s*(Yes|Go on|Approve|Finish|I do not know)(?!\w)")
"""What a person presses who trusts what is proposed."""
HERE = ("http://127.0.0.1:", "data:", "blob:")


class Server:
    """`climbdc ui` in its own process; it can be killed and started anew on the same store and port.

    Args:
        folder: Holds the store and what the server says.
        arguments: More arguments of the command.
        before: Python that its process runs first, such as what makes a tool slow or fail.
    """

    def __init__(self, folder: Path, *arguments: str, before: str = "") -> None:
        self.folder = folder
        self.data = folder / "data"
        self.arguments = arguments
        self.before = before
        self.port = 0
        self.address = ""
        self.process: subprocess.Popen[str] | None = None

    @property
    def said(self) -> str:
        """What it wrote on stderr so far."""
        return (self.folder / "stderr.txt").read_text("utf-8", errors="replace")

    def start(self) -> Server:
        """Start, and wait for the address it prints."""
        python = [sys.executable, "-c", f"{self.before}\nfrom climbdc.cli import main; main()"]
        where = ["--port", str(self.port), "--data-dir", str(self.data)]
        with (self.folder / "stderr.txt").open("a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [*python, "ui", *where, *self.arguments], stdout=subprocess.PIPE, stderr=log, text=True
            )  # fmt: skip
        self.address = self.line()
        found = re.match(r"http://127\.0\.0\.1:(\d+)/", self.address)
        assert found, (self.address, self.said)
        self.port = int(found[1])
        return self

    def line(self) -> str:
        """Wait for the next line it prints."""
        assert self.process is not None and self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self._gone()

    def stop(self) -> None:
        """End it as Ctrl-C does; whatever it did must have been without a fault."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._gone()

    def _gone(self) -> None:
        assert self.process is not None and self.process.stdout is not None
        self.process.wait(60)
        self.process.stdout.close()


class Visitor:
    """A person with a browser of their own."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.outside: list[str] = []
        self.faults: list[str] = []
        self.forgiven: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("request", self._asked)
        context.on("console", self._console)
        context.on("weberror", lambda fault: self.faults.append(f"page error: {fault.error}"))
        context.on("dialog", self._dialog)
        self.page = context.new_page()

    def forgive(self, pattern: str) -> None:
        """Let the console say what this test brings about, such as a server that is gone."""
        self.forgiven.append(pattern)

    def start_sample(self) -> None:
        """Begin with the sample."""
        self.page.get_by_role("button", name="Try it with a sample").click()

    def upload(self, file: Path, target: str = "") -> None:
        """Drop a file and start with it as it is guessed, or with another target."""
        self.page.set_input_files("#file input[type=file]", file)
        self.page.locator("#looked .looked").wait_for()
        if target:
            self.page.get_by_label("What is to be predicted").click()
            self.page.get_by_role("option", name=target, exact=True).click()
        self.page.get_by_role("button", name="Start", exact=True).click()

    def asked(self, kind: str) -> None:
        """Wait for a question of that kind: `goal`, `question`, `plan`, `change`, `finish`; `done` at the end."""
        self.page.locator(f"#card .card.{kind}").wait_for(timeout=TO_THE_END if kind == "done" else PATIENCE)

    def press(self, label: str, where: str = "#card") -> None:
        """Press the button whose label begins so."""
        begins = re.compile(rf"^\s*{re.escape(label)}(?!\w)")
        self.page.locator(where).get_by_role("button", name=begins).first.click()

    @property
    def question(self) -> str:
        """Which question is open."""
        return self.page.locator("#card .card form[id^=form-], #card .done").first.get_attribute("id") or ""

    def answer(self, label: str) -> None:
        """Answer the open question, and wait until it is no longer open."""
        open_question = self.question
        self.press(label)
        self.page.wait_for_function("(id) => !document.getElementById(id)", arg=open_question, timeout=PATIENCE)

    def go_on(self, until: str) -> None:
        """Answer as a trusting person does until there is a question of that kind; see `asked`."""
        for _ in range(40):
            self.page.locator("#card .card h2").first.wait_for()
            if self.page.locator(f"#card .card.{until}").count():
                return
            self.page.locator("#card").get_by_role("button", name=TRUSTING).first.wait_for()
            button = self.page.locator("#card").get_by_role("button", name=TRUSTING).first
            self.answer(button.inner_text().split("\n")[0].strip())
        raise AssertionError(f"never asked: {until}")

    def open(self, panel: str) -> None:
        """Open a panel beside the chat."""
        tab = self.page.get_by_role("tab", name=re.compile(rf"^{re.escape(panel)}(?!\w)"))
        tab.click()
        self.page.locator("[role=tab][aria-selected=true]", has_text=panel).wait_for()

    def say(self, text: str) -> None:
        """Type into the conversation."""
        box = self.page.get_by_label("Say or ask something")
        box.fill(text)
        box.press("Enter")

    @property
    def talk(self) -> str:
        """What was said so far."""
        return self.page.get_by_role("log").inner_text()

    @property
    def session(self) -> str:
        """The session's id, as the address has it."""
        self.page.wait_for_url(re.compile(r"session=\w+"))
        return self.page.url.rpartition("session=")[2].split("&")[0]

    def axe(self) -> list[str]:
        """Serious and critical violations on the page as it stands, one a line."""
        self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text("utf-8"))
        found: list[dict[str, Any]] = self.page.evaluate(
            "() => axe.run(document, {resultTypes: ['violations']}).then(it => it.violations)"
        )
        return [
            f"{item['impact']} {item['id']}: {node['target']} {node['html'][:160]}"
            for item in found
            if item["impact"] in {"serious", "critical"}
            for node in item["nodes"]
        ]

    @property
    def complaints(self) -> list[str]:
        """Whatever must not have happened."""
        allowed = re.compile("|".join([*HARMLESS, *self.forgiven]) or r"(?!)")
        return [f"asked elsewhere: {url}" for url in self.outside] + [
            fault for fault in self.faults if not allowed.search(fault)
        ]

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(HERE):
            self.outside.append(request.url)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once a file: its event loop would be in the way of tests elsewhere."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not CHROMIUM:
        pytest.skip("no Chromium here: apt-get install chromium")
    with api.sync_playwright() as play:
        launched = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts servers; each has a store of its own, and none may end with a fault of ours in its log."""
    made: list[Server] = []
    with contextlib.ExitStack() as stopping:

        def make(*arguments: str, before: str = "") -> Server:
            server = Server(tmp_path_factory.mktemp("server"), *arguments, before=before)
            stopping.callback(server.stop)
            made.append(server)
            return server.start()

        yield make
    assert [server.said for server in made if "Traceback" in server.said] == []


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """One server for the tests of a file; each test has its own sessions."""
    return make_server()


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """Opens the page as somebody new; at the end nobody may have seen an error or asked another host for anything."""
    visitors: list[Visitor] = []

    def come(server: Server, *, width: int = 1280, height: int = 900, **more: Any) -> Visitor:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        visitor = Visitor(context, server.address)
        visitors.append(visitor)
        visitor.page.goto(server.address)
        return visitor

    yield come
    for number, visitor in enumerate(visitors):
        with contextlib.suppress(Exception):
            visitor.page.screenshot(path=tmp_path / f"end-{number}.png", full_page=True)
        visitor.context.close()
    assert [visitor.complaints for visitor in visitors] == [[] for _ in visitors]


@pytest.fixture
def visitor(visit: Callable[..., Visitor], server: Server) -> Visitor:
    """Somebody new at the start page."""
    return visit(server)
