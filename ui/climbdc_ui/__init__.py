"""The web chat: a page over the public API; whatever it shows is in the store."""

from climbdc_ui._desk import Desk
from climbdc_ui._server import build_app, serve

__all__ = ["Desk", "build_app", "serve"]
