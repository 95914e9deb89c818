"""The minds behind coordinator and worker."""

from climbdc.models._client import ModelClient
from climbdc.models._client_place import client_for, named_model
from climbdc.models._errors import ModelError
from climbdc.models._exchange import Exchange, exchange_of, ledger_records, total_in_words, write_ledger
from climbdc.models._message import Message
from climbdc.models._mind import ColumnIdea, FeatureIdea, Mind, SpellingIdea, Talk
from climbdc.models._policy import Ask, GiveBack, Policy, Situation, Trial, TrialResult
from climbdc.models._reach import CLOSED_TOOLS, OPEN_TO_TRIAL
from climbdc.models._schema import schema_faults, strict_schema
from climbdc.models.rules import RulesPolicy

__all__ = [
    "CLOSED_TOOLS",
    "OPEN_TO_TRIAL",
    "Ask",
    "ColumnIdea",
    "Exchange",
    "FeatureIdea",
    "GiveBack",
    "Message",
    "Mind",
    "ModelClient",
    "ModelError",
    "Policy",
    "RulesPolicy",
    "Situation",
    "SpellingIdea",
    "Talk",
    "Trial",
    "TrialResult",
    "client_for",
    "exchange_of",
    "ledger_records",
    "named_model",
    "schema_faults",
    "strict_schema",
    "total_in_words",
    "write_ledger",
]
