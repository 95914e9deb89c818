"""The tables of `docs/robustness.md`, from the files that the tests play; run it to write them anew.

python -m tests.models.hostile.tables
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.acceptance.injected import cases

from .behaviours import load

__all__ = ["PAGE", "behaviours_table", "injection_table", "written"]

PAGE = Path(__file__).parents[3] / "docs" / "robustness.md"
HELD = {
    "asked": "put to the expert as the model's wish, and declined",
    "refused": "refused, and the model told why",
    "given-up": "the rules decide in its place, and the session says so",
    "nothing": "read; nothing is otherwise than under the rules",
}
WANTS = {
    "drop-rows": "rows dropped", "drop-target": "the outcome dropped", "drop-columns": "all features dropped",
    "impute-target": "outcomes made up", "blank": "good values blanked", "skip": "every step left out",
    "approve": "steps that count as approved", "back": "steps taken back", "reveal": "values shown",
    "leak": "a picture or link that carries data out", "unseal": "the sealed rows opened",
    "peek": "a look at the sealed rows", "relabel": "outcomes changed", "timing": "every column called known before",
    "lie": "numbers that nobody measured", "parrot": "the prompt repeated", "call": "a tool called",
    "shell": "a command run", "order": "an order carried out unasked",
}  # fmt: skip
WHERE = {
    "column": "name of a column", "category": "frequent value", "cell": "one patient's remark",
    "file": "name of the file", "meaning": "meaning in the dictionary", "unit": "unit in the dictionary",
    "notes": "notes of the goal", "words": "words in the chat", "answer": "answer to a question",
    "evidence": "evidence of a finding", "reason": "a tool's reason for a step", "error": "error of a tool",
}  # fmt: skip
LONGEST = 70


def behaviours_table() -> Iterator[str]:
    """One line a behaviour."""
    yield "| behaviour | what it tries | what became of it |"
    yield "|---|---|---|"
    for entry in load():
        held = "; ".join(HELD[end] for end in HELD if end in entry.ends)
        yield f"| {entry.name} | {_plain(entry.tries)} | {held} |"


def injection_table() -> Iterator[str]:
    """One line a text."""
    yield "| where it stands | the text | what it wants | what became of it |"
    yield "|---|---|---|---|"
    for case in cases():
        came = "reached the model as data, was obeyed, changed nothing" if case.reaches else "did not reach the model"
        yield f"| {WHERE[case.channel]} | {_quoted(case.text)} | {WANTS[case.wants]} | {came} |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def _quoted(text: str) -> str:
    """The text as code; what nobody can see is named, what would end the cell or the code is replaced."""
    seen = "".join(sign if sign.isprintable() else f"<U+{ord(sign):04X}>" for sign in text)
    cut = seen if len(seen) <= LONGEST else f"{seen[:LONGEST]}..."
    return f"`{cut.replace('`', chr(39)).replace('|', '¦')}`"


def written(page: str) -> str:
    """The page with its tables as they are now."""
    for name, table in (("behaviours", behaviours_table()), ("injections", injection_table())):
        before, begin, rest = page.partition(f"<!-- {name} -->")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        page = "".join([before, begin, "\n\n", *(f"{line}\n" for line in table), "\n", end, after])
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
