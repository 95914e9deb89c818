"""The sandbox's own job: try what must not work, from inside, and say what happened.

Each attempt harmlessly does the real thing against targets the host has set up, and is reported as what it achieved;
the host judges. All network attempts go to this machine.
"""

from __future__ import annotations

import mmap
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from climbdc.sandbox._job import Reply

__all__ = ["PROBE_VERB", "probe"]

PROBE_VERB = "__probe__"
_PIECE = 16 << 20


def _read(path: str) -> str:
    with open(path, "rb") as file:
        return f"read {len(file.read(4096))} bytes"


def _write(path: str) -> str:
    with open(path, "wb") as file:
        file.write(b"written from inside")
    return "wrote"


def _connect(family: int, kind: int, address: Any) -> str:
    with socket.socket(family, kind) as sock:
        sock.settimeout(1)
        sock.connect(address)
        sock.send(b"sent from inside")
    return "sent"


def _vsock() -> str:
    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
    return "opened"


def _datagram_pair() -> str:
    for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM):
        end.close()
    return "opened"


def _fork() -> str:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "forked"


def _allocate(megabytes: int) -> str:
    pieces = []
    try:
        for _ in range(0, megabytes << 20, _PIECE):
            pieces.append(mmap.mmap(-1, _PIECE))
    finally:
        for piece in pieces:
            piece.close()
    return f"allocated {megabytes} MiB"


def _raise_limit() -> str:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    return "raised"


def _signal(pid: int) -> str:
    os.kill(pid, 0)
    return "allowed"


def _work() -> str:
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    frame = pd.DataFrame({"group": np.arange(200) % 4, "value": np.arange(200) / 200})
    means = frame.groupby("group")["value"].mean()
    model = LogisticRegression().fit(frame[["value"]], frame["value"] > 0.5)
    good = len(means) == 4 and model.score(frame[["value"]], frame["value"] > 0.5) > 0.9
    return "worked" if good else "gave wrong numbers"


def _exec() -> str:
    os.execv("/bin/true", ["true"])


def _attempts(targets: dict[str, Any]) -> dict[str, Callable[[], str]]:
    local = "127.0.0.1"
    attempts: dict[str, Callable[[], str]] = {f"read {path}": _later(_read, path) for path in targets["read"]}
    attempts |= {f"write {path}": _later(_write, path) for path in targets["write"]}
    return attempts | {
        "tcp": lambda: _connect(socket.AF_INET, socket.SOCK_STREAM, (local, targets["tcp"])),
        "udp": lambda: _connect(socket.AF_INET, socket.SOCK_DGRAM, (local, targets["udp"])),
        "unix": lambda: _connect(socket.AF_UNIX, socket.SOCK_STREAM, targets["unix"]),
        "vsock": _vsock,
        "datagram pair": _datagram_pair,
        "fork": _fork,
        "signal": lambda: _signal(os.getppid()),
        "raise limit": _raise_limit,
        "memory": lambda: _allocate(targets["memory_mb"]),
        "work": _work,
        # Last: where it works, nothing comes back, and the host takes that for a failure.
        "exec": _exec,
    }


def _later(call: Callable[[str], str], path: str) -> Callable[[], str]:
    return lambda: call(path)


def probe(targets: dict[str, Any]) -> Reply:
    """Make every attempt.

    Args:
        targets: Paths to `read` and `write`, ports `tcp` and `udp`, path `unix`, size `memory_mb`; or `spin` alone, to
            compute until stopped.

    Returns:
        For each attempt what it `did`, or what `refused` it; and the environment's names.
    """
    if targets.get("spin"):
        while True:
            time.perf_counter()
    did: dict[str, str] = {}
    refused: dict[str, str] = {}
    parents = [f"/proc/{pid}/environ" for pid in ("self", os.getppid(), *targets["processes"])]
    targets = targets | {"read": [*targets["read"], *parents]}
    for name, attempt in _attempts(targets).items():
        try:
            did[name] = attempt()
        except BaseException as error:
            refused[name] = f"{type(error).__name__}: {error}"[:200]
    return Reply({"did": did, "refused": refused, "environment": sorted(os.environ)})
