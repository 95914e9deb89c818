"""Asking a language model over the OpenAI protocol; every byte is kept in the session's ledger."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from pydantic import BaseModel

from climbdc.models._budget import Prices
from climbdc.models._client_dialect import Dialect, wanted
from climbdc.models._client_json import read_answer, read_text
from climbdc.models._client_place import OPENAI, prompts_version, server_name
from climbdc.models._client_reply import Reply, judged, read_stream, read_whole
from climbdc.models._errors import ModelError
from climbdc.models._message import Message
from climbdc.models._schema import strict_schema

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
LONGEST_WAIT = 60.0
"""Seconds between two attempts at most, whatever the server asks for."""
TOTAL = 5
"""A call may take this many times the seconds that the server may be silent."""
PATIENCE = 3
"""Calls in a row without any answer after which a client gives up."""
_SILENT = ("unreachable", "rate-limited", "no-key")


class _Told(BaseException):
    """Carries what `on_text` raised past those who would take it for a fault of the reply."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class ModelClient:
    """A language model behind any server that speaks the OpenAI chat protocol.

    Calls are made one after the other, also from several threads. An answer that the session's ledger has to the very
    same bytes is used in place of a call, so that a session that goes on after a crash asks nothing twice.

    Args:
        model: Name of the model, as the server knows it.
        base_url: Of the server, such as `http://127.0.0.1:8790/v1`; that of OpenAI when empty. What follows a `?`, such
            as Azure's `api-version`, goes with every request.
        api_key: Its key; sent, and kept nowhere.
        ledger: Where every byte is kept.
        mode: How answers are held to their form; `auto` finds out what the server can do.
        temperature: Of the sampling.
        seed: Of the sampling, for servers that have one.
        timeout: Seconds without a byte after which a call is given up; in all it may take five times that.
        tokens: Tokens, sent and received, that the session may use.
        prices: Of a million tokens sent and received.
        cancel: Ends a call, or the wait for the next, from another thread.
        pause: Waits so many seconds; for tests.
        transport: What sends in place of a connection; for tests.
    """

    def __init__(
        self, *, model: str, base_url: str, api_key: str, ledger: Ledger,
        mode: Literal["auto", "schema", "json", "text"] = "auto", temperature: float = 0, seed: int = 0,
        timeout: float = 120, tokens: int = 400_000, prices: tuple[float, float] = (0.0, 0.0),
        cancel: Cancellation | None = None, pause: Callable[[float], None] | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:  # fmt: skip
        from climbdc.models._client_wire import Wire, open_openai, open_wire

        self.name = f"llm:{model}"
        self.ledger = ledger
        self._model, self._temperature, self._seed = model, temperature, seed
        self._timeout, self._tokens, self._prices, self._cancel = timeout, tokens, Prices(*prices), cancel
        self._pause = pause or self._sleep
        self._wire = open_wire(base_url or OPENAI) if transport is None else Wire(transport)
        self._openai = open_openai(base_url or OPENAI, api_key, self._wire, timeout)
        self._server = server_name(base_url or OPENAI)
        self._free = mode == "auto"
        known = self._known()
        self._dialect = wanted(mode, known)
        self._mode = self._dialect.mode
        self._confirmed = known is not None
        self._silent = 0
        self._lock = threading.RLock()
        self._random = random.Random(seed)

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
        """
        schema = strict_schema(reply)
        return self._asked(
            purpose, messages, lambda text: read_answer(text, reply), max_tokens, on_text, schema, reply.__name__
        )

    def tell(
        self, purpose: str, messages: Sequence[Message], *, max_tokens: int = 500,
        on_text: Callable[[str], None] | None = None,
    ) -> str:  # fmt: skip
        """Ask for plain text; see `ask`.

        Raises:
            ModelError: There is no usable answer.
        """
        return self._asked(purpose, messages, _words, max_tokens, on_text, None, "text")

    def _asked(
        self, purpose: str, messages: Sequence[Message], read: Callable[[str], R], max_tokens: int,
        on_text: Callable[[str], None] | None, schema: Mapping[str, Any] | None, name: str,
    ) -> R:  # fmt: skip
        sent = [{"role": message.role, "content": message.text} for message in messages]
        with self._lock:
            if self._silent >= PATIENCE:
                raise ModelError(
                    f"The model did not answer {PATIENCE} times in a row and is not asked again in this run.",
                    code="unreachable",
                )
            try:
                return self._repeated(
                    lambda attempt: self._once(purpose, sent, read, max_tokens, on_text, schema, name, attempt),
                    formed=schema is not None,
                )
            except _Told as told:
                raise told.error from None
            finally:
                if not self._confirmed:
                    self._dialect = replace(self._dialect, mode=self._mode)

    def _repeated(self, once: Callable[[int], R], *, formed: bool) -> R:
        """Attempts at one request, until one is answered or none is worthwhile."""
        failed = attempt = 0
        while True:
            attempt += 1
            try:
                answer = once(attempt)
            except ModelError as error:
                other = self._other(error, formed=formed)
                if other is not None:
                    self._dialect = other
                    continue
                failed += 1
                if not error.again or failed >= ATTEMPTS:
                    self._silent = self._silent + 1 if error.code in _SILENT else 0
                    raise
                self._wait(failed, error.wait)
                continue
            self._silent = 0
            self._confirmed = self._confirmed or formed
            return answer

    def _other(self, error: ModelError, *, formed: bool) -> Dialect | None:
        """Another way to ask, where the server seems not to understand this one."""
        free = self._free and formed and not self._confirmed
        if free and error.code in ("bad-answer", "empty") and error.http in (0, 200):
            return self._dialect.weaker()
        return self._dialect.after(error, free=free)

    def _once(
        self, purpose: str, sent: list[dict[str, str]], read: Callable[[str], R], max_tokens: int,
        on_text: Callable[[str], None] | None, schema: Mapping[str, Any] | None, name: str, attempt: int,
    ) -> R:  # fmt: skip
        """One request and what came of it."""
        call = self._call(purpose, max_tokens, attempt, formed=schema is not None)
        request = self._dialect.request(
            sent, schema, name=name, max_tokens=max_tokens, temperature=self._temperature, seed=self._seed
        )
        reply, status, why = Reply(), "cancelled", None
        try:
            reply = self._heard(call, request, on_text, reply)
            answer = read(judged(reply, ended=call.ended))
            status = "ok"
            return answer
        except ModelError as error:
            status, why = error.code, error
            raise
        finally:
            call.close(status, reply, why)

    def _heard(
        self, call: Call, request: Mapping[str, Any], on_text: Callable[[str], None] | None, reply: Reply
    ) -> Reply:
        """Send a request and read the stream that comes."""
        from climbdc.models._client_call import failure

        if self._cancel is not None and self._cancel.wanted:
            raise ModelError("The question to the model was cancelled.", code="cancelled")
        self._wire.listener = call
        with call.limited(TOTAL * self._timeout, None if self._cancel is None else self._cancel.stopping):
            try:
                on_text = None if on_text is None else _passing(on_text)
                stream = self._openai.chat.completions.create(model=self._model, stream=True, **request)
                reply = read_stream(stream, on_text, call.max_tokens)
            except ModelError as error:
                raise failure(error, call) from None
            except Exception as error:
                # Whatever a hostile reply makes the package do is a reply that cannot be read.
                raise failure(error, call) from error
            finally:
                self._wire.listener = None
            if call.leash.reason:
                raise failure(ConnectionError(), call)
        return reply if reply.chunks else read_whole(bytes(call.content), on_text)

    def _call(self, purpose: str, max_tokens: int, attempt: int, *, formed: bool) -> Call:
        from climbdc.models._client_call import Call

        facts = {
            "server": self._server, "temperature": self._temperature, "seed": self._seed, "max_tokens": max_tokens,
            "mode": self._dialect.mode if formed else "none", "dialect": self._dialect.facts(), "attempt": attempt,
            "prompts": prompts_version(),
        }  # fmt: skip
        return Call(self.ledger, purpose, self._model, facts, max_tokens, self._tokens, self._prices)

    def _known(self) -> Mapping[str, Any] | None:
        """The way of asking that worked last with this model on this server in this session."""
        for entry in reversed(self.ledger.entries()):
            here = entry.model == self._model and entry.facts.get("server") == self._server
            if here and entry.status == "ok" and entry.facts.get("mode") != "none":
                known: Mapping[str, Any] = entry.facts["dialect"]
                return known
        return None

    def _wait(self, failed: int, asked: float | None) -> None:
        seconds = min(8.0, 0.5 * 2.0 ** (failed - 1)) * (1 + self._random.random() / 2)
        self._pause(min(LONGEST_WAIT, seconds if asked is None else asked + self._random.random() / 2))

    def _sleep(self, seconds: float) -> None:
        """Wait, and not longer than the person wants."""
        if self._cancel is None:
            threading.Event().wait(seconds)
            return
        woken = threading.Event()
        with self._cancel.stopping(woken.set):
            woken.wait(seconds)


def _passing(on_text: Callable[[str], None]) -> Callable[[str], None]:
    def told(text: str) -> None:
        try:
            on_text(text)
        except Exception as error:
            raise _Told(error) from error

    return told


def _words(text: str) -> str:
    """A text to be shown.

    Raises:
        ModelError: Nothing is left of it.
    """
    words = read_text(text)
    if not words:
        raise ModelError("The answer is empty.", code="empty")
    return words
