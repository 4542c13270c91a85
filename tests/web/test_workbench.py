"""The workbench: each role's to-dos, their words, their links, and that they reach zero."""

import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from portal.clock import ZONE
from portal.domain.accounts import AccountState
from portal.domain.bookings import BookingState
from portal.domain.leaves import LeaveState
from portal.domain.matters import Check, MatterState
from portal.domain.people import Actor, Role
from portal.domain.reception_days import DayState
from portal.domain.signing import SignedHow
from portal.domain.slips import SlipState
from portal.domain.swaps import SwapState
from portal.store.audit_trail import record
from portal.store.models.bookings import InvitedUnit
from portal.store.models.duty import Leave, Swap
from portal.store.models.office import OfficeSetting
from portal.store.models.people import Account, Unit
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.queries.workbench_days import day_card
from portal.store.queries.workbench_office import recent_acts
from tests.builders import a_booking, a_leader, a_matter, a_reception_day, a_turn, a_unit, an_enterprise
from tests.conftest import NOW
from tests.handled_ledger import a_handled_ledger

TODAY = NOW.date()
SERIALS = iter(range(1, 10_000))


def words(answer):
    return answer.get_data(as_text=True)


def todos(page):
    """The to-do list of a page: label → number."""
    found = re.findall(r"<strong>(\d+)</strong>\s*<span>([^<]+)", page.partition('<ul class="todo">')[2])
    return {label.strip(): int(number) for number, label in found}


def a_slip(day, state, **given):
    """A slip that has come as far as the state says."""
    serial = next(SERIALS)
    reached = [SlipState.DRAFT, SlipState.AWAITING_SIGNATURE, SlipState.SIGNED, SlipState.ISSUED, SlipState.RECEIVED]
    place = reached.index(state)
    facts = {"organ": "安民接交", "state": state, "reception_day": day, "drafted_by": "办公室", "drafted_at": NOW}
    if place >= 1:
        facts |= {"year": 2026, "serial": serial, "number": f"安民接交〔2026〕{serial}号", "numbered_at": NOW}
    if place >= 2:
        facts |= {"signed_on": TODAY, "signed_how": SignedHow.HAND, "signed_by": "领导"}
    if place >= 3:
        facts |= {"issued_at": NOW}
    return Slip(**facts | given)


@pytest.fixture
def office(sign_in):
    """A browser of the office."""
    return sign_in(Role.OFFICE)


def test_with_nothing_to_do_everybody_is_told_so(session, sign_in):
    leader = a_leader()
    session.add(leader)
    session.commit()
    for role in Role:
        browser = sign_in(role, leader_id=leader.id if role in (Role.LEADER, Role.SECRETARY) else None)
        page = words(browser.get("/"))
        assert not any(todos(page).values()) or role is Role.AUDITOR, role
        assert page.count("<h1>") == 1


def test_the_office_sees_each_kind_of_waiting_with_its_number(session, office):
    day = a_reception_day(slots=6)
    enterprises = [an_enterprise() for _ in range(6)]
    states = [BookingState.PENDING, BookingState.PENDING, BookingState.CONFIRMED, BookingState.CANCELLED]
    bookings = [
        a_booking(day, it, slot=place, state=state) if state is not BookingState.CANCELLED
        else a_booking(day, it, slot=place, state=state, seat=0)
        for place, (it, state) in enumerate(zip(enterprises[:4], states, strict=True))
    ]  # fmt: skip
    bookings[3].seat = None
    unit = a_unit()
    waiting = a_matter(bookings[2], state=MatterState.AWAITING_ASSIGNMENT)
    on_a_slip = a_matter(bookings[2], state=MatterState.AWAITING_ASSIGNMENT)
    late = a_matter(bookings[2], state=MatterState.ASSIGNED, lead_unit=unit, due_on=TODAY - timedelta(days=1))
    today = a_matter(bookings[2], state=MatterState.ASSIGNED, lead_unit=unit, due_on=TODAY)
    draft = a_slip(day, SlipState.DRAFT)
    session.add_all([*bookings, waiting, on_a_slip, late, today, draft])
    session.flush()
    session.add(SlipMatter(slip_id=draft.id, matter_id=on_a_slip.id, position=1))
    session.add_all(a_slip(day, state) for state in (SlipState.AWAITING_SIGNATURE, SlipState.SIGNED))
    session.add(a_slip(day, SlipState.ISSUED, lead_unit=unit))
    session.add(a_reception_day(day=date(2027, 1, 15), state=DayState.PLANNED))
    session.add(a_reception_day(day=date(2027, 6, 15), state=DayState.PLANNED))
    _ask_leave_and_a_swap(session, day)
    session.commit()
    assert todos(words(office.get("/"))) == {
        "预约待审核": 2,
        "候补待企业答复": 0,
        "候补到期未答复": 0,
        "企业待电话通知": 0,
        "消息发送失败": 0,
        "事项待交办": 1,
        "交办单待编号": 1,
        "待签批或登记签批": 1,
        "交办单待印发": 1,
        "签批件待补扫描": 2,
        "单位未签收": 1,
        "事项逾期": 1,
        "接待日缺主接待": 2,
        "改期或取消待批准": 0,
        "请假待批准": 1,
        "调换待处理": 1,
        "单位意见逾期": 0,
        "单位请求退回征求": 0,
        "接待通告待公布": 0,
        "退回待裁定": 0,
        "延期待审批": 0,
        "待企业确认": 0,
        "办理结果待审核": 0,
        "下一步逾期": 0,
        "待回访": 0,
        "回头看到期": 0,
        "企业来言待答复": 0,
        "随单文书逾期未回复": 0,
    }


def _ask_leave_and_a_swap(session, day):
    leader = a_leader()
    session.add(leader)
    session.flush()
    asked = {"leader_id": leader.id, "reason": "外出", "asked_by": "办公室", "asked_at": NOW}
    for state in (LeaveState.REQUESTED, LeaveState.APPROVED):
        session.add(Leave(**asked, state=state, starts_on=TODAY, ends_on=TODAY))
    offered = {"reception_day_id": day.id, "seat": "main", "position": 1, "leader_id": leader.id, "reason": "外出"}
    for state in (SwapState.OPEN, SwapState.WITHDRAWN):
        session.add(Swap(**offered, state=state, offered_by="办公室", offered_at=NOW))


def test_every_number_of_the_office_leads_to_the_list_it_counts(session, office):
    day = a_reception_day()
    session.add(a_slip(day, SlipState.DRAFT))
    session.commit()
    page = words(office.get("/"))
    links = re.findall(r'href="([^"]+)">\s*<strong>', page.partition('<ul class="todo">')[2])
    assert len(links) == 18
    for link in links:
        assert office.get(link.replace("&amp;", "&")).status_code == 200, link


def test_the_card_shows_the_coming_day_and_how_far_it_is_prepared(session, office):
    main, second = a_leader(name="申示安"), a_leader(name="申示平")
    past, day = a_reception_day(day=date(2026, 6, 15), state=DayState.CLOSED), a_reception_day(slots=3)
    day.turns = [a_turn(main, post="区长"), a_turn(second, seat="accompanying", post="副区长")]
    one = a_booking(day, an_enterprise(), slot=0)
    two = a_booking(day, an_enterprise(), slot=1, state=BookingState.PENDING)
    known = {"is_true": Check.YES, "is_lawful": Check.YES, "is_reasonable": Check.NO}
    session.add_all([past, day, one, two, a_matter(one, **known), a_matter(one), a_matter(two)])
    session.flush()
    session.add(InvitedUnit(booking_id=one.id, unit=a_unit(), attendance="invited"))
    session.commit()
    card = day_card(session, TODAY)
    assert (card.day, card.ordinal, card.capacity, card.booked) == (date(2026, 12, 15), 2, 3, 2)
    assert (card.reviewed, card.invited, card.matters, card.checked) == (1, 1, 3, 1)
    page = words(office.get("/"))
    for said in ("12月15日 周二", "今年第 2 次接待日", "申示安", "申示平", "区工商联会议室", "2/3"):
        assert said in page, said


def test_a_cancelled_day_and_a_closed_one_are_not_coming(session):
    session.add(a_reception_day(day=TODAY, state=DayState.CANCELLED))
    session.add(a_reception_day(day=TODAY + timedelta(days=1), state=DayState.CLOSED))
    session.add(a_reception_day(day=TODAY + timedelta(days=2), state=DayState.PLANNED))
    session.commit()
    assert day_card(session, TODAY).day == TODAY + timedelta(days=2)


def test_a_leader_sees_what_to_sign_what_came_of_it_and_the_next_turn(session, sign_in):
    mine, other, unit = a_leader(name="申示安"), a_leader(), a_unit(short_name="区财政局")
    day = a_reception_day(turns=[a_turn(mine)])
    booking = a_booking(day, an_enterprise(name="安澜示例企业甲有限公司"))
    session.add_all([mine, other, unit, booking])
    session.flush()
    to_sign = a_slip(day, SlipState.AWAITING_SIGNATURE, signer_id=mine.id, booking=booking)
    others = a_slip(day, SlipState.AWAITING_SIGNATURE, signer_id=other.id)
    issued = a_slip(day, SlipState.ISSUED, signer_id=mine.id, lead_unit=unit, due_on=TODAY - timedelta(days=3))
    session.add_all([to_sign, others, issued])
    session.commit()
    page = words(sign_in(Role.LEADER, leader_id=mine.id).get("/"))
    assert "等我签批的交办单 1" in page
    assert to_sign.number in page
    assert issued.number in page
    assert others.number not in page
    assert "逾期 1 个工作日" in page
    assert "还有 17 个工作日" in page
    assert "安澜示例企业甲有限公司" in page
    secretary = words(sign_in(Role.SECRETARY, leader_id=mine.id).get("/"))
    assert "等领导签批的交办单 1" in secretary


def test_a_unit_sees_what_to_sign_for_and_what_is_due_by_its_own_date(session, sign_in):
    mine, other = a_unit(), a_unit()
    day = a_reception_day()
    far = TODAY + timedelta(days=90)
    led = a_slip(day, SlipState.ISSUED, lead_unit=mine, due_on=TODAY + timedelta(days=2))
    helped = a_slip(day, SlipState.RECEIVED, lead_unit=other, due_on=far)
    late = a_slip(day, SlipState.RECEIVED, lead_unit=mine, due_on=TODAY - timedelta(days=1))
    calm = a_slip(day, SlipState.RECEIVED, lead_unit=mine, due_on=far)
    foreign = a_slip(day, SlipState.ISSUED, lead_unit=other, due_on=TODAY)
    unissued = a_slip(day, SlipState.SIGNED, lead_unit=mine, due_on=TODAY)
    session.add_all([led, helped, late, calm, foreign, unissued])
    session.flush()
    session.add(AssistingUnit(slip_id=helped.id, unit_id=mine.id, position=1, due_on=TODAY - timedelta(days=9)))
    session.add_all(
        SlipReceipt(slip_id=it.id, unit_id=mine.id, received_at=NOW, received_on=NOW.date(), received_by="某")
        for it in (late, calm, helped)
    )
    session.commit()
    page = words(sign_in(Role.UNIT, unit=mine).get("/"))
    assert todos(page) == {
        "交办单等我签收": 1,
        "征求意见等我回复": 0,
        "参加接待等我回复": 0,
        "诉求企业等我联系": 0,
        "随单文书等我回复": 0,
        "退回重办的事项": 0,
        "在办事项": 0,
        "已经逾期": 2,
        "3 个工作日内到期": 1,
    }
    for slip, shown in ((led, 2), (helped, 1), (late, 1), (calm, 0), (foreign, 0), (unissued, 0)):
        assert page.count(f">{slip.number}<") == shown, slip.number


def test_supervision_sees_who_is_overdue_most_first(session, sign_in):
    busy, calm = a_unit(short_name="区住建局"), a_unit(short_name="区水务局")
    assigned = {"state": MatterState.ASSIGNED}
    session.add_all(a_matter(lead_unit=busy, due_on=TODAY - timedelta(days=back), **assigned) for back in (3, 40))
    session.add(a_matter(lead_unit=calm, due_on=TODAY - timedelta(days=10), **assigned))
    session.add(a_matter(lead_unit=calm, due_on=TODAY, **assigned))
    session.add(a_slip(a_reception_day(), SlipState.ISSUED, lead_unit=calm, due_on=TODAY + timedelta(days=1)))
    session.commit()
    browser = sign_in(Role.SUPERVISOR)
    page = words(browser.get("/"))
    assert todos(page) == {
        "单位有逾期": 2,
        "事项逾期": 3,
        "下一步逾期": 0,
        "随单文书逾期未回复": 0,
        "回头看到期": 0,
        "举报待答复": 0,
        "3 个工作日内到期": 1,
    }
    assert page.index("区住建局") < page.index("区水务局")
    link = re.search(r'href="(/matters/[^"]*)">区住建局', page).group(1).replace("&amp;", "&")
    assert "共 2 条" in words(browser.get(link))


def test_security_sees_who_waits_for_approval_and_who_is_locked(session, sign_in, app):
    browser = sign_in(Role.SECURITY)
    session.add(
        Account(
            username="waiting", display_name="尤示达", password_hash="", role=Role.OFFICE, state=AccountState.PENDING,
            created_at=NOW, password_changed_at=NOW,
        )
    )  # fmt: skip
    session.commit()
    for _ in range(5):
        app.test_client().post("/login", data={"username": "security", "password": "wrong"})
    page = words(browser.get("/"))
    assert todos(page) == {"账号待审批": 1, "账号被锁定": 1}
    assert "尤示达" in page
    assert "11月22日 09:15" in page


def test_the_system_administrator_sees_what_is_wrong_and_what_to_do(session, sign_in):
    browser = sign_in(Role.SYSTEM)
    assert "正常" in words(browser.get("/"))
    session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    session.commit()
    page = words(browser.get("/"))
    assert "1 项要处理" in page
    assert "./manage run" in page


def test_the_office_sees_what_happened_lately_to_its_business_and_nothing_of_administration(session, office):
    day = a_reception_day()
    session.add(day)
    session.flush()
    from_portal = Actor(1, "办公室", Role.OFFICE)
    record(session, from_portal, NOW, "day_published", day, summary="发布接待日 2026年12月15日")
    session.commit()
    acts = recent_acts(session)
    assert [it.summary for it in acts] == ["发布接待日 2026年12月15日"]
    page = words(office.get("/"))
    assert "发布接待日 2026年12月15日" in page
    assert "登录" not in page.partition("最近动态")[2].partition("</section>")[0]


def test_each_workbench_costs_few_statements_however_much_waits(session, sign_in, statements):
    leader, unit = a_leader(), a_unit()
    session.add_all([leader, unit])
    session.commit()
    browsers = {
        Role.OFFICE: sign_in(Role.OFFICE),
        Role.LEADER: sign_in(Role.LEADER, leader_id=leader.id),
        Role.UNIT: sign_in(Role.UNIT, unit=unit),
        Role.SUPERVISOR: sign_in(Role.SUPERVISOR),
    }

    def costs():
        found = {}
        for role, browser in browsers.items():
            browser.get("/")
            session.rollback()
            statements.clear()
            assert browser.get("/").status_code == 200
            found[role] = len([it for it in statements if it.startswith("SELECT")])
        return found

    day = a_reception_day(turns=[a_turn(leader)])
    session.add(day)
    session.commit()
    few = costs()
    for state in (SlipState.AWAITING_SIGNATURE, SlipState.SIGNED, SlipState.ISSUED, SlipState.RECEIVED):
        session.add_all(
            a_slip(day, state, signer_id=leader.id, lead_unit=unit, due_on=TODAY + timedelta(days=back))
            for back in range(-3, 3)
        )
    session.commit()
    assert costs() == few
    assert max(few.values()) <= 14, few


def test_a_moment_of_another_day_is_shown_with_its_date(session, office):
    day = a_reception_day()
    session.add(day)
    session.flush()
    earlier = datetime(2026, 11, 20, 17, 5, tzinfo=ZONE)
    record(session, Actor(1, "办公室", Role.OFFICE), earlier, "day_published", day, summary="发布")
    session.commit()
    assert "11月20日 17:05" in words(office.get("/"))


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR])
def test_every_number_of_matters_in_hand_leads_to_exactly_as_many_rows(session, sign_in, role):
    ledger = a_handled_ledger(session, 150, today=TODAY, days=6, units=2)
    leads = role in (Role.LEADER, Role.SECRETARY)
    browser = sign_in(
        role,
        unit=session.get_one(Unit, ledger.units[0]) if role is Role.UNIT else None,
        leader_id=ledger.officials[0] if leads else None,
    )
    page = words(browser.get("/"))
    numbers = re.findall(
        r'href="(/(?:matters|closings|look-backs|call-backs)/\?[^"]+)">\s*<strong>(\d+)</strong>\s*<span>([^<]+)', page
    )
    assert len(numbers) >= 2
    assert any(int(number) for _, number, _ in numbers)
    for url, number, label in numbers:
        if label.strip() == "事项待交办":
            continue
        rows = words(browser.get(url.replace("&amp;", "&")))
        assert f"共 {number} 条" in rows or (number == "0" and "<tbody>" not in rows), (label, url)


def test_the_head_of_a_unit_is_told_what_to_sign_and_the_handler_is_not(session, sign_in):
    ledger = a_handled_ledger(session, 200, today=TODAY, days=4, units=2)
    browser = sign_in(Role.UNIT, unit=session.get_one(Unit, ledger.units[0]))
    assert "办理结果等我审签" not in todos(words(browser.get("/")))
    session.execute(update(Account).where(Account.role == Role.UNIT).values(heads_unit=True))
    session.commit()
    assert todos(words(browser.get("/")))["办理结果等我审签"] > 0


@pytest.mark.parametrize("approves", [False, True])
def test_what_the_rules_give_a_leader_to_decide_is_not_on_the_offices_list(session, sign_in, approves):
    a_handled_ledger(session, 200, today=TODAY, days=4, units=2)
    session.merge(OfficeSetting(name="office_approves", value=approves))
    session.commit()
    assert bool(todos(words(sign_in(Role.OFFICE).get("/"))).get("待销号审批")) is approves


def test_what_a_leader_has_to_decide_comes_first_when_nothing_waits_for_a_signature(session, sign_in):
    a_handled_ledger(session, 200, today=TODAY, days=4, units=2)
    leader = session.scalars(select(Slip.signer_id).where(Slip.signer_id.is_not(None)).limit(1)).one()
    page = words(sign_in(Role.LEADER, leader_id=leader).get("/"))
    assert "等我签批的交办单 0" in page
    assert page.index("等我决定的事项") < page.index("没有等待签批的交办单。")
