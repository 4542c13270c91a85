"""What units answer to papers, the order of colours, and that nobody urges again too soon, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.services.paper_replies import Reply, answer_paper, find_reply_poor
from portal.services.slip_papers import make_paper, proposed_order, void_paper
from portal.store.extension import db, transaction
from portal.store.models.messages import Message
from portal.store.models.papers import SlipPaper
from portal.store.queries.slip_papers import PaperFilter, all_paper_rows, paper_page, papers_to_answer
from tests.builders import an_account
from tests.handled_matters import a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_scene, an_issued_slip, unit_actor

SUPERVISOR = Actor(9, "督查室", Role.SUPERVISOR)
LATE = NOW.replace(month=12, day=14)
TOLD = "已与企业对接，正在核算补贴金额。"
TWO_DAYS = timedelta(days=2)


@pytest.fixture
def scene(session):
    return a_scene(session)


@pytest.fixture
def slip(session, scene):
    return an_issued_slip(session, scene)


def made(session, slip, colour=None, *, now=LATE):
    kind, actor = (PaperKind.SUPERVISION, SUPERVISOR) if colour else (PaperKind.REMINDER, OFFICE)
    order = proposed_order(session, slip.id, kind, colour=colour, actor=actor, now=now)
    paper = make_paper(session, slip.id, order, actor=actor, now=now)
    session.commit()
    return paper


def test_the_unit_answers_once_and_whoever_sent_it_hears_of_it(session, scene, slip):
    supervisor = an_account(Role.SUPERVISOR)
    session.add(supervisor)
    paper = made(session, slip, UrgingColour.BLUE)
    unit = unit_actor(scene.units[0])
    answer_paper(session, paper.id, Reply(TOLD, date(2026, 12, 25)), actor=unit, now=LATE)
    session.commit()
    message = session.scalars(select(Message).where(Message.account_id == supervisor.id)).one()
    assert message.subject == f"已回复 {paper.number}，承诺12月25日 周五办结"
    page = paper_page(session, unit, paper.id)
    assert (page.reply.told, page.reply.by, page.row.runs) == (TOLD, unit.name, False)
    assert list(papers_to_answer(session, unit)) == []
    with pytest.raises(Conflict, match="已有回复"):
        answer_paper(session, paper.id, Reply(TOLD), actor=unit, now=LATE)


def test_an_answer_on_paper_is_keyed_in_with_its_day_and_who_signed(session, slip):
    paper = made(session, slip)
    with pytest.raises(RuleBroken) as refusal:
        answer_paper(session, paper.id, Reply(TOLD, on=date(2026, 12, 15)), actor=OFFICE, now=LATE + TWO_DAYS)
    assert refusal.value.field == "by"
    reply = Reply(TOLD, by="单位负责人", on=date(2026, 12, 15))
    given = answer_paper(session, paper.id, reply, actor=OFFICE, now=LATE + TWO_DAYS)
    assert (given.by, given.recorded_by, given.at.date()) == ("单位负责人", OFFICE.name, date(2026, 12, 15))


@pytest.mark.parametrize(
    "reply, field",
    [
        (Reply("好"), "told"),
        (Reply(TOLD, date(2026, 12, 13)), "promised_on"),
        (Reply(TOLD, by="负责人", on=date(2026, 12, 1)), "on"),
        (Reply(TOLD, by="负责人", on=date(2026, 12, 20)), "on"),
    ],
)
def test_an_answer_that_cannot_be_is_said_beside_its_field(session, slip, reply, field):
    paper = made(session, slip)
    with pytest.raises(RuleBroken) as refusal:
        answer_paper(session, paper.id, replace(reply, by="负责人"), actor=OFFICE, now=LATE)
    assert refusal.value.field == field


def test_nobody_else_answers_and_a_void_paper_is_not_answered(session, scene, slip):
    paper = made(session, slip)
    with pytest.raises(NotFound):
        answer_paper(session, paper.id, Reply(TOLD), actor=unit_actor(scene.units[1]), now=LATE)
    with pytest.raises(NotAllowed):
        answer_paper(session, paper.id, Reply(TOLD), actor=scene.signer, now=LATE)
    void_paper(session, paper.id, "发错了单位", actor=OFFICE, now=LATE)
    with pytest.raises(RuleBroken, match="已作废"):
        answer_paper(session, paper.id, Reply(TOLD), actor=unit_actor(scene.units[0]), now=LATE)


def test_blue_then_yellow_then_red_each_after_the_one_before_has_failed(session, scene, slip):
    blue = made(session, slip, UrgingColour.BLUE)
    with pytest.raises(RuleBroken, match="等待回复"):
        made(session, slip, UrgingColour.YELLOW, now=LATE + timedelta(days=4))
    session.rollback()
    unit = unit_actor(scene.units[0])
    answer_paper(session, blue.id, Reply(TOLD), actor=unit, now=LATE)
    with pytest.raises(RuleBroken, match="已回复"):
        made(session, slip, UrgingColour.YELLOW, now=LATE + timedelta(days=4))
    session.rollback()
    answer_paper(session, blue.id, Reply(TOLD), actor=unit, now=LATE)
    with pytest.raises(NotAllowed):
        find_reply_poor(session, blue.id, "没有说明办结日期", actor=OFFICE, now=LATE)
    find_reply_poor(session, blue.id, "没有说明办结日期", actor=SUPERVISOR, now=LATE)
    session.commit()
    yellow = made(session, slip, UrgingColour.YELLOW, now=LATE + timedelta(days=4))
    assert yellow.reply_by == date(2026, 12, 25)
    made(session, slip, UrgingColour.RED, now=LATE + timedelta(days=14))
    assert [it.colour for it in all_paper_rows(session, OFFICE, PaperFilter(unanswered=True))] == ["yellow", "red"]


def test_the_office_and_the_supervision_office_do_not_urge_one_after_the_other(session, slip):
    made(session, slip)
    with pytest.raises(Conflict, match="工商联办公室已于12月14日"):
        made(session, slip, UrgingColour.BLUE, now=LATE + TWO_DAYS)
    session.rollback()
    made(session, slip, UrgingColour.BLUE, now=LATE + timedelta(days=3))
    with pytest.raises(Conflict, match="督查室已于12月17日"):
        made(session, slip, now=LATE + timedelta(days=4))


def test_what_is_closed_is_not_urged(session):
    it = a_matter_in_hand(session, matters=1)
    closed(session, it)
    session.commit()
    with pytest.raises(RuleBroken, match="已办结"):
        made(session, it.slip)


def test_of_two_who_urge_at_once_one_does(each_app):
    with each_app.app_context():
        db.session().info["unaudited"] = True
        slip_id = an_issued_slip(db.session(), a_scene(db.session())).id
        db.session.remove()
    start = Barrier(2)

    def urge(kind_and_actor):
        kind, actor = kind_and_actor
        with each_app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    order = proposed_order(session, slip_id, kind, actor=actor, now=LATE)
                    make_paper(session, slip_id, order, actor=actor, now=LATE)
            except Conflict:
                return "refused"
            finally:
                db.session.remove()
            return "made"

    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(urge, [(PaperKind.REMINDER, OFFICE), (PaperKind.SUPERVISION, SUPERVISOR)]))
    assert sorted(came) == ["made", "refused"]
    with each_app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SlipPaper)) == 1
        db.session.remove()
