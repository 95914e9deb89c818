"""Joining several files: by which keys, and what it would do to the rows, known before anything is joined."""

from climbdc.joining._build import RULES, build_joins, joined_unasked, table_names
from climbdc.joining._keys import KeyMatch, propose_keys
from climbdc.joining._propose import SAFE, TableProposal, choose_main, propose_joins

__all__ = [
    "RULES",
    "SAFE",
    "KeyMatch",
    "TableProposal",
    "build_joins",
    "choose_main",
    "joined_unasked",
    "propose_joins",
    "propose_keys",
    "table_names",
]
