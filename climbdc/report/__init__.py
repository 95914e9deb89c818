"""Results on disk: tables, recipe, account of changes, script, notebook and the report."""

from climbdc.report._collect import collect_facts, findings_json
from climbdc.report._page import render_report
from climbdc.report._results import prepare_out, write_results
from climbdc.report._terminal import short_answers, summary
from climbdc.report._terms import terms
from climbdc.report._values import verbatim_frame

__all__ = [
    "collect_facts",
    "findings_json",
    "prepare_out",
    "render_report",
    "short_answers",
    "summary",
    "terms",
    "verbatim_frame",
    "write_results",
]
