"""`pipeline.py` and `session.ipynb`: the session as a readable script and notebook, a line a step."""

from __future__ import annotations

import json
from typing import Any

from climbdc.agents import RunContext, head, load_version, whole_columns
from climbdc.plan import PlannedStep

__all__ = ["notebook_text", "script_text"]

HEAD = '''"""{title}: made ML-ready.

Run it with `python pipeline.py FILE... -o OUT.csv`; it needs the climbdc library ({version}) and nothing else.
"""

from climbdc.pipeline import Pipeline, arguments

READING = {reading}

ROLES = {roles}

DICTIONARY = [
{dictionary}
]
'''


def _literal(value: Any) -> str:
    """JSON as a Python literal.

    >>> _literal({"a": None, "b": [True]})
    "{'a': None, 'b': [True]}"
    """
    return repr(json.loads(json.dumps(value)))


def _in_docstring(name: str) -> str:
    r"""A file name as it may stand in a docstring, whatever is in it.

    >>> _in_docstring('a"b\\N.csv')
    "a'b/N.csv"
    """
    return " ".join(name.replace("\\", "/").replace('"', "'").split())


def _comment(step: PlannedStep) -> list[str]:
    why = " ".join(step.why.split())
    return [f"# {step.id} {step.challenge}: {why}"]


def _made_by(plugin: dict[str, str] | None) -> str:
    """The argument that holds a step of a plug-in to its code."""
    return "" if plugin is None else f", plugin={_literal(plugin)}"


def _parts(context: RunContext, version: str) -> tuple[str, list[tuple[list[str], str]], str]:
    """The head, the steps as (comment, line) and the last line."""
    session = context.session
    reading = session.need("reading")
    chain = [load_version(session, name) for name, _ in session.lineage(head(session).id)]
    root, last = chain[0], chain[-1]
    entries = "\n".join(f"    {_literal(entry)}," for entry in root.dictionary.to_json())
    top = HEAD.format(
        title=_in_docstring(reading["sources"][0]["name"]), version=version, reading=_literal(reading["options"]),
        roles=_literal(root.roles.model_dump(mode="json", exclude_defaults=True)), dictionary=entries,
    )  # fmt: skip
    from climbdc.agents import current_plan

    planned = {step.id: step for step in current_plan(session).steps}
    steps = [
        (
            _comment(planned[item.step.id]),
            f'data.step("{item.step.id}", "{item.step.tool}", {_literal(item.step.params)}{_made_by(item.plugin)})',
        )
        for item in chain[1:]
        if item.step is not None
    ]
    verbatim = last.roles.kind == "none"
    end = f"whole={_literal(whole_columns(last.dictionary))}, verbatim={verbatim})"
    return top, steps, end


def script_text(context: RunContext, version: str) -> str:
    """`pipeline.py`."""
    top, steps, end = _parts(context, version)
    seed = context.options.seed
    lines = [
        top, "options = arguments()",
        f"data = Pipeline(options.files, reading=READING, roles=ROLES, dictionary=DICTIONARY, seed={seed},",
        "                unsafe=options.unsafe_no_sandbox)",
    ]  # fmt: skip
    for comment, line in steps:
        lines += [*comment, line]
    return "\n".join([*lines, f"data.write(options.out, {end}"]) + "\n"


def _told_apart(names: list[str]) -> list[str]:
    """File names, numbered where two are alike: they lie in one folder.

    >>> _told_apart(["a.csv", "b.csv", "a.csv"])
    ['1-a.csv', 'b.csv', '3-a.csv']
    """
    return [f"{n}-{name}" if names.count(name) > 1 else name for n, name in enumerate(names, 1)]


def notebook_text(context: RunContext, version: str) -> str:
    """`session.ipynb`: the same, a cell a step; the raw files lie beside it."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    top, steps, end = _parts(context, version)
    names = _told_apart([source["name"] for source in context.session.need("reading")["sources"]])
    opening = (
        f"FILES = {_literal(names)}  # beside this notebook\n"
        f"data = Pipeline(FILES, reading=READING, roles=ROLES, dictionary=DICTIONARY, seed={context.options.seed})"
    )
    cells = [
        new_markdown_cell(f"# {names[0]}\n\nThe session, a cell a step. The last cell writes the treated rows."),
        new_code_cell(top.split('"""', 2)[2].strip().replace("Pipeline, arguments", "Pipeline")),
        new_code_cell(opening),
    ]
    for comment, line in steps:
        cells += [new_markdown_cell(comment[0].removeprefix("# ")), new_code_cell(f"{line}.frame.shape")]
    cells.append(new_code_cell(f'data.write("reproduced.csv", {end}'))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:03d}"
    book = new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    text: str = nbformat.writes(book)
    return text + "\n"
