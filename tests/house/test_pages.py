"""Walks through the sample district as everybody in it, from the workbench along every kind of link."""

import re
import shutil
from collections import deque
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, template_rendered
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.exceptions import HTTPException

from portal.clock import ZONE
from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.domain.rota import DutySeat
from portal.store.extension import read
from portal.store.models.audit import AuditLine
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.handling import Closing, Extension, LookBack, Objection, PaperReply, Pause, Progress, UnitTask
from portal.store.models.matters import Matter
from portal.store.models.meetings import CommonTask, Meeting, Study
from portal.store.models.people import Account
from portal.store.models.voices import CallBack, EnterpriseWord
from portal.store.queries.office import data_version
from portal.store.queries.reception_days import days_between
from tests.browser.portals import copy_of
from tests.builders import PASSWORD
from tests.conftest import NOW
from tests.house.page_reader import Page

VISITS = 3
"""How many addresses of one kind are opened by one person: the first and two more."""

UNREACHED = {
    "pages/admin/clear_calendar_day.html",
    "pages/admin/recount_calendar.html",
    "pages/bookings/check.html",
    "pages/bookings/closed_day.html",
    "pages/bookings/no_day.html",
    "pages/bookings/personal_data.html",
    "pages/calendar/close_feed.html",
    "pages/calendar/renew_feed.html",
    "pages/closings/batch.html",
    "pages/closings/batch_done.html",
    "pages/closings/propose_many.html",
    "pages/duty/absence.html",
    "pages/duty/discard_plan.html",
    "pages/duty/publish_plan.html",
    "pages/follow/ask.html",
    "pages/follow/confirm.html",
    "pages/follow/opinion.html",
    "pages/follow/prove.html",
    "pages/follow/rate.html",
    "pages/follow/say.html",
    "pages/follow/show.html",
    "pages/opinions/nothing_to_ask.html",
    "pages/reception_days/open_list.html",
    "pages/reception_days/put_in_order.html",
    "pages/reception_days/caps.html",
    "pages/reception_days/slot.html",
    "pages/reception_days/telephone.html",
    "pages/room/close.html",
    "pages/room/delete_photo.html",
    "pages/room/no_day.html",
    "pages/slips/correct_receipt.html",
    "pages/slips/strike_scan.html",
    "pages/slips/withdraw_receipt.html",
    "pages/verify/ask.html",
    "pages/voices/reopen.html",
    "pages/verify/file.html",
    "pages/slips/void_reserved.html",
    "pages/account/end_signing_key.html",
}
"""Pages of a refused form, of a state the sample district is not in, or reached from a printed paper."""

LOOP = (
    Progress, UnitTask, Objection, Extension, Pause, Closing, LookBack, PaperReply, CallBack, EnterpriseWord, Escalation, Measure,
    Meeting, Study, CommonTask,
)  # fmt: skip
"""Of each of these the sample district has at least one, so that no page of the closed loop is empty."""

MADE_ON_FIRST_LOOK = {"paper_kept", "key_made"}
"""A kept paper that was not made when its slip was signed is made by whoever finds it missing (docs/decisions/0020)."""

LOOKING_IS_WRITTEN_DOWN = {"file_opened"}
"""Of originals, in which nothing can be masked, it is kept who opened them (docs/decisions/0032)."""


@pytest.fixture
def instance(sample: Path, kept_app: tuple[Flask, Path]) -> Path:
    """In place of an empty one, an instance folder with the sample district in it."""
    _, folder = kept_app
    shutil.rmtree(folder)
    return copy_of(sample, folder)


@pytest.fixture
def district(app: Flask) -> Flask:
    """The portal with the sample district in it."""
    app.testing = False  # an error on one page is one line of the outcome, not the end of the walk
    return app


def test_the_sample_district_tells_its_story_in_the_order_of_time(district):
    with district.app_context():
        times = list(read().scalars(select(AuditLine.at).order_by(AuditLine.id)))
        summaries = list(read().scalars(select(AuditLine.summary).order_by(AuditLine.id.desc()).limit(8)))
        on_duty = read().scalar(select(Account.display_name).where(Account.username == "leader"))
        coming = days_between(read(), NOW.astimezone(ZONE).date())[0]
        states = set(read().scalars(select(Matter.state)))
        heads = read().scalars(select(Account.username).where(Account.heads_unit)).all()
        standing = {kind: read().scalar(select(func.count()).select_from(kind)) for kind in LOOP}
    assert states == set(MatterState)
    assert heads == ["unit_head"]
    assert all(standing.values()), standing
    assert times == sorted(times)
    assert times[-1] < NOW
    assert any("调换" in it for it in summaries)
    assert [it.leader for it in coming.seated(DutySeat.MAIN)] == [on_duty]


@pytest.mark.timeout(3000)
def test_every_page_of_every_role_keeps_to_the_house(district):
    drawn: set[str] = set()

    def note(sender: Flask, template: object, **extra: object) -> None:
        drawn.add(str(getattr(template, "name", "")))

    troubles: list[str] = []
    with template_rendered.connected_to(note, district):
        troubles += _walk(district, None)
        for role in Role:
            troubles += _walk(district, role)
    assert not troubles, "\n".join(troubles)
    pages = {name for name in district.jinja_env.list_templates() if name.startswith("pages/")}
    assert not pages - drawn - UNREACHED, (
        f"{sorted(pages - drawn - UNREACHED)}: no link of any role leads to these pages"
    )


def _walk(portal: Flask, role: Role | None) -> list[str]:
    """What is wrong with the pages one role, or somebody who is not signed in, can reach by links."""
    browser, who = portal.test_client(), role.value if role else "nobody"
    if role is not None:
        assert browser.post("/login", data={"username": who, "password": PASSWORD}).status_code == 303
    troubles: list[str] = []
    version = _version(portal)
    visits: dict[object, int] = {}
    waiting: deque[tuple[str, str]] = deque([("/" if role else "/login", "the door")])
    seen: set[str] = set()
    while waiting:
        address, came_from = waiting.popleft()
        kind = _kind(portal, address)
        if address in seen or kind is None or visits.get(kind, 0) >= VISITS:
            continue
        seen.add(address)
        visits[kind] = visits.get(kind, 0) + 1
        page = _read(browser, address, f"{who}: {address} (from {came_from})", troubles)
        waiting.extend((link, address) for link in _inner(page.links if page else [], address))
        before, version = version, _version(portal)
        if version != before and not _acts_since(portal, before) <= MADE_ON_FIRST_LOOK | LOOKING_IS_WRITTEN_DOWN:
            troubles.append(f"{who}: opening {address} changed the data; a GET never writes, make it a POST form")
    return troubles


def _acts_since(portal: Flask, line_id: int) -> set[str]:
    with portal.app_context():
        return set(read().scalars(select(AuditLine.act).where(AuditLine.id > line_id)))


def _version(portal: Flask) -> int:
    """The number of the last audit line: everything that changes writes one."""
    with portal.app_context():
        return data_version(read())


def _read(browser: FlaskClient, address: str, where: str, troubles: list[str]) -> Page | None:
    answer = browser.get(address)
    if answer.status_code not in (200, 303):
        troubles.append(f"{where}: status {answer.status_code}; a link must lead where this role may go")
    if answer.mimetype != "text/html" or answer.status_code != 200:
        return None
    html = answer.get_data(as_text=True)
    page = Page.of(html)
    if "<html" in html and page.headings != 1:
        troubles.append(f"{where}: {page.headings} h1; a page has exactly one, drawn by heading()")
    troubles += [f"{where}: {trouble}" for trouble in page.troubles]
    if "None" in re.sub(r"<[^>]*>", " ", html):
        troubles.append(f"{where}: shows the word None")
    return page


def _kind(portal: Flask, address: str) -> object:
    """What sort of address it is: its endpoint and whether it asks for something, or None for a file of the look."""
    parts = urlsplit(address)
    try:
        endpoint, _ = portal.url_map.bind("localhost").match(parts.path, method="GET")
    except HTTPException:
        return ("nowhere", parts.path)
    if endpoint == "static":
        return None
    return endpoint, bool(parts.query)


def _inner(links: list[str], here: str) -> list[str]:
    """Links of the portal itself, as absolute addresses without their anchors."""
    base = urlsplit(here).path
    found = []
    for link in links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or link.startswith("#"):
            continue
        path = parts.path or base
        found.append(path + (f"?{parts.query}" if parts.query else ""))
    return found
