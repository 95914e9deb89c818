"""Objects named by the hash of their content: frames, row masks, fitted tables."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa

from climbdc.data import from_arrow, to_arrow
from climbdc.errors import StoreError

__all__ = ["Objects"]


class Objects:
    """A folder of Arrow files, each named by the SHA-256 of its bytes; written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Where an object lies.

        Raises:
            StoreError: It is not there.
        """
        path = self.folder / f"{name}.arrow"
        if not path.exists():
            raise StoreError(f"The stored object {name[:12]} is gone from {self.folder}.", code="object-missing")
        return path

    def put_table(self, table: pa.Table) -> str:
        """Store a table; the same content gives the same name."""

        def write(path: str) -> None:
            with pa.OSFile(path, "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table.combine_chunks())

        return self._put(write)

    def put_frame(self, frame: pd.DataFrame) -> str:
        """Store a canonical frame."""
        return self.put_table(to_arrow(frame))

    def frame(self, name: str) -> pd.DataFrame:
        """A stored frame, memory-mapped."""
        return from_arrow(self.table(name))

    def table(self, name: str) -> pa.Table:
        """A stored table, memory-mapped."""
        return pa.ipc.open_file(pa.memory_map(str(self.path(name)), "r")).read_all()

    def _put(self, write: Callable[[str], None]) -> str:
        handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=".part")
        os.close(handle)
        try:
            write(temporary)
            with open(temporary, "rb") as file:
                name = hashlib.file_digest(file, "sha256").hexdigest()
            os.replace(temporary, self.folder / f"{name}.arrow")
        finally:
            Path(temporary).unlink(missing_ok=True)
        return name
