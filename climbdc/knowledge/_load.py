"""Reading the pack: the package's own folder first, then a hospital's, the later one winning."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from climbdc.errors import InputError
from climbdc.knowledge._lexicon import Lexicon
from climbdc.knowledge._variable import Variable

__all__ = ["PACK", "Pack", "load_pack"]

PACK = Path(__file__).parent
"""The folder that comes with the package."""
# libyaml where PyYAML was built with it: the pack loads ten times as fast, at the start of every command.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OTHER = {"lexicon.yaml", "synonyms.yaml", "sources.yaml"}


class Pack(NamedTuple):
    """What the folders hold together."""

    variables: dict[str, Variable]
    lexicon: Lexicon
    families: dict[str, dict[str, list[str]]]
    """Family -> canonical category -> other spellings."""


def load_pack(folders: Iterable[Path]) -> Pack:
    """Read the folders in order: a variable replaces one of the same id, words are put before those there are.

    Raises:
        InputError: A file is not readable or not of the right form; the message names file and field.
    """
    variables: dict[str, Variable] = {}
    sources: dict[str, str] = {}
    lexicon: dict[str, Any] = {}
    families: dict[str, Any] = {}
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"The knowledge folder {str(folder)!r} is not there.", code="bad-knowledge")
        sources |= _mapping(folder / "sources.yaml")
        lexicon = _merge(lexicon, _mapping(folder / "lexicon.yaml"))
        families = _merge(families, _mapping(folder / "synonyms.yaml").get("families", {}))
        variables |= _variables(folder, sources)
    try:
        return Pack(variables, Lexicon.model_validate(lexicon), families)
    except ValidationError as error:
        raise _bad("lexicon.yaml", error) from error


def _variables(folder: Path, sources: dict[str, str]) -> dict[str, Variable]:
    files = [path for path in sorted(folder.glob("*.yaml")) if path.name not in _OTHER]
    found: dict[str, Variable] = {}
    for path in [*files, *sorted((folder / "variables").glob("*.yaml"))]:
        entries = _read(path)
        if not isinstance(entries, list):
            raise InputError(
                f"{path.name} holds no list of variables.", fix="Begin each with `- id:`.", code="bad-knowledge"
            )
        for entry in entries:
            variable = _variable(path, entry, sources)
            if variable.id in found:
                raise InputError(f"{path.name}: the id {variable.id!r} is there twice.", code="bad-knowledge")
            found[variable.id] = variable
    return found


def _variable(path: Path, entry: dict[str, Any], sources: dict[str, str]) -> Variable:
    source = str(entry.get("source", "")).strip()
    if source and " " not in source and source not in sources:
        fix = "Add it to sources.yaml, or write the citation out."
        raise InputError(f"{path.name}: no source is called {source!r}.", fix=fix, code="bad-knowledge")
    try:
        return Variable.model_validate({"area": path.stem} | entry | {"source": sources.get(source, source)})
    except ValidationError as error:
        raise _bad(f"{path.name}, {entry.get('id', 'an entry without id')}", error) from error


def _bad(where: str, error: ValidationError) -> InputError:
    problems = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'entry'}: {item['msg']}" for item in error.errors()[:3])
    return InputError(f"The clinical knowledge in {where} cannot be used: {problems}.", code="bad-knowledge")


def _mapping(path: Path) -> dict[str, Any]:
    content = _read(path) if path.is_file() else {}
    if not isinstance(content, dict):
        raise InputError(f"{path.name} holds no `key: value` lines.", code="bad-knowledge")
    return content


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _LOADER) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(
            f"{path.name} cannot be read as YAML: {' '.join(str(error).split())}.", code="bad-knowledge"
        ) from error


def _merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Mappings are joined, lists get the new items first, anything else is replaced."""
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = _merge(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            merged[key] = [*value, *before]
        else:
            merged[key] = value
    return merged
