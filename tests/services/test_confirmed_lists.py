from datetime import datetime

import pytest
from sqlalchemy import select

from portal.clock import ZONE
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.services.confirmed_lists import lock_list, open_list
from portal.services.list_locks import lock_of_list
from portal.store.models.messages import Message
from tests.booking_orders import OFFICE
from tests.builders import a_leader, a_reception_day, a_turn, an_account

EVE = datetime(2026, 12, 14, 17, 30, tzinfo=ZONE)
EARLIER = datetime(2026, 12, 10, 9, 0, tzinfo=ZONE)


@pytest.fixture
def day(session):
    leader = a_leader()
    day = a_reception_day(turns=[a_turn(leader)])
    session.add(day)
    session.flush()
    session.add(an_account(Role.SECRETARY, serves=[leader]))
    session.commit()
    return day


def test_a_list_locked_by_hand_is_locked_and_those_on_duty_are_told_once(session, day):
    lock_list(session, day.id, version=day.version, actor=OFFICE, now=EARLIER)
    session.commit()
    assert lock_of_list(session, day.id, now=EARLIER).since == EARLIER
    assert session.scalars(select(Message.subject)).all() == ["12月15日 周二接待日名单已确认"]


def test_a_list_that_its_hour_has_locked_is_opened_with_a_reason_and_locked_again_by_hand(session, day):
    with pytest.raises(RuleBroken, match="已经锁定"):
        lock_list(session, day.id, version=day.version, actor=OFFICE, now=EVE)
    with pytest.raises(RuleBroken, match="理由"):
        open_list(session, day.id, "急", version=day.version, actor=OFFICE, now=EVE)
    open_list(session, day.id, "领导要求增加一家企业", version=day.version, actor=OFFICE, now=EVE)
    session.commit()
    assert not lock_of_list(session, day.id, now=EVE).is_locked
    lock_list(session, day.id, version=day.version, actor=OFFICE, now=EVE)
    session.commit()
    assert lock_of_list(session, day.id, now=EVE).is_locked


def test_an_open_list_cannot_be_opened(session, day):
    with pytest.raises(RuleBroken, match="没有锁定"):
        open_list(session, day.id, "领导要求增加企业", version=day.version, actor=OFFICE, now=EARLIER)


def test_who_saw_an_older_day_is_refused(session, day):
    with pytest.raises(Conflict):
        lock_list(session, day.id, version=day.version + 1, actor=OFFICE, now=EARLIER)


def test_a_unit_locks_nothing(session, day):
    with pytest.raises(NotAllowed):
        lock_list(session, day.id, version=day.version, actor=Actor(2, "单位", Role.UNIT), now=EARLIER)
