"""The report: what is still missing, or what there is to take away and how to use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc_ui._acts import Panel
from climbdc_ui._render import render
from climbdc_ui.panels._changed import missing_overall
from climbdc_ui.panels._formulas import formula_cells, formula_names
from climbdc_ui.panels._sheet import Sheet, sheet_of
from climbdc_ui.panels._words import counted, figure, words

if TYPE_CHECKING:
    from climbdc.store import SessionStore
    from climbdc_ui._acts import Seat, State

__all__ = ["REPORT", "Download", "downloads"]

BIG = ("climbdc-results.zip", "report.html", "data.csv", "recipe.json")


@dataclass(frozen=True)
class Download:
    """A file of the results.

    Args:
        file: Its name.
        title: What to call it.
        about: What it is.
        size: How large, in words.
    """

    file: str
    title: str
    about: str
    size: str


def downloads(folder: Path | None) -> list[Download]:
    """The files that are there, the most wanted first; none before they are complete."""
    if folder is None:
        return []
    there = {path.name: path.stat().st_size for path in folder.iterdir() if path.is_file()}
    return [
        Download(name, title, about, _size(there[name]))
        for name, (title, about) in words()["downloads"].items()
        if there.get(name)
    ]


def _size(size: int) -> str:
    """Bytes in words.

    >>> _size(12), _size(2048), _size(5_300_000)
    ('1 KB', '2 KB', '5.3 MB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000)):,} KB"


def _stages(seat: Seat) -> list[tuple[str, bool, str]]:
    """What has to be done until the report is there: what, whether it is done, and how far."""
    stored = seat.stored
    reading, goal = stored.get("reading"), stored.get("goal")
    steps = seat.session.plan.steps
    done = sum(step.status == "applied" for step in steps)
    left = sum(step.status == "pending" for step in steps)
    looked = stored.get("screened/rows") is not None or stored.get("screened/train") is not None
    finished = stored.get("finished") is not None
    return [
        ("The file is read", reading is not None, _read(reading)),
        ("What is to be predicted is settled", goal is not None, ""),
        ("The table is checked", looked, counted(_found(stored), "problem") if looked else ""),
        ("The steps are done", bool(done) and not left, f"{done:,} done, {left:,} to do" if steps else ""),
        ("All is checked again at the end, and measured", stored.get("metrics") is not None, ""),
        ("The files are written", finished and seat.desk.results(seat.id) is not None, ""),
    ]


def _read(reading: dict[str, Any] | None) -> str:
    if reading is None:
        return ""
    return f"{counted(reading['rows'], 'row')}, {counted(len(reading['columns']), 'column')}"


def _found(stored: SessionStore) -> int:
    return sum(item["screening"] == "first" for item in stored.findings())


def _facts(seat: Seat, sheet: Sheet) -> list[tuple[str, str]]:
    """How the data stand now, in a few lines."""
    roles = sheet.now.roles
    before, after = missing_overall(sheet)
    aside = " for learning; the test part is set aside" if sheet.split else ""
    told = [
        ("Rows and columns now", f"{counted(len(sheet.rows), 'row')}{aside}, {counted(len(sheet.names), 'column')}"),
        ("Cells without a value", f"{figure(after, share=True)} now, {figure(before, share=True)} in the file"),
    ]
    wanted = roles.target or roles.event
    return [("To be predicted", str(wanted)), *told] if wanted else told


def _formulas(stored: SessionStore, sheet: Sheet) -> str:
    """A warning about text that a spreadsheet would run; empty where there is none."""
    frames = [sheet.now.frame]
    test = stored.get("test") if stored.get("finished") else None
    if test is not None and test["frame"] is not None:
        frames.append(test["frame"])
    cells = sum(formula_cells(stored.objects, frame) for frame in frames)
    names = formula_names(sheet.names)
    said = [counted(cells, "cell")] if cells else []
    said += [counted(names, "column name")] if names else []
    if not said:
        return ""
    verb = "begins" if cells + names == 1 else "begin"
    return (
        f"{' and '.join(said)} {verb} with =, +, − or @. Excel and other spreadsheets may take that for a formula. "
        "Your data are left as they are: open such files with “import as text”, and do not allow it to run anything."
    )


def _waits(seat: Seat) -> str:
    """What the session waits for, in one sentence."""
    if seat.stored.pending() is not None:
        return "It waits for your answer to the question in the chat."
    return "It goes on by itself." if seat.desk.working(seat.id) else "It rests; press “Go on” at the top."


def _summary(seat: Seat) -> list[tuple[str, str]]:
    """The summary of the results as pairs of a heading and its lines."""
    return [(str(head), str(text)) for head, text in (seat.stored.get("summary") or {"told": []})["told"]]


def show(seat: Seat, state: State) -> str:
    """The panel as HTML."""
    stored = seat.stored
    sheet = sheet_of(stored)
    files = downloads(seat.desk.results(seat.id))
    summary = _summary(seat) if files else []
    return render(
        "panels/report",
        id=seat.id,
        big=[item for item in files if item.file in BIG],
        rest=[item for item in files if item.file not in BIG],
        stages=[] if files else _stages(seat),
        waits="" if files else _waits(seat),
        facts=summary or ([] if sheet is None else _facts(seat, sheet)),
        formulas="" if sheet is None else _formulas(stored, sheet),
        recipe=any(item.file == "recipe.json" for item in files),
    )


REPORT = Panel(id="report", title="Report", show=show)
