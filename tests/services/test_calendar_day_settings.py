from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.accounts import AccountState
from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.workdays import DayKind
from portal.services.calendar_days import clear_day, set_day
from portal.services.calendars import calendar_now
from portal.store.models.audit import AuditLine
from portal.store.models.people import Account
from portal.store.queries.calendar_days import calendar_day_rows, office_days
from tests.services.acting import audited

PORTAL = Actor.system()
DAY = date(2027, 2, 20)


def said(kind=DayKind.MAKE_UP, name="", source="国办发明电〔2026〕7号", *, now, actor=PORTAL):
    with audited() as session:
        set_day(session, DAY, kind, name, source, actor=actor, now=now)


def test_the_offices_word_counts_at_once(session, now):
    assert not calendar_now(session).is_working(DAY)
    said(now=now)
    assert calendar_now(session).is_working(DAY)


def test_a_second_word_replaces_the_first(session, now):
    said(now=now)
    said(DayKind.LOCAL, "建区纪念日", now=now)
    (row,) = calendar_day_rows(session, 2027)
    assert (row.kind, row.name, row.entered_by) == (DayKind.LOCAL, "建区纪念日", None)


def test_who_entered_a_day_is_kept(session, now):
    account = Account(
        username="office", display_name="办公室", password_hash="-", role=Role.OFFICE, state=AccountState.ACTIVE,
        created_at=now, password_changed_at=now,
    )  # fmt: skip
    session.add(account)
    session.commit()
    said(now=now, actor=Actor(account.id, "办公室", Role.OFFICE))
    assert calendar_day_rows(session, 2027)[0].entered_by == "办公室"


def test_clearing_brings_the_official_day_back(session, now):
    said(now=now)
    with audited() as records:
        clear_day(records, DAY, actor=PORTAL, now=now)
    assert office_days(session) == {}
    lines = session.execute(select(AuditLine.act, AuditLine.target_id).order_by(AuditLine.id)).all()
    assert [tuple(line) for line in lines] == [
        ("calendar_day_set", "2027-02-20"),
        ("calendar_day_cleared", "2027-02-20"),
    ]


def test_a_day_nobody_spoke_about_cannot_be_cleared(app, now):
    with app.app_context(), pytest.raises(NotFound), audited() as session:
        clear_day(session, DAY, actor=PORTAL, now=now)


@pytest.mark.parametrize(
    "given,field",
    [
        ({"source": " "}, "source"),
        ({"kind": DayKind.STATUTORY}, "name"),
        ({"kind": DayKind.LOCAL, "name": "长" * 41}, "name"),
    ],
)
def test_a_word_without_paper_or_name_is_refused(app, now, given, field):
    with app.app_context(), pytest.raises(RuleBroken) as caught:
        said(**given, now=now)
    assert caught.value.field == field


def test_only_the_office_keeps_the_calendar(app, now):
    with app.app_context(), pytest.raises(NotAllowed):
        said(now=now, actor=Actor(2, "督查", Role.SUPERVISOR))
