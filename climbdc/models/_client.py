"""Asking a language model over the OpenAI protocol; every byte is kept in the session's ledger."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from pydantic import BaseModel

from climbdc.models._budget import Prices
from climbdc.models._client_away import KNOCK_SECONDS, Away
from climbdc.models._client_dialect import Dialect, wanted
from climbdc.models._client_json import read_answer
from climbdc.models._client_mask import Mask
from climbdc.models._client_place import OPENAI, prompts_version, server_name
from climbdc.models._client_question import Question, Raised, Waiting
from climbdc.models._client_reply import Reply, read_stream, read_whole
from climbdc.models._client_waiting import told_while_waiting
from climbdc.models._errors import ModelError
from climbdc.models._message import Message
from climbdc.models._schema import strict_schema
from climbdc.privacy import PrivacyError

if TYPE_CHECKING:
    import httpx2

    from climbdc.models._client_call import Call
    from climbdc.sandbox import Cancellation
    from climbdc.store import Ledger

__all__ = ["ModelClient"]

T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")

ATTEMPTS = 4
"""Of one request, where each may well succeed in a moment."""
TOTAL = 5
"""A call may take this many times the seconds that the server may be silent."""
PATIENCE = 3
"""Calls in a row without any answer after which a client gives up."""
_SILENT = ("unreachable", "rate-limited", "no-key")


class ModelClient:
    """A language model behind any server that speaks the OpenAI chat protocol.

    Calls are made one after the other, also from several threads. An answer that the session's ledger has to the very
    same bytes is used in place of a call, so that a session that goes on after a crash asks nothing twice. A server
    that is away is knocked at once a question, and asked as ever when it is back.

    Args:
        model: Name of the model, as the server knows it.
        base_url: Of the server, such as `http://127.0.0.1:8790/v1`; that of OpenAI when empty. What follows a `?`, such
            as Azure's `api-version`, goes with every request.
        api_key: Its key; sent, and kept nowhere: it is masked where the server says it back.
        ledger: Where every byte is kept.
        mode: How answers are held to their form; `auto` finds out what the server can do.
        temperature: Of the sampling.
        seed: Of the sampling, for servers that have one.
        timeout: Seconds without a byte after which a call is given up; in all it may take five times that.
        tokens: Tokens, sent and received, that the session may use.
        prices: Of a million tokens sent and received.
        cancel: Ends a call, or the wait for the next, from another thread.
        waiting: Told, each second from the fifth on, how long an answer has been waited for; 0 when that is over.
        pause: Waits so many seconds; for tests.
        transport: What sends in place of a connection; for tests.
    """

    def __init__(
        self, *, model: str, base_url: str, api_key: str, ledger: Ledger,
        mode: Literal["auto", "schema", "json", "text"] = "auto", temperature: float = 0, seed: int = 0,
        timeout: float = 120, tokens: int = 400_000, prices: tuple[float, float] = (0.0, 0.0),
        cancel: Cancellation | None = None, waiting: Callable[[float], None] | None = None,
        pause: Callable[[float], None] | None = None, transport: httpx2.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        from climbdc.models._client_wire import Wire, open_openai, open_wire

        self._mask, self._away = Mask(api_key), Away()
        self.name = f"llm:{model}"
        self.ledger = ledger
        self.model, self._temperature, self._seed = model, temperature, seed
        self._timeout, self._tokens, self._prices, self._cancel = timeout, tokens, Prices(*prices), cancel
        self._tell = waiting
        self._waiting = Waiting(cancel, pause)
        self._wire = open_wire(base_url or OPENAI, self._mask) if transport is None else Wire(transport, self._mask)
        self._openai = open_openai(base_url or OPENAI, api_key, self._wire, timeout)
        self._server = server_name(base_url or OPENAI)
        self._free = mode == "auto"
        known = self._known()
        self._dialect = wanted(mode, known)
        self._mode = self._dialect.mode
        self._confirmed = known is not None
        self._searched = False
        self._silent = 0
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        """Nothing: it is open."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._openai.close()

    def ask(
        self, purpose: str, messages: Sequence[Message], reply: type[T], *, max_tokens: int = 800,
        on_text: Callable[[str], None] | None = None,
    ) -> T:  # fmt: skip
        """Ask for an answer of a form.

        Args:
            purpose: What for, as the ledger says it.
            messages: What is sent, all of it released by the gate.
            reply: The form of the answer; it must pass `strict_schema`.
            max_tokens: The most that may come.
            on_text: Told the whole of the answer's text so far, whenever it grew; it begins anew if a call is
                repeated.

        Raises:
            ModelError: There is no usable answer. With the code `bad-answer` the message says what was wrong with it.
            PrivacyError: Something other than a `Message` was to be sent.
            ValueError: No strict schema can say the form.
        """

        def read(text: str) -> T:
            return read_answer(text, reply)

        schema = strict_schema(reply)
        return self._asked(Question(purpose, _sent(messages), read, max_tokens, on_text, schema, reply.__name__))

    def _asked(self, question: Question[R]) -> R:
        with self._lock:
            if self._silent >= PATIENCE:
                raise ModelError(
                    f"The model did not answer {PATIENCE} times in a row and is not asked again in this run.",
                    code="unreachable",
                )
            self._away.check()
            try:
                with told_while_waiting(self._tell):
                    return self._repeated(question)
            except Raised as raised:
                raise raised.error from None
            finally:
                if not self._confirmed:
                    self._dialect = replace(self._dialect, mode=self._mode)

    def _repeated(self, question: Question[R]) -> R:
        """Attempts at one question, until one is answered or none is worthwhile."""
        failed = attempt = 0
        while True:
            attempt += 1
            began = time.monotonic()
            try:
                answer = self._once(question, attempt)
            except ModelError as error:
                other = self._other(error, question)
                if other is not None:
                    self._dialect = other
                    continue
                failed += 1
                if not error.again or self._away.found or failed >= ATTEMPTS:
                    raise self._given_up(error, time.monotonic() - began) from None
                self._waiting.after(failed, error.wait)
                continue
            self._away.back()
            self._silent, self._confirmed = 0, True
            return answer

    def _given_up(self, error: ModelError, seconds: float) -> ModelError:
        """What is said of a question that is not asked again; in short where the server was known to be away."""
        if error.away:
            return self._away.missed(error, seconds)
        self._away.back()
        self._silent = self._silent + 1 if error.code in _SILENT else 0
        return error

    def _other(self, error: ModelError, question: Question[R]) -> Dialect | None:
        """Another way to ask, where the server seems not to understand this one."""
        free = self._free and not self._confirmed
        if error.hint == "thinking":
            return self._dialect.thinking()
        if error.hint != "unheeded":
            return self._dialect.after(error, free=free)
        other = self._dialect.weaker() if free and not self._searched else None
        self._searched = self._searched or other is None
        return other

    def _once(self, question: Question[R], attempt: int) -> R:
        """One request and what came of it."""
        call = self._call(question, attempt)
        reply, status, why = Reply(), "cancelled", None
        try:
            reply = self._heard(call, question)
            if self._dialect.mode == "schema" and question.heeded(reply):
                self._confirmed = True
            answer = question.answer(reply, ended=call.ended)
            status = "ok"
            return answer
        except ModelError as error:
            error.message, error.said = self._mask(error.message), self._mask(error.said)
            status, why = error.code, error
            raise
        finally:
            call.close(status, reply, why)

    def _heard(self, call: Call, question: Question[R]) -> Reply:
        """Send a question and read the stream that comes."""
        from climbdc.models._client_call import failure
        from climbdc.models._client_wire import time_limit

        if self._cancel is not None and self._cancel.wanted:
            raise ModelError("The question to the model was cancelled.", code="cancelled")
        shown = question.shown(self._mask)
        limit = time_limit(self._timeout, *((KNOCK_SECONDS,) if self._away.found else ()))
        request = self._dialect.request(
            question.messages, question.schema, name=question.name, max_tokens=question.max_tokens,
            temperature=self._temperature, seed=self._seed,
        )  # fmt: skip
        self._wire.listener = call
        with call.limited(TOTAL * self._timeout, None if self._cancel is None else self._cancel.stopping):
            try:
                asked = self._openai.chat.completions.create(model=self.model, stream=True, timeout=limit, **request)
                with asked as stream:
                    reply = read_stream(stream, shown, call.max_tokens)
            except Exception as error:
                # Whatever a hostile reply makes the package do is a reply that cannot be read.
                raise failure(error, call) from error
            finally:
                self._wire.listener = None
            if call.leash.reason:
                raise failure(ConnectionError(), call)
        if not reply.chunks:
            reply = read_whole(self._mask.kept(bytes(call.content)), shown)
        reply.text, reply.refusal = self._mask(reply.text), self._mask(reply.refusal)
        return reply

    def _call(self, question: Question[R], attempt: int) -> Call:
        from climbdc.models._client_call import Call

        facts = {
            "server": self._server, "temperature": self._temperature, "seed": self._seed,
            "max_tokens": question.max_tokens, "mode": self._dialect.mode, "found_out": self._free,
            "dialect": self._dialect.facts(), "attempt": attempt, "prompts": prompts_version(),
        }  # fmt: skip
        most = question.max_tokens + self._dialect.thoughts
        return Call(
            self.ledger, question.purpose, self.model, facts, most, self._tokens, self._prices, question.tokens,
            self._mask,
        )  # fmt: skip

    def _known(self) -> Mapping[str, Any] | None:
        """The way of asking that worked last with this model on this server in this session."""
        for entry in reversed(self.ledger.entries()):
            told = entry.facts
            here = entry.model == self.model and told.get("server") == self._server and told.get("found_out")
            if here and entry.status == "ok":
                known: Mapping[str, Any] = told["dialect"]
                return known
        return None


def _sent(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as they are sent; what only looks like one might hold what the gate never saw."""
    for message in messages:
        if type(message) is not Message:
            raise PrivacyError(
                f"A {type(message).__name__} was to be sent to a model.", fix="Send `Message`s of released text."
            )
    return [{"role": message.role, "content": message.text} for message in messages]
