"""The office's own words for its papers: versions, refusals, two who write at once, and what keeps its old words."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from portal.documents.paper_texts import fill
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Actor, Role
from portal.services import slip_drafts, slip_signing, slips
from portal.services.paper_texts import go_back, save_texts, worded_for
from portal.services.slip_sheets import print_papers, sheet_from
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.papers import PaperText
from portal.store.models.slips import SlipVersion
from portal.store.queries.paper_texts import newest_version, text_versions, texts_in_force
from tests.slip_builders import NOW, OFFICE, a_draft, a_numbered_slip, a_scene

KIND = PaperKind.REMINDER
LATER = NOW + timedelta(minutes=1)
NOTE = {"note": "注：请妥善保管。"}


def save(session, texts=None, *, kind=KIND, seen=None, actor=OFFICE, why="试改"):
    kept = save_texts(session, kind, NOTE if texts is None else texts, why, seen=seen, actor=actor, now=LATER)
    session.commit()
    return kept


def printed(session, slip):
    return print_papers(session, [slip.id], address="http://h", actor=OFFICE, now=NOW)[0]


def test_what_is_saved_is_in_force_whole_and_on_record(session):
    assert (save(session).version, newest_version(session, KIND)) == (1, 1)
    texts = texts_in_force(session, KIND)
    assert texts["note"] == NOTE["note"]
    assert "{区县}" in texts["heading"]  # the parts nobody touched are kept as they stood
    assert dict(worded_for(session, KIND, {}))["note"] == NOTE["note"]
    line = session.scalars(select(AuditLine).where(AuditLine.act == "paper_text_saved")).one()
    assert line.summary == "修改催办单用语：附注（第 1 版）：试改"
    assert dict(worded_for(session, PaperKind.TRANSFER, {}))["note"] != NOTE["note"]


@pytest.mark.parametrize(
    "texts, part",
    [
        (NOTE | {"body": "{% for x in 事项 %}{% endfor %}"}, "body"),
        (NOTE | {"body": "{来访人电话}"}, "body"),
        (NOTE | {"heading": ""}, "heading"),
        (NOTE | {"requirement": "长" * 401}, "requirement"),
    ],
)
def test_a_part_that_is_refused_keeps_the_others_from_being_saved(session, texts, part):
    with pytest.raises(RuleBroken) as refusal:
        save(session, texts)
    assert refusal.value.field == part
    session.rollback()
    assert text_versions(session, KIND) == []


def test_saving_what_is_in_force_already_makes_no_version(session):
    save(session)
    with pytest.raises(RuleBroken, match="完全相同"):
        save(session)


def test_going_back_is_a_new_version_with_a_reason(session):
    save(session)
    save(session, {"note": "注：第二版。"})
    go_back(session, KIND, 1, "第二版用语有误", seen=2, actor=OFFICE, now=NOW)
    session.commit()
    versions = text_versions(session, KIND)
    assert [(it.version, it.texts["note"]) for it in versions] == [
        (3, NOTE["note"]), (2, "注：第二版。"), (1, NOTE["note"]),
    ]  # fmt: skip
    assert versions[0].why == "第二版用语有误"
    go_back(session, KIND, 0, "改用标准用语", seen=3, actor=OFFICE, now=NOW)
    assert worded_for(session, KIND, {}) == fill(KIND, {}, {})
    assert "立卷" in texts_in_force(session, KIND)["note"]


@pytest.mark.parametrize(
    "version, why, refusal", [(1, "改", RuleBroken), (9, "改回原来", NotFound), (2, "改回原来", RuleBroken)]
)
def test_going_back_needs_a_reason_a_version_and_a_difference(session, version, why, refusal):
    save(session)
    save(session, {"note": "注：第二版。"})
    with pytest.raises(refusal):
        go_back(session, KIND, version, why, seen=2, actor=OFFICE, now=NOW)


def test_who_saw_an_older_version_is_told_so(session):
    save(session, seen=0)
    with pytest.raises(Conflict):
        save(session, {"note": "注：别的。"}, seen=0)
    with pytest.raises(Conflict):
        go_back(session, KIND, 0, "恢复标准用语", seen=0, actor=OFFICE, now=NOW)


@pytest.mark.parametrize("role", [it for it in Role if it is not Role.OFFICE])
def test_the_words_are_the_offices_business(session, role):
    with pytest.raises(NotAllowed):
        save(session, actor=Actor(5, "某人", role))


def test_of_two_who_save_at_once_one_is_told(each_app):
    start = Barrier(4)

    def attempt(place):
        with each_app.app_context():
            start.wait()
            try:
                with transaction() as session:
                    save_texts(session, KIND, {"note": f"注：{place}。"}, seen=0, actor=OFFICE, now=NOW)
            except Conflict:
                return "told"
            finally:
                db.session.remove()
            return "saved"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == ["saved", "told", "told", "told"]
    with each_app.app_context():
        assert [it.version for it in db.session.scalars(select(PaperText))] == [1]


def test_a_numbered_slip_keeps_its_words_until_it_is_drafted_anew(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    before = printed(session, slip)
    save(session, {"heading": "{区县}接待日交办单", "note": "注：新。", "label_visitor": "来访人"}, kind=PaperKind.SLIP)
    assert printed(session, slip) == before
    slip_signing.sign_slip(session, slip.id, scene.order(), actor=scene.signer, now=NOW)
    session.commit()
    signed = printed(session, slip)
    assert (signed.heading, dict(signed.texts)["label_visitor"]) == (before.heading, "反映人")
    assert signed.note.startswith(before.note)
    slips.return_to_draft(session, slip.id, "请再核实一次", actor=OFFICE, now=LATER)
    session.commit()
    assert printed(session, slip).heading == "安澜区接待日交办单"


def test_a_draft_follows_the_words_and_freezes_them_with_its_number(session):
    scene = a_scene(session)
    slip = a_draft(session, scene)
    save(session, {"heading": "{区县}接待日交办单", "note": "", "label_visitor": "来访人"}, kind=PaperKind.SLIP)
    assert printed(session, slip).heading == "安澜区接待日交办单"
    slips.number_slip(session, slip.id, actor=OFFICE, now=LATER)
    session.commit()
    frozen = sheet_from(session.scalars(select(SlipVersion.sheet)).one())
    assert (frozen.heading, frozen.note, dict(frozen.texts)["label_visitor"]) == ("安澜区接待日交办单", "", "来访人")


def test_a_new_slip_asks_what_the_office_wrote_with_its_date_filled_in(session):
    scene = a_scene(session)
    save(session, {"requirement": "于{时限}前报{工商联}；由{牵头单位}办理。"}, kind=PaperKind.SLIP)
    draft = slip_drafts.proposed_draft(session, scene.ids, today=NOW.date())
    due = draft.order.due_on
    assert draft.requirements.startswith(f"于{due.year}年{due.month}月{due.day}日前报安澜区工商业联合会；由＿")


def test_the_words_are_kept_as_they_were_written(session):
    save(session, {"body": "第一段{事项}\r\n第二段"})
    assert json.loads(session.scalars(select(PaperText.texts)).one())["body"] == "第一段{事项}\n第二段"
