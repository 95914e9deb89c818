"""What a language model adds to the rules, and what it costs."""

from climbdc.bench.agents._dictionary_score import DictionaryScore, Said, Share, score_dictionary
from climbdc.bench.agents._keys import DATASETS, DataKey, Truth, load_key
from climbdc.bench.agents._leak_score import LeakScore, score_leaks
from climbdc.bench.agents._words import same_meaning, same_unit

__all__ = [
    "DATASETS", "DataKey", "DictionaryScore", "LeakScore", "Said", "Share", "Truth", "load_key", "same_meaning",
    "same_unit", "score_dictionary", "score_leaks",
]  # fmt: skip
