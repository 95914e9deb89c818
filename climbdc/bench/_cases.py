"""The cases of the suite `speed`: command lines of the product, and the data they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from climbdc.bench._synthetic import write_clinical_table

__all__ = ["CASES", "MILLION", "Case", "Place", "Skipped"]

MILLION = 1_000_000
_SUPPORT = "clinical/support2.csv"


class Skipped(Exception):
    """A case cannot run here; the message says why."""


@dataclass(frozen=True)
class Place:
    """Where a case finds its data and may write.

    Args:
        work: A folder that is thrown away; data that a case makes stays in it for the next.
        data: The folder of benchmark data, or None.
        seed: Of data that are made up.
    """

    work: Path
    data: Path | None
    seed: int

    def support(self) -> Path:
        """SUPPORT-2.

        Raises:
            Skipped: It is not there.
        """
        if self.data is None:
            raise Skipped("needs benchmark data: name its folder with --data or CLIMBDC_BENCH_DATA")
        path = self.data / _SUPPORT
        if not path.is_file():
            raise Skipped(f"{_SUPPORT} is not in the folder of benchmark data")
        return path

    def million(self) -> Path:
        """The made-up registry of a million patients, written once."""
        path = self.work / "million.csv"
        return path if path.exists() else write_clinical_table(path, MILLION, self.seed)

    def heart(self) -> Path:
        """The demo's file."""
        return Path(str(files("climbdc") / "demo" / "heart_disease.csv"))


@dataclass(frozen=True)
class Case:
    """One command line to be measured.

    Args:
        name: Of the case.
        about: What it is, in a line.
        file: Its data.
        words: The command line, from the file; `OUT` and `STORE` stand for fresh folders.
        share: Whether the store is asked afterwards how much of the time the tools took.
        python: The words are for Python rather than for `climbdc`.
    """

    name: str
    about: str
    file: Callable[[Place], Path]
    words: Callable[[Path], list[str]]
    share: bool = False
    python: bool = False


_READ = "import sys; from pathlib import Path; from climbdc.data import read; read([Path(sys.argv[1])])"

_ALL = (
    Case(
        "diagnose-heart", "screening of the demo's 920 patients", Place.heart,
        lambda file: ["diagnose", str(file), "--target", "num", "--json"],
    ),
    Case(
        "diagnose-support2", "screening of SUPPORT-2, 9,105 x 48", Place.support,
        lambda file: ["diagnose", str(file), "--target", "hospdead", "--json"],
    ),
    Case(
        "read-million", "reading 1,000,000 x 30 made-up patients", Place.million,
        lambda file: ["-c", _READ, str(file)], python=True,
    ),
    Case(
        "diagnose-million", "screening of 1,000,000 x 30 made-up patients", Place.million,
        lambda file: ["diagnose", str(file), "--target", "died", "--json"],
    ),
    Case(
        "demo", "the demo: everything on 920 patients", Place.heart,
        lambda file: ["demo", "--out", "OUT", "--data-dir", "STORE"], share=True,
    ),
    Case(
        "run-support2", "everything on SUPPORT-2, no questions", Place.support,
        lambda file: ["run", str(file), "--target", "hospdead", "--expert", "auto", "--out", "OUT",
                      "--data-dir", "STORE"], share=True,
    ),
)  # fmt: skip

CASES: dict[str, Case] = {case.name: case for case in _ALL}
"""By name, in the order in which they run."""
