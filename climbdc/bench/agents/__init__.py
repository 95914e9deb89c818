"""The suite `agents`: what a language model adds to the rules, and what it costs."""

from climbdc.bench._agents_about import AGENT_CASES
from climbdc.bench.agents._cells import Cell, planned
from climbdc.bench.agents._dictionary_run import by_rules, describe_one, together
from climbdc.bench.agents._dictionary_score import DictionaryScore, Said, Share, score_dictionary
from climbdc.bench.agents._keys import DATASETS, DataKey, Truth, load_key
from climbdc.bench.agents._leak_score import LeakScore, score_leaks
from climbdc.bench.agents._method import Method, chosen_methods, opened
from climbdc.bench.agents._plots import write_plots
from climbdc.bench.agents._session_run import Setting, clinician, run_one
from climbdc.bench.agents._suite import run_agents
from climbdc.bench.agents._table import agents_markdown, agents_table, renew_agents
from climbdc.bench.agents._words import same_meaning, same_unit

__all__ = [
    "AGENT_CASES", "DATASETS", "Cell", "DataKey", "DictionaryScore", "LeakScore", "Method", "Said", "Setting", "Share",
    "Truth", "agents_markdown", "agents_table", "by_rules", "chosen_methods", "clinician", "describe_one", "load_key",
    "opened", "planned", "renew_agents", "run_agents", "run_one", "same_meaning", "same_unit", "score_dictionary",
    "score_leaks", "together", "write_plots",
]  # fmt: skip
