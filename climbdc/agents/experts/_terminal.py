"""A person at the terminal: readable questions, defaults, "why?", "show me", "stop", and a language model's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Table

from climbdc.agents._pause import Answer, Checkpoint
from climbdc.agents.experts._opinions import opinions
from climbdc.agents.experts._values import edited_answer, example_of
from climbdc.errors import InputError, Stopped

__all__ = ["TerminalExpert"]

MOST_ROWS = 40
LONGEST = 6000
HELP = "[dim]why = why it matters, show = show me the details, stop = stop here; Enter takes the first[/dim]"
ASK = "[dim]Or type a question in your own words: the language model answers it, and nothing is decided by asking[/dim]"
NOBODY = "No language model thinks along in this session (see --policy llm), so I only know these:"


class TerminalExpert:
    """Asks on a console; Enter takes the recommended answer.

    Args:
        console: Where questions appear.
        converse: Lets a language model answer a sentence and shows what it says; None where there is no model.
    """

    name = "human"

    def __init__(self, console: Console, converse: Callable[[str], None] | None = None) -> None:
        self.console = console
        self.converse = converse

    def answer(self, checkpoint: Checkpoint, name: str) -> Answer:
        """Ask until the answer is one of the options."""
        self._put(checkpoint)
        while True:
            typed = self._typed(">", checkpoint.default).strip()
            said = typed.lower()
            if said in {"stop", "quit", "q"}:
                raise Stopped("Stopped as you asked.", fix="`climbdc sessions resume` goes on from here.")
            if said in {"why", "why?"}:
                self.console.print(escape(checkpoint.why or "Nothing more is known."))
            elif said in {"show", "show me"}:
                self._show(checkpoint.detail)
            else:
                choice = _matching(said, checkpoint)
                if choice == "change":
                    return self._edit(checkpoint)
                if choice == "tell":
                    return self._tell()
                if choice:
                    return Answer(choice=choice)
                self._answer_words(typed, checkpoint)

    def _answer_words(self, typed: str, checkpoint: Checkpoint) -> None:
        """What is no option: a sentence goes to the language model, and then the same is asked again."""
        question = _question_in(typed)
        if question and self.converse is not None:
            self.converse(question)
            self.console.rule(f"[bold]{escape(checkpoint.title)}[/bold]", align="left")
            self._offer(checkpoint)
            return
        self.console.print(f"I did not understand {escape(repr(typed))}. {NOBODY if question else ''}".rstrip())
        self._help()

    def _typed(self, prompt: str, default: str) -> str:
        """A line of input; where it has ended nobody is there to approve anything."""
        try:
            return Prompt.ask(prompt, console=self.console, default=default)
        except EOFError:
            raise Stopped(
                "There is nobody to answer: the input has ended.",
                fix="`climbdc sessions resume` goes on from here; `--expert auto` needs nobody.",
            ) from None

    def _put(self, checkpoint: Checkpoint) -> None:
        self.console.rule(f"[bold]{escape(checkpoint.title)}[/bold]", align="left")
        if checkpoint.text:
            by_model = checkpoint.detail.get("asked_by") == "model" and checkpoint.kind == "question"
            self.console.print(f"{'The language model says: ' if by_model else ''}{escape(checkpoint.text)}")
        if checkpoint.kind == "plan":
            for step in checkpoint.detail["steps"]:
                self.console.print(f"  {step['id']} {escape(step['title'])} ({step['tool']}): {escape(step['why'])}")
                self._say_opinions(step, "     ")
        if checkpoint.kind == "goal":
            for question in checkpoint.detail["questions"]:
                self.console.print(f"  {escape(question)}")
            for item in checkpoint.detail["targets"]:
                self.console.print(f"  perhaps {escape(item['column'])}: {escape(item['because'])}")
        for told in (checkpoint.detail.get("step"), checkpoint.detail if checkpoint.kind == "reveal" else None):
            self._say_opinions(told, "  ")
        for column in checkpoint.detail.get("columns", []) if checkpoint.kind == "question" else []:
            self._say_opinions(column, "  ")
        self._offer(checkpoint)

    def _offer(self, checkpoint: Checkpoint) -> None:
        """The options, the recommended one first, and what else may be typed."""
        default_first = sorted(checkpoint.options, key=lambda option: option.value != checkpoint.default)
        for option in default_first:
            self.console.print(f"  [bold]{option.value}[/bold]  {escape(option.label)}. {escape(option.consequence)}")
        self._help()

    def _help(self) -> None:
        self.console.print(HELP)
        if self.converse is not None:
            self.console.print(ASK)

    def _say_opinions(self, told: Any, indent: str) -> None:
        """What a language model says of something, said to be its opinion."""
        for text in opinions(told):
            self.console.print(f"{indent}[italic]{escape(text)}[/italic]")

    def _tell(self) -> Answer:
        """An answer in one's own words; none is no answer."""
        said = " ".join(self._typed("your answer", "").split())
        return Answer(choice="tell", values={"answer": said}) if said else Answer(choice="skip")

    def _show(self, detail: dict[str, Any]) -> None:
        """Lists as tables, the rest as YAML."""
        tables = {key: value for key, value in detail.items() if _is_table(value)}
        rest = {key: value for key, value in detail.items() if key not in tables and value}
        self.console.print(escape(yaml.safe_dump(rest, sort_keys=False, allow_unicode=True)[:LONGEST]))
        for key, rows in tables.items():
            table = Table(box=None, title=key.replace("_", " "), title_justify="left", pad_edge=False)
            for heading in rows[0]:
                table.add_column(heading, overflow="fold")
            for row in rows[:MOST_ROWS]:
                table.add_row(*(escape(str(value)) for value in row.values()))
            self.console.print(table)

    def _edit(self, checkpoint: Checkpoint) -> Answer:
        """Values as YAML on one line, such as `{target: died}`."""
        self.console.print(escape(example_of(checkpoint)))
        while True:
            said = self._typed("values", "{}")
            try:
                return edited_answer(checkpoint, said)
            except InputError as error:
                self.console.print(escape(str(error)))


def _matching(said: str, checkpoint: Checkpoint) -> str:
    """The option meant by its value, its first letters or yes and no."""
    words = {"y": checkpoint.default, "yes": checkpoint.default, "n": "reject", "no": "reject"}
    values = [option.value for option in checkpoint.options]
    said = said if said in values else words.get(said, said)
    fitting = [value for value in values if value == said] or [value for value in values if value.startswith(said)]
    return fitting[0] if said and len(fitting) == 1 else ""


def _question_in(typed: str) -> str:
    """The sentence or question that was typed; empty where it is one word, such as an option written wrongly.

    >>> _question_in("Is 0 plausible?"), _question_in("? chol"), _question_in("chol?"), _question_in("aprove")
    ('Is 0 plausible?', 'chol', 'chol?', '')
    """
    asked = typed.startswith("?") or typed.endswith("?") or len(typed.split()) > 1
    return typed.lstrip("? ").strip() if asked else ""


def _is_table(value: Any) -> bool:
    """Whether a detail is a list of flat records with the same fields."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, dict) and row.keys() == value[0].keys() for row in value)
        and not any(isinstance(cell, dict) for row in value for cell in row.values())
    )
