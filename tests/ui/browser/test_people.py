"""Two people with accounts, at once on one server: neither sees anything of the other unless it is shared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.ui.browser.conftest import Server, Visitor

PHRASE, OTHER = "four unrelated words here", "another phrase of ben"


def choose(page: Page, phrase: str) -> None:
    """Fill in a new password."""
    page.get_by_label("New password").fill(phrase)
    page.get_by_label("The same again").fill(phrase)


def log_in(page: Page, name: str, password: str) -> None:
    """Fill in the login and press the button."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def make_accounts(anna: Visitor, ben: Visitor, first: str) -> None:
    """Anna makes the first account and one for Ben, who logs in and chooses his own password."""
    page = anna.page
    page.goto(first)
    page.get_by_label("Name").fill("anna")
    choose(page, PHRASE)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("button", name="Try it with a sample").wait_for()
    page.goto(f"{anna.address}people")
    page.locator("form.inline", has_text="Role").get_by_label("Name").fill("ben")
    page.get_by_role("button", name="Add", exact=True).click()
    given = page.locator(".told .secret").inner_text()
    ben.page.get_by_label("Name").wait_for()
    assert ben.axe() == []
    ben.forgive(r"401 \(Unauthorized\) .*/login")
    log_in(ben.page, "ben", "not the password")
    ben.page.get_by_role("alert").wait_for()
    log_in(ben.page, "ben", given)
    ben.page.get_by_label("Present password").fill(given)
    choose(ben.page, OTHER)
    ben.page.get_by_role("button", name="Change the password").click()
    ben.page.goto(ben.address)
    ben.page.get_by_role("button", name="Try it with a sample").wait_for()


def test_two_people_at_once(visit: Callable[..., Visitor], make_server: Callable[..., Server]) -> None:
    server = make_server("--multi-user")
    anna, ben = visit(server), visit(server, color_scheme="dark", width=390, height=844)
    make_accounts(anna, ben, server.line())
    anna.page.goto(anna.address)
    for person in (anna, ben):
        person.start_sample()
    for person in (anna, ben):
        person.asked("goal")
    hers, his = anna.session, ben.session
    assert hers != his
    anna.answer("Yes")
    assert ben.page.locator("#card .goal").count() == 1, "her answer is not his"
    ben.page.goto(f"{ben.address}?session={hers}")
    ben.page.get_by_role("alert").first.wait_for()
    assert hers not in ben.page.locator("#home").inner_html()
    for path in (f"results/{hers}/report.html", f"export/{hers}", f"live/{hers}"):
        assert ben.page.request.get(f"{ben.address}{path}").status == 404
    stranger = visit(server)
    for path in (f"?session={hers}", f"results/{hers}/report.html", f"export/{hers}"):
        answer = stranger.page.request.get(f"{stranger.address}{path}", max_redirects=0)
        assert answer.status in {303, 401, 403}, path
        assert "heart_disease" not in answer.text()


def test_a_session_that_is_shared_can_be_seen_by_the_other(
    visit: Callable[..., Visitor], make_server: Callable[..., Server]
) -> None:
    server = make_server("--multi-user")
    anna, ben = visit(server), visit(server)
    make_accounts(anna, ben, server.line())
    anna.page.goto(anna.address)
    anna.start_sample()
    anna.asked("goal")
    session = anna.session
    anna.page.goto(anna.address)
    mine = anna.page.locator(f"#session-{session}")
    mine.locator("summary").click()
    mine.get_by_label("Share with").fill("ben")
    mine.get_by_role("button", name="Share", exact=True).click()
    mine.get_by_text(re.compile("ben may look at it")).wait_for()
    ben.page.goto(f"{ben.address}?session={session}")
    ben.asked("goal")
    ben.press("Yes")
    ben.page.locator("#notice").get_by_role("alert").wait_for()
    assert ben.page.locator("#card .goal").count() == 1, "he may look, and no more"
