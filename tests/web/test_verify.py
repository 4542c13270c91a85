import pytest
from sqlalchemy import select

from portal.services import slips
from portal.store.models.slips import SlipVersion
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, an_issued_slip


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
    for words in ("真</p>", slip.number, "第 2 版（填写批示），现行第 2 版", "2026年11月22日 周日"):
        assert words in text_of(page), words


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


def test_guessing_is_slowed_down(app, session, anybody):
    from portal.web.limits import limiter  # noqa: PLC0415 - switched on for this test alone

    was, limiter.enabled = limiter.enabled, True
    limiter.reset()
    try:
        answers = [anybody.get("/verify/ABCDEFGHIJKLMNOP").status_code for _ in range(61)]
    finally:
        limiter.enabled = was
        limiter.reset()
    assert answers[:60] == [404] * 60
    assert answers[60] == 429
