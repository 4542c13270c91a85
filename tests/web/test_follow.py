"""The enterprise's own window on the web: its own matters and nobody else's, its acts, and what stops them."""

import re

import pytest
from sqlalchemy import func, select

from portal.domain.bookings import BookingState
from portal.domain.matters import MatterState
from portal.domain.people import Role
from portal.domain.progress import ProgressKind
from portal.domain.refusals import RefusalGround
from portal.domain.voices import WordKind
from portal.services import results, voices
from portal.services.voices import WordGiven
from portal.store.models.handling import Progress
from portal.store.models.matters import Matter
from portal.store.models.voices import CallBack, EnterpriseWord
from portal.store.queries.following import follow_codes_of
from tests.handled_matters import SOLVED, a_matter_in_hand, closed
from tests.slip_builders import INSTRUCTION, NOW, a_scene


@pytest.fixture
def anybody(app):
    return app.test_client()


def text_of(answer):
    return answer.get_data(as_text=True)


def page_of(browser, booking):
    answer = browser.get(f"/follow/{booking.follow_code}")
    assert answer.status_code == 200
    return text_of(answer)


def answered(session, it):
    found = results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    results.head_signs(session, it.matter.id, actor=it.head, now=NOW)
    session.commit()
    return found


def end_of(booking):
    return booking.visitor_phone[-4:]


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_the_window_shows_the_bookings_own_matters_and_nobody_elses(session, anybody):
    own, others = a_scene(session), a_scene(session, day=NOW.date())
    others.matters[0].title = "别家企业反映的另一件事"
    others.booking.enterprise.name = "别家示例企业"
    session.commit()
    page = page_of(anybody, own.booking)
    assert all(it.number in page for it in own.matters)
    for foreign in (*(it.number for it in others.matters), "别家企业反映的另一件事", "别家示例企业"):
        assert foreign not in page
    assert anybody.get(f"/follow/{own.booking.follow_code}/rate/{others.ids[0]}").status_code == 404


def test_it_shows_no_person_no_instruction_and_no_progress(session, anybody):
    it = a_matter_in_hand(session)
    it.scene.booking.visitor_name, it.scene.booking.visitor_phone = "申示例甲", "13800007777"
    session.add(
        Progress(
            matter_id=it.matter.id, slip_id=it.slip.id, unit_id=it.scene.units[0].id, kind=ProgressKind.PROGRESS,
            told="内部研究意见不宜公开", by="经办人", at=NOW,
        )
    )  # fmt: skip
    session.info["unaudited"] = True
    session.commit()
    page = page_of(anybody, it.scene.booking)
    for hidden in (
        "申示例甲",
        "7777",
        INSTRUCTION,
        "内部研究意见",
        "经办人",
        it.scene.receiver.name,
        it.scene.official.name,
    ):
        assert hidden not in page
    assert f"{it.scene.units[0].short_name}正在办理，预计12月7日前答复。" in page


def test_of_what_is_classified_not_even_the_title_is_shown(session, anybody):
    scene = a_scene(session)
    scene.matters[0].title, scene.matters[0].state = "某涉密工程", MatterState.REFUSED
    scene.matters[0].refusal_ground, scene.matters[0].ended_reason = RefusalGround.CLASSIFIED, "涉及某涉密工程"
    session.commit()
    page = page_of(anybody, scene.booking)
    assert "某涉密工程" not in page
    assert RefusalGround.CLASSIFIED.channel in page


@pytest.mark.parametrize("state", [BookingState.CANCELLED, BookingState.NO_SHOW])
def test_a_visit_that_came_to_nothing_says_so(session, anybody, state):
    scene = a_scene(session, matters=1)
    scene.matters[0].state = MatterState.REGISTERED
    scene.booking.state = state
    if state is BookingState.CANCELLED:
        scene.booking.seat = None
    session.commit()
    assert "没有受理" in page_of(anybody, scene.booking)


def test_every_wrong_code_gets_the_same_page_which_says_what_to_check(session, anybody):
    scene = a_scene(session)
    answers = [anybody.get(f"/follow/{code}") for code in ("A" * 16, "X", "-", scene.booking.code, "a" * 300)]
    assert {it.status_code for it in answers} == {404}
    assert len({re.sub(r'name="(csrf_token|next)" value="[^"]*"', "", text_of(it)) for it in answers}) == 1
    assert "请核对纸上的 16 个字符" in text_of(answers[0])


def test_a_code_is_accepted_as_people_type_it(session, anybody):
    code = a_scene(session).booking.follow_code
    spaced = f" {code[:4].lower()} {code[4:]} ".replace("O", "0").replace("I", "1").replace("B", "8")
    answer = anybody.get("/follow/", query_string={"code": spaced})
    assert (answer.status_code, answer.location) == (303, f"/follow/{code}")
    assert anybody.get(f"/FOLLOW/{code}").status_code == 200


def test_no_search_engine_keeps_the_page_and_no_cache_does(session, anybody):
    answer = anybody.get(f"/follow/{a_scene(session).booking.follow_code}")
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_an_opinion_is_confirmed_on_a_page_of_its_own_before_it_counts(session, anybody):
    it = a_matter_in_hand(session)
    result, booking = answered(session, it), it.scene.booking
    assert SOLVED.told in page_of(anybody, booking)
    address = f"/follow/{booking.follow_code}/opinion/{result.id}"
    given = {"resolved": "not", "grade": "discontent", "words": "款项至今没有到账", "version": it.matter.version}
    asked = anybody.post(address, data=given | {"digits": end_of(booking)})
    assert asked.status_code == 200
    assert "退回承办单位重新办理" in text_of(asked)
    session.expire_all()
    assert session.get(Matter, it.matter.id).state is MatterState.CONFIRMING
    back = anybody.post(address, data=given | {"back": "1"})
    assert "款项至今没有到账" in text_of(back)
    for _ in range(2):
        assert anybody.post(address, data=given | {"sure": "1"}).status_code == 303
    session.expire_all()
    again = session.get(Matter, it.matter.id)
    assert (again.state, again.round) == (MatterState.HANDLING, 2)
    page = page_of(anybody, booking)
    assert "正在重新办理" in page
    assert "没有解决，不满意；款项至今没有到账" in page


def test_contesting_without_words_is_refused_beside_the_field_before_it_is_confirmed(session, anybody):
    it = a_matter_in_hand(session)
    result, booking = answered(session, it), it.scene.booking
    answer = anybody.post(
        f"/follow/{booking.follow_code}/opinion/{result.id}",
        data={"resolved": "not", "grade": "content", "digits": end_of(booking), "version": it.matter.version},
    )
    assert answer.status_code == 422
    assert "请写明哪里没有解决" in text_of(answer)


def test_an_opinion_that_lost_the_race_is_a_conflict_and_keeps_what_was_typed(session, anybody):
    it = a_matter_in_hand(session)
    result, booking = answered(session, it), it.scene.booking
    address = f"/follow/{booking.follow_code}/opinion/{result.id}"
    given = {"resolved": "fully", "grade": "content", "words": "办得很好谢谢", "version": it.matter.version}
    assert anybody.post(address, data=given | {"digits": end_of(booking), "sure": "1"}).status_code == 303
    late = anybody.post(address, data=given | {"grade": "very_content", "sure": "1"})
    assert late.status_code == 409
    assert "办得很好谢谢" in text_of(late)


def test_without_the_right_digits_nothing_is_done_and_the_window_locks_for_the_day(session, anybody):
    it = a_matter_in_hand(session)
    closed(session, it)
    session.commit()
    booking = it.scene.booking
    address = f"/follow/{booking.follow_code}/rate/{it.matter.id}"
    given = {"resolved": "fully", "grade": "content"}
    assert "请填写预约时登记的联系电话后 4 位" in text_of(anybody.post(address, data=given))
    for _ in range(5):
        answer = anybody.post(address, data=given | {"digits": "0000"})
        assert answer.status_code == 422
    locked = anybody.post(address, data=given | {"digits": end_of(booking)})
    assert "今天不能再填写" in text_of(locked)
    assert count(session, CallBack) == 0
    assert page_of(anybody, booking), "reading goes on"


def test_a_closed_matter_is_rated_and_the_page_shows_it(session, anybody):
    it = a_matter_in_hand(session)
    closed(session, it)
    session.commit()
    booking = it.scene.booking
    address = f"/follow/{booking.follow_code}/rate/{it.matter.id}"
    given = {"resolved": "partly", "grade": "fairly_content", "told": "基本可以", "form_token": "t"}
    for _ in range(2):
        assert anybody.post(address, data=given | {"digits": end_of(booking)}).status_code == 303
    assert count(session, CallBack) == 1
    page = page_of(anybody, booking)
    assert "部分解决，基本满意；基本可以" in page
    assert f"/rate/{it.matter.id}" not in page


@pytest.mark.parametrize("kind", ["objection", "breach", "remark"])
def test_words_are_kept_once_and_shown_with_their_answer(session, anybody, kind):
    it = a_matter_in_hand(session)
    booking = it.scene.booking
    address = f"/follow/{booking.follow_code}/say/{kind}"
    assert anybody.get(address).status_code == 200
    given = {"told": "情况是这样的", "matter_id": str(it.matter.id), "form_token": "t", "digits": end_of(booking)}
    for _ in range(2):
        assert anybody.post(address, data=given).status_code == 303
    assert count(session, EnterpriseWord) == 1
    assert "情况是这样的" in page_of(anybody, booking)


def test_a_breach_shows_its_words_only_to_who_gave_the_digits(session, anybody):
    booking = a_scene(session).booking
    voices.write_word(session, booking.id, WordGiven(WordKind.BREACH, "有人要求请客吃饭"), now=NOW)
    session.commit()
    assert "有人要求请客吃饭" not in page_of(anybody, booking)
    answer = anybody.post(f"/follow/{booking.follow_code}/prove", data={"digits": end_of(booking)})
    assert answer.status_code == 303
    assert "有人要求请客吃饭" in page_of(anybody, booking)


@pytest.mark.parametrize(
    "data",
    [{}, {"told": ""}, {"told": "短"}, {"told": "长" * 2_001}, {"told": "写了", "matter_id": "999999"},
     {"told": "这里写了", "matter_id": "x"}, {"told": "𠀀" * 10, "reach": "长" * 101}],
)  # fmt: skip
def test_bad_words_are_refused_in_place(session, anybody, data):
    booking = a_scene(session).booking
    answer = anybody.post(f"/follow/{booking.follow_code}/say/remark", data=data | {"digits": end_of(booking)})
    assert answer.status_code == 422
    assert count(session, EnterpriseWord) == 0


@pytest.mark.parametrize("number", ["99999999999999999999", str(2**31), "0"])
@pytest.mark.parametrize("page", ["opinion", "rate"])
def test_a_number_that_no_record_can_have_is_not_found(session, anybody, page, number):
    booking = a_scene(session).booking
    assert anybody.get(f"/follow/{booking.follow_code}/{page}/{number}").status_code == 404


@pytest.mark.usefixtures("counting_requests")
def test_whoever_tries_codes_by_the_hundred_is_slowed_down(anybody):
    answers = [anybody.get("/follow/AAAAAAAAAAAAAAAA").status_code for _ in range(61)]
    assert set(answers[:60]) == {404}
    assert answers[60] == 429


def test_the_office_renews_a_lost_code_and_the_old_paper_opens_nothing(session, anybody, sign_in):
    booking = a_scene(session).booking
    old, office = booking.follow_code, sign_in(Role.OFFICE)
    assert "原查询码立即失效" in text_of(office.get(f"/bookings/{booking.id}/follow-code"))
    assert office.post(f"/bookings/{booking.id}/follow-code").status_code == 303
    session.expire_all()
    new = follow_codes_of(session, [booking.id])[booking.id]
    assert new != old
    assert anybody.get(f"/follow/{old}").status_code == 404
    assert anybody.get(f"/follow/{new}").status_code == 200


def test_acknowledgements_are_printed_one_by_one_and_for_the_day(session, sign_in):
    scene = a_scene(session)
    office = sign_in(Role.OFFICE)
    day = scene.day.day.isoformat()
    for address in (f"/bookings/{scene.booking.id}/acknowledgement.pdf", f"/reception-days/{day}/acknowledgements.pdf"):
        answer = office.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), address
    scene.booking.state = BookingState.CONFIRMED
    session.commit()
    assert "企业到场接待后才有受理回执" in text_of(
        office.get(f"/bookings/{scene.booking.id}/acknowledgement.pdf", follow_redirects=True)
    )


def test_a_kind_of_word_that_does_not_exist_is_not_found(session, anybody):
    assert anybody.get(f"/follow/{a_scene(session).booking.follow_code}/say/poem").status_code == 404


def a_word(session, kind=WordKind.BREACH, scene=None):
    scene = scene or a_scene(session)
    word = voices.write_word(session, scene.booking.id, WordGiven(kind, "这里写了一些话", reach="13900001234"), now=NOW)
    session.commit()
    return word


def test_units_leaders_and_administrators_never_see_what_enterprises_wrote(session, sign_in):
    word = a_word(session)
    for role in set(Role) - {Role.OFFICE, Role.SUPERVISOR}:
        browser = sign_in(role)
        for address in ("/voices/", f"/voices/{word.id}", "/voices/voices.xlsx"):
            assert browser.get(address).status_code == 403, (role, address)


def test_supervision_sees_breaches_and_nothing_else(session, sign_in):
    scene = a_scene(session)
    breach, remark = a_word(session, scene=scene), a_word(session, WordKind.REMARK, scene=scene)
    browser = sign_in(Role.SUPERVISOR)
    page = text_of(browser.get("/voices/"))
    assert f"/voices/{breach.id}" in page
    assert f"/voices/{remark.id}" not in page
    assert browser.get(f"/voices/{remark.id}").status_code == 404


def test_the_office_answers_and_its_list_reaches_zero(session, sign_in, anybody):
    word = a_word(session, WordKind.REMARK)
    office = sign_in(Role.OFFICE)
    assert "待答复 1" in text_of(office.get("/voices/"))
    assert office.post(f"/voices/{word.id}", data={"answer": ""}).status_code == 422
    answer = office.post(f"/voices/{word.id}", data={"answer": "已经收到，谢谢。", "version": word.version})
    assert answer.status_code == 303
    assert "没有待答复的企业来言" in text_of(office.get("/voices/"))
    session.expire_all()
    assert "已经收到，谢谢。" in text_of(
        anybody.get(f"/follow/{follow_codes_of(session, [word.booking_id])[word.booking_id]}")
    )


def test_how_to_reach_who_wrote_is_shown_on_a_press_only(session, sign_in):
    word = a_word(session)
    office = sign_in(Role.OFFICE)
    assert "13900001234" not in text_of(office.get(f"/voices/{word.id}"))
    assert "13900001234" in text_of(office.post(f"/voices/{word.id}/reach"))


def test_an_objection_to_a_closed_matter_is_reopened_from_its_page(session, sign_in):
    it = a_matter_in_hand(session)
    closed(session, it)
    word = voices.write_word(
        session, it.scene.booking.id, WordGiven(WordKind.OBJECTION, "款项又被追回去了", it.matter.id), now=NOW
    )
    session.commit()
    office = sign_in(Role.OFFICE)
    assert "异议成立，重新办理" in text_of(office.get(f"/voices/{word.id}"))
    answer = office.post(f"/voices/{word.id}/reopen", data={"answer": "情况属实，重新办理。", "version": word.version})
    assert answer.status_code == 303
    session.expire_all()
    assert session.get(Matter, it.matter.id).state is MatterState.HANDLING
