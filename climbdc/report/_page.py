"""The report: one page without outside requests, made from facts by templates."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from climbdc.registry import title
from climbdc.report import _summary, _tables, _wording
from climbdc.report._contents import Facts
from climbdc.report._figures import Picture, Pictures
from climbdc.report._parts import FindingFact
from climbdc.report._personal import loudly
from climbdc.report._terms import metric_name, terms

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render_report"]

CONTENTS = (
    ("summary", "In short"), ("participants", "Participant flow"), ("goal", "Data and goal"), ("leaks", "Leaks"),
    ("found", "What was found"), ("done", "What was done and why"), ("change", "Before and after"),
    ("left", "What was left alone"), ("helped", "Did it help?"), ("trust", "Can it be trusted?"),
    ("plan", "How the plan changed"),
    ("checklist", "Reporting checklist"), ("dictionary", "Data dictionary"), ("model", "Language model"),
    ("provenance", "Provenance"), ("glossary", "Words used here"),
)  # fmt: skip
MOST_GAPS = 60
MOST_MAPPINGS = 15


def render_report(facts: dict[str, Any]) -> str:
    """The report as one HTML text: opens offline, asks nothing of any other place, equal for equal facts.

    Args:
        facts: What the session stored; `Facts` names the keys. Missing keys count as empty.

    Raises:
        pydantic.ValidationError: A fact has the wrong form, which is a mistake of the caller.
    """
    told = Facts.model_validate(facts)
    page = _environment().get_template("page.html").render(_view(told))
    return _wording.clean(page)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("climbdc.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = ("short", "number", "score", "share", "signed", "count", "spoken", "listed", "counts_in_words", "pretty")
    environment.filters.update({name: getattr(_wording, name) for name in named} | {"tool_title": title})
    return environment


def _view(facts: Facts) -> dict[str, Any]:
    """What the templates may use."""
    return {
        "f": facts,
        "contents": CONTENTS,
        "css": _style(),
        "terms": terms(),
        "keys": _summary.key_numbers(facts),
        "answers": _summary.answers(facts),
        "personal": loudly(facts.personal),
        "missing": _summary.missing_overall(facts),
        "finding_ids": {finding.id for finding in facts.findings},
        "step_ids": {step.id for step in facts.steps} | {step.id for step in facts.not_done},
        "most_gaps": MOST_GAPS,
        "most_mappings": MOST_MAPPINGS,
        **_tabled(facts),
        **_drawn(facts),
        **_helpers(),
    }


def _tabled(facts: Facts) -> dict[str, Any]:
    compared = _tables.comparisons(facts)
    flow = _tables.flow(facts.flow)
    sides = (facts.metrics.after, facts.metrics.before_without_leaks, facts.metrics.before)

    def scale_of(name: str) -> list[Any]:
        return [metric for side in sides for metric in side if metric.name == name]

    return {
        "flow": flow,
        "groups": _tables.by_dimension(facts.problems),
        "gaps": _tables.gaps(facts),
        "roles": _tables.roles(facts),
        "features": _tables.features(facts),
        "comparisons": compared,
        "scale_of": scale_of,
        "inflated": facts.metrics.before != facts.metrics.before_without_leaks
        and bool(facts.metrics.before and facts.metrics.before_without_leaks),
        "rows_now": flow.line[-1][0].rows if flow.line else facts.rows,
        "uneven": _tables.most_uneven(facts),
        "sample": _tables.sample_size(facts),
        "imbalance": next((f for f in facts.findings if f.challenge == "labels/imbalance"), None),
        "imputers": [step for step in facts.steps if step.tool == "impute"],
    }


def _drawn(facts: Facts) -> dict[str, Any]:
    pictures = Pictures()

    def of(finding: FindingFact) -> list[Picture]:
        at = facts.findings.index(finding)
        drawn = [pictures.of(f"f{at}-{n}", figure) for n, figure in enumerate(finding.figures)]
        return [picture for picture in drawn if picture is not None]

    def distributions() -> list[Picture]:
        told = enumerate(facts.distributions)
        return [picture for at, column in told for picture in pictures.distribution(f"d{at}", column)]

    return {"pictures_of": of, "distributions": distributions, "left_out": lambda: pictures.left_out}


def _helpers() -> dict[str, Any]:
    return {
        "anchor": _wording.anchor,
        "strip": _tables.strip,
        "evidence": _tables.evidence,
        "metric": metric_name,
        "value": _value,
        "by_size": lambda sizes: sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0])),
    }


def _value(value: object) -> str:
    """A cell's value in a table of replacements."""
    return "empty" if value is None or value == "" else _wording.short(_wording.number(value, 6), 60)


@cache
def _style() -> Any:
    from markupsafe import Markup

    return Markup(files("climbdc.report").joinpath("templates/page.css").read_text("utf-8"))
