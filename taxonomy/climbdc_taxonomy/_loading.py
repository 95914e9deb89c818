"""Read the taxonomy's files and hold them to the rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import yaml
from pydantic import ValidationError

from ._challenge import DIMENSIONS, Challenge
from ._errors import TaxonomyError
from ._taxonomy import Taxonomy

FOLDER_VARIABLE = "CLIMBDC_TAXONOMY_DIR"
"""Names a folder of entries of one's own."""


def load(path: Path | None = None) -> Taxonomy:
    """Give the taxonomy, read once; or, freshly read, that of another folder of `<dimension>.yaml` files.

    A folder that CLIMBDC_TAXONOMY_DIR names is laid over the one that is shipped: an entry of a known id replaces it,
    any other is added after those of its dimension.

    Args:
        path: A folder to read in place of the one that is shipped.

    Raises:
        TaxonomyError: A file or an entry breaks a rule.

    >>> len(load())
    44
    """
    return _together(os.environ.get(FOLDER_VARIABLE, "")) if path is None else _read(path)


@cache
def _together(own: str) -> Taxonomy:
    shipped = _entries(Path(__file__).parent / "challenges")
    return _checked(shipped if not own else _laid_over(shipped, _entries(Path(own))))


def _laid_over(below: list[Challenge], above: list[Challenge]) -> list[Challenge]:
    """Entries of both, each replaced by its namesake above, in the order of dimensions."""
    _check_ids(above, elsewhere={challenge.id for challenge in below})
    newer = {challenge.id: challenge for challenge in above}
    known = {challenge.id for challenge in below}
    both = [newer.get(challenge.id, challenge) for challenge in below]
    both += [challenge for challenge in above if challenge.id not in known]
    return sorted(both, key=lambda challenge: DIMENSIONS.index(challenge.dimension))


def _read(folder: Path) -> Taxonomy:
    return _checked(_entries(folder))


def _checked(challenges: list[Challenge]) -> Taxonomy:
    _check_ids(challenges)
    _check_cycles(challenges)
    return Taxonomy(challenges)


def _entries(folder: Path) -> list[Challenge]:
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise TaxonomyError(f"{folder} holds no taxonomy. Put one <dimension>.yaml a dimension there.")
    for file in files:
        if file.stem not in DIMENSIONS:
            raise TaxonomyError(
                f"{file.name}: {file.stem!r} is not a dimension. Name the file after one of: {', '.join(DIMENSIONS)}."
            )
    files.sort(key=lambda file: DIMENSIONS.index(file.stem))
    return [challenge for file in files for challenge in _challenges(file)]


def _challenges(file: Path) -> Iterator[Challenge]:
    try:
        entries = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TaxonomyError(f"{file.name} is not YAML in UTF-8: {error}. Correct the place named.") from error
    if not isinstance(entries, list):
        raise TaxonomyError(f"{file.name} holds {type(entries).__name__}, not a list. Begin each entry with '- id:'.")
    for place, entry in enumerate(entries, start=1):
        yield _challenge(file, place, entry)


def _challenge(file: Path, place: int, entry: object) -> Challenge:
    name = str(entry["id"]) if isinstance(entry, dict) and "id" in entry else f"entry {place}"
    try:
        challenge = Challenge.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the entry"
        raise TaxonomyError(
            f"{file.name}, {name}: {where}: {first['msg']}. Correct it; docs/adding-a-challenge.md says how."
        ) from error
    for rule in _RULES:
        broken = rule(challenge, file)
        if broken:
            raise TaxonomyError(f"{file.name}, {name}: {broken}")
    return challenge


def _own_dimension(challenge: Challenge, file: Path) -> str:
    if challenge.dimension == file.stem and challenge.id.startswith(f"{file.stem}/"):
        return ""
    return f"dimension and id must begin with {file.stem!r}, as the file does. Move the entry or correct them."


def _distinct_options(challenge: Challenge, file: Path) -> str:
    values = [option.value for option in challenge.question.options]
    twice = sorted({value for value in values if values.count(value) > 1})
    return f"the options {twice} occur twice. Give each option a value of its own." if twice else ""


def _known_default(challenge: Challenge, file: Path) -> str:
    values = [option.value for option in challenge.question.options]
    if challenge.default in values:
        return ""
    return f"default {challenge.default!r} is none of the options {values}. Name one of them."


def _has_screen(challenge: Challenge, file: Path) -> str:
    return "" if challenge.screen else "screen is empty. Name at least one tool that looks for the problem."


def _has_treatment(challenge: Challenge, file: Path) -> str:
    if challenge.treat or challenge.report_only:
        return ""
    return "treat is empty. Name a tool that acts on the problem, or set report_only: true."


def _own_predecessor(challenge: Challenge, file: Path) -> str:
    return "it stands in its own `after`. Take it out." if challenge.id in challenge.after else ""


_RULES: tuple[Callable[[Challenge, Path], str], ...] = (
    _own_dimension,
    _distinct_options,
    _known_default,
    _has_screen,
    _has_treatment,
    _own_predecessor,
)


def _check_ids(challenges: list[Challenge], elsewhere: Collection[str] = ()) -> None:
    """No id occurs twice, and `after` names ids of these or of `elsewhere`."""
    seen: set[str] = set()
    for challenge in challenges:
        if challenge.id in seen:
            raise TaxonomyError(f"{challenge.dimension}.yaml, {challenge.id}: the id occurs twice. Rename one of them.")
        seen.add(challenge.id)
    for challenge in challenges:
        for earlier in challenge.after:
            if earlier not in seen and earlier not in elsewhere:
                raise TaxonomyError(
                    f"{challenge.dimension}.yaml, {challenge.id}: `after` names {earlier!r}, which is no challenge. "
                    "Correct the id or take it out."
                )


def _check_cycles(challenges: list[Challenge]) -> None:
    try:
        TopologicalSorter({challenge.id: challenge.after for challenge in challenges}).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        raise TaxonomyError(
            f"{cycle[0].partition('/')[0]}.yaml, {cycle[0]}: the challenges wait for each other: {' -> '.join(cycle)}. "
            "Take one of these out of an `after`."
        ) from error
