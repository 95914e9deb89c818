"""The coordinator's reply: its form for one turn, and the assessment that a filled-in form stands for."""

from __future__ import annotations

from typing import Any, Union

from climbdc.errors import PlanError
from climbdc.models.llm._forms import Form, choice, form, items, maybe, text
from climbdc.models.llm._params import columns_in, seed_params
from climbdc.models.llm._said import Says, fresh
from climbdc.models.llm._view import View
from climbdc.plan import Assessment, Backtrack, PlannedStep, Reveal, Verdict

__all__ = ["assessment_of", "coordinator_form"]

CONFIDENCE = 0.5
"""Of what only a model proposes."""
WITH_NEW = ("replace", "insert_before")
VERDICTS = ("keep", "remove", *WITH_NEW)
MOST_ANSWERS, MOST_REVEALED = 4, 2


def coordinator_form(view: View) -> type[Form]:
    """The form for this turn: it can name only steps, tools, columns and findings that are there."""
    fields: dict[str, Any] = {"observations": items(text(view.size.words), view.size.observed)}
    new = _new_step(view)
    if view.verdicts_on:
        verdict = {
            "step": choice("PendingStep", view.verdicts_on), "reason": text(view.size.words),
            "verdict": choice("WhatBecomes", VERDICTS if new is not None else VERDICTS[:2]),
        }  # fmt: skip
        if new is not None:
            verdict["new"] = maybe(new)
        fields["verdicts"] = items(form("StepVerdict", verdict), len(view.verdicts_on))
    if new is not None and (view.size.free or view.verdicts_on):
        fields["added"] = items(new, view.size.added)
    if view.back_to:
        fields["backtrack_to"] = maybe(choice("AppliedStep", view.back_to))
        fields["backtrack_reason"] = text(view.size.words)
    if view.to_reveal:
        request = form(
            "RevealRequest", {"column": choice("HiddenColumn", view.to_reveal), "why": text(view.size.words)}
        )
        fields["reveal"] = items(request, MOST_REVEALED)
    return form("CoordinatorReply", fields)


def _new_step(view: View) -> Any:
    """The form of a step that is proposed; None where nothing may be.

    Where little may be proposed there is a form for each tool, so that a weak model cannot pair it with what it does
    not treat.
    """
    columns = view.shown(view.offers.columns)
    tools = view.offers.tools
    if not tools or not columns:
        return None
    column = choice("Column", columns)
    found = choice("OpenFinding", list(view.offers.answers)) if view.offers.answers else None
    groups = [(list(tools), [*dict.fromkeys(name for names in tools.values() for name in names)])]
    if not view.size.free:
        groups = [([name], list(treats)) for name, treats in tools.items()]
    forms = []
    for number, (names, treats) in enumerate(groups):
        fields = {
            "why": text(view.size.words), "tool": choice(f"OfferedTool{number}", names),
            "challenge": choice(f"Challenge{number}", treats), "columns": items(column, view.size.touched),
        }  # fmt: skip
        if found is not None:
            fields["answers"] = items(found, MOST_ANSWERS)
        forms.append(form(f"NewStep{number}", fields))
    return forms[0] if len(forms) == 1 else Union[tuple(forms)]  # noqa: UP007


def assessment_of(reply: Form, view: View, policy: str, says: Says) -> Assessment:
    """The assessment that a reply stands for.

    Raises:
        PlanError: It names what is not there, or leaves out what is needed; the reason is fit for the model.
    """
    told = reply.model_dump()
    return Assessment(
        observations=tuple(dict.fromkeys(says(words) for words in told["observations"] if words)),
        backtrack=_backtrack(told, view, says),
        verdicts=tuple(_verdict(item, view, says) for item in told.get("verdicts", [])),
        added=tuple(_step(item, view, says) for item in told.get("added", [])),
        reveal=tuple(
            Reveal(column=view.column_of(item["column"]), why=says(item["why"])) for item in told.get("reveal", [])
        ),
        policy=policy,
    )  # fmt: skip


def _backtrack(told: dict[str, Any], view: View, says: Says) -> Backtrack | None:
    step = told.get("backtrack_to")
    if not step:
        return None
    if step not in view.back_to:
        raise _bad(f"backtrack_to names {step[:30]!r}", f"Choose one of {', '.join(view.back_to)}, or null.")
    return Backtrack(before_step=step, reason=says(told["backtrack_reason"]), origin="model")


def _verdict(told: dict[str, Any], view: View, says: Says) -> Verdict:
    step, verdict = told["step"], told["verdict"].lower().replace(" ", "_")
    if step not in view.verdicts_on:
        raise _bad(f"A verdict names step {step[:30]!r}", f"Judge only {', '.join(view.verdicts_on)}.")
    if verdict not in VERDICTS:
        raise _bad(f"{step} has the verdict {verdict[:30]!r}", f"Say one of {', '.join(VERDICTS)}.")
    new = told.get("new") if verdict in WITH_NEW else None
    if verdict in WITH_NEW and new is None:
        raise _bad(f"The verdict {verdict} on {step} has no new step", "Fill in `new`, or say keep.")
    reason = says(told["reason"])
    if verdict == "remove" and not fresh(reason, [view.situation.plan.get(step).why]):
        verdict = "keep"  # what speaks for the step, or nothing, is no reason to leave it out
    return Verdict(step=step, verdict=verdict, reason=reason, new=None if new is None else _step(new, view, says))


def _step(told: dict[str, Any], view: View, says: Says) -> PlannedStep:
    """A proposed step, with params that say no more than its columns: the worker's turn fills them in."""
    tool = told["tool"]
    if tool not in view.offers.tools:
        raise _bad(f"A new step uses {tool[:40]!r}", f"The tools are {', '.join(view.offers.tools)}.")
    schema = view.situation.tools[tool].spec.schema
    columns = [view.column_of(name) for name in told["columns"]]
    barred = [name for name in columns if name not in view.offers.columns]
    if barred:
        raise _bad(f"A new step touches {view.gate.shown(barred[0])!r}", "Leave that column out.")
    params = seed_params(schema, list(dict.fromkeys(columns)))
    if params and not columns_in(schema, params):
        raise _bad(f"The new step with {tool} names no column", "Name the columns it is for, or leave the step out.")
    known = {str(finding["id"]) for finding in view.findings}
    answers = tuple(name for name in dict.fromkeys(told.get("answers", [])) if name in known)
    return PlannedStep(
        id="S00", challenge=_challenge(told, view, answers), tool=tool, params=params, why=says(told["why"]),
        answers=answers, confidence=CONFIDENCE, origin="model",
    )  # fmt: skip


def _challenge(told: dict[str, Any], view: View, answers: tuple[str, ...]) -> str:
    """What the step treats: as named, else what the findings it answers are about, else the tool's only challenge."""
    treats = view.offers.tools[told["tool"]]
    about = [str(finding["challenge"]) for finding in view.findings if finding["id"] in answers]
    likely = [name for name in (told["challenge"], *about) if name in treats]
    if likely or len(treats) == 1:
        return str((likely or list(treats))[0])
    raise _bad(f"{told['tool']} does not treat {told['challenge'][:60]!r}", f"It treats {', '.join(treats)}.")


def _bad(what: str, fix: str) -> PlanError:
    return PlanError(f"{what}.", fix=fix, code="bad-answer")
