"""A small model on this computer: fetched once, checked, and served on 127.0.0.1."""

from climbdc.models.serve._fetch import Source, fetch
from climbdc.models.serve._server import ALIAS, CONTEXT, default_threads, model_server
from climbdc.models.serve._state import model_checks
from climbdc.models.serve._weights import DEFAULT_SIZE, Weights, is_whole, models_folder, weights_of, weights_table

__all__ = [
    "ALIAS", "CONTEXT", "DEFAULT_SIZE", "Source", "Weights", "default_threads", "fetch", "is_whole", "model_checks",
    "model_server", "models_folder", "weights_of", "weights_table",
]  # fmt: skip
