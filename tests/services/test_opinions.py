"""Units asked before the day: once, by two at once too, told of it, answering for themselves only."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from portal.clock import ZONE
from portal.domain.bookings import BookingState
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.opinions import OpinionState
from portal.domain.people import Actor, Role
from portal.services import opinions
from portal.services.opinions import AnswerGiven, OpinionWish
from portal.services.reminders import outstanding, remind
from portal.store.extension import db, read, transaction
from portal.store.models.matters import CategoryUnit, Matter, Opinion
from portal.store.models.messages import Message
from portal.store.models.people import Account
from portal.store.queries.opinions import opinion_counts
from tests.booking_orders import OFFICE
from tests.builders import a_booking, a_category, a_matter, a_reception_day, a_unit, an_account, an_enterprise

NOW = datetime(2026, 12, 10, 9, 0, tzinfo=ZONE)  # a Thursday; the day is Tuesday the 15th
WISH = OpinionWish(date(2026, 12, 14), "能否在年内兑现？")
GIVEN = AnswerGiven("符合条件，年内兑现。", "《安澜区产业扶持办法》安府发〔2025〕8号第十二条", "王示例 副局长")


def settle(session):
    """The 15th with one booking of two matters; two units with somebody in each; the office."""
    category = a_category()
    unit, other = a_unit(short_name="区财政局"), a_unit(short_name="区住建局")
    day = a_reception_day()
    booking = a_booking(day, an_enterprise())
    first, second = a_matter(booking, category, title="补贴兑现"), a_matter(booking, category, title="验收办证")
    session.add_all([category, unit, other, day, booking, first, second])
    session.flush()
    people = [an_account(Role.UNIT, unit_id=unit.id), an_account(Role.UNIT, unit_id=other.id), an_account(Role.OFFICE)]
    session.add_all([*people, CategoryUnit(category_code=category.code, unit_id=unit.id)])
    session.commit()
    return SimpleNamespace(
        day=day.id, booking=booking, first=first.id, second=second.id, unit=unit.id, other=other.id,
        clerk=people[0].id, category=category.code, office=people[2].id,
    )  # fmt: skip


@pytest.fixture
def those(session):
    return settle(session)


@pytest.fixture
def asked(session, those):
    """One request to the first unit about the first matter."""
    opinions.ask_opinions(session, [those.first], [those.unit], WISH, actor=OFFICE, now=NOW)
    session.commit()
    return session.scalars(select(Opinion)).one()


def clerk(unit_id):
    return Actor(2, "区财政局办公室", Role.UNIT, unit_id=unit_id)


def subjects(session, account_id=None):
    found = select(Message.subject).order_by(Message.id)
    return session.scalars(found if account_id is None else found.where(Message.account_id == account_id)).all()


def test_units_are_asked_about_each_matter_and_told_once(session, those):
    done = opinions.ask_opinions(
        session, [those.first, those.second], [those.unit, those.other], WISH, actor=OFFICE, now=NOW
    )
    session.commit()
    assert (done.sent, done.stood) == (4, 0)
    assert subjects(session) == ["请在12月14日 周一前回复意见：2 项诉求"] * 2
    again = opinions.ask_opinions(session, [those.first], [those.unit], WISH, actor=OFFICE, now=NOW)
    session.commit()
    assert (again.sent, again.stood) == (0, 1)
    assert len(subjects(session)) == 2


def test_the_whole_day_is_asked_by_category_and_only_what_nobody_was_asked_about(session, those, asked):
    session.add(a_matter(those.booking, title="没有单位的诉求"))
    session.commit()
    done = opinions.ask_for_day(session, those.day, WISH, actor=OFFICE, now=NOW)
    session.commit()
    assert (done.sent, done.unknown) == (1, ("没有单位的诉求",))
    with pytest.raises(RuleBroken, match="没有设常请单位"):
        opinions.ask_for_day(session, those.day, WISH, actor=OFFICE, now=NOW)


@pytest.mark.parametrize("due_on", [date(2026, 12, 9), date(2026, 12, 16)])
def test_a_date_that_is_of_no_use_is_refused(session, those, due_on):
    with pytest.raises(RuleBroken):
        opinions.ask_opinions(session, [those.first], [those.unit], OpinionWish(due_on), actor=OFFICE, now=NOW)


def test_a_unit_answers_and_the_office_is_told(session, those, asked):
    opinions.answer_opinion(session, asked.id, GIVEN, version=asked.version, actor=clerk(those.unit), now=NOW)
    session.commit()
    assert asked.state is OpinionState.ANSWERED
    assert (asked.policy_basis, asked.answered_by, asked.recorded_by) == (GIVEN.policy_basis, GIVEN.answered_by, "")
    assert subjects(session, those.office) == ["区财政局已回复：补贴兑现"]


def test_a_late_answer_is_taken_until_the_day_but_not_after_it(session, those, asked):
    late = datetime(2026, 12, 15, 8, 30, tzinfo=ZONE)
    opinions.answer_opinion(session, asked.id, GIVEN, actor=clerk(those.unit), now=late)
    session.commit()
    with pytest.raises(RuleBroken, match="已经过去"):
        opinions.answer_opinion(session, asked.id, GIVEN, actor=clerk(those.unit), now=late + timedelta(days=1))


def test_another_unit_cannot_know_of_it(session, those, asked):
    with pytest.raises(NotFound):
        opinions.answer_opinion(session, asked.id, GIVEN, actor=clerk(those.other), now=NOW)
    with pytest.raises(NotFound):
        opinions.ask_release(session, asked.id, "属区住建局职责", actor=clerk(those.other), now=NOW)


def test_the_office_answers_only_by_writing_down_what_was_said(session, those, asked):
    with pytest.raises(NotAllowed):
        opinions.answer_opinion(session, asked.id, GIVEN, actor=OFFICE, now=NOW)
    opinions.record_answer(session, asked.id, GIVEN, actor=OFFICE, now=NOW)
    assert (asked.answered_by, asked.recorded_by) == (GIVEN.answered_by, OFFICE.name)


def test_a_unit_that_is_let_off_is_asked_no_more_and_another_is(session, those, asked):
    opinions.ask_release(session, asked.id, "属区住建局职责", actor=clerk(those.unit), now=NOW)
    session.commit()
    assert subjects(session, those.office) == ["区财政局请求退回：补贴兑现"]
    opinions.withdraw_opinion(session, asked.id, actor=OFFICE, now=NOW)
    opinions.ask_opinions(session, [those.first], [those.other], WISH, actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="已撤回"):
        opinions.answer_opinion(session, asked.id, GIVEN, actor=clerk(those.unit), now=NOW)
    assert session.scalar(select(func.count()).where(Opinion.state == OpinionState.ASKED)) == 1


def test_a_unit_that_is_not_let_off_is_asked_again_and_told_again(session, those, asked):
    opinions.ask_release(session, asked.id, "属区住建局职责", actor=clerk(those.unit), now=NOW)
    session.commit()
    opinions.ask_again(session, asked.id, OpinionWish(date(2026, 12, 15), "请就资金安排说明。"), actor=OFFICE, now=NOW)
    session.commit()
    assert (asked.state, asked.release_reason, asked.due_on) == (OpinionState.ASKED, "", date(2026, 12, 15))
    assert len(subjects(session, those.clerk)) == 2


def test_who_saw_an_older_request_is_refused(session, those, asked):
    with pytest.raises(Conflict):
        opinions.answer_opinion(session, asked.id, GIVEN, version=asked.version + 1, actor=clerk(those.unit), now=NOW)


def test_a_cancelled_booking_is_not_asked_about_and_no_longer_waits_for_answers(session, those, asked):
    office = OFFICE
    assert opinion_counts(session, office, today=NOW.date()) == (1, 0, 0)
    assert opinion_counts(session, office, today=date(2026, 12, 15)) == (1, 1, 0)
    those.booking.state, those.booking.seat = BookingState.CANCELLED, None
    session.commit()
    assert opinion_counts(session, office, today=date(2026, 12, 15)) == (0, 0, 0)
    with pytest.raises(RuleBroken, match="已取消"):
        opinions.ask_opinions(session, [those.second], [those.unit], WISH, actor=OFFICE, now=NOW)


def test_a_unit_is_reminded_before_the_date_and_after_it_once_each(session, those, asked):
    for moment in (
        datetime(2026, 12, 10, 10, 0, tzinfo=ZONE),
        datetime(2026, 12, 11, 8, 0, tzinfo=ZONE),
        datetime(2026, 12, 11, 16, 0, tzinfo=ZONE),
        datetime(2026, 12, 15, 8, 0, tzinfo=ZONE),
        datetime(2026, 12, 15, 9, 0, tzinfo=ZONE),
    ):
        remind(session, now=moment)
        session.commit()
    assert subjects(session, those.clerk)[1:] == [
        "1 项征求意见1个工作日后到期，请回复",
        "1 项征求意见已逾期（12月14日 周一前），请回复",
    ]


def test_nobody_is_reminded_of_what_is_answered_withdrawn_or_of_no_more_use(session, those, asked):
    friday = datetime(2026, 12, 11, 8, 0, tzinfo=ZONE)
    opinions.answer_opinion(session, asked.id, GIVEN, actor=clerk(those.unit), now=NOW)
    session.commit()
    assert not [it for it, _ in outstanding(session, now=friday).untold if it.key.startswith("opinion")]


def test_two_who_ask_the_same_unit_at_once_ask_it_once(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        those = settle(session)
        db.session.remove()
    start = Barrier(4)

    def ask(_: int) -> int:
        with each_app.app_context():
            start.wait()
            try:
                with transaction() as writing:
                    done = opinions.ask_opinions(
                        writing, [those.first, those.second], [those.unit, those.other], WISH, actor=OFFICE, now=NOW
                    )
                return done.sent
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [0, 0, 0, 4]
    with each_app.app_context():
        assert read().scalar(select(func.count()).select_from(Opinion)) == 4
        told = select(func.count()).select_from(Message).join(Account, Account.id == Message.account_id)
        assert read().scalar(told.where(Account.role == Role.UNIT)) == 2
        assert read().scalar(select(func.count()).select_from(Matter)) == 2
