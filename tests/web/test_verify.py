import re
from datetime import date

import pytest
from sqlalchemy import select

from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.reserved_numbers import ReservedState
from portal.services import office_settings, slip_signing, slips
from portal.services.slip_sheets import fingerprint
from portal.store.models.papers import ReservedNumber, SlipPaper
from portal.store.models.slips import SlipVersion
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, a_signed_slip, an_issued_slip


def text_of(answer):
    return answer.get_data(as_text=True)


def codes(session, slip):
    return list(
        session.scalars(
            select(SlipVersion.verify_code).where(SlipVersion.slip_id == slip.id).order_by(SlipVersion.version)
        )
    )


@pytest.fixture
def anybody(app):
    return app.test_client()


def test_the_paper_in_force_is_genuine_for_anybody_who_asks(session, anybody):
    slip = an_issued_slip(session, a_scene(session))
    page = anybody.get(f"/verify/{codes(session, slip)[-1]}")
    assert page.status_code == 200
    stored = session.get(SlipVersion, (slip.id, 2)).sha256
    short = " ".join(stored[place : place + 4] for place in range(0, 16, 4)).upper()
    for words in ("真</p>", slip.number, "第 2 版（填写批示），现行第 2 版", "2026年11月22日 周日", stored, short):
        assert words in text_of(page), words


def test_an_unsigned_paper_is_not_passed_off_as_a_signed_one(session, anybody):
    slip = a_numbered_slip(session, a_scene(session))
    page = text_of(anybody.get(f"/verify/{codes(session, slip)[0]}"))
    assert "真，待签批</p>" in page
    assert "尚未登记签批" in page


def test_the_print_the_leader_signed_by_hand_stays_genuine_beside_its_transcript(session, anybody):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    slip_signing.record_signature(session, slip.id, scene.order(), date(2026, 11, 20), actor=OFFICE, now=NOW)
    session.commit()
    original, transcript = (text_of(anybody.get(f"/verify/{code}")) for code in codes(session, slip))
    assert "真</p>" in original
    assert "是签批原件" in original
    assert "签在本版上" in original
    assert "真</p>" in transcript
    assert "签在第 1 版上" in transcript
    assert "纸面手写" in transcript


def test_a_signature_is_shown_with_post_way_and_day_and_by_name_only_if_the_office_wants_so(session, anybody):
    scene = a_scene(session)
    slip = a_signed_slip(session, scene)
    address = f"/verify/{codes(session, slip)[-1]}"
    page = text_of(anybody.get(address))
    for words in ("区委书记（本人）", "系统内签批", "是内部办理记录，不是电子签名", "签在本版上"):
        assert words in page, words
    assert scene.receiver.name not in page
    office_settings.change_rules(session, {"verify_shows_signer": True}, actor=OFFICE, now=NOW)
    session.commit()
    assert f"区委书记　{scene.receiver.name}（本人）" in text_of(anybody.get(address))


def test_signatures_that_count_no_more_are_said_to_and_the_remark_stays_inside(session, anybody):
    slip = a_signed_slip(session, a_scene(session))
    slips.return_to_draft(session, slip.id, "来访人周某要求更正", actor=OFFICE, now=NOW)
    session.commit()
    page = text_of(anybody.get(f"/verify/{codes(session, slip)[-1]}"))
    assert "修改中</p>" in page
    assert "已失效" in page
    assert "周某" not in page


def test_a_void_slip_names_the_one_that_counts_in_its_place_also_over_several(session, anybody):
    first, second, third = (an_issued_slip(session, a_scene(session, day=date(2026, 11, day))) for day in (16, 17, 18))
    second.replaces_id, third.replaces_id = first.id, second.id
    for it in (first, second):
        slips.void_slip(session, it.id, "张某来电要求重办", actor=OFFICE, now=NOW)
    session.commit()
    page = text_of(anybody.get(f"/verify/{codes(session, first)[-1]}"))
    assert "已被取代</p>" in page
    assert third.number in page
    assert "张某" not in page


def a_paper(slip, **given):
    return SlipPaper(
        **{
            "kind": PaperKind.REMINDER,
            "slip_id": slip.id,
            "organ": "民接催",
            "year": 2026,
            "serial": 1,
            "number": "民接催〔2026〕1号",
            "sheet": '{"enterprise_name":"某某制造有限公司"}',
            "sha256": fingerprint('{"enterprise_name":"某某制造有限公司"}'),
            "verify_code": "REMINDERAAAAAAAA",
            "made_by": "办公室",
            "made_at": NOW,
        }
        | given
    )


def test_a_paper_beside_a_slip_has_its_own_answer(session, anybody):
    slip = an_issued_slip(session, a_scene(session))
    session.add(a_paper(slip, kind=PaperKind.SUPERVISION, colour=UrgingColour.RED))
    session.commit()
    page = text_of(anybody.get("/verify/remind erAA aaaa aa"))
    for words in ("真</p>", "督办单", "红色", "民接催〔2026〕1号", slip.number):
        assert words in page, words
    assert "制造有限公司" not in page


@pytest.mark.parametrize(
    "change, word",
    [({"void_at": NOW, "void_reason": "重新制发"}, "已作废"), ({"sha256": "0" * 64}, "存疑")],
)
def test_a_void_or_altered_paper_beside_a_slip_is_told(session, anybody, change, word):
    session.add(a_paper(an_issued_slip(session, a_scene(session)), **change))
    session.commit()
    page = text_of(anybody.get("/verify/REMINDERAAAAAAAA"))
    assert f"{word}</p>" in page
    assert "重新制发" not in page


def a_reserved_number(**given):
    return ReservedNumber(
        **{
            "paper": "slip",
            "organ": "安民接交",
            "year": 2026,
            "serial": 90,
            "number": "安民接交〔2026〕90号",
            "verify_code": "RESERVEDAAAAAAAA",
            "state": ReservedState.OPEN,
            "purpose": "12月停电备用，交周某保管",
            "reserved_by": "办公室",
            "reserved_at": NOW,
        }
        | given
    )


def test_a_blank_paper_says_whether_it_was_entered(session, anybody):
    blank = a_reserved_number()
    session.add(blank)
    session.commit()
    page = text_of(anybody.get("/verify/RESERVEDAAAAAAAA"))
    assert "预留空白单</p>" in page
    assert "周某" not in page
    slip = an_issued_slip(session, a_scene(session))
    blank.state, blank.slip_id, blank.settled_at = ReservedState.USED, slip.id, NOW
    session.commit()
    page = text_of(anybody.get("/verify/RESERVEDAAAAAAAA"))
    assert "真，已登记</p>" in page
    assert slip.number in page


def test_a_blank_paper_that_is_not_used_is_void(session, anybody):
    session.add(a_reserved_number(state=ReservedState.VOID, settled_at=NOW, void_reason="未使用"))
    session.commit()
    assert "已作废</p>" in text_of(anybody.get("/verify/RESERVEDAAAAAAAA"))


def test_every_code_costs_the_same_first_questions_whether_it_is_ours_or_not(session, anybody, statements):
    known = codes(session, an_issued_slip(session, a_scene(session)))[-1]
    asked = {}
    for code in (known, "ABCDEFGHIJKLMNOP", "x"):
        statements.clear()
        anybody.get(f"/verify/{code}")
        asked[code] = [it for it in statements if re.search(r"verify_code = ", it)]
    assert {len(it) for it in asked.values()} == {3}


def test_nothing_personal_and_nothing_of_the_content_is_said(session, anybody):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    secrets = [
        scene.booking.enterprise.name,
        scene.booking.visitor_name,
        scene.receiver.name,
        scene.official.name,
        scene.matters[0].title,
        scene.units[0].name,
        "5678",
        slip.instruction,
    ]
    page = text_of(anybody.get(f"/verify/{codes(session, slip)[-1]}"))
    assert [it for it in secrets if it in page] == []


def test_an_older_paper_is_told_that_there_is_a_newer_one(session, anybody):
    slip = an_issued_slip(session, a_scene(session))
    page = text_of(anybody.get(f"/verify/{codes(session, slip)[0]}"))
    assert "有新版</p>" in page
    assert "这是第 1 版，现行第 2 版" in page


def test_a_void_slip_is_void_in_every_version(session, anybody):
    slip = an_issued_slip(session, a_scene(session))
    slips.void_slip(session, slip.id, "重新交办", actor=OFFICE, now=NOW)
    session.commit()
    for code in codes(session, slip):
        assert "已作废</p>" in text_of(anybody.get(f"/verify/{code}"))


def test_a_paper_sent_back_for_changes_says_so(session, anybody):
    slip = a_numbered_slip(session, a_scene(session))
    slips.return_to_draft(session, slip.id, "补充核实情况", actor=OFFICE, now=NOW)
    session.commit()
    assert "修改中</p>" in text_of(anybody.get(f"/verify/{codes(session, slip)[0]}"))


def test_a_record_that_was_tampered_with_is_not_called_genuine(session, anybody):
    slip = an_issued_slip(session, a_scene(session))
    version = session.get(SlipVersion, (slip.id, 2))
    version.sheet = version.sheet.replace("安民接交", "安民接文")
    code = version.verify_code
    session.commit()
    assert "存疑</p>" in text_of(anybody.get(f"/verify/{code}"))


@pytest.mark.parametrize("code", ["ABCDEFGHIJKLMNOP", "x", "%E4%BC%AA", "A" * 300, "' OR 1=1 --"])
def test_a_code_that_is_none_of_ours_is_unknown(session, anybody, code):
    answer = anybody.get(f"/verify/{code}")
    assert answer.status_code == 404
    assert "查无此单</p>" in text_of(answer)


def test_codes_may_be_typed_in_small_letters_with_gaps_and_the_upper_case_address_of_the_qr_code_works(
    session, anybody
):
    slip = an_issued_slip(session, a_scene(session))
    code = codes(session, slip)[-1]
    spaced = "-".join(code[place : place + 4] for place in range(0, 16, 4)).lower()
    assert "真</p>" in text_of(anybody.get(f"/verify/{spaced}"))
    assert "真</p>" in text_of(anybody.get(f"/VERIFY/{code}"))
    answer = anybody.get(f"/verify/?code={spaced}")
    assert (answer.status_code, answer.location) == (303, f"/verify/{code}")


def test_the_door_for_typing_a_code_needs_no_sign_in(anybody, session):
    assert 'name="code"' in text_of(anybody.get("/verify/"))


def test_an_application_told_to_count_nobody_slows_nobody_down(anybody, session):
    assert {anybody.get("/verify/ABCDEFGHIJKLMNOP").status_code for _ in range(61)} == {404}


@pytest.mark.usefixtures("counting_requests")
def test_guessing_is_slowed_down(app, session, anybody):
    answers = [anybody.get("/verify/ABCDEFGHIJKLMNOP").status_code for _ in range(61)]
    assert answers[:60] == [404] * 60
    assert answers[60] == 429
