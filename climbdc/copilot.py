"""The public face: start a session, or find it again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from climbdc.agents import absolute
from climbdc.errors import InputError
from climbdc.knowledge import knowledge
from climbdc.options import RunOptions
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
        if self.settings.knowledge_dir is not None:
            os.environ["CLIMBDC_KNOWLEDGE_DIR"] = str(self.settings.knowledge_dir.absolute())
            knowledge.cache_clear()
        self.store = Store(self.settings.data_dir, self.settings.database_url)
        self.shared = SharedSandbox(self.settings.sandbox) if share_sandbox else None
        if self.shared is not None:
            self.shared.warm()

    def start(
        self, files: Sequence[str | Path], goal: Goal | None = None, *, test: str | Path | None = None,
        dictionary: str | Path | None = None, seed: int = 0, unsafe: bool = False, name: str = "", public: bool = False,
        screen_only: bool = False,
    ) -> Session:  # fmt: skip
        """A new session over these files; nothing is read yet.

        Raises:
            InputError: No file was named.
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
        )
        stored = self.store.create(name or Path(files[0]).name, options.model_dump(mode="json"))
        return Session(self.store, stored, self.shared)

    def session(self, session_id: str) -> Session:
        """A stored session, to look at or to go on with.

        Raises:
            StoreError: There is none of that id.
        """
        return Session(self.store, self.store.session(session_id), self.shared)

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions, the newest first."""
        return self.store.sessions()

    def close(self) -> None:
        """Let go of the store, and end the shared sandbox with all that runs in it."""
        if self.shared is not None:
            self.shared.close()
        self.store.close()
