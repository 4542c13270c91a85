"""Reading, signing, handing on, paper, reminders: what holds on both engines (签收)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, time, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.domain.accounts import AccountState
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.receipts import PaperReceipt, ReceiptStanding, ReceiptWanted, ReceivedHow
from portal.domain.slips import SlipState
from portal.domain.workdays import DayKind
from portal.services import paper_receipts, slip_news, slip_receipts, slips
from portal.services.calendar_days import set_day
from portal.services.paper_receipts import PaperRefused
from portal.services.recounts import pending_moves
from portal.services.reminders import remind
from portal.services.slip_receipts import Handler
from portal.store.audit_trail import verify
from portal.store.extension import db, read, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.messages import Message
from portal.store.models.people import Account
from portal.store.models.slips import Slip, SlipReading, SlipReceipt
from portal.store.paging import Wanted
from portal.store.queries.overdue import start_of
from portal.store.queries.receipts import (
    ReceiptFilter,
    all_receipt_rows,
    receipt_rows,
    receipts_by_unit,
    receipts_of_slips,
    waiting_days,
    waiting_places,
)
from portal.store.queries.timeline import slip_timeline
from tests.slip_builders import NOW, OFFICE, a_scene, a_signed_slip, an_issued_slip, unit_actor

TODAY = NOW.date()
DUE = date(2026, 11, 23)
"""One working day after Sunday, 22 November."""

LATER = NOW + timedelta(days=3)
SUPERVISOR = Actor(9, "督查室", Role.SUPERVISOR)
CROWD = 8


@contextmanager
def records(app):
    with app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield session
        session.rollback()
        db.session.remove()


def an_account(session, unit, name="收文员", **given):
    account = Account(
        username=f"u{unit.id}-{name}", display_name=name, password_hash="-", role=Role.UNIT, unit_id=unit.id,
        created_at=NOW, password_changed_at=NOW, **({"state": AccountState.ACTIVE} | given),
    )  # fmt: skip
    session.add(account)
    session.commit()
    return account


def subjects(session, account):
    told = select(Message.subject).where(Message.account_id == account.id).order_by(Message.id)
    return list(session.scalars(told))


def on_paper(slip, unit, **given):
    return PaperReceipt(
        **{"slip_id": slip.id, "unit_id": unit.id, "received_by": "施示茂", "received_on": TODAY} | given
    )


def rows_of(session, slip, actor=OFFICE):
    session.expire_all()
    return receipts_of_slips(session, actor, [slip.id])


# --- reading and signing -----------------------------------------------------------


def test_the_issue_fixes_by_when_units_sign_and_tells_each_of_them(session):
    scene = a_scene(session)
    lead, helper, other = (an_account(session, unit) for unit in scene.units)
    slip = an_issued_slip(session, scene)
    assert (slip.receipt_due_on, slip.receipt_days) == (DUE, 1)
    assert subjects(session, lead) == [f"牵头办理：{slip.number}，请签收"]
    assert subjects(session, helper) == [f"配合办理：{slip.number}，请签收"]
    assert subjects(session, other) == []
    body = session.scalar(select(Message.body).where(Message.account_id == helper.id))
    assert body == "请于11月23日 周一前签收；办结时限11月30日 周一。"


def test_reading_is_noted_once_and_is_not_signing(session):
    scene = a_scene(session)
    slip, clerk = an_issued_slip(session, scene), unit_actor(scene.units[0])
    assert slip_receipts.read_slip(session, slip.id, actor=clerk, now=NOW)
    assert not slip_receipts.read_slip(session, slip.id, actor=clerk, now=LATER)
    session.commit()
    lead, helper = rows_of(session, slip)
    assert (lead.standing, lead.read_at, lead.read_by) == (ReceiptStanding.READ, NOW, clerk.name)
    assert (helper.standing, lead.waits) == (ReceiptStanding.UNREAD, True)


def test_whoever_signs_on_the_page_has_read_it_and_the_last_day_is_frozen(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=LATER)
    session.commit()
    row, _ = rows_of(session, slip)
    assert (row.received_on, row.receipt_due_on, row.how, row.read_at) == (LATER.date(), DUE, ReceivedHow.PAGE, LATER)
    slip.receipt_due_on = date(2026, 12, 1)
    session.commit()
    assert [it.receipt_due_on for it in rows_of(session, slip)] == [DUE, date(2026, 12, 1)]


def test_a_unit_that_is_not_on_the_slip_or_comes_before_its_issue_finds_nothing(session):
    scene = a_scene(session)
    slip = a_signed_slip(session, scene)
    for act in (slip_receipts.read_slip, slip_receipts.receive_slip):
        with pytest.raises(NotFound):
            act(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)
    slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    with pytest.raises(NotFound):
        slip_receipts.read_slip(session, slip.id, actor=unit_actor(scene.units[2]), now=NOW)
    with pytest.raises(NotAllowed):
        slip_receipts.read_slip(session, slip.id, actor=OFFICE, now=NOW)


def test_of_many_who_sign_and_read_at_once_exactly_one_of_each_is_kept(each_app):
    with records(each_app) as session:
        scene = a_scene(session)
        slip_id = an_issued_slip(session, scene).id
        clerk = unit_actor(scene.units[0])
        session.info.pop("unaudited")
    start = Barrier(CROWD * 2)

    def attempt(act):
        with each_app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    return f"{act.__name__}:{bool(act(session, slip_id, actor=clerk, now=NOW))}"
            except Conflict:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(CROWD * 2) as pool:
        came = Counter(pool.map(attempt, [slip_receipts.receive_slip, slip_receipts.read_slip] * CROWD))
    assert came["receive_slip:True"] == 1
    assert came["refused"] == CROWD - 1
    with each_app.app_context():
        assert len(read().scalars(select(SlipReceipt)).all()) == len(read().scalars(select(SlipReading)).all()) == 1
        assert read().scalar(select(Slip.state)) is SlipState.RECEIVED
        assert verify(read())[1] is None


def test_page_and_paper_at_the_same_moment_leave_one_receipt(each_app):
    with records(each_app) as session:
        scene = a_scene(session)
        slip, unit = an_issued_slip(session, scene), scene.units[1]
        slip_id, clerk, given = slip.id, unit_actor(unit), on_paper(slip, unit)
        session.info.pop("unaudited")
    start = Barrier(CROWD)

    def attempt(number):
        with each_app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    if number % 2:
                        slip_receipts.receive_slip(session, slip_id, actor=clerk, now=NOW)
                    else:
                        paper_receipts.enter_receipts(session, [given], actor=OFFICE, now=NOW)
            except Conflict:
                return "signed before"
            except PaperRefused as refusal:
                return "signed before" if refusal.overtaken else "wrong"
            finally:
                db.session.remove()
            return "kept"

    with ThreadPoolExecutor(CROWD) as pool:
        came = Counter(pool.map(attempt, range(CROWD)))
    assert came == {"kept": 1, "signed before": CROWD - 1}
    with each_app.app_context():
        assert len(read().scalars(select(SlipReceipt)).all()) == 1


# --- handing on ------------------------------------------------------------------------


def test_a_slip_is_handed_on_and_on_and_every_time_is_on_record(session):
    scene = a_scene(session)
    slip, unit = an_issued_slip(session, scene), scene.units[0]
    clerk, colleague = unit_actor(unit), an_account(session, unit, "何示嘉")
    with pytest.raises(RuleBroken, match="请先签收"):
        slip_receipts.hand_on(session, slip.id, Handler("何示嘉"), actor=clerk, now=NOW)
    slip_receipts.receive_slip(session, slip.id, actor=clerk, now=NOW)
    slip_receipts.hand_on(session, slip.id, Handler("许示达"), actor=clerk, now=NOW)
    slip_receipts.hand_on(session, slip.id, Handler(account_id=colleague.id), actor=clerk, now=LATER)
    session.commit()
    row = rows_of(session, slip)[0]
    assert (row.handed_to, row.handed_at, row.standing) == ("何示嘉", LATER, ReceiptStanding.HANDED_ON)
    assert subjects(session, colleague) == [f"{slip.number}转给您办理"]
    told = [it.what for it in slip_timeline(session, clerk, slip.id) if it.act == "slip_handed_on"]
    assert len(told) == 2
    assert told[0].endswith("转给经办人何示嘉（原经办人许示达）")
    with pytest.raises(Conflict, match="已经转给何示嘉"):
        slip_receipts.hand_on(session, slip.id, Handler("何示嘉"), actor=clerk, now=LATER)


@pytest.mark.parametrize("name,sentence", [("", "请填写经办人"), ("长" * 41, "最多 40 个字")])
def test_a_handler_has_a_name_that_fits(session, name, sentence):
    scene = a_scene(session)
    slip, clerk = an_issued_slip(session, scene), unit_actor(scene.units[0])
    slip_receipts.receive_slip(session, slip.id, actor=clerk, now=NOW)
    with pytest.raises(RuleBroken, match=sentence) as refusal:
        slip_receipts.hand_on(session, slip.id, Handler(name), actor=clerk, now=NOW)
    assert refusal.value.field == "name"


def test_an_account_of_another_unit_or_a_closed_one_takes_nothing_over(session):
    scene = a_scene(session)
    slip, clerk = an_issued_slip(session, scene), unit_actor(scene.units[0])
    slip_receipts.receive_slip(session, slip.id, actor=clerk, now=NOW)
    closed = an_account(session, scene.units[0], "停用", state=AccountState.DISABLED)
    for account in (an_account(session, scene.units[1]), closed):
        with pytest.raises(RuleBroken, match="不是本单位现用的账号"):
            slip_receipts.hand_on(session, slip.id, Handler("某", account.id), actor=clerk, now=NOW)


def test_other_units_on_the_slip_do_not_see_who_read_it_or_handles_it(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    lead, helper = unit_actor(scene.units[0]), unit_actor(scene.units[1])
    slip_receipts.read_slip(session, slip.id, actor=lead, now=NOW)
    slip_receipts.receive_slip(session, slip.id, actor=lead, now=NOW)
    slip_receipts.hand_on(session, slip.id, Handler("许示达"), actor=lead, now=NOW)
    session.commit()
    inside = {"slip_read", "slip_handed_on"}
    seen = {
        actor.name: {it.act for it in slip_timeline(session, actor, slip.id)} & inside
        for actor in (OFFICE, SUPERVISOR, lead, helper)
    }
    assert seen == {OFFICE.name: inside, SUPERVISOR.name: inside, lead.name: inside, helper.name: set()}
    assert [it.unit_id for it in receipts_of_slips(session, helper, [slip.id])] == [scene.units[1].id]
    assert len(receipts_of_slips(session, SUPERVISOR, [slip.id])) == 2
    assert receipts_of_slips(session, unit_actor(scene.units[2]), [slip.id]) == []


# --- paper --------------------------------------------------------------------------------


def test_what_was_signed_on_paper_is_keyed_in_with_its_day_its_hour_and_who_entered_it(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    paper_receipts.enter_receipts(
        session,
        [
            on_paper(slip, scene.units[0], hour=time(8, 15)),
            on_paper(slip, scene.units[1], received_on=date(2026, 11, 22)),
        ],
        actor=OFFICE,
        now=NOW,
    )
    session.commit()
    lead, helper = rows_of(session, slip)
    assert slip.state is SlipState.RECEIVED
    assert (lead.how, lead.received_by, lead.entered_by) == (ReceivedHow.PAPER, "施示茂", OFFICE.name)
    assert (lead.tells_the_hour, helper.tells_the_hour) == (True, False)
    assert lead.read_at is None
    with pytest.raises(Conflict, match="本单位已由施示茂于11月22日 周日纸面签收"):
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[0]), now=NOW)


def test_one_wrong_row_keeps_all_out_and_each_says_what_is_wrong(session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    stranger = PaperReceipt(slip.id, scene.units[2].id, "某", TODAY)
    nowhere = PaperReceipt(999, scene.units[0].id, "某", TODAY)
    tomorrow = on_paper(slip, scene.units[1], received_on=TODAY + timedelta(days=1))
    with pytest.raises(PaperRefused) as refusal:
        paper_receipts.enter_receipts(
            session, [on_paper(slip, scene.units[0]), tomorrow, stranger, nowhere], actor=OFFICE, now=NOW
        )
    assert {place: it.field for place, it in refusal.value.rows.items()} == {
        (slip.id, scene.units[1].id): "received_on",
        (slip.id, scene.units[2].id): "received_by",
        (999, scene.units[0].id): "received_by",
    }
    assert not refusal.value.overtaken
    session.commit()
    assert all(it.waits for it in rows_of(session, slip))
    with pytest.raises(RuleBroken, match="没有填写任何一行"):
        paper_receipts.enter_receipts(session, [], actor=OFFICE, now=NOW)
    with pytest.raises(NotAllowed):
        paper_receipts.enter_receipts(session, [on_paper(slip, scene.units[0])], actor=SUPERVISOR, now=NOW)


def test_a_paper_receipt_is_corrected_with_a_reason_and_taken_back(session):
    scene = a_scene(session)
    slip, unit = an_issued_slip(session, scene), scene.units[0]
    paper_receipts.enter_receipts(session, [on_paper(slip, unit)], actor=OFFICE, now=NOW)
    session.commit()
    right = on_paper(slip, unit, received_by="施示凯", received_on=date(2026, 11, 22))
    with pytest.raises(RuleBroken, match="请写明原因"):
        paper_receipts.correct_receipt(session, right, "错", actor=OFFICE, now=NOW)
    with pytest.raises(Conflict, match="别人已更正"):
        paper_receipts.correct_receipt(session, right, "姓名看错", seen="2026|某", actor=OFFICE, now=NOW)
    paper_receipts.correct_receipt(session, right, "姓名看错", actor=OFFICE, now=NOW)
    session.commit()
    assert rows_of(session, slip)[0].received_by == "施示凯"
    paper_receipts.withdraw_receipt(session, slip.id, unit.id, "登记到另一张单", actor=OFFICE, now=NOW)
    session.commit()
    assert slip.state is SlipState.ISSUED
    assert rows_of(session, slip)[0].waits
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(unit), now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="不能更正"):
        paper_receipts.correct_receipt(session, right, "姓名看错", actor=OFFICE, now=NOW)
    told = list(session.scalars(select(AuditLine.act).order_by(AuditLine.id)))
    assert told[-4:] == ["slip_receipt_entered", "slip_receipt_corrected", "slip_receipt_withdrawn", "slip_received"]


# --- who has not signed, reminders, the rate --------------------------------------------------


def test_units_are_reminded_by_hand_once_a_day_a_slip(session):
    scene = a_scene(session)
    slip, unit = an_issued_slip(session, scene), scene.units[0]
    places = waiting_places(session, unit.id)
    with pytest.raises(RuleBroken, match="没有可用的账号"):
        slip_news.urge_receipts(session, places, actor=OFFICE, now=LATER)
    account = an_account(session, unit)
    assert slip_news.urge_receipts(session, places, actor=OFFICE, now=LATER) == 1
    with pytest.raises(Conflict, match="今天已经提醒过"):
        slip_news.urge_receipts(session, places, actor=OFFICE, now=LATER + timedelta(hours=2))
    assert slip_news.urge_receipts(session, places, actor=OFFICE, now=LATER + timedelta(days=1)) == 1
    assert subjects(session, account) == [f"请尽快签收：{slip.number}"] * 2
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(unit), now=LATER)
    session.commit()
    with pytest.raises(RuleBroken, match="没有需要提醒"):
        slip_news.urge_receipts(session, places, actor=OFFICE, now=LATER + timedelta(days=2))
    with pytest.raises(NotAllowed):
        slip_news.urge_receipts(session, places, actor=SUPERVISOR, now=LATER)


def test_the_portal_reminds_on_the_last_day_and_once_after_it_and_no_more_after_the_signature(session):
    scene = a_scene(session)
    lead, helper = (an_account(session, unit) for unit in scene.units[:2])
    slip = an_issued_slip(session, scene)
    remind(session, now=NOW + timedelta(hours=2))
    assert len(subjects(session, lead)) == 1
    last_day = NOW + timedelta(days=1)
    for _ in range(2):
        remind(session, now=last_day)
    assert subjects(session, lead)[1:] == ["1 张交办单签收期限今天到期，请签收"]
    slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[1]), now=last_day)
    for days in (1, 2):
        remind(session, now=last_day + timedelta(days=days))
    assert subjects(session, lead)[2:] == ["1 张交办单已逾期（应于11月23日 周一前签收），请签收"]
    assert [it for it in subjects(session, helper) if "签收" in it] == [
        f"配合办理：{slip.number}，请签收", "1 张交办单签收期限今天到期，请签收"
    ]  # fmt: skip


def test_the_last_day_moves_with_the_calendar_for_those_who_have_not_signed(each_app):
    with records(each_app) as session:
        scene = a_scene(session)
        slip = an_issued_slip(session, scene)
        account = an_account(session, scene.units[0])
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(scene.units[1]), now=NOW)
        session.commit()
        slip_id, account_id = slip.id, account.id
        with transaction() as changing:
            set_day(
                changing, DUE, DayKind.LOCAL, "区庆", "安政办发〔2026〕12号", seen=None, actor=Actor.system(), now=NOW
            )
        session.expire_all()
        found = session.get_one(Slip, slip_id)
        assert found.receipt_due_on == date(2026, 11, 24)
        assert session.scalars(select(SlipReceipt.due_on)).one() == DUE
        told = session.scalars(select(Message.subject).where(Message.account_id == account_id)).all()
        assert f"{found.number}签收期限调整为2026年11月24日" in told
        assert not pending_moves(session, today=TODAY).limits


def test_the_list_says_who_has_not_signed_how_late_and_how_punctual_each_unit_is(each_app):
    with records(each_app) as session:
        scene = a_scene(session, matters=3)
        first, second, third = (an_issued_slip(session, scene, number) for number in scene.ids)
        lead, helper = scene.units[:2]
        slip_receipts.receive_slip(session, first.id, actor=unit_actor(lead), now=NOW)
        slip_receipts.receive_slip(session, second.id, actor=unit_actor(lead), now=LATER)
        slips.void_slip(session, third.id, "重新交办", actor=OFFICE, now=NOW)
        session.commit()
        today = LATER.date()
        units = receipts_by_unit(session, OFFICE, date(2026, 1, 1), date(2026, 12, 31), now=start_of(today))
        assert [(it.unit_id, it.waiting, it.overdue, it.earliest) for it in units] == [
            (helper.id, 2, 2, DUE),
            (lead.id, 0, 0, None),
        ]
        assert [(it.rate.in_time, it.rate.late, it.rate.missing, it.rate.percent) for it in units] == [
            (0, 0, 2, "0.0%"),
            (1, 1, 0, "50.0%"),
        ]
        for wanted, count in (("waiting", 2), ("overdue", 2), ("in_time", 1), ("late", 1), ("signed", 2)):
            asked = ReceiptFilter(wanted=ReceiptWanted(wanted))
            assert receipt_rows(session, OFFICE, asked, Wanted("due"), now=start_of(today)).total == count, wanted
        assert len(all_receipt_rows(session, OFFICE, ReceiptFilter(), now=start_of(today))) == 6
        assert len(all_receipt_rows(session, unit_actor(helper), ReceiptFilter(), now=start_of(today))) == 3
        assert waiting_days(session) == [scene.day.day]
        nothing = receipts_by_unit(session, OFFICE, date(2025, 1, 1), date(2025, 12, 31), now=start_of(today))
        assert [(it.unit_id, it.rate.percent) for it in nothing] == [(helper.id, "—")]


def test_pages_of_receipts_follow_one_another_without_gap_or_double(session):
    scene = a_scene(session, matters=3)
    for number in scene.ids:
        an_issued_slip(session, scene, number)
    seen, wanted = [], Wanted("due", size=2)
    while True:
        page = receipt_rows(session, OFFICE, ReceiptFilter(), wanted, now=start_of(TODAY))
        seen += [(it.slip_id, it.unit_id) for it in page.rows]
        if page.next_key is None:
            break
        wanted = Wanted("due", size=2, after=page.next_key)
    assert len(seen) == len(set(seen)) == 6


# --- what becomes of the slip ------------------------------------------------------------------


def test_units_hear_that_a_slip_is_void_and_what_takes_its_place(session):
    scene = a_scene(session)
    lead, helper = (an_account(session, unit) for unit in scene.units[:2])
    slip = an_issued_slip(session, scene)
    slips.void_slip(session, slip.id, "配合单位有误", actor=OFFICE, now=NOW)
    session.commit()
    anew = a_signed_slip(session, scene)
    anew.replaces_id, anew.assisting = slip.id, []
    session.commit()
    slips.issue_slip(session, anew.id, actor=OFFICE, now=NOW)
    session.commit()
    assert subjects(session, helper)[1:] == [
        f"{slip.number}已作废，不必再办理",
        f"{slip.number}已另行交办，贵单位不再承办",
    ]
    assert subjects(session, lead)[1:] == [f"{slip.number}已作废，不必再办理", f"牵头办理：{anew.number}，请签收"]
    body = session.scalar(select(Message.body).where(Message.key == f"slip-issued:{anew.id}:{scene.units[0].id}"))
    assert f"代替已作废的{slip.number}" in body


def test_a_slip_that_was_never_issued_is_void_without_a_word(session):
    scene = a_scene(session)
    an_account(session, scene.units[0])
    slip = a_signed_slip(session, scene)
    slips.void_slip(session, slip.id, "不再需要", actor=OFFICE, now=NOW)
    assert session.scalars(select(Message.id)).all() == []
