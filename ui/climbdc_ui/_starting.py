"""The start page's form: the file, what it is for, and who thinks along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from climbdc_ui._look import Looked, look
from climbdc_ui._minds import offered, sentences
from climbdc_ui._render import render

if TYPE_CHECKING:
    from climbdc.settings import Settings

__all__ = ["QUIET", "Starting", "level_of"]

KINDS = [
    ("Find out from the values", "auto"),
    ("Classes, such as died or not", "classification"),
    ("A number, such as days in hospital", "regression"),
    ("Nothing: only make the values right", "none"),
]
FILE_TYPES = [
    ".csv", ".tsv", ".tab", ".txt", ".dat", ".psv", ".data", ".xlsx", ".xlsm", ".xls", ".parquet", ".pq", ".feather",
    ".arrow", ".dta", ".sav", ".zsav", ".por", ".sas7bdat", ".xpt", ".gz", ".zip",
]  # fmt: skip
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}


class Starting:
    """Components that are seen before there is a session; built inside a Blocks context.

    Args:
        settings: Say whether there is a language model.
    """

    def __init__(self, settings: Settings) -> None:
        with gr.Column(elem_id="start") as self.whole:
            with gr.Row(elem_id="sources"):
                self.file = gr.File(
                    label="Drop your file here",
                    file_types=FILE_TYPES,
                    file_count="multiple",
                    elem_id="file",
                    height=150,
                )
                with gr.Column(elem_id="sample-side", min_width=220):
                    gr.HTML(render("sample"))
                    self.sample = gr.Button("Try it with a sample", elem_id="sample")
            self._thinking(settings)
            self.looked = gr.HTML(elem_id="looked", visible=False)
            with gr.Column(visible=False, elem_id="goal") as self.goal:
                with gr.Row():
                    self.target = gr.Dropdown(
                        [], label="What is to be predicted", info="Type to search", elem_id="target"
                    )
                    self.task = gr.Radio(KINDS, value="auto", label="Kind of target", elem_id="task")
                with gr.Accordion("I have a data dictionary", open=False):
                    self.dictionary = gr.File(label="CSV or Excel: column, meaning, unit ...", height=110)
                self.go = gr.Button("Start", variant="primary", elem_id="go")
        self.file.change(_look, self.file, [self.looked, self.goal, self.target, self.go], **QUIET)
        self.who.change(_sees_anything, self.who, self.sees_what, **QUIET)

    @property
    def thinks(self) -> list[Any]:
        """Who thinks along, and what a model may see; see `level_of`."""
        return [self.who, self.sees]

    @property
    def chosen(self) -> list[Any]:
        """All that was chosen for a file of one's own."""
        return [self.file, self.target, self.task, self.dictionary, *self.thinks]

    def _thinking(self, settings: Settings) -> None:
        """Who thinks along; not asked where no language model is set up."""
        model = offered(settings)
        texts = sentences()
        with gr.Column(visible=model is not None, elem_id="thinking"):
            minds = [(texts["rules"], "rules"), *([(model.label, "llm")] if model else [])]
            self.who = gr.Radio(minds, value="rules", label="Who thinks along?", elem_id="who-thinks")
            with gr.Column(visible=False, elem_id="sees-what") as self.sees_what:
                levels = model.levels if model else ()
                choices = [(texts["levels"][level]["label"], level) for level in levels]
                self.sees = gr.Radio(
                    choices, value=model.level if model else None, label="What may the model see?", elem_id="sees"
                )
                gr.HTML(render("thinking", model=model, texts=texts) if model else "", apply_default_css=False)


def _sees_anything(who: str | None) -> Any:
    return gr.update(visible=who == "llm")


def level_of(who: str | None, sees: str | None) -> str:
    """What the model may see; empty where the rules are alone."""
    return str(sees or "metadata") if who == "llm" else ""


def _look(files: list[str] | None) -> list[Any]:
    looked: Looked = look(files)
    return [
        gr.update(value=looked.text, visible=bool(looked.text)),
        gr.update(visible=looked.usable),
        gr.update(choices=list(looked.columns), value=looked.guess),
        gr.update(interactive=looked.usable),
    ]
