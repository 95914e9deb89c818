"""What every job does for the first time is slow the first time: done once in the zygote, before it forks."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa

from climbdc.sandbox.answers._decoding import decode_reply
from climbdc.sandbox.answers._tables import encoded_size, write_table

__all__ = ["warm"]


def _small_table() -> pa.Table:
    """A column of each common type, one with a gap."""
    frame = pd.DataFrame(
        {"group": pd.Categorical(["a", "b", "a"]), "number": [1.0, 2.0, None], "count": [1, 2, 3],
         "told": ["x", "y", None], "flag": [True, False, True]},
    )  # fmt: skip
    means = frame.groupby("group", observed=True)[["number", "count"]].mean().reset_index()
    pa.Table.from_pandas(means, preserve_index=False).to_pandas(split_blocks=True, use_threads=False)
    return pa.Table.from_pandas(frame, preserve_index=False)


def warm() -> None:
    """Write, describe and convert a small table, in this one thread."""
    table = _small_table()
    stream = io.BytesIO()
    encoded_size(table)
    write_table(table, stream)
    decode_reply(memoryview(stream.getvalue()), [(0, stream.tell())])
    file = pa.BufferOutputStream()
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    pa.ipc.open_file(file.getvalue()).read_all().to_pandas(split_blocks=True, use_threads=False)
