"""Shared by the tests of the page: a desk over a thrown-away store, and a server on this computer."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from climbdc.copilot import Copilot
from climbdc.settings import Settings
from climbdc_ui import Desk

if TYPE_CHECKING:
    from climbdc_ui._handlers import Handlers, Shown

HOSTILE = "<img src=x onerror=window.hurt=1>"
MARKDOWN = "![x](http://192.0.2.1/x.png)"
TEMPLATE = "${window.hurt=2}{{value}}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk over an empty store."""
    desk = Desk(Copilot(Settings(data_dir=tmp_path / "data")))
    yield desk
    desk.close()


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A table whose file name, column names and values are markup."""
    path = tmp_path / f"{HOSTILE}.csv".replace("/", "")
    rows = [f"{n},{n % 7},{MARKDOWN if n % 9 else ''},{TEMPLATE if n % 2 else HOSTILE},{n % 2}" for n in range(120)]
    path.write_text("\n".join([f'id,"{HOSTILE}","{MARKDOWN}","{TEMPLATE}",died', *rows]), "utf-8")
    return path


@pytest.fixture
def until() -> Callable[..., Shown]:
    """Looks at a session as the page does until something is true of what is shown."""

    def wait(handlers: Handlers, session: str, wanted: Callable[[Shown], bool], *, patience: float = 90) -> Shown:
        shown = handlers.show(session)
        end = time.monotonic() + patience
        while not wanted(shown):
            assert time.monotonic() < end, f"not in time: {shown}"
            time.sleep(0.1)
            shown = handlers.refresh(session, shown.state) or shown
        return shown

    return wait


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address that `climbdc ui` prints; in its own process, as gradio leaves event loops behind."""
    command = [sys.executable, "-c", "from climbdc.cli import main; main()", "ui", "--port", "0"]
    server = subprocess.Popen(
        [*command, "--data-dir", str(tmp_path / "data")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), server.communicate(timeout=30)
    yield address
    server.send_signal(signal.SIGINT)
    _, said = server.communicate(timeout=60)
    assert "Traceback" not in said, said
    assert server.returncode in {0, 130}
