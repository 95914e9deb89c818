"""Honest work with the libraries that tools use, for the tests that the sandbox lets it be. It runs inside."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import subprocess
import sys
import tempfile
import threading
import warnings
import zoneinfo
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from climbdc.sandbox import Progress, Reply

ROWS = 200


def handle(verb: str, payload: dict[str, Any], tables: dict[str, pa.Table], progress: Progress) -> Reply:
    warnings.simplefilter("ignore")
    found = WORK[verb]()
    return Reply({}, {}, {"picture": found}) if isinstance(found, bytes) else Reply({"found": found})


def _frame() -> pd.DataFrame:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(size=(ROWS, 4)), columns=list("abcd"))
    frame["y"] = (frame["a"] > 0).astype(int)
    return frame


def _accuracy(model: Any) -> bool:
    frame = _frame()
    return bool(model.fit(frame[list("abcd")], frame["y"]).score(frame[list("abcd")], frame["y"]) > 0.9)


def kmeans() -> int:
    from sklearn.cluster import KMeans

    return int(KMeans(3, n_init=2, random_state=0).fit(_frame()).labels_.max())


def tsne() -> list[int]:
    from sklearn.manifold import TSNE

    return [*TSNE(perplexity=10, max_iter=250, random_state=0).fit_transform(_frame()).shape]


def boosting() -> bool:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return _accuracy(HistGradientBoostingClassifier(max_iter=20, random_state=0))


def forest_of_two_workers() -> bool:
    from sklearn.ensemble import RandomForestClassifier

    return _accuracy(RandomForestClassifier(20, n_jobs=2, random_state=0))


def searched_with_two_workers() -> bool:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    return _accuracy(GridSearchCV(LogisticRegression(), {"C": [1, 1000]}, n_jobs=2))


def joblib_with_two_workers() -> list[int]:
    import joblib  # type: ignore[import-untyped]

    return list(joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(number) for number in (-1, 2, -3)))


def cox() -> bool:
    from lifelines import CoxPHFitter

    frame = _frame()[["a", "b", "y"]]
    frame["time"] = np.exp(-frame["a"]) + 0.1
    return bool(CoxPHFitter().fit(frame, "time", "y").params_["a"] > 0)


def _drawn(draw: Callable[[], Any]) -> bytes:
    import matplotlib.pyplot as plt

    file = io.BytesIO()
    draw()
    plt.savefig(file, format="png", dpi=40)
    plt.close("all")
    return file.getvalue()


def picture() -> bytes:
    import matplotlib.pyplot as plt

    return _drawn(lambda: plt.gca().hist(_frame()["a"], label="größer"))


def picture_of_gaps() -> bytes | str:
    try:
        import missingno
    except ImportError:
        return "not here"
    return _drawn(lambda: missingno.matrix(_frame().mask(lambda frame: frame > 1)))


def event_loop() -> list[int]:
    async def double(number: int) -> int:
        await asyncio.sleep(0.001)
        return await asyncio.to_thread(lambda: 2 * number)

    async def both() -> list[int]:
        return list(await asyncio.gather(double(1), double(2)))

    return asyncio.run(both())


def database() -> int:
    with sqlite3.connect(":memory:") as connection:
        _frame().to_sql("frame", connection)
        return int(connection.execute("select count(*) from frame where y = 1 or y = 0").fetchone()[0])


def time_zones() -> str:
    moment = datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))
    return str(pd.Timestamp(moment).tz_convert("America/New_York").hour)


def parquet() -> int:
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(_frame()), file, compression="zstd")
    file.seek(0)
    return int(pq.read_table(file).num_rows)


def threads_of_libraries() -> bool:
    """OpenBLAS and OpenMP, with more threads than they were started with, and each in a thread of Python."""
    import threadpoolctl  # type: ignore[import-untyped]
    from sklearn.metrics import pairwise_distances

    found: list[float] = []
    with threadpoolctl.threadpool_limits(2):
        big = np.random.default_rng(0).normal(size=(400, 400))
        workers = [threading.Thread(target=lambda: found.append(float((big @ big).sum()))) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return found[0] == found[1] and pairwise_distances(big, n_jobs=2).shape == big.shape


def refused_politely() -> list[str]:
    """What code that only tries is told: an error of the kind that it expects."""
    tries: list[Callable[[], object]] = [
        lambda: subprocess.run([sys.executable, "-c", ""], check=True),
        lambda: tempfile.TemporaryFile(),
        lambda: open("/tmp/climbdc-honest", "w", encoding="utf-8"),
    ]
    told = []
    for call in tries:
        try:
            call()
            told.append("it worked")
        except OSError:
            told.append("OSError")
    return told


def label_issues_in_processes() -> int:
    from cleanlab.filter import find_label_issues

    chances = np.random.default_rng(0).dirichlet([1, 1], size=60_000)
    labels = (chances[:, 1] > 0.5).astype(int)
    return len(find_label_issues(labels, chances, n_jobs=2))


WORK: dict[str, Callable[[], Any]] = {
    function.__name__: function
    for function in (
        kmeans, tsne, boosting, forest_of_two_workers, searched_with_two_workers, joblib_with_two_workers, cox, picture,
        picture_of_gaps, event_loop, database, time_zones, parquet, threads_of_libraries, refused_politely,
        label_issues_in_processes,
    )
}  # fmt: skip
