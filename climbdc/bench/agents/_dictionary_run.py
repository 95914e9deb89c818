"""What the columns of a table are said to mean: by their names, by the rules, by a model, by both."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from climbdc.bench.agents._dictionary_score import Said, score_dictionary
from climbdc.bench.agents._keys import DataKey
from climbdc.bench.agents._method import Method
from climbdc.bench.agents._session_run import Setting, begun, used_tokens
from climbdc.errors import ClimbdcError, Stopped

if TYPE_CHECKING:
    from climbdc.agents import Answer, Checkpoint
    from climbdc.copilot import Session
    from climbdc.sdk import Dictionary

__all__ = ["by_rules", "describe_one", "together"]


def describe_one(folder: Path, key: DataKey, method: Method, seed: int) -> dict[str, Any]:
    """Score what a method says of all columns, without a dictionary.

    Of a model two things are scored: what it says alone, and what is in the dictionary when the rules speak first and
    the model fills what they left empty.
    """
    from climbdc.copilot import Copilot
    from climbdc.settings import Settings

    copilot = Copilot(Settings().model_copy(update={"data_dir": folder}))
    started = time.monotonic()
    try:
        session = begun(copilot, key, method, Setting(), seed)
        _read(session)
        ruled = by_rules(_dictionary(session))
        if not method.model:
            named = {name: Said(meaning=name) for name in key.columns}
            return {"rules": _scores(ruled, key), "name": _scores(named, key), "columns": _listed(ruled, key)}
        try:
            ideas = _ideas(session, list(key.columns))
        except ClimbdcError as error:
            return {"failed": f"{type(error).__name__} {error.code}: {error.message}", **used_tokens(session)}
        return {
            "model": _scores(ideas, key), "both": _scores(together(ruled, ideas), key), "columns": _listed(ideas, key),
            "seconds": round(time.monotonic() - started, 1), **used_tokens(session),
        }  # fmt: skip
    finally:
        copilot.close()


class _NobodyThere:
    """Stops at the first question: the table has been read by then, and nothing else is wanted."""

    name = "simulated"

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """Nothing."""
        if checkpoint.kind == "goal":
            from climbdc.agents import Answer

            return Answer(choice="accept")
        raise Stopped("Nothing but the reading was wanted.")


def _read(session: Session) -> None:
    try:
        for event in session.run(_NobodyThere()):
            if event.kind == "found":
                break
    except Stopped:
        pass


def _dictionary(session: Session) -> Dictionary:
    from climbdc.sdk import Dictionary

    return Dictionary.from_json(session.stored.need("reading")["dictionary"])


def by_rules(dictionary: Dictionary) -> dict[str, Said]:
    """What the knowledge pack and the values say; a variable that was recognised is its meaning."""
    from climbdc.knowledge import knowledge

    variables = knowledge().variables
    return {
        name: Said(
            meaning=column.meaning or (variables[column.variable].names[0] if column.variable in variables else ""),
            unit=column.unit,
            known_at=column.known_at,
        )
        for name, column in dictionary.items()
    }


def _ideas(session: Session, columns: list[str]) -> dict[str, Said]:
    with session.mind() as opened:
        assert opened is not None, "the session has a model"
        ideas = opened[0].describe(columns)
    return {idea.column: Said(meaning=idea.meaning, unit=idea.unit, known_at=idea.known_at) for idea in ideas}


def together(ruled: dict[str, Said], ideas: dict[str, Said]) -> dict[str, Said]:
    """The rules first; what they left empty as the model has it."""
    found = {}
    for name, said in ruled.items():
        idea = ideas.get(name, Said())
        found[name] = Said(
            meaning=said.meaning or idea.meaning,
            unit=said.unit or idea.unit,
            known_at=idea.known_at if said.known_at == "unknown" else said.known_at,
        )
    return found


def _scores(said: dict[str, Said], key: DataKey) -> dict[str, Any]:
    score = score_dictionary(said, key.columns)
    return {
        "meaning": score.meaning.told(), "unit": score.unit.told(), "known_at": score.known_at.told(),
        "later": score.later.told(), "false_later": score.false_later,
    }  # fmt: skip


def _listed(said: dict[str, Said], key: DataKey) -> list[dict[str, Any]]:
    """Column by column, so that a person can judge the scorer."""
    return [
        {"column": name, **said.get(name, Said()).model_dump(), "key": truth.meaning, "key_unit": truth.unit}
        for name, truth in key.columns.items()
    ]
