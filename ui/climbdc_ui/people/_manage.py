"""What an admin does with accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from climbdc.errors import InputError
from climbdc.store import new_password

if TYPE_CHECKING:
    from climbdc.store import Account, Accounts, Role
    from climbdc_ui.people._forms import Form

__all__ = ["manage"]


def manage(accounts: Accounts, admin: Account, form: Form) -> dict[str, Any]:
    """Do what a form of the list says.

    Returns:
        `words` for the admin, and where a password was made, the `password` of `name`, shown this once.

    Raises:
        ClimbdcError: It cannot be done.
    """
    do, name = form.get("do", ""), form.get("name", "").strip()
    if do in {"add", "reset"}:
        password = new_password()
        if do == "add":
            accounts.add(name, password, _role(form), temporary=True)
        else:
            accounts.set_password(name, password, temporary=True)
        words = "Give this password to them in person. It holds for a week, until they choose their own."
        return {"words": words, "name": name, "password": password}
    if do in {"disable", "enable"}:
        accounts.set_disabled(name, do == "disable")
        return {"words": f"{name} can {'no longer log in' if do == 'disable' else 'log in again'}."}
    if do == "role":
        accounts.set_role(name, _role(form))
        return {"words": f"{name} is {'an admin' if _role(form) == 'admin' else 'a clinician'} now."}
    if do == "remove":
        heir = form.get("give-to", "").strip()
        accounts.remove(name, heir)
        kept = (
            f"{heir} has the sessions now." if heir else "The sessions are kept; `climbdc users give` hands them out."
        )
        return {"words": f"The account {name} is removed. {kept}"}
    raise InputError("This page is older than the program.", fix="Reload the page.", code="bad-act")


def _role(form: Form) -> Role:
    return "admin" if form.get("role") == "admin" else "clinician"
