"""The pages of the papers that go with a slip; they work without any script."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from portal import clock
from portal.clock import ZONE
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Role
from portal.services.slip_papers import make_paper, proposed_order
from portal.store.models.papers import SlipPaper
from tests.handled_matters import a_matter_in_hand, closed, to_review
from tests.house.page_reader import Page
from tests.slip_builders import NOW, OFFICE, a_draft, a_scene, an_issued_slip

LATE = datetime(2026, 12, 14, 9, 0, tzinfo=ZONE)
LONG_AFTER = datetime(2027, 3, 15, 9, 0, tzinfo=ZONE)
LATE_CHIP = re.compile(r"[^已]逾期 \d+ 个工作日")
"""Of the last day of handling; receipts that lack say 已逾期."""


@pytest.fixture
def scene(session, app):
    found = a_scene(session)
    clock.stand_at(LATE)
    return found


@pytest.fixture
def slip(session, scene):
    return an_issued_slip(session, scene)


@pytest.fixture
def paper(session, slip):
    order = proposed_order(session, slip.id, PaperKind.REMINDER, actor=OFFICE, now=LATE)
    made = make_paper(session, slip.id, order, actor=OFFICE, now=LATE)
    session.commit()
    return made


def new(slip, kind="reminder"):
    return f"/slips/{slip.id}/papers/new?kind={kind}"


def typed(page, **changed):
    """What the form holds, as a browser without script would send it."""
    html = page.get_data(as_text=True)
    fields = dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', html))
    for name in ("reply_by", "proposed_body", "proposed_asked"):
        tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)[0]
        fields[name] = re.search(r'value="([^"]*)"', tag)[1]
    fields["unit_id"] = re.search(r'<option selected value="(\d+)"', html)[1]
    return fields | changed


def papers(session):
    session.expire_all()
    return session.scalars(select(SlipPaper).order_by(SlipPaper.id)).all()


def test_the_office_makes_a_reminder_from_the_slips_page(session, slip, sign_in):
    office = sign_in(Role.OFFICE)
    page = office.get(f"/slips/{slip.id}").get_data(as_text=True)
    assert "督办单由督查室制发。" in page
    assert f'href="{new(slip)}"' in page
    form = office.get(new(slip))
    assert Page.of(form.get_data(as_text=True)).troubles == []
    seen = office.post(new(slip), data=typed(form, then="preview"))
    assert (seen.status_code, "data:image/png" in seen.get_data(as_text=True), papers(session)) == (200, True, [])
    answer = office.post(new(slip), data=typed(form, then="make"))
    (made,) = papers(session)
    assert (answer.status_code, answer.location) == (303, f"/slips/papers/{made.id}")
    assert made.number in office.get(f"/slips/{slip.id}").get_data(as_text=True)
    assert office.post(new(slip), data=typed(form, then="make")).status_code == 409


def test_words_nobody_touched_follow_the_date_and_touched_ones_stay(session, slip, sign_in):
    office = sign_in(Role.OFFICE)
    form = office.get(new(slip))
    office.post(new(slip), data=typed(form, reply_by="2026-12-25", body="请抓紧。", then="make"))
    (made,) = papers(session)
    assert "于2026年12月25日前" in made.sheet
    assert "请抓紧。" in made.sheet


def test_the_supervisors_notice_follows_its_colour(session, slip, sign_in):
    supervisor = sign_in(Role.SUPERVISOR)
    form = supervisor.get(new(slip, "supervision"))
    skipped = supervisor.post(new(slip, "supervision"), data=typed(form, colour="red", then="make"))
    assert skipped.status_code == 422
    assert 'id="colour-error"' in skipped.get_data(as_text=True)
    why = {"ground": "urgent", "why_direct": "企业资金链面临断裂。"}
    answer = supervisor.post(new(slip, "supervision"), data=typed(form, colour="red", then="make", **why))
    assert answer.status_code == 303
    assert "企业资金链面临断裂" in supervisor.get(answer.location).get_data(as_text=True)
    (made,) = papers(session)
    assert made.colour == "red"
    assert "责令限期办结" in made.sheet


@pytest.mark.parametrize(
    "changed, field",
    [
        ({"reply_by": "2026-12-01"}, "reply_by"),
        ({"reply_by": ""}, "reply_by"),
        ({"asked": ""}, "asked"),
        ({"unit_id": ""}, "unit_id"),
        ({"unit_id": "99999"}, "unit_id"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(session, slip, sign_in, changed, field):
    office = sign_in(Role.OFFICE)
    answer = office.post(new(slip), data=typed(office.get(new(slip)), then="make") | changed)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert papers(session) == []


def test_who_may_not_make_a_paper_is_told_who_may(slip, sign_in):
    office = sign_in(Role.OFFICE)
    answer = office.get(new(slip, "supervision"))
    assert (answer.status_code, "请联系督查室" in answer.get_data(as_text=True)) == (403, True)
    for role in (Role.LEADER, Role.UNIT, Role.SYSTEM):
        assert sign_in(role).get(new(slip)).status_code == 403
    assert office.get(new(slip, "closing")).status_code == 404
    assert office.get(new(slip, "brief")).status_code == 404


def test_a_draft_gets_no_paper_and_says_why(session, scene, sign_in):
    draft = a_draft(session, scene)
    answer = sign_in(Role.OFFICE).get(new(draft))
    assert answer.status_code == 409
    assert "印发给单位以后" in answer.get_data(as_text=True)


def test_its_unit_reads_and_prints_the_paper_and_another_does_not_know_of_it(scene, slip, paper, sign_in):
    mine, other = sign_in(Role.UNIT, unit=scene.units[0]), sign_in(Role.UNIT, unit=scene.units[2])
    assert "随单文书等我回复" in mine.get("/").get_data(as_text=True)
    for place in (f"/slips/papers/{paper.id}", f"/slips/papers/{paper.id}.pdf", f"/slips/papers/{paper.id}.png"):
        assert mine.get(place).status_code == 200
        assert other.get(place).status_code == 404
    assert mine.get(f"/slips/papers/{paper.id}/void").status_code == 403
    assert paper.number in mine.get("/slips/papers").get_data(as_text=True)
    assert paper.number not in other.get("/slips/papers").get_data(as_text=True)
    assert mine.get(f"/slips/papers/{paper.id}.pdf").data == mine.get(f"/slips/papers/{paper.id}.pdf").data


def test_the_list_is_narrowed_saved_and_printed_together(session, slip, paper, sign_in):
    office = sign_in(Role.OFFICE)
    assert paper.number in office.get("/slips/papers?kind=reminder").get_data(as_text=True)
    assert paper.number not in office.get("/slips/papers?kind=transfer").get_data(as_text=True)
    assert paper.number not in office.get("/slips/papers?late=1").get_data(as_text=True)
    assert office.get("/slips/papers.xlsx").status_code == 200
    printed = office.get(f"/slips/papers/print?paper={paper.id}")
    assert (printed.status_code, printed.mimetype) == (200, "application/pdf")
    assert office.get("/slips/papers/print").status_code == 422
    assert office.get("/slips/papers/print?paper=999").status_code == 404


def test_a_paper_is_made_void_with_a_reason(session, paper, sign_in):
    office, place = sign_in(Role.OFFICE), f"/slips/papers/{paper.id}/void"
    assert "编号" in office.get(place).get_data(as_text=True)
    assert office.post(place, data={"reason": ""}).status_code == 422
    assert office.post(place, data={"reason": "发错了单位"}).status_code == 303
    assert office.post(place, data={"reason": "再作废一次"}).status_code == 409
    assert "已作废，编号保留" in office.get(f"/slips/papers/{paper.id}").get_data(as_text=True)


def test_forms_are_printed_for_a_slip_and_blank(scene, slip, sign_in):
    office, unit = sign_in(Role.OFFICE), sign_in(Role.UNIT, unit=scene.units[1])
    for browser in (office, unit):
        assert browser.get(f"/slips/{slip.id}/forms/extension.pdf").mimetype == "application/pdf"
        assert browser.get("/slips/papers/blank/reminder.pdf").mimetype == "application/pdf"
    assert office.get(f"/slips/{slip.id}/forms/notice.pdf").status_code == 404
    assert office.get("/slips/papers/blank/notice.pdf").status_code == 404
    assert sign_in(Role.UNIT, unit=scene.units[2]).get(f"/slips/{slip.id}/forms/extension.pdf").status_code == 404
    assert sign_in(Role.LEADER).get(f"/slips/{slip.id}/forms/extension.pdf").status_code == 403


def test_a_slip_whose_results_are_all_signed_is_not_late(session, app, sign_in):
    hand = a_matter_in_hand(session)
    clock.stand_at(LONG_AFTER)
    office, leader = sign_in(Role.OFFICE), sign_in(Role.LEADER, leader_id=hand.scene.receiver.id)
    places = [(office, f"/slips/{hand.slip.id}"), (office, "/slips/"), (leader, "/")]
    assert all(LATE_CHIP.search(who.get(there).get_data(as_text=True)) for who, there in places)
    for it in hand.slip.entries:
        to_review(session, replace(hand, matter=it.matter), now=NOW)
    session.commit()
    assert not any(LATE_CHIP.search(who.get(there).get_data(as_text=True)) for who, there in places)


def test_a_closed_slip_is_neither_urged_nor_made_void(session, app, sign_in):
    hand = a_matter_in_hand(session)
    for it in hand.slip.entries:
        closed(session, replace(hand, matter=it.matter), now=NOW)
    session.commit()
    clock.stand_at(LONG_AFTER)
    office = sign_in(Role.OFFICE)
    page = office.get(f"/slips/{hand.slip.id}").get_data(as_text=True)
    for act in ("kind=reminder", "/void", "/replace", "/split"):
        assert act not in page
    assert "已经办结，不能作废或分办" in page
    assert "没有正在办理的事项" in page
    answer = office.get(new(hand.slip))
    assert answer.status_code == 409
    assert "没有正在办理的事项，不必催办" in answer.get_data(as_text=True)
    assert "new_paper_form" not in answer.get_data(as_text=True)
