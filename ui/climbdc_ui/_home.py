"""The list of sessions, and what may be done with a whole one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from climbdc.errors import InputError
from climbdc_ui._render import render
from climbdc_ui._view import View, views

if TYPE_CHECKING:
    from climbdc.store import Right
    from climbdc_ui._acts import Seat, Values
    from climbdc_ui._desk import Desk

__all__ = ["HOME_ACTS", "home"]

SHOWN = 50
LONGEST_NAME = 200


def home(desk: Desk, person: str | None) -> str:
    """The sessions somebody may see, the newest first, archived ones apart."""
    seen = desk.access.visible(person)
    told = [one for one in desk.copilot.sessions() if seen is None or one["id"] in seen]
    seen_now = views(desk, [one["id"] for one in told[:SHOWN]])
    rows = [_row(desk, person, one, seen_now[one["id"]]) for one in told[:SHOWN] if one["id"] in seen_now]
    return render(
        "home",
        active=[row for row in rows if not row["archived"]],
        archived=[row for row in rows if row["archived"]],
        more=max(0, len(told) - SHOWN),
    )


def _row(desk: Desk, person: str | None, told: Mapping[str, Any], now: View) -> dict[str, Any]:
    lamp, words = now.state
    begun = datetime.fromisoformat(told["created_at"])
    return {
        "id": told["id"], "name": told["name"], "lamp": lamp, "words": words, "archived": told["archived"],
        "begun": f"{begun:%d %B %Y, %H:%M}".lstrip("0"), "finished": now.finished,
        "owns": desk.access.may(person, told["id"], "own"), "person": person,
        "owner": None if person is None else desk.access.owner(told["id"]),
        "shares": {} if person is None else desk.access.shares(told["id"]),
    }  # fmt: skip


def _rename(seat: Seat, values: Values) -> None:
    name = " ".join(str(values.get("name", "")).split())
    if not name or len(name) > LONGEST_NAME:
        raise InputError(
            f"A name has 1 to {LONGEST_NAME} characters; this has {len(name)}.", fix="Write another.", code="bad-name"
        )
    seat.session.store.rename(seat.id, name)


def _archive(seat: Seat, values: Values) -> None:
    seat.desk.stop(seat.id)
    seat.session.store.archive(seat.id)


def _restore(seat: Seat, values: Values) -> None:
    seat.session.store.archive(seat.id, on=False)


def _share(seat: Seat, values: Values) -> None:
    right: Right = "edit" if values.get("right") == "edit" else "view"
    seat.desk.access.share(seat.id, str(values.get("name", "")).strip(), right)


def _unshare(seat: Seat, values: Values) -> None:
    seat.desk.access.unshare(seat.id, str(values.get("name", "")))


HOME_ACTS: Final[Mapping[str, Callable[[Seat, Values], None]]] = {
    "rename": _rename, "archive": _archive, "restore": _restore, "share": _share, "unshare": _unshare,
}  # fmt: skip
