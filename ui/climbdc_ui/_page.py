"""The page itself: Gradio components around what the handlers return; it decides nothing."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from climbdc_ui._handlers import PARTS, Shown
from climbdc_ui._starting import QUIET, Starting, level_of

if TYPE_CHECKING:
    from climbdc_ui._handlers import Handlers

__all__ = ["STATIC", "build_page", "head", "styles", "theme"]

HERE = Path(__file__).parent
STATIC = HERE / "static"
SCRIPTS = ("idiomorph.js", "page.js")
WHEN_LOADED = """
const begin = () => window.climbdcPart
  ? window.climbdcPart(element, props, trigger, watch) : setTimeout(begin, 10);
begin();
"""
LISTEN = """
const begin = () => {
  if (!window.climbdcLive) { setTimeout(begin, 10); return; }
  const listen = () => {
    window.climbdcLive((props.value || '').split('#')[0], () => trigger('submit'));
    window.climbdcAnswered();
  };
  listen();
  watch('value', listen);
};
begin();
"""


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


def styles() -> list[Path]:
    """All style sheets: the page's own first, then those of its parts."""
    return [HERE / "page.css", *sorted((HERE / "css").glob("*.css"))]


@cache
def head() -> str:
    """What the page's head loads; the address of a script changes with its content, so that it may be kept."""
    told = []
    for name in SCRIPTS:
        mark = hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()
        told.append(f'<script src="static/{name}?{mark}"></script>')
    return "\n".join(told)


def build_page(handlers: Handlers, person_of: Callable[[gr.Request], str | None]) -> gr.Blocks:
    """The page over these handlers.

    Args:
        handlers: What is done.
        person_of: Whose request it is.
    """
    page: gr.Blocks
    with gr.Blocks(title="climbdc", analytics_enabled=False, delete_cache=(3600, 86400), fill_width=True) as page:
        _Page(handlers, page, person_of)
    return page


def _part(name: str, **more: Any) -> gr.HTML:
    """A part that is drawn by the server and morphed in by the browser."""
    return gr.HTML(
        "", html_template=f'<div class="part" data-part="{name}"></div>', js_on_load=WHEN_LOADED, elem_id=name,
        apply_default_css=False, **more,
    )  # fmt: skip


class _Page:
    """Components and their wiring; built inside a Blocks context."""

    def __init__(self, handlers: Handlers, page: gr.Blocks, person_of: Callable[[gr.Request], str | None]) -> None:
        self.handlers = handlers
        self.page = page
        self.person_of = person_of
        self.parts = {"header": _part("header"), "notice": _part("notice")}
        self.start = Starting(handlers.desk.copilot.settings)
        self.parts["home"] = _part("home")
        with gr.Row(elem_id="session", visible=False) as self.session_row:
            with gr.Column(elem_id="chat", scale=5, min_width=320):
                self.parts["talk"] = _part("talk")
                self.parts["card"] = _part("card")
                self.text = gr.Textbox(
                    label="Say or ask something", placeholder="approve, why?, show column age, undo, help …", lines=1,
                    max_lines=4, elem_id="composer", submit_btn="Send",
                )  # fmt: skip
            with gr.Column(elem_id="beside", scale=6, min_width=320):
                self.parts["panel"] = _part("panel")
        names = ("session-id", "state", "marks")
        self.session, self.state, self.marks = (gr.Textbox(visible="hidden", elem_id=name) for name in names)
        self.live = gr.HTML("", html_template="<span></span>", js_on_load=LISTEN, visible="hidden", elem_id="live")
        self._wire()

    @property
    def outputs(self) -> list[Any]:
        """All that a Shown fills, in the order of `_fill`."""
        return [
            self.session, self.state, self.marks, self.live, self.start.whole, self.session_row,
            *(self.parts[name] for name in PARTS),
        ]  # fmt: skip

    def _wire(self) -> None:
        """Which press calls what."""
        where = [self.session, self.state, self.marks]
        self.page.load(self._load, self.marks, self.outputs, **QUIET)
        # What changes while an answer is on its way must not be missed: Gradio drops it otherwise.
        self.live.submit(self._refresh, where, self.outputs, trigger_mode="always_last", **QUIET)
        for name in ("header", "home", "talk", "card", "panel"):
            # The browser asks one thing at a time, so that a press after a tick waits; Gradio would drop it.
            self.parts[name].click(self._act, where, self.outputs, trigger_mode="multiple", **QUIET)
        self.text.submit(self._say, [*where, self.text], [*self.outputs, self.text], **QUIET)
        self.start.go.click(self._begin, [*self.start.chosen, self.marks], self.outputs, **QUIET)
        self.start.sample.click(self._sample, [*self.start.thinks, self.marks], self.outputs, **QUIET)

    def _load(self, marks: str, request: gr.Request) -> list[Any]:
        session = str(request.query_params.get("session", ""))
        return _fill(self.handlers.load(session, self.person_of(request)), marks)

    def _refresh(self, session: str, state: str, marks: str, request: gr.Request) -> Any:
        shown = self.handlers.refresh(session, state, self.person_of(request))
        if shown is None:
            return [_answered(session) if one is self.live else gr.skip() for one in self.outputs]
        filled = _fill(shown, marks, keep=("notice",))
        filled[self.outputs.index(self.state)] = gr.skip()  # what was pressed meanwhile has changed it
        return filled

    def _act(self, session: str, state: str, marks: str, event: gr.EventData, request: gr.Request) -> list[Any]:
        told = event._data if isinstance(event._data, dict) else {}
        return _fill(self.handlers.act(session, state, told, self.person_of(request)), marks)

    def _say(self, session: str, state: str, marks: str, text: str, request: gr.Request) -> list[Any]:
        shown = self.handlers.say(session, state, text, self.person_of(request))
        return [*_fill(shown, marks), text if shown.parts["notice"] else ""]

    def _begin(
        self, files: list[str] | None, target: str | None, task: str, dictionary: str | None, who: str | None,
        sees: str | None, marks: str, request: gr.Request,
    ) -> list[Any]:  # fmt: skip
        person, level = self.person_of(request), level_of(who, sees)
        return _fill(self.handlers.start(files, target, task, dictionary, person, level), marks)

    def _sample(self, who: str | None, sees: str | None, marks: str, request: gr.Request) -> list[Any]:
        return _fill(self.handlers.sample(self.person_of(request), level_of(who, sees)), marks)


def _fill(shown: Shown, marks: str, keep: tuple[str, ...] = ()) -> list[Any]:
    """A Shown as updates of `_Page.outputs`; a part that the browser has already is not sent again."""
    try:
        known = json.loads(marks or "{}")
    except ValueError:
        known = {}
    known = known if isinstance(known, dict) else {}
    now = {name: known.get(name, "") if name in keep else mark for name, mark in shown.marks.items()}
    return [
        shown.session,
        shown.state,
        json.dumps(now),
        _answered(shown.session),
        gr.update(visible=not shown.session),
        gr.update(visible=bool(shown.session)),
        *[gr.skip() if name in keep or _is_there(name, known, now) else shown.parts[name] for name in PARTS],
    ]


def _answered(session: str) -> str:
    """Tells the browser which session it listens to, and, as it is never the same twice, that an answer came."""
    return f"{session}#{secrets.token_hex(4)}"


def _is_there(name: str, known: dict[str, str], now: dict[str, str]) -> bool:
    """Whether the browser shows a part as it is; what a person may have put away is never taken to be there."""
    return name != "notice" and known.get(name) == now[name]
