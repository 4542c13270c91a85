"""The papers that go with a slip: who makes which, to whom, numbered without gap, the same for ever."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select

from portal.documents.companion_papers import companion_paper
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.domain.slip_papers import FORMS, ORDERS
from portal.domain.urging import DirectGround
from portal.services.companion_sheets import blank_sheet, form_sheet
from portal.services.paper_checks import check_code
from portal.services.paper_texts import save_texts
from portal.services.slip_papers import kept_sheets, make_paper, proposed_order, rehearsed, void_paper
from portal.services.slips import void_slip
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.messages import Message
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import Serial
from portal.store.queries.slip_papers import (
    PaperFilter,
    all_paper_rows,
    paper_page,
    papers_of_slip,
    papers_to_answer,
)
from portal.store.queries.timeline import slip_timeline
from tests.builders import an_account
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, an_issued_slip, unit_actor

SUPERVISOR = Actor(9, "督查室", Role.SUPERVISOR)
LATE = NOW.replace(month=12, day=14)
DIRECTLY = {"ground": DirectGround.INSTRUCTED, "why_direct": "区委主要领导批示要求限期办结。"}


@pytest.fixture
def scene(session):
    return a_scene(session)


@pytest.fixture
def slip(session, scene):
    return an_issued_slip(session, scene)


def made(session, slip, kind=PaperKind.REMINDER, *, actor=OFFICE, now=LATE, colour=None, **given):
    order = proposed_order(session, slip.id, kind, colour=colour, actor=actor, now=now)
    paper = make_paper(session, slip.id, replace(order, **given), actor=actor, now=now)
    session.commit()
    return paper


def sheet_of(session, paper, actor=OFFICE):
    return kept_sheets(session, [paper.id], address="http://host", actor=actor)[0]


def test_a_reminder_is_proposed_to_the_lead_unit_with_the_usual_days_and_how_late_it_is(session, scene, slip):
    order = proposed_order(session, slip.id, PaperKind.REMINDER, actor=OFFICE, now=LATE)
    assert (order.unit_id, order.reply_by) == (scene.units[0].id, date(2026, 12, 17))
    assert slip.number in order.body
    assert "现已逾期5个工作日" in order.body
    assert "于2026年12月17日前" in order.asked


def test_a_paper_is_numbered_frozen_verifiable_and_told_to_its_unit(session, scene, slip):
    session.add(an_account(role=Role.UNIT, unit=scene.units[0]))
    session.commit()
    paper = made(session, slip)
    assert (paper.number, paper.reply_by) == ("民接催〔2026〕1号", date(2026, 12, 17))
    assert check_code(session, paper.verify_code).companion.number == paper.number
    message = session.scalars(select(Message)).one()
    assert (message.url, paper.number in message.subject) == (f"/slips/papers/{paper.id}", True)
    line = session.scalars(select(AuditLine).where(AuditLine.act == "paper_made")).one()
    assert line.summary.endswith(f"发出催办单 {paper.number}")
    assert next(it.act for it in slip_timeline(session, OFFICE, slip.id)) == "paper_made"


def test_a_paper_prints_the_same_bytes_whatever_changes_afterwards(session, scene, slip):
    paper = made(session, slip)
    first = companion_paper(sheet_of(session, paper))
    save_texts(session, PaperKind.REMINDER, {"heading": "催办"}, seen=0, actor=OFFICE, now=LATE)
    scene.units[0].name = "改名后的局"
    session.commit()
    assert companion_paper(sheet_of(session, paper)) == first
    void_paper(session, paper.id, "发错了单位", actor=OFFICE, now=LATE)
    session.commit()
    again = sheet_of(session, paper)
    assert (again.is_void, again.number) == (True, paper.number)


def test_a_paper_that_was_tampered_with_is_not_printed(session, slip):
    paper = made(session, slip)
    paper.sheet = paper.sheet.replace("催办", "表扬")
    session.commit()
    with pytest.raises(RuleBroken, match="指纹"):
        sheet_of(session, paper)


def test_a_supervision_notice_is_the_supervision_offices_alone_in_its_own_name(session, slip):
    with pytest.raises(NotAllowed, match="请联系督查室"):
        made(session, slip, PaperKind.SUPERVISION, colour=UrgingColour.RED)
    paper = made(session, slip, PaperKind.SUPERVISION, actor=SUPERVISOR, colour=UrgingColour.RED, **DIRECTLY)
    sheet = sheet_of(session, paper)
    assert (sheet.issuing_organ, sheet.colour) == ("区委督查室", UrgingColour.RED)
    assert "责令限期办结" in dict(sheet.texts)["body_red"]
    with pytest.raises(NotAllowed):
        void_paper(session, paper.id, "不应发出", actor=OFFICE, now=LATE)


@pytest.mark.parametrize("role", [Role.LEADER, Role.SECRETARY, Role.UNIT, Role.AUDITOR, Role.SECURITY, Role.SYSTEM])
@pytest.mark.parametrize("kind", ORDERS)
def test_nobody_else_makes_papers(session, slip, role, kind):
    with pytest.raises(NotAllowed):
        proposed_order(session, slip.id, kind, actor=Actor(7, "某人", role), now=LATE)


@pytest.mark.parametrize(
    "given, field",
    [
        ({"reply_by": date(2026, 12, 13)}, "reply_by"),
        ({"reply_by": None}, "reply_by"),
        ({"reply_by": date(2028, 1, 1)}, "reply_by"),
        ({"unit_id": None}, "unit_id"),
        ({"body": " "}, "body"),
        ({"asked": "长" * 401}, "asked"),
        ({"copies_to": "督" * 201}, "copies_to"),
        ({"colour": UrgingColour.RED}, "colour"),
        ({"asked": "请办理\U0001f600"}, None),
    ],
)
def test_an_order_that_cannot_be_uses_no_number(session, slip, given, field):
    with pytest.raises(RuleBroken) as refusal:
        made(session, slip, **given)
    assert field is None or refusal.value.field == field
    session.rollback()
    assert made(session, slip).serial == 1


def test_only_a_transfer_goes_to_a_unit_that_is_not_on_the_slip(session, scene, slip):
    other = scene.units[2]
    with pytest.raises(RuleBroken) as refusal:
        made(session, slip, unit_id=other.id)
    assert refusal.value.field == "unit_id"
    session.rollback()
    paper = made(session, slip, PaperKind.TRANSFER, unit_id=other.id)
    sheet = sheet_of(session, paper, unit_actor(other))
    assert (sheet.addressee, sheet.overdue) == (other.name, "")
    assert not paper_page(session, unit_actor(other), paper.id).sees_the_slip


def test_an_assisting_unit_is_held_to_its_own_date(session, scene, slip):
    order = proposed_order(session, slip.id, PaperKind.REMINDER, unit_id=scene.units[1].id, actor=OFFICE, now=LATE)
    assert "办结时限为2026年11月30日" in order.body


def test_a_slip_that_is_not_with_its_units_gets_no_paper(session, scene):
    slip = a_numbered_slip(session, scene)
    with pytest.raises(RuleBroken, match="印发给单位以后"):
        proposed_order(session, slip.id, PaperKind.REMINDER, actor=OFFICE, now=LATE)


def test_a_second_press_makes_no_second_paper_and_another_is_possible_after_some_working_days(session, slip):
    first = made(session, slip)
    with pytest.raises(Conflict, match=first.number):
        made(session, slip)
    session.rollback()
    with pytest.raises(Conflict, match=f"工商联办公室已于12月14日 周一.*{first.number}.*最早12月17日 周四可以再发"):
        made(session, slip, now=LATE + timedelta(days=2))
    session.rollback()
    assert made(session, slip, now=LATE + timedelta(days=3)).serial == 2


def test_a_void_paper_keeps_its_number_and_lets_another_be_made(session, slip):
    first = made(session, slip)
    for reason in ("错", "长" * 201):
        with pytest.raises(RuleBroken):
            void_paper(session, first.id, reason, actor=OFFICE, now=LATE)
    void_paper(session, first.id, "发错了单位", actor=OFFICE, now=LATE)
    session.commit()
    with pytest.raises(Conflict):
        void_paper(session, first.id, "再作废一次", actor=OFFICE, now=LATE)
    session.rollback()
    assert made(session, slip).serial == 2
    assert check_code(session, first.verify_code).companion.void_at is not None


def test_a_unit_sees_what_is_addressed_to_it_and_nothing_else(session, scene, slip):
    paper = made(session, slip)
    mine, other = unit_actor(scene.units[0]), unit_actor(scene.units[1])
    assert [it.id for it in papers_of_slip(session, mine, slip.id)] == [paper.id]
    assert [it.id for it in papers_to_answer(session, mine)] == [paper.id]
    assert list(papers_of_slip(session, other, slip.id)) == []
    with pytest.raises(NotFound):
        kept_sheets(session, [paper.id], address="", actor=other)
    assert "paper_made" not in {it.act for it in slip_timeline(session, other, slip.id)}
    assert "paper_made" in {it.act for it in slip_timeline(session, mine, slip.id)}
    void_slip(session, slip.id, "重新交办", actor=OFFICE, now=LATE)
    session.commit()
    assert list(papers_to_answer(session, mine)) == []


def test_the_list_finds_by_kind_colour_and_replies_that_are_late(session, slip):
    reminder = made(session, slip)
    later = LATE + timedelta(days=3)
    notice = made(session, slip, PaperKind.SUPERVISION, actor=SUPERVISOR, colour=UrgingColour.BLUE, now=later)

    def found(**asked):
        return [it.id for it in all_paper_rows(session, OFFICE, PaperFilter(**asked))]

    assert found(kind=PaperKind.REMINDER) == [reminder.id]
    assert found(colour=UrgingColour.BLUE) == [notice.id]
    assert found(late_on=date(2026, 12, 18)) == [reminder.id]
    assert found(words=notice.number) == [notice.id]


def test_looking_at_a_paper_first_uses_no_number(session, slip):
    order = proposed_order(session, slip.id, PaperKind.REMINDER, actor=OFFICE, now=LATE)
    assert rehearsed(session, slip.id, order, actor=OFFICE, now=LATE).number == ""
    assert session.scalars(select(SlipPaper)).all() == []


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_prints_for_a_slip_and_blank_without_leaving_a_trace(session, scene, slip, kind):
    before = session.scalars(select(AuditLine.id)).all()
    sheet = form_sheet(session, slip.id, kind, actor=unit_actor(scene.units[0]), now=NOW)
    assert (sheet.slip_number, sheet.due_on) == (slip.number, slip.due_on)
    for each in (sheet, blank_sheet(session, kind, actor=OFFICE)):
        assert len(pikepdf.open(BytesIO(companion_paper(each))).pages) >= 1
    assert session.scalars(select(AuditLine.id)).all() == before


def test_a_unit_gets_its_own_form_whichever_it_asks_for(session, scene, slip):
    own = form_sheet(
        session, slip.id, PaperKind.OBJECTION, scene.units[0].id, actor=unit_actor(scene.units[1]), now=NOW
    )
    assert (own.lead_unit, own.due_on) == (scene.units[1].name, date(2026, 11, 30))
    with pytest.raises(NotFound):
        form_sheet(session, slip.id, PaperKind.OBJECTION, actor=unit_actor(scene.units[2]), now=NOW)
    with pytest.raises(RuleBroken):
        form_sheet(session, slip.id, PaperKind.OBJECTION, scene.units[2].id, actor=OFFICE, now=NOW)


def test_numbers_have_no_gap_though_many_make_papers_at_once_and_some_fail(each_app):
    with each_app.app_context():
        db.session().info["unaudited"] = True
        ids = [an_issued_slip(db.session(), a_scene(db.session(), day=date(2026, 10, day))).id for day in range(1, 7)]
        db.session.remove()

    def fail_sometimes(place):
        if place % 5 == 0:
            raise LookupError

    def attempt(place):
        with each_app.app_context():
            try:
                with transaction() as session:
                    slip_id = ids[place % len(ids)]
                    order = proposed_order(session, slip_id, PaperKind.REMINDER, actor=OFFICE, now=LATE)
                    make_paper(session, slip_id, order, actor=OFFICE, now=LATE)
                    fail_sometimes(place)
            except (Conflict, LookupError) as refusal:
                return type(refusal).__name__
            finally:
                db.session.remove()
            return "made"

    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(attempt, range(24)))
    with each_app.app_context():
        serials = sorted(db.session.scalars(select(SlipPaper.serial)))
        assert serials == list(range(1, came.count("made") + 1))
        assert len(serials) == len(ids)  # one a slip and day, however often it was pressed
        assert db.session.scalar(select(Serial.last).where(Serial.paper == "reminder")) == len(ids)
