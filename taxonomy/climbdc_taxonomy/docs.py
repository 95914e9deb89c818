"""Write the documentation of the taxonomy from its data.

Run it with `python -m climbdc_taxonomy.docs docs/taxonomy`; with `--check` it writes nothing and fails when a page is
out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from ._challenge import DIMENSIONS, Challenge
from ._loading import load
from ._taxonomy import Taxonomy

__all__ = ["index", "main", "page", "pages"]

_LINKS = ((r"doi:(10\.\S+)", "https://doi.org/"), (r"arXiv:(\d{4}\.\d{4,5})", "https://arxiv.org/abs/"))


def page(challenge: Challenge) -> str:
    """Give the Markdown page of one challenge; it stands in `<dimension>/<challenge>.md`."""
    return "\n\n".join(
        [
            f"# {challenge.title}",
            _facts(challenge),
            f"## What it is\n\n{challenge.what}",
            f"## Why it matters\n\n{challenge.why}",
            f"## How it shows\n\n{_bullets(challenge.symptoms)}",
            f"## What you are asked\n\n{challenge.question.ask}\n\n{_options(challenge)}",
            f"## Tools\n\n{_tools(challenge)}",
            f"## What is settled first\n\n{_before(challenge)}",
            f"## References\n\n{_bullets(_linked(reference) for reference in challenge.references)}\n",
        ]
    )


def index(taxonomy: Taxonomy) -> str:
    """Give the Markdown page that lists all challenges, and the order in which they are settled."""
    parts = [
        "# The taxonomy",
        f"{len(taxonomy)} things that can be wrong with a clinical table, in {len(DIMENSIONS)} dimensions. "
        "These pages are written from `taxonomy/climbdc_taxonomy/challenges/`; "
        "[adding a challenge](../adding-a-challenge.md) says how to change them.",
    ]
    for dimension in DIMENSIONS:
        rows = [f"| {_link(c.id, c.title)} | `{c.id}` | {c.kahn} |" for c in taxonomy if c.dimension == dimension]
        parts.append(
            "\n".join([f"## {dimension.capitalize()}\n", "| challenge | id | Kahn category |", "|---|---|---|", *rows])
        )
    places = (f"{place}. {_link(challenge, challenge)}" for place, challenge in enumerate(taxonomy.order, start=1))
    parts.append("## The order in which they are settled\n\n" + "\n".join(places) + "\n")
    return "\n\n".join(parts)


def pages(taxonomy: Taxonomy) -> dict[str, str]:
    """Give every page by its path below the folder of pages."""
    return {"index.md": index(taxonomy)} | {f"{challenge.id}.md": page(challenge) for challenge in taxonomy}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with `--check` say which are out of date; 0 when all is well, 1 when not."""
    parser = argparse.ArgumentParser(
        prog="python -m climbdc_taxonomy.docs",
        description="Write the documentation pages of the taxonomy.",
        epilog="Example: python -m climbdc_taxonomy.docs docs/taxonomy --check",
    )
    parser.add_argument("out", type=Path, metavar="OUT_DIR", help="the folder of the pages, usually docs/taxonomy")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    options = parser.parse_args(arguments)
    wanted = pages(load())
    if options.check:
        return _check(options.out, wanted)
    for path, text in wanted.items():
        (options.out / path).parent.mkdir(parents=True, exist_ok=True)
        (options.out / path).write_text(text, encoding="utf-8", newline="\n")
    return 0


def _check(folder: Path, wanted: dict[str, str]) -> int:
    found = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}
    stale = sorted(path for path, text in wanted.items() if found.get(path) != text)
    strays = sorted(found.keys() - wanted.keys())
    if stale:
        print(f"Out of date: {', '.join(stale)}. Run: python -m climbdc_taxonomy.docs {folder}", file=sys.stderr)
    if strays:
        print(f"No challenge has these pages: {', '.join(strays)}. Delete them.", file=sys.stderr)
    return 1 if stale or strays else 0


def _facts(challenge: Challenge) -> str:
    kahn = "outside the categories of Kahn 2016" if challenge.kahn == "none" else f"{challenge.kahn} (Kahn 2016)"
    reported = " Reported only: nothing is changed." if challenge.report_only else ""
    return f"`{challenge.id}`, dimension *{challenge.dimension}*, data quality category: {kahn}.{reported}"


def _options(challenge: Challenge) -> str:
    rows = []
    for option in challenge.question.options:
        label = f"{option.label} (default)" if option.value == challenge.default else option.label
        rows.append(f"| {label} | {option.consequence} | `{option.value}` |")
    return "\n".join(["| answer | what follows | value |", "|---|---|---|", *rows])


def _tools(challenge: Challenge) -> str:
    kinds = (("Look", challenge.screen), ("Treat", challenge.treat), ("Check", challenge.verify))
    return _bullets(f"{kind}: {', '.join(f'`{tool}`' for tool in tools) or 'none'}" for kind, tools in kinds)


def _before(challenge: Challenge) -> str:
    if not challenge.after:
        return "Nothing: this can be looked at from the start."
    return _bullets(_link(f"../{earlier}", earlier) for earlier in challenge.after)


def _link(target: str, text: str) -> str:
    return f"[{text}]({target}.md)"


def _linked(reference: str) -> str:
    for pattern, site in _LINKS:
        reference = re.sub(pattern, rf"[\g<0>](<{site}\g<1>>)", reference)
    return reference


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
