"""The public face: start a session, or find it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from climbdc.agents import absolute
from climbdc.errors import InputError
from climbdc.knowledge import knowledge
from climbdc.minds import check_model
from climbdc.options import Disclosure, RunOptions, known_level
from climbdc.sdk import Goal
from climbdc.session import Session
from climbdc.settings import Settings
from climbdc.shared import SharedSandbox
from climbdc.store import Store

__all__ = ["Copilot", "Session"]


class Copilot:
    """Opens and starts sessions in one store.

    Args:
        settings: From the environment and `climbdc.toml` when None.
        share_sandbox: Let all sessions of this process work in one sandbox, which is opened now in the background.
            A session that names another backend, or none, still has its own.
    """

    def __init__(self, settings: Settings | None = None, *, share_sandbox: bool = False) -> None:
        self.settings = settings or Settings()
        self.settings.export()
        if self.settings.knowledge_dir is not None:
            knowledge.cache_clear()
        self.store = Store(self.settings.data_dir, self.settings.database_url)
        self.shared = SharedSandbox(self.settings.sandbox) if share_sandbox else None
        if self.shared is not None:
            self.shared.warm()

    def start(
        self, files: Sequence[str | Path], goal: Goal | None = None, *, test: str | Path | None = None,
        dictionary: str | Path | None = None, seed: int = 0, unsafe: bool = False, name: str = "", public: bool = False,
        screen_only: bool = False, policy: Literal["rules", "llm"] = "rules", model: str = "", base_url: str = "",
        disclosure: Disclosure | None = None, look_ahead: int = 3, backtracking: bool = True,
    ) -> Session:  # fmt: skip
        """A new session over these files; nothing is read yet.

        Args:
            files: One or more of one schema.
            goal: What is to be predicted, as far as it is known.
            test: A test file, sealed at once.
            dictionary: What the columns mean.
            seed: For whatever is drawn at random.
            unsafe: Built-in tools may run without a sandbox.
            name: The file's when empty.
            public: The data is public.
            screen_only: Look, and change nothing.
            policy: Who plans; `llm` is a language model behind the gate, with the rules beneath it.
            model: Its name; that of the settings when empty, and so with `base_url` and `disclosure`.
            base_url: Of its server.
            disclosure: What it may see.
            look_ahead: How many pending steps the coordinator judges in a turn.
            backtracking: Whether steps may be taken back when something better is known.

        Raises:
            InputError: No file was named, no model where one is to plan, or a level of disclosure that is none.
        """
        if not files:
            raise InputError("No file was named.", fix="Name at least one file.", code="no-file")
        options = RunOptions(
            files=tuple(absolute(file) for file in files),
            goal=goal or Goal(),
            test=None if test is None else absolute(test),
            dictionary=None if dictionary is None else absolute(dictionary),
            seed=seed,
            sandbox=self.settings.sandbox,
            unsafe=unsafe,
            public=public,
            screen_only=screen_only,
            policy=policy,
            model=model or (self.settings.model if policy == "llm" else ""),
            base_url=base_url or (self.settings.base_url if policy == "llm" else ""),
            disclosure=known_level(disclosure or self.settings.disclosure),
            look_ahead=look_ahead,
            backtracking=backtracking,
            evaluations=self.settings.evaluations,
        )
        check_model(self.settings, options)
        stored = self.store.create(name or Path(files[0]).name, options.model_dump(mode="json"))
        return Session(self.store, stored, self.shared, self.settings)

    def session(self, session_id: str) -> Session:
        """A stored session, to look at or to go on with.

        Raises:
            StoreError: There is none of that id.
        """
        return Session(self.store, self.store.session(session_id), self.shared, self.settings)

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions, the newest first."""
        return self.store.sessions()

    def close(self) -> None:
        """Let go of the store, and end the shared sandbox with all that runs in it."""
        if self.shared is not None:
            self.shared.close()
        self.store.close()
