"""The page itself: Gradio components around what the handlers return; it decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from climbdc_ui._card import MOST_OPTIONS
from climbdc_ui._handlers import Looked, Shown
from climbdc_ui._render import render

if TYPE_CHECKING:
    from climbdc_ui._handlers import Handlers

__all__ = ["CSS", "build_page", "theme"]

CSS = Path(__file__).parent / "page.css"
EVERY = 0.7
"""Seconds between two looks at the store."""
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
REMEMBER = """(id) => {
  const url = new URL(window.location.href);
  if (id && url.searchParams.get('session') !== id) {
    url.searchParams.set('session', id);
    window.history.replaceState({}, '', url);
    window.scrollTo(0, 0);
  }
}"""
"""Puts the session's id into the address, so that a reload shows the same."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def theme() -> gr.themes.Base:
    """System fonts only: nothing is fetched."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]
    base = gr.themes.Base(primary_hue="teal", neutral_hue="slate", radius_size="md", font=fonts, font_mono=mono)
    return base.set(
        button_primary_background_fill="*primary_700", button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800", button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white", link_text_color="*primary_700", link_text_color_dark="*primary_300",
        body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300",
        link_text_color_hover="*primary_800", link_text_color_hover_dark="*primary_200",
    )  # fmt: skip


def build_page(handlers: Handlers) -> gr.Blocks:
    """The page over these handlers."""
    page: gr.Blocks
    with gr.Blocks(title="climbdc", analytics_enabled=False, delete_cache=(3600, 86400)) as page:
        _Page(handlers, page)
    return page


class _Page:
    """Components and their wiring; built inside a Blocks context."""

    def __init__(self, handlers: Handlers, page: gr.Blocks) -> None:
        self.handlers = handlers
        self.page = page
        self.header = gr.HTML(elem_id="header")
        self._start()
        self.talk = gr.HTML(visible=False, elem_id="conversation")
        self.card = gr.HTML(visible=False, elem_id="card")
        self._answers()
        self.done = gr.HTML(visible=False, elem_id="done-card")
        names = ("session", "seen", "question", "choices")
        self.session, self.seen, self.question, self.choices = (gr.Textbox(visible="hidden", elem_id=n) for n in names)
        self._wire()

    def _start(self) -> None:
        """What is seen before there is a session."""
        with gr.Column(visible=False, elem_id="start") as self.start:
            with gr.Row(elem_id="sources"):
                self.file = gr.File(label="Drop your file here", file_types=FILE_TYPES, elem_id="file", height=150)
                with gr.Column(elem_id="sample-side", min_width=220):
                    gr.HTML(render("sample"))
                    self.sample = gr.Button("Try it with a sample", elem_id="sample")
            self.looked = gr.HTML(elem_id="looked", visible=False)
            with gr.Column(visible=False, elem_id="goal") as self.goal:
                with gr.Row():
                    self.target = gr.Dropdown([], label="What is to be predicted", elem_id="target")
                    self.task = gr.Radio(KINDS, value="auto", label="Kind of target", elem_id="task")
                with gr.Accordion("I have a data dictionary", open=False):
                    self.dictionary = gr.File(label="CSV or Excel: column, meaning, unit ...", height=110)
                self.go = gr.Button("Start", variant="primary", elem_id="go")

    def _answers(self) -> None:
        """The buttons under a card."""
        self.columns: list[gr.Column] = []
        self.buttons: list[gr.Button] = []
        self.consequences: list[gr.HTML] = []
        with gr.Row(visible=False, elem_id="options", equal_height=False) as self.options:
            for number in range(MOST_OPTIONS):
                with gr.Column(min_width=150, elem_classes="option", visible=False) as column:
                    self.buttons.append(gr.Button("", elem_id=f"option-{number}"))
                    self.consequences.append(gr.HTML())
                self.columns.append(column)
        self.error = gr.HTML(elem_id="error", visible=False)
        with gr.Column(visible=False, elem_id="edit") as self.edit:
            self.text = gr.Textbox(label="What is to be different", lines=4, max_lines=16, elem_id="values")
            with gr.Row():
                self.send = gr.Button("Send", variant="primary", elem_id="send")
                self.cancel = gr.Button("Cancel", elem_id="cancel")
        with gr.Row(elem_id="rest"):
            self.by_rule = gr.Button("Decide by rule for the rest", visible=False, size="sm", elem_id="by-rule")
            self.again = gr.Button("Try once more", visible=False, variant="primary", elem_id="again")

    @property
    def outputs(self) -> list[Any]:
        """All that a Shown fills, in the order of `_fill`."""
        return [
            self.session, self.seen, self.question, self.choices, self.header, self.error, self.start, self.talk,
            self.card, self.options, *self.columns, *self.buttons, *self.consequences, self.edit, self.text,
            self.by_rule, self.again, self.done,
        ]  # fmt: skip

    def _wire(self) -> None:
        """Which press calls what."""
        do = self.handlers
        self.page.load(self._load, None, self.outputs, **QUIET)
        gr.Timer(EVERY).tick(self._tick, [self.session, self.seen, self.question], self.outputs, queue=False, **QUIET)
        self.session.change(None, self.session, None, js=REMEMBER, **QUIET)
        self.file.change(self._look, self.file, [self.looked, self.goal, self.target, self.go], **QUIET)
        chosen = [self.session, self.file, self.target, self.task, self.dictionary]
        self._shows(self.go.click, do.start, chosen)
        self._shows(self.sample.click, do.sample, [self.session])
        for number, button in enumerate(self.buttons):
            open_question = [self.session, self.question, self.choices]
            button.click(partial(self._choose, number), open_question, self.outputs, queue=False, **QUIET)
        self._shows(self.send.click, self._send, [self.session, self.question, self.text])
        self.cancel.click(lambda: gr.update(visible=False), None, self.edit, queue=False, **QUIET)
        self._shows(self.by_rule.click, do.by_rule, [self.session])
        self._shows(self.again.click, do.again, [self.session])

    def _shows(self, event: Callable[..., Any], handler: Callable[..., Shown], inputs: list[Any]) -> None:
        def run(*values: Any) -> list[Any]:
            return _fill(handler(*values))

        event(run, inputs, self.outputs, queue=False, **QUIET)

    def _load(self, request: gr.Request) -> list[Any]:
        return _fill(self.handlers.load(str(request.query_params.get("session", ""))))

    def _tick(self, session: str, seen: str, question: str) -> Any:
        shown = self.handlers.tick(session, seen)
        if shown is None:
            return gr.skip()
        filled = _fill(shown)
        if question and shown.question == question:
            for same in (self.card, self.edit, self.text):
                filled[self.outputs.index(same)] = gr.skip()
        return filled

    def _choose(self, number: int, session: str, question: str, choices: str) -> list[Any]:
        """Answer, or open the text box where values are wanted."""
        choice = choices.split("\n")[number]
        if choice != "change":
            return _fill(self.handlers.choose(session, question, choice))
        place = self.outputs.index(self.edit)
        return [gr.update(visible=True) if n == place else gr.skip() for n in range(len(self.outputs))]

    def _send(self, session: str, question: str, text: str) -> Shown:
        return self.handlers.choose(session, question, "change", text)

    def _look(self, file: str | None) -> list[Any]:
        looked = self.handlers.look(file)
        return _preview(looked)


def _preview(looked: Looked) -> list[Any]:
    return [
        gr.update(value=looked.text, visible=bool(looked.text)),
        gr.update(visible=looked.usable),
        gr.update(choices=list(looked.columns), value=looked.guess),
        gr.update(interactive=looked.usable),
    ]


def _fill(shown: Shown) -> list[Any]:
    """A Shown as updates of `_Page.outputs`."""
    options = [*shown.options, *[None] * (MOST_OPTIONS - len(shown.options))]
    return [
        shown.session,
        shown.seen,
        shown.question,
        "\n".join(option.value for option in shown.options),
        shown.header,
        gr.update(value=shown.error, visible=bool(shown.error)),
        gr.update(visible=not shown.session),
        gr.update(value=shown.talk, visible=bool(shown.talk)),
        gr.update(value=shown.card, visible=bool(shown.card)),
        gr.update(visible=bool(shown.options)),
        *[gr.update(visible=option is not None) for option in options],
        *[
            gr.update(value=option.label, variant="primary" if option.recommended else "secondary")
            if option
            else gr.skip()
            for option in options
        ],
        *[render("option", option=option) if option else "" for option in options],
        gr.update(visible=bool(shown.editing)),
        gr.update(value=shown.editing or shown.prefilled, info=shown.example),
        gr.update(visible=bool(shown.options)),
        gr.update(visible=shown.can_try_again),
        gr.update(value=shown.done, visible=bool(shown.done)),
    ]
