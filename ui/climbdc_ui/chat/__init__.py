"""The conversation, the card of the open question, and what is typed."""

from climbdc_ui.chat._card import CARD
from climbdc_ui.chat._say import say
from climbdc_ui.chat._talk import TALK

__all__ = ["CARD", "TALK", "say"]
