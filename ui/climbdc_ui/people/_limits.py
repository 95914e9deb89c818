"""How much one person may ask for at once and in a minute."""

from __future__ import annotations

import math
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["Limits", "Rate", "TooMuch"]

_MB: Final = 1 << 20
_FORM: Final = _MB
"""Bytes of an upload that are not the file."""
_RESERVE: Final = 512 * _MB
"""Bytes of disk that uploads leave free, for the work on them."""
_UPLOADS_OF_ONE, _UPLOADS, _AT_ONCE = 3, 12, 64


class TooMuch(Exception):
    """More than is allowed.

    Args:
        status: Of HTTP.
        words: For the person.
        wait: Seconds until it may be tried again; 0 where waiting does not help.
    """

    def __init__(self, status: int, words: str, wait: int = 0) -> None:
        super().__init__(words)
        self.status, self.words, self.wait = status, words, wait


class Rate:
    """So many a minute for each key: a bucket that fills steadily and holds a minute's worth.

    Args:
        per_minute: Its size.
        clock: Seconds that only grow.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> int:
        """Take one; 0 if there was one, else the seconds until there is."""
        now = self._clock()
        left, at = self._buckets.get(key, (self._size, now))
        left = min(self._size, left + (now - at) * self._size / 60)
        if left < 1:
            self._buckets[key] = (left, now)
            return math.ceil((1 - left) * 60 / self._size)
        if len(self._buckets) > 10_000:
            self._buckets = {name: pair for name, pair in self._buckets.items() if now - pair[1] < 60}
        self._buckets[key] = (left - 1, now)
        return 0


class Limits:
    """Limits of one server.

    Args:
        folder: Where uploads go.
        upload_mb: Largest upload in MiB.
        per_minute: Requests of one person.
    """

    def __init__(self, folder: Path, upload_mb: int = 2048, per_minute: int = 1200) -> None:
        self._folder = folder
        self._upload_mb = upload_mb
        self._rate = Rate(per_minute)
        self._open: Counter[str] = Counter()
        self._uploads: Counter[str] = Counter()

    def request(self, person: str) -> None:
        """Count a request.

        Raises:
            TooMuch: There were too many in the last minute.
        """
        wait = self._rate.take(person)
        if wait:
            raise TooMuch(429, f"Your browser asks faster than this server answers. Try again in {wait} s.", wait)

    @contextmanager
    def at_once(self, person: str) -> Iterator[None]:
        """Count a request while it lasts.

        Raises:
            TooMuch: Too many are open.
        """
        with _counted(self._open, person, _AT_ONCE, "Too many pages of yours are open at once. Close some of them."):
            yield

    @contextmanager
    def upload(self, person: str, length: str) -> Iterator[None]:
        """Let a file in, if there is room for it.

        Args:
            person: Who sends it.
            length: The header `Content-Length`.

        Raises:
            TooMuch: It is too large, the disk is full, or too many are on their way.
        """
        if not length.isdecimal():
            raise TooMuch(411, "The upload does not say how large it is. Use the page to upload.")
        size = int(length)
        if size > self._upload_mb * _MB + _FORM:
            raise TooMuch(413, f"This upload has {_size(size)}; the most here is {_size(self._upload_mb * _MB)}.")
        if shutil.disk_usage(self._folder).free - size < _RESERVE:
            raise TooMuch(507, "There is no room for this file on the server. Tell who runs it.")
        mine = f"{_UPLOADS_OF_ONE} files of yours are on their way already. Wait until one is here."
        others = "Many files are on their way to this server just now. Try again in a minute."
        with _counted(self._uploads, person, _UPLOADS_OF_ONE, mine), _counted(self._uploads, "", _UPLOADS, others):
            yield


@contextmanager
def _counted(counter: Counter[str], key: str, most: int, words: str) -> Iterator[None]:
    if counter[key] >= most:
        raise TooMuch(429, words, 5)
    counter[key] += 1
    try:
        yield
    finally:
        counter[key] -= 1
        if not counter[key]:
            del counter[key]


def _size(count: int) -> str:
    """A size in words.

    >>> _size(3 * 2**30), _size(5 * 2**20)
    ('3.0 GB', '5 MB')
    """
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{max(1, round(count / 2**20)):,} MB"
