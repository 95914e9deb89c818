"""The page's own server in a process of its own, as `climbdc ui` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from climbdc.bench._measure import tree_bytes
from climbdc.errors import ClimbdcError

__all__ = ["PageServer", "ServerFailed"]

_CLIMBDC = "from climbdc.cli import main; main()"
_PATIENCE_SECONDS = 120
_END_SECONDS = 60
_MB = 1 << 20


class ServerFailed(ClimbdcError):
    """The server did not start or did not answer; the message says what it said."""

    default_code = "no-server"


class PageServer:
    """A running server, at a free port of this computer; ended at the end of the `with` block.

    `start_seconds` is the time from the start of its process to the whole of the first page.

    Args:
        store: Its data folder.

    Raises:
        ServerFailed: It does not start.
    """

    def __init__(self, store: Path) -> None:
        self._said = TemporaryFile("w+", encoding="utf-8", errors="replace")
        started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CLIMBDC, "ui", "--port", "0", "--data-dir", str(store)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._said, text=True, start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            self.address = self._address()
            self.cookies = CookieJar()
            self.get(self.address)
        except BaseException:
            self.close()
            raise
        self.start_seconds = time.monotonic() - started

    @property
    def root(self) -> str:
        """The address without its token."""
        whole = urllib.parse.urlsplit(self.address)
        return f"{whole.scheme}://{whole.netloc}/"

    @property
    def cookie(self) -> str:
        """What a client that knows the token sends as `Cookie`."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)

    def _address(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("http://"):
                return line.strip()
        raise ServerFailed(f"The page's server did not start: {self._tail()}")

    def _tail(self) -> str:
        self._said.seek(0)
        return self._said.read().strip()[-500:]

    def get(self, address: str) -> bytes:
        """What is at an address of this server.

        Raises:
            ServerFailed: It does not answer, or refuses.
        """
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(address, timeout=_PATIENCE_SECONDS) as answer:
                body: bytes = answer.read()
                return body
        except (OSError, urllib.error.URLError) as error:
            raise ServerFailed(f"The page's server does not answer: {error}. {self._tail()}") from error

    def memory_mb(self) -> float:
        """Memory of the server and its processes in MiB, shared pages counted once (Linux)."""
        import psutil

        return round(tree_bytes(psutil.Process(self._process.pid), itself=True) / _MB, 1)

    def close(self) -> None:
        """End it and its processes."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._said.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self.close()
