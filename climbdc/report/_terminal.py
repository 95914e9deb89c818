"""The end of a run in a few lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from climbdc.registry import title
from climbdc.report._contents import Facts
from climbdc.report._personal import loudly
from climbdc.report._summary import SEVERITIES, answers
from climbdc.report._wording import count, counts_in_words, listed, number, short

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["short_answers", "summary"]

MOST_LINES = 6
_STYLES = {"critical": "bold red", "major": "yellow", "minor": "", "info": "dim"}


def summary(facts: dict[str, Any]) -> RenderableType:
    """What was found, done, measured and left open, for `rich.print`; data are never read as markup.

    Args:
        facts: What `render_report` takes.
    """
    from rich.table import Table
    from rich.text import Text

    told = Facts.model_validate(facts)
    said = {answer.question: answer.sentences for answer in answers(told)}
    personal = loudly(told.personal)
    rest = said["What is left open?"][len(personal) :]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for head, lines in (
        ("Data", [Text(line) for line in said["What is this file?"]]),
        ("Found", _found(told)),
        ("Done", _done(told)),
        ("Measured", [Text(short(line, 400)) for line in said["Did it help?"]]),
        *([("Checked", _checked(told))] if told.closing else []),
        *([("Model", [Text(_model(told))])] if told.model.calls else []),
        *([("Left open", [Text(line) for line in rest])] if rest else []),
        *([("Personal", [Text(line, style="bold red") for line in personal])] if personal else []),
    ):
        table.add_row(Text(head, style="bold"), Text("\n").join(lines))
    return table


def short_answers(facts: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Five questions that a reader has, each with its answer in a few sentences.

    Args:
        facts: What `render_report` takes.
    """
    return [(answer.question, list(answer.sentences)) for answer in answers(Facts.model_validate(facts))]


def _found(facts: Facts) -> list[Any]:
    from rich.text import Text

    worst = sorted(facts.problems, key=lambda finding: SEVERITIES.index(finding.severity))
    lines = [
        Text.assemble((finding.severity, _STYLES[finding.severity]), " ", short(finding.sentence, 200))
        for finding in worst[:MOST_LINES]
    ]
    return [*lines, *_rest(len(worst), "finding")] or [Text("No problem was found.")]


def _checked(facts: Facts) -> list[Any]:
    """What the evaluations at the end said: the gravest of each, before what else there is."""
    from rich.text import Text

    first = {(finding.tool, finding.part): finding for finding in reversed(facts.closing)}
    told = sorted(first.values(), key=lambda finding: SEVERITIES.index(finding.severity))
    lines = [
        Text.assemble((finding.severity, _STYLES[finding.severity]), " ", short(finding.sentence, 300))
        for finding in told[:MOST_LINES]
    ]
    return [*lines, *_rest(len(facts.closing), "result", len(lines))]


def _done(facts: Facts) -> list[Any]:
    from rich.text import Text

    lines = [
        Text(f"{step.id} {title(step.tool)}: {listed(counts_in_words(step.counts, step.tool)) or 'no value changed'}")
        for step in facts.steps[: 2 * MOST_LINES]
    ]
    return [*lines, *_rest(len(facts.steps), "step", 2 * MOST_LINES)] or [Text("No step was applied.")]


def _model(facts: Facts) -> str:
    """What part a language model had; a reader who wanted one must see where it gave nothing."""
    asked = facts.model
    if asked.failed == asked.calls:
        return f"The language model {listed(asked.models)} gave no usable answer; the rules did all by themselves."
    failed = f", {number(asked.failed)} without a usable answer" if asked.failed else ""
    return (
        f"{listed(asked.models)} was asked {count(asked.calls, 'time')}{failed}. "
        "All that was sent and answered is in model_ledger.jsonl."
    )


def _rest(size: int, noun: str, most: int = MOST_LINES) -> Iterable[Any]:
    from rich.text import Text

    return [Text(f"and {count(size - most, noun)} more", style="dim")] if size > most else []
