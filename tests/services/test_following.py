"""The enterprise's own window: its code, its second check, and what it may do there, on both engines where races matter."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import AskedHow, Grade, Resolved
from portal.domain.voices import WordKind
from portal.services import following, ratings, results, voices
from portal.services.following import UNKNOWN, VISITOR, followed, renew_code, wrong_digits
from portal.services.ratings import Rating
from portal.services.result_opinions import Opinion
from portal.services.voices import WordGiven
from portal.store.audit_trail import verify
from portal.store.extension import db, read, transaction, write
from portal.store.models.audit import AuditLine
from portal.store.models.messages import Message
from portal.store.models.office import OfficeSetting
from portal.store.models.voices import CallBack, EnterpriseWord, FollowFailure
from portal.store.queries.following import matters_followed, own_ratings, results_told
from tests.builders import an_account
from tests.handled_matters import SOLVED, a_matter_in_hand, closed
from tests.slip_builders import NOW, OFFICE, a_scene

YES = Opinion(Grade.CONTENT, Resolved.FULLY, AskedHow.LINK)
NO = Opinion(Grade.DISCONTENT, Resolved.NOT, AskedHow.LINK, words="款项至今没有到账")
SUPERVISOR = Actor(9, "督查室", Role.SUPERVISOR)


def answered(session, it):
    """The unit has answered and its head has signed: the enterprise is asked."""
    found = results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    session.commit()
    return found


def booking_of(it):
    return it.scene.booking


def end_of(booking):
    return booking.visitor_phone[-4:]


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("typed", [str, str.lower, lambda it: f" {it[:4]} {it[4:8]}-{it[8:]}"])
def test_a_code_is_found_however_it_is_typed(session, typed):
    booking = a_scene(session).booking
    assert followed(session, typed(booking.follow_code)).id == booking.id


def test_look_alikes_in_a_code_are_put_right(session):
    booking = a_scene(session).booking
    booking.follow_code = "OIBOIBOIBOIBOIBO"
    session.commit()
    assert followed(session, "018018018018o1bO").id == booking.id


@pytest.mark.parametrize("typed", ["", "A", "A" * 16, "A" * 400, "'; DROP TABLE booking", "查询码"])
def test_a_code_that_is_none_is_answered_in_the_same_words(session, typed):
    a_scene(session)
    with pytest.raises(NotFound) as refused:
        followed(session, typed)
    assert refused.value.message == UNKNOWN


def test_only_the_matters_of_its_own_booking_are_followed(session):
    own, others = a_scene(session), a_scene(session, day=NOW.date())
    found = matters_followed(session, own.booking.id)
    assert [it.id for it in found] == own.ids
    with pytest.raises(NotFound):
        following.own_matter(session, own.booking.id, others.matters[0].id)


def test_the_result_is_told_once_the_head_has_signed_it_and_not_before(session):
    it = a_matter_in_hand(session)
    booking = booking_of(it)
    assert matters_followed(session, booking.id)[0].unit == it.scene.units[0].short_name
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    assert results_told(session, booking.id) == {}
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    assert results_told(session, booking.id)[it.matter.id].told == SOLVED.told


def test_wrong_digits_are_counted_for_a_day_and_then_nothing_more_is_taken(session):
    booking = a_scene(session).booking
    assert wrong_digits(session, booking.id, end_of(booking), now=NOW) == ""
    for left in (4, 3, 2, 1):
        assert f"还可以试 {left} 次" in wrong_digits(session, booking.id, "0000", now=NOW)
    assert "今天不能再填写" in wrong_digits(session, booking.id, "0000", now=NOW)
    assert "今天不能再填写" in wrong_digits(session, booking.id, end_of(booking), now=NOW)
    assert wrong_digits(session, booking.id, end_of(booking), now=NOW + timedelta(days=1)) == ""
    session.commit()
    assert session.scalars(select(AuditLine.act).where(AuditLine.act == "follow_locked")).all() == ["follow_locked"]


def test_the_office_may_do_without_the_second_check(session):
    booking = a_scene(session).booking
    session.add(OfficeSetting(name="follow_check", value=False))
    session.commit()
    assert wrong_digits(session, booking.id, "", now=NOW) == ""


def test_an_opinion_sent_twice_counts_once_and_another_is_refused(session):
    it = a_matter_in_hand(session)
    result, booking = answered(session, it), booking_of(it)
    version = it.matter.version
    for _ in range(2):
        following.opinion_by_code(session, booking.id, result.id, YES, version=version, now=NOW)
        session.commit()
    assert it.matter.state is MatterState.REVIEWING
    assert (result.opinion_how, result.opinion_by) == (AskedHow.LINK, VISITOR.name)
    acts = session.scalars(select(AuditLine.act).where(AuditLine.act == "enterprise_confirmed")).all()
    assert len(acts) == 1
    with pytest.raises(Conflict):
        following.opinion_by_code(session, booking.id, result.id, NO, version=version, now=NOW)


def test_an_opinion_sent_twice_counts_once_when_it_contests_too(session):
    it = a_matter_in_hand(session)
    result, booking = answered(session, it), booking_of(it)
    for _ in range(2):
        following.opinion_by_code(session, booking.id, result.id, NO, version=it.matter.version, now=NOW)
        session.commit()
    assert (it.matter.state, it.matter.round) == (MatterState.HANDLING, 2)


def test_an_opinion_of_a_page_that_is_out_of_date_is_a_conflict(session):
    it = a_matter_in_hand(session)
    result = answered(session, it)
    with pytest.raises(Conflict):
        following.opinion_by_code(session, booking_of(it).id, result.id, YES, version=it.matter.version - 1, now=NOW)


def test_nobody_gives_an_opinion_on_a_matter_of_another_booking(session):
    it, others = a_matter_in_hand(session), a_scene(session, day=NOW.date())
    result = answered(session, it)
    with pytest.raises(NotFound):
        following.opinion_by_code(session, others.booking.id, result.id, YES, version=it.matter.version, now=NOW)


def test_a_closed_matter_is_rated_once_a_round(session):
    it = a_matter_in_hand(session)
    closed(session, it)
    session.commit()
    given = Rating(Grade.VERY_CONTENT, Resolved.FULLY, form_token="t")
    for _ in range(2):
        ratings.rate_by_code(session, booking_of(it).id, it.matter.id, given, now=NOW)
        session.commit()
    assert count(session, CallBack) == 1
    assert own_ratings(session, booking_of(it).id)[it.matter.id].grade is Grade.VERY_CONTENT
    with pytest.raises(Conflict):
        ratings.rate_by_code(
            session, booking_of(it).id, it.matter.id, Rating(Grade.CONTENT, Resolved.FULLY, form_token="u"), now=NOW
        )


def test_what_is_not_finished_is_not_rated(session):
    it = a_matter_in_hand(session)
    with pytest.raises(Conflict):
        ratings.rate_by_code(session, booking_of(it).id, it.matter.id, Rating(Grade.CONTENT, Resolved.FULLY), now=NOW)


def test_a_breach_reaches_supervision_and_office_and_no_timeline_of_the_matter(session):
    it = a_matter_in_hand(session)
    office, supervisor = an_account(Role.OFFICE), an_account(Role.SUPERVISOR)
    session.add_all([office, supervisor])
    session.commit()
    given = WordGiven(WordKind.BREACH, "有人要求请客吃饭", it.matter.id, form_token="t")
    for _ in range(2):
        word = voices.write_word(session, booking_of(it).id, given, now=NOW)
        session.commit()
    assert count(session, EnterpriseWord) == 1
    line = session.scalars(select(AuditLine).where(AuditLine.act == "enterprise_wrote")).one()
    assert (line.target_kind, line.target_id) == ("enterprise_word", str(word.id))
    assert line.actor_name == VISITOR.name
    told = session.scalars(select(Message.account_id).where(Message.key == f"enterprise-word:{word.id}")).all()
    assert set(told) == {office.id, supervisor.id}


@pytest.mark.parametrize("told", ["", "短", "长" * 2_001])
def test_a_word_has_to_say_something_and_not_too_much(session, told):
    booking = a_scene(session).booking
    with pytest.raises(RuleBroken) as refused:
        voices.write_word(session, booking.id, WordGiven(WordKind.REMARK, told), now=NOW)
    assert refused.value.field == "told"


def test_a_window_takes_so_many_words_a_day(session):
    booking = a_scene(session).booking
    for place in range(5):
        voices.write_word(session, booking.id, WordGiven(WordKind.REMARK, f"补充第{place}点说明"), now=NOW)
    with pytest.raises(RuleBroken, match="今天在本页已经填写 5 次"):
        voices.write_word(session, booking.id, WordGiven(WordKind.REMARK, "再补充一点说明"), now=NOW)
    voices.write_word(session, booking.id, WordGiven(WordKind.REMARK, "第二天再说一点"), now=NOW + timedelta(days=1))


def test_a_matter_that_is_not_decided_cannot_be_objected_to(session):
    scene = a_scene(session)
    scene.matters[0].state = MatterState.REGISTERED
    session.commit()
    with pytest.raises(Conflict):
        voices.write_word(
            session, scene.booking.id, WordGiven(WordKind.OBJECTION, "对办理有异议", scene.ids[0]), now=NOW
        )


def test_an_objection_to_a_closed_matter_reopens_it_with_a_new_last_day(session):
    it = a_matter_in_hand(session)
    closed(session, it)
    word = voices.write_word(
        session, booking_of(it).id, WordGiven(WordKind.OBJECTION, "款项又被追回去了", it.matter.id), now=NOW
    )
    session.commit()
    voices.reopen_for_word(session, word.id, "情况属实，重新办理。", actor=OFFICE, now=NOW + timedelta(days=30))
    session.commit()
    assert (it.matter.state, it.matter.round) == (MatterState.HANDLING, 2)
    assert it.matter.due_on > NOW.date() + timedelta(days=30)
    assert word.answer
    with pytest.raises(Conflict):
        voices.reopen_for_word(session, word.id, "情况属实，重新办理。", actor=OFFICE, now=NOW)
    assert verify(session)[1] is None


def test_every_unit_of_a_reopened_matter_hears_why_and_until_when_once(session):
    it = a_matter_in_hand(session)
    lead, helper = (an_account(Role.UNIT, unit_id=unit.id) for unit in it.scene.units[:2])
    session.add_all([lead, helper])
    closed(session, it)
    word = voices.write_word(
        session, booking_of(it).id, WordGiven(WordKind.OBJECTION, "款项又被追回去了", it.matter.id), now=NOW
    )
    session.commit()
    voices.reopen_for_word(session, word.id, "情况属实，重新办理。", actor=OFFICE, now=NOW + timedelta(days=30))
    session.commit()
    told = session.scalars(select(Message).where(Message.subject.startswith("重新办理"))).all()
    assert sorted(message.account_id for message in told) == sorted([lead.id, helper.id])
    assert {("前办结" in message.subject, message.body) for message in told} == {(True, "企业提出异议")}


def test_supervision_answers_breaches_and_nothing_else_and_units_nothing_at_all(session):
    it = a_matter_in_hand(session)
    booking = booking_of(it)
    breach = voices.write_word(session, booking.id, WordGiven(WordKind.BREACH, "有人要求请客吃饭"), now=NOW)
    remark = voices.write_word(session, booking.id, WordGiven(WordKind.REMARK, "补充一点说明"), now=NOW)
    session.commit()
    with pytest.raises(NotFound):
        voices.answer_word(session, breach.id, "已经核查处理", actor=it.handler, now=NOW)
    with pytest.raises(NotAllowed):
        voices.answer_word(session, remark.id, "已经收到，谢谢", actor=SUPERVISOR, now=NOW)
    voices.answer_word(session, breach.id, "已经核查处理", actor=SUPERVISOR, now=NOW)
    with pytest.raises(Conflict):
        voices.answer_word(session, breach.id, "另有答复内容", actor=OFFICE, now=NOW)


def test_how_to_reach_who_wrote_is_sealed_and_looking_is_written_down(session):
    booking = a_scene(session).booking
    word = voices.write_word(
        session, booking.id, WordGiven(WordKind.BREACH, "有人要求请客", reach="13900001234"), now=NOW
    )
    session.commit()
    raw = session.connection().exec_driver_sql("SELECT reach FROM enterprise_word").scalar_one()
    assert "13900001234" not in raw
    assert voices.see_reach(session, word.id, actor=SUPERVISOR, now=NOW) == "13900001234"
    session.commit()
    assert session.scalars(select(AuditLine.act).where(AuditLine.act == "personal_data_seen")).all()


def test_a_renewed_code_ends_the_old_one_at_once_and_forgets_wrong_tries(session):
    booking = a_scene(session).booking
    old = booking.follow_code
    for _ in range(5):
        wrong_digits(session, booking.id, "0000", now=NOW)
    renew_code(session, booking.id, actor=OFFICE, now=NOW)
    session.commit()
    assert followed(session, booking.follow_code).id == booking.id
    with pytest.raises(NotFound):
        followed(session, old)
    assert wrong_digits(session, booking.id, end_of(booking), now=NOW) == ""


def test_only_the_office_renews_a_code(session):
    booking = a_scene(session).booking
    for actor in (VISITOR, SUPERVISOR):
        with pytest.raises(NotAllowed):
            renew_code(session, booking.id, actor=actor, now=NOW)


def test_the_window_works_on_either_engine(each_app):
    with each_app.app_context():
        read().info["unaudited"] = True
        it = a_matter_in_hand(read())
        result, booking = answered(read(), it), booking_of(it)
        with transaction() as session:
            assert wrong_digits(session, booking.id, "0000", now=NOW)
        with transaction() as session:
            version = it.matter.version
            following.opinion_by_code(session, booking.id, result.id, YES, version=version, now=NOW)
        with transaction() as session:
            voices.write_word(session, booking.id, WordGiven(WordKind.OBJECTION, "还差一部分", it.matter.id), now=NOW)
        assert matters_followed(read(), booking.id)[0].state is MatterState.REVIEWING
        assert verify(read())[1] is None


def at_once(app, acts):
    """Do all of these at the same moment, each in a thread and transaction of its own, and count what came."""
    start = Barrier(len(acts))

    def run(act):
        with app.app_context():
            start.wait()
            try:
                return "right" if write(act) == "" else "wrong or kept"
            except (Conflict, RuleBroken):
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return Counter(pool.map(run, acts))


def test_of_two_who_rate_at_the_same_moment_one_is_kept_and_of_many_tries_no_more_than_allowed_count(each_app):
    with each_app.app_context():
        read().info["unaudited"] = True
        it = a_matter_in_hand(read())
        closed(read(), it)
        read().commit()
        booking_id, matter_id, right = booking_of(it).id, it.matter.id, end_of(booking_of(it))
        read().info.pop("unaudited")
        db.session.remove()

    def rates(place):
        given = Rating(Grade.CONTENT, Resolved.FULLY, form_token=f"t{place}")
        return lambda session: ratings.rate_by_code(session, booking_id, matter_id, given, now=NOW)

    def tries(session):
        return wrong_digits(session, booking_id, "0000", now=NOW)

    assert at_once(each_app, [rates(place) for place in range(4)]) == {"wrong or kept": 1, "refused": 3}
    at_once(each_app, [tries] * 8)
    with each_app.app_context():
        assert count(read(), CallBack) == 1
        assert read().get(FollowFailure, booking_id).failures == 5
        assert "今天不能再填写" in wrong_digits(read(), booking_id, right, now=NOW)
        assert verify(read())[1] is None
