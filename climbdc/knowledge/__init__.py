"""Clinical knowledge: common variables, their units and possible ranges, and how tables say when a value is known.

All of it is YAML beside this file, and a hospital's own folder can add to it or replace it; see `docs/knowledge.md`.
"""

from climbdc.knowledge._knowledge import Knowledge, knowledge
from climbdc.knowledge._later import LaterHint
from climbdc.knowledge._match import Match
from climbdc.knowledge._roles import RoleHint
from climbdc.knowledge._variable import Variable

__all__ = ["Knowledge", "LaterHint", "Match", "RoleHint", "Variable", "knowledge"]
