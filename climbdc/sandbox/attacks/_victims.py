"""Processes that are there to be read and killed. They end with the host: it holds their standard input."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

from climbdc.sandbox._base import SandboxUnavailable
from climbdc.sandbox.attacks._targets import Process

__all__ = ["ENVIRONMENT_NAME", "Victim"]

ENVIRONMENT_NAME = "CLIMBDC_CANARY_KEY"
# The third line lets any process of this user read it where the kernel (Yama) would allow only its parent.
_PROGRAM = """
import ctypes, os, sys
kept = ctypes.create_string_buffer(os.environ[sys.argv[2]].encode())
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)
print(ctypes.addressof(kept), flush=True)
sys.stdin.read()
"""


class Victim:
    """A process with a canary in its command line, its environment and its memory.

    Args:
        secret: The canary.
    """

    def __init__(self, secret: str) -> None:
        command = [sys.executable, "-I", "-S", "-c", _PROGRAM, secret, ENVIRONMENT_NAME]
        self._process = subprocess.Popen(
            command, env=os.environ | {ENVIRONMENT_NAME: secret}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            # Ctrl-C in a terminal is for the host to handle.
            start_new_session=True,
        )  # fmt: skip
        self._address: int | None = None
        self._asking = threading.Lock()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether nobody has ended it."""
        return self._process.poll() is None

    def process(self) -> Process:
        """Where it is and where its canary lies. Waits until it has begun.

        Raises:
            SandboxUnavailable: It did not begin.
        """
        # Two jobs may be made ready at once, and it says where it is only once.
        with self._asking:
            if self._address is None:
                assert self._process.stdout is not None
                said = self._process.stdout.readline()
                if not said:
                    raise SandboxUnavailable(
                        "A process that the test of the sandbox needs did not start.",
                        fix=f"Check that {sys.executable} runs by itself.",
                    )
                self._address = int(said)
        return Process(pid=self.pid, address=self._address)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
