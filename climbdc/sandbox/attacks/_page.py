"""The table of attacks in the security page: what each backend contained, without anything of the machine it ran on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from climbdc.errors import InputError
from climbdc.sandbox.attacks._catalogue import attack_specs
from climbdc.sandbox.attacks._check import BackendReport
from climbdc.sandbox.attacks._judge import AttackResult

__all__ = ["page_attacks", "renew_page", "verdict"]

_BEGIN = "<!-- attacks: begin; renewed by `climbdc sandbox check --write docs/security.md` -->"
_END = "<!-- attacks: end -->"
_FIXED_COLUMNS = 2
_ORDER = ("docker", "bubblewrap", "landlock")


def verdict(result: AttackResult) -> str:
    """What is known about one attack, in a word or two."""
    if not result.tried:
        return "not tried"
    if attack_specs()[result.name].ends == "works":
        return "works" if result.contained else "FAILS"
    return "contained" if result.contained else "NOT contained"


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("*`") for cell in line.strip().strip("|").split("|")]


def _split(page: str) -> tuple[str, list[list[str]], str]:
    """The text before the table, its rows and the text after it."""
    before, begun, rest = page.partition(_BEGIN)
    table, ended, after = rest.partition(_END)
    if not begun or not ended:
        raise InputError(
            "The page has no place for the table of attacks.",
            fix=f"Put the lines {_BEGIN} and {_END} where it is to go.",
        )
    return before, [_cells(line) for line in table.splitlines() if line.startswith("|")], after


def page_attacks(page: str) -> dict[str, dict[str, str]]:
    """What a page says: for each attack the verdict for each backend.

    Raises:
        InputError: The page has no table of attacks.
    """
    rows = _split(page)[1]
    if len(rows) < _FIXED_COLUMNS:
        return {}
    backends = rows[0][_FIXED_COLUMNS:]
    return {row[0]: dict(zip(backends, row[_FIXED_COLUMNS:], strict=True)) for row in rows[2:]}


def _table(verdicts: Mapping[str, Mapping[str, str]], backends: Sequence[str]) -> str:
    lines = ["| attack | what it tries |" + "".join(f" {name} |" for name in backends)]
    lines.append("|---|---|" + "---|" * len(backends))
    for name, spec in attack_specs().items():
        said = [verdicts.get(name, {}).get(backend, "not tried") for backend in backends]
        shown = [word if word in ("contained", "works") else f"**{word}**" for word in said]
        lines.append(f"| `{name}` | {spec.tries} |" + "".join(f" {word} |" for word in shown))
    return "\n".join(lines)


def renew_page(page: str, reports: Sequence[BackendReport]) -> str:
    """Put what was found into a page; backends that were not attacked keep what was known of them.

    Args:
        page: Markdown with the two lines between which the table goes.
        reports: What was found now.

    Raises:
        InputError: The page has no place for the table.
    """
    before, _, after = _split(page)
    verdicts = page_attacks(page)
    for report in reports:
        for result in report.attacks:
            verdicts.setdefault(result.name, {})[report.backend] = verdict(result)
    known = {backend for row in verdicts.values() for backend in row}
    backends = [name for name in _ORDER if name in known]
    return f"{before}{_BEGIN}\n\n{_table(verdicts, backends)}\n\n{_END}{after}"
