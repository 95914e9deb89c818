"""The minds behind coordinator and worker."""

from climbdc.models._client import ModelClient
from climbdc.models._client_place import client_for
from climbdc.models._errors import ModelError
from climbdc.models._message import Message
from climbdc.models._mind import ColumnIdea, FeatureIdea, Mind, SpellingIdea, Talk
from climbdc.models._policy import Ask, GiveBack, Policy, Situation, Trial, TrialResult
from climbdc.models._schema import schema_faults, strict_schema
from climbdc.models.rules import RulesPolicy

__all__ = [
    "Ask", "ColumnIdea", "FeatureIdea", "GiveBack", "Message", "Mind", "ModelClient", "ModelError", "Policy",
    "RulesPolicy", "Situation", "SpellingIdea", "Talk", "Trial", "TrialResult", "client_for", "schema_faults",
    "strict_schema",
]  # fmt: skip
