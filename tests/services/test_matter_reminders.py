"""Reminders of matters from the records: the right people, once on both engines, taken back when pointless, few statements."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from portal.clock import ZONE
from portal.domain.clocks import DEFAULT_CLOCKS, Overdue, Stage
from portal.domain.extensions import PauseKind
from portal.domain.messages import Channel, MessageState
from portal.domain.objections import ObjectionReason, Ruling
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Role
from portal.domain.progress import ProgressKind
from portal.domain.results import AskedHow, Resolved
from portal.domain.voices import WordKind
from portal.services import closing, extensions, look_backs, objections, pauses, result_opinions, results, slip_receipts
from portal.services.clock_policy import set_clock
from portal.services.objections import ObjectionMade
from portal.services.progress import ProgressTold, report_progress
from portal.services.reminders import due_reminders, outstanding, remind
from portal.services.result_opinions import Opinion
from portal.services.slip_papers import make_paper, proposed_order
from portal.services.voices import WordGiven, answer_word, write_word
from portal.store.extension import db, read, transaction
from portal.store.models.messages import Message
from portal.store.models.office import OfficeSetting
from portal.store.models.slips import AssistingUnit, Slip
from tests.builders import a_unit, an_account
from tests.handled_matters import CONTESTED, SOLVED, a_matter_in_hand, closed, to_review
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, a_shared_matter, unit_actor


def people_of(session, it):
    """An account for everybody who has a part, by name."""
    units = it.scene.units
    made = {
        "office": an_account(Role.OFFICE),
        "supervisor": an_account(Role.SUPERVISOR),
        "unit": an_account(Role.UNIT, unit=units[0]),
        "head": an_account(Role.UNIT, unit=units[0], heads_unit=True),
        "helper": an_account(Role.UNIT, unit=units[1]),
        "signer": an_account(Role.LEADER, serves=[it.scene.receiver]),
        "official": an_account(Role.LEADER, serves=[it.scene.official]),
    }
    session.add_all(made.values())
    session.commit()
    return {account.id: name for name, account in made.items()}


@pytest.fixture
def it(session):
    return a_matter_in_hand(session, matters=1)


@pytest.fixture
def people(session, it):
    return people_of(session, it)


def at(day, hour=9):
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE) + timedelta(hours=hour)


def news(session, people, word):
    """Who was told something whose key begins so."""
    rows = session.execute(
        select(Message.account_id).where(Message.key.startswith(word), Message.state == MessageState.SENT)
    )
    return sorted(people[account_id] for (account_id,) in rows)


def swept(session, people, now, word):
    remind(session, now=now)
    session.commit()
    return news(session, people, word)


def test_the_units_hear_before_their_own_last_days_and_when_they_are_over(session, it, people):
    assert swept(session, people, at("2026-11-30"), "helper-due") == ["helper"]
    assert swept(session, people, at("2026-12-04"), "matter-due") == ["head", "unit"]
    assert swept(session, people, at("2026-12-08"), "matter-over") == ["head", "unit"]
    assert news(session, people, "matter-late") == ["office", "supervisor"]
    assert swept(session, people, at("2026-12-14"), "matter-official") == ["official"]


def test_a_helper_without_a_day_of_its_own_hears_by_the_slips(session, it, people):
    session.execute(update(AssistingUnit).values(due_on=None))
    assert swept(session, people, at("2026-11-30"), "helper-due") == []
    assert swept(session, people, at("2026-12-04"), "helper-due") == ["helper"]
    assert swept(session, people, at("2026-12-08"), "helper-over") == ["helper"]


def test_a_helper_that_answered_the_lead_unit_is_not_reminded_and_the_lead_unit_hears_at_once(session, it, people):
    answer = ProgressTold(ProgressKind.ANSWER, "已提供企业的用地资料。")
    report_progress(session, it.matter.id, answer, actor=it.helper, now=NOW)
    assert news(session, people, "helper-answered") == ["head", "unit"]
    assert swept(session, people, at("2026-11-30"), "helper-due") == []


def test_running_it_again_tells_nobody_twice(session, it, people):
    for day in ("2026-12-04", "2026-12-07", "2026-12-08", "2026-12-14"):
        remind(session, now=at(day))
        session.commit()
        assert outstanding(session, now=at(day)).is_nothing
    doubles = select(Message.key).group_by(Message.key, Message.account_id, Message.channel).having(func.count() > 1)
    assert session.scalars(doubles).all() == []


def test_a_reminder_made_at_night_waits_for_the_morning_and_is_taken_back_when_the_result_came_in(session, it, people):
    remind(session, now=at("2026-12-07", 21))
    session.commit()
    over = select(Message).where(Message.key.startswith("matter-over"))
    assert {message.due_at.astimezone(ZONE) for message in session.scalars(over)} == {at("2026-12-08", 7.5)}
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=at("2026-12-07", 22))
    results.head_signs(session, it.matter.id, actor=it.head, now=at("2026-12-07", 22))
    session.commit()
    assert remind(session, now=at("2026-12-07", 23)).pointless
    assert {message.state for message in session.scalars(over)} == {MessageState.DROPPED}


def test_what_was_over_for_long_is_told_when_nobody_was_told_and_never_again(session, it, people):
    assert swept(session, people, at("2027-06-01"), "matter-over") == ["head", "unit"]
    assert not any(reminder.key.startswith("matter-over") for reminder in due_reminders(session, now=at("2027-06-02")))


def stood_still(session, it, since):
    """The matter is suspended for a winter, and goes on in March."""
    why = "等候上级部门批复，批复下达前无法继续办理。"
    pauses.pause(session, it.matter.id, PauseKind.SUSPENSION, why, date(2027, 3, 10), actor=OFFICE, now=at(since, 10))
    session.commit()
    remind(session, now=at("2027-03-09"))
    pauses.resume(session, it.matter.id, "条件已经具备", actor=OFFICE, now=at("2027-03-10"))
    session.commit()


def test_a_lead_official_hears_of_what_was_late_before_it_stood_still_for_long(session, it, people):
    assert swept(session, people, at("2026-12-08"), "matter-over") == ["head", "unit"]
    stood_still(session, it, "2026-12-08")
    assert swept(session, people, at("2027-03-11"), "matter-official") == ["official"]
    assert news(session, people, "matter-over") == ["head", "unit"], "nobody twice"


def test_a_helper_hears_that_its_day_passed_while_the_matter_stood_still_for_long(session, it, people):
    stood_still(session, it, "2026-11-23")
    assert swept(session, people, at("2027-03-11"), "helper-over") == ["helper"]


def test_each_step_on_the_way_to_closing_reminds_whoever_owes_it(session, it, people):
    matter_id = it.matter.id
    results.propose_result(session, matter_id, SOLVED, actor=it.handler, now=NOW)
    assert swept(session, people, at("2026-11-23"), "step-due:proposed") == ["head"]
    results.head_signs(session, matter_id, actor=it.head, now=at("2026-11-23"))
    assert swept(session, people, at("2026-11-26"), "step-due:confirming") == ["office"]
    result_opinions.give_opinion(session, matter_id, Opinion(None, Resolved.FULLY, AskedHow.PHONE, "企业"),
                         actor=OFFICE, now=at("2026-11-26"))  # fmt: skip
    assert swept(session, people, at("2026-12-01"), "step-over:reviewing") == ["office"]
    closing.review(session, matter_id, passed=True, actor=OFFICE, now=at("2026-12-01"))
    assert swept(session, people, at("2026-12-03"), "step-due:approving") == ["official", "signer"]
    closing.approve_closing(session, matter_id, approved=True, actor=it.signer, now=at("2026-12-03"))
    assert swept(session, people, at("2026-12-04"), "step-due:call_back") == ["office"]


def test_rulings_extensions_pauses_and_papers_are_reminded_of_too(session, people, it):
    matter_id = it.matter.id
    extensions.ask_extension(
        session, matter_id, date(2026, 12, 20), "需要上级单位批复后才能办理。", actor=it.handler, now=NOW
    )
    assert news(session, people, "extension-asked") == ["office"]
    assert swept(session, people, at("2026-11-23"), "step-due:extension") == ["office"]
    extensions.decide_extension(session, matter_id, grant=True, actor=OFFICE, now=at("2026-11-23"))
    assert news(session, people, "extension-decided") == ["head", "unit"]
    order = proposed_order(session, it.slip.id, PaperKind.REMINDER, actor=OFFICE, now=at("2026-11-23"))
    make_paper(session, it.slip.id, order, actor=OFFICE, now=at("2026-11-23"))
    assert swept(session, people, at("2026-11-27"), "step-over:reminder") == ["head", "unit"]
    assert news(session, people, "step-late:reminder") == ["office"]
    pauses.pause(session, matter_id, PauseKind.SUSPENSION, "等待上级单位批复文件。", date(2026, 12, 9), actor=OFFICE,
                 now=at("2026-12-01"))  # fmt: skip
    assert news(session, people, "matter-suspend:") == ["head", "helper", "unit"]
    assert swept(session, people, at("2026-12-09"), "step-due:suspended") == ["office"]


def test_an_objection_is_told_to_the_office_its_ruling_to_the_unit(session, it, people):
    made = ObjectionMade([ObjectionReason.NOT_OUR_DUTY], "该事项由另一单位的职责范围管理。")
    objections.object_to(session, it.matter.id, made, actor=it.handler, now=NOW)
    assert news(session, people, "matter-object:") == ["office"]
    assert swept(session, people, at("2026-11-24"), "step-over:objected") == ["office"]
    objections.rule_on_objection(
        session, it.matter.id, Ruling.DISMISSED, "属于三定职责。", actor=OFFICE, now=at("2026-11-24")
    )
    assert news(session, people, "matter-dismiss:") == ["head", "helper", "unit"]


def test_closing_is_told_step_by_step_to_whoever_has_the_next(session, it, people):
    to_review(session, it)
    assert news(session, people, "matter-propose:") == ["head"]
    assert news(session, people, "matter-head_signs:") == ["office"]
    assert news(session, people, "matter-confirm:") == ["head", "helper", "unit"]
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=NOW)
    assert news(session, people, "matter-pass_review:") == ["official", "signer"]
    closing.approve_closing(session, it.matter.id, approved=False, remark="没有落实到位", actor=it.signer, now=NOW)
    assert news(session, people, "matter-refuse_closing:") == ["head", "helper", "office", "unit"]


def test_a_contested_result_and_a_second_round_are_told_again(session, it, people):
    for _ in range(2):
        results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
        results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
        result_opinions.give_opinion(session, it.matter.id, CONTESTED, actor=OFFICE, now=NOW)
        session.commit()
    assert news(session, people, "matter-propose:") == ["head", "head"]
    assert news(session, people, "matter-contest:") == ["head", "helper", "unit"]
    assert news(session, people, "matter-note_dissent:") == ["head", "helper", "unit"]


def test_of_a_matter_closed_a_second_time_only_that_round_is_called_back(session, it, people):
    closed(session, it, now=at("2026-12-03"))
    look_backs.reopen(session, it.matter.id, "企业来电，承诺没有兑现", actor=OFFICE, now=at("2026-12-03", 15))
    closed(session, it, now=at("2026-12-09"))
    session.commit()
    assert swept(session, people, at("2026-12-11"), "step-over:call_back") == ["office"]
    assert news(session, people, "step-over:call_back:2026-12-10") == ["office"]


def test_a_slip_that_waits_for_its_signature_reminds_the_leader(session):
    scene = a_scene(session)
    a_numbered_slip(session, scene)
    signer = an_account(Role.LEADER, serves=[scene.receiver])
    session.add(signer)
    session.commit()
    assert swept(session, {signer.id: "signer"}, at("2026-11-25"), "step-due:signing") == ["signer"]
    assert swept(session, {signer.id: "signer"}, at("2026-11-26"), "step-over:signing") == ["signer"]


def test_at_once_from_several_threads_each_is_told_once(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        people_of(session, a_matter_in_hand(session, matters=1))
        db.session.remove()
    start = Barrier(4)

    def sweep(number):
        with each_app.app_context():
            start.wait()
            for _ in range(3):
                with transaction() as session:
                    remind(session, now=at("2026-12-14"))
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(4)))
    with each_app.app_context():
        told = select(Message.key, func.count()).where(Message.channel == Channel.IN_APP).group_by(
            Message.key, Message.account_id
        )  # fmt: skip
        found = {key.partition(":")[0]: count for key, count in read().execute(told)}
        assert {"matter-over", "matter-late", "matter-official", "helper-over"} <= set(found)
        assert set(found.values()) == {1}
        db.session.remove()


def test_looking_costs_the_same_however_many_matters_are_in_hand(session, statements):
    def cost():
        statements.clear()
        outstanding(session, now=at("2026-12-14"))
        return len([it for it in statements if it.startswith("SELECT")])

    a_matter_in_hand(session, matters=1)
    before = cost()
    for day in (9, 10):
        a_matter_in_hand(session, matters=2, day=date(2026, 11, day))
    assert session.scalar(select(func.count()).select_from(Slip)) == 3
    assert cost() == before


def test_nothing_is_told_of_what_is_closed(session, it, people):
    closed(session, it)
    keys = [reminder.key for reminder in due_reminders(session, now=at("2026-12-14"))]
    assert [key for key in keys if key.startswith(("matter-", "helper-"))] == []


def contacted(session, it, now):
    contact = ProgressTold(ProgressKind.CONTACT, "已与企业负责人沟通。", contacted_on=now.date())
    report_progress(session, it.matter.id, contact, actor=it.handler, now=now)


def test_a_unit_is_reminded_to_speak_with_the_enterprise_the_day_before_and_when_it_is_over(session, it, people):
    assert swept(session, people, at("2026-11-23"), "contact-") == []
    assert swept(session, people, at("2026-11-24"), "contact-due") == ["head", "unit"]
    assert swept(session, people, at("2026-11-26"), "contact-over") == ["head", "unit"]
    assert outstanding(session, now=at("2026-11-26")).is_nothing
    contacted(session, it, at("2026-11-26"))
    assert remind(session, now=at("2026-11-26", 10)).pointless == ()


def test_whoever_has_spoken_with_the_enterprise_is_not_reminded(session, it, people):
    contacted(session, it, at("2026-11-23"))
    assert swept(session, people, at("2026-11-26"), "contact-") == []


def test_a_petition_is_spoken_of_by_the_clock_of_the_law(session, it, people):
    it.matter.is_petition = True
    session.commit()
    assert swept(session, people, at("2026-11-27"), "contact-") == []
    assert swept(session, people, at("2026-11-30"), "contact-due") == ["head", "unit"]
    assert swept(session, people, at("2026-12-02"), "contact-over") == ["head", "unit"]


def test_an_urgent_matter_is_over_at_the_hour_the_office_set(session, people, it):
    session.add(OfficeSetting(name="urgent_hours", value=26))
    it.matter.urgent = True
    session.commit()
    assert not [one for one in due_reminders(session, now=at("2026-11-23", 10)) if one.key.startswith("contact-over")]
    (over,) = [one for one in due_reminders(session, now=at("2026-11-23", 12)) if one.key.startswith("contact-over")]
    assert "11:00" in over.subject


def test_the_clock_policy_says_who_else_hears_that_nobody_spoke_with_an_enterprise(session, it, people):
    clock = replace(DEFAULT_CLOCKS[Stage.CONTACT], overdue=Overdue.TELL_SUPERVISOR)
    set_clock(session, clock, actor=OFFICE, now=NOW)
    assert swept(session, people, at("2026-11-26"), "contact-late") == ["office", "supervisor"]


@pytest.mark.parametrize("kind, told", [(WordKind.REMARK, ["office"]), (WordKind.BREACH, ["office", "supervisor"])])
def test_a_word_of_an_enterprise_is_reminded_of_until_it_is_answered(session, it, people, kind, told):
    word = write_word(session, it.scene.booking.id, WordGiven(kind, "有人要求请客吃饭"), now=NOW)
    assert swept(session, people, at("2026-11-25"), "step-due:word") == told
    assert swept(session, people, at("2026-11-26"), "step-over:word") == told
    assert outstanding(session, now=at("2026-11-26")).is_nothing
    answer_word(session, word.id, "已经核实处理。", actor=OFFICE, now=at("2026-11-26"))
    later = [one.key for one in due_reminders(session, now=at("2026-11-27")) if ":word:" in one.key]
    assert later == []


def test_what_is_not_a_breach_is_kept_from_supervision_whatever_the_policy_says(session, it, people):
    clock = replace(DEFAULT_CLOCKS[Stage.WORD], overdue=Overdue.TELL_SUPERVISOR)
    set_clock(session, clock, actor=OFFICE, now=NOW)
    write_word(session, it.scene.booking.id, WordGiven(WordKind.REMARK, "再补充一点说明"), now=NOW)
    assert swept(session, people, at("2026-11-26"), "step-over:word") == ["office"]
    assert news(session, people, "step-late:word") == []


def test_a_further_lead_unit_is_reminded_of_its_own_slip_until_it_has_answered_the_lead_unit(session):
    scene, first, second = a_shared_matter(session, matters=1)
    account, third = an_account(Role.UNIT, unit=scene.units[2]), unit_actor(scene.units[2])
    session.add(account)
    for slip, unit in ((first, scene.units[0]), (second, scene.units[2])):
        slip_receipts.receive_slip(session, slip.id, actor=unit_actor(unit), now=NOW)
    session.commit()
    people = {account.id: "third"}
    assert swept(session, people, at("2026-12-01"), "helper-due") == []
    assert swept(session, people, at("2026-12-02"), "helper-due") == ["third"]
    assert swept(session, people, at("2026-12-08"), "helper-over") == ["third"]
    assert outstanding(session, now=at("2026-12-08")).is_nothing
    answer = ProgressTold(ProgressKind.ANSWER, "本单位已核实办理。")
    report_progress(session, scene.matters[0].id, answer, actor=third, now=at("2026-12-08"))
    keys = [one.key for one in due_reminders(session, now=at("2026-12-09")) if one.key.startswith("helper-")]
    assert all(not key.startswith(f"helper-over:{second.id}:") for key in keys)


def test_a_unit_that_assists_on_the_second_slip_of_a_shared_matter_has_answered_when_it_answers(session):
    scene, first, second = a_shared_matter(session, matters=1)
    slip_receipts.receive_slip(session, first.id, actor=unit_actor(scene.units[0]), now=NOW)
    fourth = a_unit()
    session.add(fourth)
    session.flush()
    line = AssistingUnit(slip_id=second.id, unit_id=fourth.id, position=1, due_on=date(2026, 11, 30))
    session.add(line)
    session.commit()
    session.expire_all()
    answer = ProgressTold(ProgressKind.ANSWER, "本单位已核实办理。")
    report_progress(session, scene.matters[0].id, answer, actor=unit_actor(fourth), now=NOW)
    session.commit()
    assert session.get_one(AssistingUnit, (second.id, fourth.id)).answered_at is not None
