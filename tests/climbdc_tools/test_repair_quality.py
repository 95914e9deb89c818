"""How well slips are found and repaired, without labels and without a person, on tables whose truth is known.

Thresholds stand a little under what was measured. The clean tables serve for scoring only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from climbdc.cli import main
from climbdc.data import canonical
from climbdc.knowledge import knowledge
from climbdc.sdk import Dataset
from climbdc_tools.find_cell_errors import FindCellErrors
from climbdc_tools.repair_values import RepairValues


@dataclass(frozen=True)
class Score:
    """Cells: wrong before, changed, changed to the truth, right before and changed, and right before."""

    wrong: int
    changed: int
    right: int
    harmed: int
    clean: int

    @property
    def precision(self) -> float:
        return self.right / self.changed if self.changed else 1.0

    @property
    def coverage(self) -> float:
        return self.right / self.wrong if self.wrong else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.changed + self.wrong) if self.right else 0.0


def folded(cell: object) -> str:
    """A cell without what is a matter of form: codes for missing, per cent, the way a number or a day is written."""
    text = str(cell).strip()
    if pd.isna(cell) or not text or knowledge().is_missing_token(text) is not None:  # type: ignore[call-overload]
        return ""
    try:
        return repr(float(text.removesuffix("%")))
    except ValueError:
        return text.removesuffix(" 00:00:00")


def read(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def score(folder: Path, after: pd.DataFrame) -> Score:
    before, truth, now = (
        frame.astype(object).map(folded).to_numpy()
        for frame in (read(folder / "dirty.csv"), read(folder / "clean.csv"), after)
    )
    wrong, changed = before != truth, before != now
    return Score(
        int(wrong.sum()),
        int(changed.sum()),
        int((changed & (now == truth)).sum()),
        int((changed & ~wrong).sum()),
        int((~wrong).sum()),
    )


def by_tools(folder: Path) -> Score:
    """What the two tools alone do: every sure proposal is taken, nothing else is treated."""
    frame = canonical(read(folder / "dirty.csv").replace("", None))
    for name in frame.columns:
        numbers = pd.to_numeric(frame[name], errors="coerce")
        if numbers.notna().sum() == frame[name].notna().sum():
            frame[name] = numbers
    frame = canonical(frame)
    found = FindCellErrors({}).look(Dataset(frame))
    params: dict[str, Any] = {"maps": {}, "columns": {}}
    for finding in found if isinstance(found, list) else []:
        for step in finding.suggestions:
            if step.tool == "repair_values" and step.confidence >= 0.9:
                for part, columns in step.params.items():
                    params[part].update(columns)
    tool, data = RepairValues(params), Dataset(frame)
    return score(folder, tool.apply(frame, tool.fit(data), data.roles))


def by_session(folder: Path, scratch: Path) -> Score:
    """What a whole run does."""
    out = scratch / "out"
    given = ["run", str(folder / "dirty.csv"), "--task", "none", "--expert", "auto"]
    with pytest.raises(SystemExit) as ended:
        main([*given, "--out", str(out), "--data-dir", str(scratch / "store")])
    assert ended.value.code == 0
    return score(folder, read(out / "data.csv").drop(columns="_row"))


def test_the_scorer_gives_doing_nothing_the_truth_and_a_vandal_what_they_deserve(bench_data: Path) -> None:
    folder = bench_data / "repair" / "quintet" / "hospital"
    dirty, clean = read(folder / "dirty.csv"), read(folder / "clean.csv")
    assert score(folder, dirty) == Score(509, 0, 0, 0, 19491)
    assert score(folder, clean) == Score(509, 509, 509, 0, 19491)
    assert score(folder, clean.assign(City="x")).harmed == 967


def test_hospital(bench_data: Path, tmp_path: Path) -> None:
    seen = by_session(bench_data / "repair" / "quintet" / "hospital", tmp_path)
    assert seen.precision >= 0.99 and seen.coverage >= 0.94
    assert seen.harmed == 0


def test_beers(bench_data: Path, tmp_path: Path) -> None:
    seen = by_session(bench_data / "repair" / "quintet" / "beers", tmp_path)
    assert seen.f1 >= 0.99 and seen.harmed == 0


@pytest.mark.parametrize(
    ("table", "least"),
    [
        ("health-nt/mrsa-in-hospitals-2013", 0.9),
        ("health-ntr/surgical-site-infections-ssis-for-5-operative-procedures-201", 0.8),
        ("health-no/ah-provisional-diabetes-death-counts-for-2020", 0.95),
    ],
)
def test_whole_runs_on_public_health_tables(table: str, least: float, bench_data: Path, tmp_path: Path) -> None:
    seen = by_session(bench_data / "repair" / table, tmp_path)
    assert seen.precision >= 0.99 and seen.f1 >= least
    assert seen.harmed <= max(1, 0.001 * seen.clean)


def test_the_tools_alone_on_every_public_health_table(bench_data: Path) -> None:
    scores = [by_tools(file.parent) for file in sorted((bench_data / "repair").glob("health-*/*/dirty.csv"))]
    assert len(scores) == 33
    right, changed = sum(seen.right for seen in scores), sum(seen.changed for seen in scores)
    assert right >= 0.99 * changed
    assert sum(seen.f1 for seen in scores) / len(scores) >= 0.6
    assert sum(seen.harmed for seen in scores) <= 0.0005 * sum(seen.clean for seen in scores)
    assert all(seen.harmed <= max(1, 0.001 * seen.clean) for seen in scores)


def test_clean_tables_stay_as_they_are(bench_data: Path, tmp_path: Path) -> None:
    for file in sorted((bench_data / "repair").glob("health-n[ot]/*/clean.csv")):
        folder = tmp_path / file.parent.name
        folder.mkdir(exist_ok=True)
        for name in ("dirty.csv", "clean.csv"):
            (folder / name).write_bytes(file.read_bytes())
        seen = by_tools(folder)
        assert seen.changed <= 0.0005 * seen.clean, file.parent.name
