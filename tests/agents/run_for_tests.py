"""Run in a process of its own, to be killed: goes on with a session and writes down what it is asked and told."""

from __future__ import annotations

import sys
from pathlib import Path

from climbdc.agents import Answer, Checkpoint
from climbdc.agents.experts import FileExpert
from climbdc.copilot import Copilot
from climbdc.settings import Settings


class Noting:
    """Answers from a file and writes each question's name down before it answers."""

    name = "file"

    def __init__(self, answers: Path, log: Path) -> None:
        self.inner = FileExpert(answers)
        self.log = log

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """The file's answer."""
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"asked {name}\n")
        return self.inner.answer(checkpoint, name)


def main(store: str, session: str, answers: str, log: str) -> None:
    """Go on until the end."""
    pilot = Copilot(Settings(data_dir=Path(store)))
    for event in pilot.session(session).run(Noting(Path(answers), Path(log))):
        print(event.kind, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
