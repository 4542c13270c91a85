"""Reminders in the outbox: the right people, once, on both engines, and taken back when they are pointless."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, func, select

from portal.clock import ZONE
from portal.domain.accounts import AccountState
from portal.domain.duty_plans import PlanState
from portal.domain.leaves import LeaveState
from portal.domain.messages import Channel, MessageState
from portal.domain.people import Role
from portal.domain.reception_days import DayState
from portal.domain.swaps import SwapState
from portal.services.reminders import due_reminders, outstanding, remind
from portal.store.extension import db, read, transaction
from portal.store.models.duty import DutyPlan, Leave, Swap
from portal.store.models.messages import Message
from portal.store.models.reception import DutyTurn, ReceptionDay
from tests.builders import a_leader, a_reception_day, a_turn, an_account

EIGHTH = datetime(2026, 12, 8, 9, 0, tzinfo=ZONE)  # five working days before the 15th
EVE = datetime(2026, 12, 14, 9, 0, tzinfo=ZONE)


def settle(session):
    """The 15th with a leader and a secretary who has a mail address; another leader; the office."""
    leader, other = a_leader(name="原示"), a_leader(name="申示")
    session.add_all([leader, other])
    session.flush()
    people = SimpleNamespace(
        leader=an_account(Role.LEADER, serves=[leader]),
        secretary=an_account(Role.SECRETARY, serves=[leader], email="lianluo@example.gov.cn"),
        other=an_account(Role.LEADER, serves=[other]),
        office=an_account(Role.OFFICE),
        gone=an_account(Role.OFFICE, state=AccountState.DISABLED),
    )
    day = a_reception_day(turns=[a_turn(leader)], noticed_at=EIGHTH, sequence=1, noticed_sequence=1)
    session.add_all([day, *vars(people).values()])
    session.flush()
    return SimpleNamespace(day=day.id, first=leader.id, second=other.id, **{k: v.id for k, v in vars(people).items()})


@pytest.fixture
def those(session):
    made = settle(session)
    session.commit()
    return made


def told(session, state=None):
    """(key, account, channel) of everything in the outbox."""
    found = select(Message.key, Message.account_id, Message.channel).order_by(Message.id)
    if state is not None:
        found = found.where(Message.state == state)
    return [tuple(row) for row in session.execute(found)]


def run(session, now):
    done = remind(session, now=now)
    session.commit()
    return done


def test_five_working_days_before_the_leader_and_the_secretary_are_told(session, those):
    run(session, EIGHTH)
    key = f"duty-reminder:{those.day}:5:{those.first}:2026-12-15"
    assert sorted(told(session)) == sorted(
        [
            (key, those.leader, Channel.IN_APP),
            (key, those.secretary, Channel.IN_APP),
            (key, those.secretary, Channel.MAIL),
        ]
    )


def test_on_the_eve_the_office_is_told_too_but_nobody_whose_account_is_closed(session, those):
    run(session, EVE)
    assert {account for key, account, _ in told(session) if key.startswith("day-ahead")} == {those.office}


def test_running_it_again_changes_nothing_and_finds_nothing_to_do(session, those):
    run(session, EIGHTH)
    first = told(session)
    for minutes in (0, 1, 600, 2000):
        assert outstanding(session, now=EIGHTH + timedelta(minutes=minutes)).is_nothing
        run(session, EIGHTH + timedelta(minutes=minutes))
    assert told(session) == first


def test_at_once_from_several_threads_it_is_told_once(each_app):
    with each_app.app_context(), transaction() as session:
        session.info["unaudited"] = True
        settle(session)
    start = Barrier(4)

    def sweep(number):
        with each_app.app_context():
            start.wait()
            for _ in range(3):
                with transaction() as session:
                    remind(session, now=EVE)
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(4)))
    with each_app.app_context():
        doubles = (
            select(Message.key).group_by(Message.key, Message.account_id, Message.channel).having(func.count() > 1)
        )
        assert read().scalars(doubles).all() == []
        assert len(read().scalars(select(Message.id)).all()) == 4
        db.session.remove()


def test_a_cancelled_or_closed_day_reminds_nobody(session, those):
    day = session.get_one(ReceptionDay, those.day)
    for state in (DayState.CANCELLED, DayState.CLOSED, DayState.ONGOING):
        day.state = state
        session.commit()
        assert due_reminders(session, now=EVE) == []


def test_a_day_moved_to_another_date_reminds_again(session, those):
    run(session, EIGHTH)
    session.get_one(ReceptionDay, those.day).day = date(2026, 12, 14)
    session.commit()
    run(session, EIGHTH)
    assert {key.rpartition(":")[2] for key, _, _ in told(session)} == {"2026-12-15", "2026-12-14"}
    waiting = {key.rpartition(":")[2] for key, _, channel in told(session, MessageState.WAITING)}
    assert waiting == {"2026-12-14"}, "the mail about the old date was taken back"


def replace_leader(session, those, leader_id):
    session.execute(delete(DutyTurn).where(DutyTurn.reception_day_id == those.day))
    session.add(
        DutyTurn(
            reception_day_id=those.day,
            leader_id=leader_id,
            seat="main",
            position=1,
            post="副区长",
            why="更换",
            passed_over=[],
        )
    )
    session.commit()


def test_whoever_takes_a_place_over_is_told_and_what_was_still_on_its_way_to_the_other_is_taken_back(session, those):
    run(session, EIGHTH.replace(hour=21))
    replace_leader(session, those, those.second)
    done = run(session, EIGHTH.replace(hour=22))
    assert len(done.pointless) == 3, "two messages for the next morning and a mail"
    seen = select(Message.account_id).where(Message.state == MessageState.SENT)
    assert session.scalars(seen).all() == [those.other]
    replace_leader(session, those, those.first)
    run(session, EIGHTH.replace(hour=23))
    assert set(session.scalars(seen)) == {those.leader, those.secretary}, "back again, told after all"
    assert told(session, MessageState.WAITING)[0][1:] == (those.secretary, Channel.MAIL)


def test_what_the_office_has_given_up_stays_given_up(session, those):
    run(session, EIGHTH)
    mail = session.scalars(select(Message).where(Message.channel == Channel.MAIL)).one()
    mail.state, mail.error = MessageState.DROPPED, "办公室决定不再发送"
    session.commit()
    run(session, EIGHTH + timedelta(hours=1))
    assert told(session, MessageState.WAITING) == []


def test_a_mail_that_could_not_go_out_before_the_day_began_is_taken_back(session, those):
    run(session, EVE)
    assert told(session, MessageState.WAITING)
    run(session, EVE + timedelta(days=1))
    assert told(session, MessageState.WAITING) == []


def test_messages_of_other_kinds_are_left_alone(session, those):
    words = {"key": "swap-agreed:1", "subject": "已调换", "made_at": EIGHTH, "due_at": EIGHTH}
    session.add(Message(account_id=those.leader, channel=Channel.MAIL, state=MessageState.WAITING, **words))
    session.commit()
    assert run(session, EVE).pointless == ()


def test_a_notice_that_is_out_of_date_is_asked_for_too(session, those):
    session.get_one(ReceptionDay, those.day).sequence = 2
    session.commit()
    run(session, EVE.replace(day=10))
    assert f"notice-due:{those.day}:2026-12-15" in [key for key, _, _ in told(session)]


def test_a_notice_not_noted_as_public_is_asked_for_and_then_urged(session, those):
    session.get_one(ReceptionDay, those.day).noticed_sequence = None
    session.commit()
    for day in (9, 10, 11):
        run(session, EVE.replace(day=day))
    keys = [key for key, account, _ in told(session) if account == those.office]
    assert keys == [f"notice-due:{those.day}:2026-12-15", f"notice-late:{those.day}:2026-12-15"]


def test_requests_and_a_consultation_are_called_to_mind_and_lead_to_their_pages(app, session, those):
    asked = {"asked_by": "原示", "asked_at": EIGHTH - timedelta(days=4)}
    session.add_all(
        [
            Leave(leader_id=those.first, starts_on=date(2026, 12, 14), ends_on=date(2026, 12, 16), reason="出差",
                  state=LeaveState.REQUESTED, **asked),
            Swap(state=SwapState.OPEN, reception_day_id=those.day, seat="main", position=1, leader_id=those.first,
                 other_leader_id=those.second, reason="出差", offered_by="原示", offered_at=EIGHTH - timedelta(days=5)),
            DutyPlan(state=PlanState.CONSULTING, open_mark=1, first_day=date(2027, 1, 1), last_day=date(2027, 6, 30),
                     consult_until=date(2026, 12, 9), made_by="办公室", made_at=EIGHTH),
        ]
    )  # fmt: skip
    session.commit()
    run(session, EIGHTH)
    who = {}
    for key, account, _ in told(session):
        who.setdefault(key.partition(":")[0], set()).add(account)
    assert who["leave-waiting"] == {those.office}
    assert who["swap-waiting"] == {those.other}
    assert who["consult-ending"] == {those.leader, those.secretary, those.other}
    run(session, EIGHTH + timedelta(days=2))
    assert any(key.startswith("consult-ended") and account == those.office for key, account, _ in told(session))
    places = app.url_map.bind("localhost")
    for url in session.scalars(select(Message.url)):
        assert places.match(url, method="GET")


def test_reminders_hold_no_mail_address(session, those):
    run(session, EVE)
    for message in session.scalars(select(Message)):
        assert "@" not in message.subject + message.body + message.url


def test_looking_costs_the_same_however_many_days_come(session, those, statements):
    def cost():
        session.expire_all()
        statements.clear()
        outstanding(session, now=EVE.replace(day=2))
        return len([it for it in statements if it.startswith("SELECT")])

    session.add(a_reception_day(day=date(2026, 12, 9)))
    session.commit()
    before = cost()
    session.add_all([a_reception_day(day=date(2026, 12, day)) for day in (3, 4, 7, 8)])
    session.commit()
    assert cost() == before
