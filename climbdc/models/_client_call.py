"""One call: its entry in the ledger, its limits, and how it failed."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from climbdc.models._budget import Prices, check_budget, estimate
from climbdc.models._client_json import clean
from climbdc.models._client_mask import MARK, Mask
from climbdc.models._client_reply import Reply, text_in
from climbdc.models._client_wire import Leash
from climbdc.models._errors import ModelError
from climbdc.store import Ledger

__all__ = ["Call", "failure"]

_NUMBER = re.compile(r"^\[Errno -?\d+\] ")
"""Of the operating system, before its words."""
_BYTES_A_TOKEN = 1024
"""Of a streamed reply: a piece of one token comes in an envelope of some 300 bytes, with probabilities in more."""
_BYTES_AT_LEAST = 1 << 20
_FEWER = 4
"""A server that counts less than a quarter of the estimate is not believed."""


@dataclass
class Call:
    """Hears one request and its reply, and keeps the ledger.

    Args:
        ledger: Where it is kept.
        purpose: What for.
        model: Its name.
        facts: What is recorded beside.
        max_tokens: The most that may come.
        limit: Tokens of the session.
        prices: For the cost.
        prompt: Tokens of the messages, roughly.
        mask: Takes the key out of all that is kept.
    """

    ledger: Ledger
    purpose: str
    model: str
    facts: Mapping[str, Any]
    max_tokens: int
    limit: int
    prices: Prices
    prompt: int = 0
    mask: Mask = field(default_factory=lambda: Mask(""))
    leash: Leash = field(default_factory=Leash)
    number: int = 0
    """Of the entry; 0 where nothing was sent."""
    http: int = 0
    wait: float | None = None
    reused: bool = False
    content: bytearray = field(default_factory=bytearray)
    _estimated: int = 0
    _began: float = 0.0
    _masked: bool = False

    def sent(self, body: bytes) -> bytes | None:
        """Look for an earlier answer, else see that the budget allows it and record it."""
        kept = self.mask.kept(body)
        self._masked = kept != body
        earlier = self.ledger.answered(hashlib.sha256(kept).hexdigest())
        if earlier is not None:
            self.reused, self.http = True, 200
            self.content += earlier
            return earlier
        self._estimated = estimate(body)
        check_budget(self.ledger.total().tokens, self._estimated + self.max_tokens, self.limit)
        self.number = self.ledger.begin(
            self.purpose, self.model, kept, tokens_in=self._estimated, cost=self.prices.cost(self._estimated, 0),
            facts=self.facts,
        )  # fmt: skip
        self._began = time.monotonic()
        return None

    def answered(self, status: int, retry_after: float | None) -> None:
        """Note how the response begins."""
        self.http, self.wait = status, retry_after

    def came(self, content: bytes) -> None:
        """Keep what came.

        Raises:
            ModelError: It is far more than asked for.
        """
        self.content += content
        if len(self.content) > _BYTES_AT_LEAST + _BYTES_A_TOKEN * self.max_tokens:
            raise ModelError("The model's server sent far more than was asked for.", code="too-long")

    @property
    def ended(self) -> bool:
        """Whether the server marked the end of the stream."""
        return b"[DONE]" in self.content[-200:]

    def close(self, status: str, reply: Reply, error: BaseException | None = None) -> None:
        """Complete the entry."""
        if not self.number:
            return
        unheard = self.http >= 400 or (isinstance(error, ModelError) and error.again and not self.http)
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        said = estimate(reply.text)
        counted = (tokens_in or 0) >= self.prompt // _FEWER and (tokens_out or 0) >= said // _FEWER
        if tokens_in is None or tokens_out is None or not counted:
            tokens_in = 0 if unheard else self._estimated
            tokens_out = said or estimate("" if self.http >= 400 else text_in(bytes(self.content)))
            counted = unheard
        facts: dict[str, Any] = {"http": self.http, "finish": reply.finish, "estimated": not counted}
        kept = self.mask.kept(bytes(self.content))
        if self._masked or MARK.encode() in kept:
            facts["masked"] = True
        if error is not None:
            facts["why"] = self.mask(str(error))[:500]
        self.ledger.finish(
            self.number, status, kept, tokens_in=tokens_in, tokens_out=tokens_out,
            cost=self.prices.cost(tokens_in, tokens_out), seconds=round(time.monotonic() - self._began, 3), facts=facts,
        )  # fmt: skip

    @contextmanager
    def limited(self, seconds: float, stopping: Callable[[Callable[[], None]], Any] | None) -> Iterator[None]:
        """Cut the wire after so many seconds in all, or when the person wants it."""
        clock = threading.Timer(seconds, self.leash.cut, ["slow"])
        clock.daemon = True
        clock.start()
        try:
            if stopping is None:
                yield
            else:
                with stopping(lambda: self.leash.cut("cancelled")):
                    yield
        finally:
            clock.cancel()


def failure(error: Exception, call: Call) -> ModelError:
    """What the exception of a call means."""
    import httpx2
    import openai

    if call.leash.reason == "cancelled":
        return ModelError("The question to the model was cancelled.", code="cancelled")
    if call.leash.reason == "slow":
        return ModelError("The model took far too long for its answer.", fix=_SLOW, code="unreachable")
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModelError):
            return cause
        cause = cause.__cause__
    if isinstance(error, openai.APITimeoutError):
        if isinstance(error.__cause__, httpx2.ConnectTimeout):
            return _away("no connection came about in time.", again=False)
        return ModelError("The model was silent for too long.", fix=_SLOW, code="unreachable")
    if isinstance(error, openai.APIConnectionError):
        if call.content or call.http:
            return ModelError("The connection ended in the middle of the answer.", code="cut", again=True)
        why = _line(call.mask(_NUMBER.sub("", str(error.__cause__ or error))))
        return _away(why, again=True, away=isinstance(error.__cause__, httpx2.ConnectError))
    if isinstance(error, openai.APIStatusError):
        return _status(call, call.mask.kept(bytes(call.content)))
    if isinstance(error, openai.APIError):
        return _reported(error.body or error.message, call.mask)
    return ModelError("The model's server sent a reply that cannot be read.")


def _away(why: str, *, again: bool, away: bool = True) -> ModelError:
    fix = "See that it runs and that the base URL is right."
    told = f"The model's server cannot be reached: {why}"
    return ModelError(told, fix=fix, code="unreachable", again=again, away=away)


def _reported(body: object, mask: Mask) -> ModelError:
    """An error that came under the status of a success."""
    told, code = (body.get("message"), body.get("code")) if isinstance(body, dict) else (body, None)
    said, http = clean(mask(str(body))[:1000]), code if isinstance(code, int) and 400 <= code < 500 else 0
    told = f"The model's server reports an error: {_line(mask(str(told or body)))}"
    if http:
        return ModelError(told, code="refused", http=http, said=said)
    return ModelError(told, code="unreachable", again=True, said=said)


_SLOW = "Raise CLIMBDC_MODEL_TIMEOUT, or take a faster model."
_KEY = "Set CLIMBDC_OPENAI_API_KEY to the key of this server; OPENAI_API_KEY is given to public servers only, by https."
_CONTEXT = ("context length", "context size", "context window", "maximum context", "too long", "too many tokens",
            "context_length", "exceed_context")  # fmt: skip
_FILTERED = ("content_filter", "content management policy")
_MONEY = ("insufficient_quota", "billing", "payment")


def _status(call: Call, content: bytes) -> ModelError:
    """What a status other than 200 means."""
    http, said = call.http, clean(content[:2000].decode("utf-8", "replace"))
    told = f"The model's server answered {http}: {_message(content, said)}"
    known: dict[str, Any] = {"http": http, "said": said}
    if any(word in said.lower() for word in _FILTERED):
        return ModelError(told, code="refused")
    if http in (401, 403):
        return ModelError(told, fix=_KEY, code="no-key", **known)
    if http == 429 and not any(word in said.lower() for word in _MONEY):
        return ModelError(told, code="rate-limited", again=True, wait=call.wait, **known)
    if http in (408, 409) or (http >= 500 and http != 501):
        return ModelError(told, code="unreachable", again=True, wait=call.wait, **known)
    if http == 413 or any(word in said.lower() for word in _CONTEXT):
        return ModelError(told, fix="Take a model with a longer context.", code="too-long", **known)
    if 300 <= http < 400:
        return ModelError(told, fix="Give the URL that it leads to; none is followed.", code="refused", **known)
    return ModelError(told, fix="See that the model's name and the base URL are right.", code="refused", **known)


def _message(content: bytes, said: str) -> str:
    """A server's error in one line."""
    try:
        body = json.loads(content)
        inner = body.get("error", body)
        text = inner if isinstance(inner, str) else inner.get("message") or inner.get("detail")
    except (ValueError, AttributeError, RecursionError):
        text = ""
    return _line(str(text or said)) or "it said nothing."


def _line(text: str) -> str:
    """The start of a text of somebody else as the end of a sentence."""
    line = " ".join(clean(text[:1000]).split())[:200].rstrip(".")
    return f"{line}." if line else ""
