"""Telling somebody that an answer is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["told_while_waiting"]

FIRST = 5.0
"""Seconds after which one wonders whether anything happens; below ten, where one's mind wanders off (Nielsen 1993)."""
EVERY = 1.0


@contextmanager
def told_while_waiting(tell: Callable[[float], None] | None) -> Iterator[None]:
    """Call `tell` from the fifth second of the block on, each second, with the seconds so far; with 0 when it is over.

    Where the block is over before, nothing is told.
    """
    if tell is None:
        yield
        return
    over, told, began = threading.Event(), threading.Event(), time.monotonic()

    def watch() -> None:
        pause = FIRST
        while not over.wait(pause):
            told.set()
            tell(time.monotonic() - began)
            pause = EVERY

    watching = threading.Thread(target=watch, name="climbdc-waiting", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
        if told.is_set():
            tell(0.0)
