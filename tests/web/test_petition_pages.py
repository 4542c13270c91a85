"""Marking a matter as a petition on its page, and its clocks there."""

import pytest

from portal.domain.people import Role
from portal.store.models.matters import Matter
from tests.handled_matters import a_matter_in_hand
from tests.house.page_reader import Page
from tests.slip_builders import a_scene, an_issued_slip


def words(answer):
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("role", list(Role))
def test_only_the_office_marks(sign_in, session, role):
    it = a_matter_in_hand(session)
    address = f"/matters/{it.matter.id}/petition"
    wanted = 200 if role is Role.OFFICE else 403
    browser = sign_in(role)
    assert browser.get(address).status_code == wanted
    assert browser.post(address, data={}).status_code == (422 if role is Role.OFFICE else 403)


def test_the_page_says_what_will_happen_and_the_matter_shows_it(sign_in, session):
    it = a_matter_in_hand(session)
    browser, address = sign_in(Role.OFFICE), f"/matters/{it.matter.id}"
    assert "按信访事项办理" in words(browser.get(address))
    page = words(browser.get(f"{address}/petition"))
    assert "办结时限" in page
    assert "60日内办结" in page
    done = browser.post(f"{address}/petition", data={"why": "来访人书面提出", "version": it.matter.version})
    assert (done.status_code, done.location) == (303, address)
    shown = words(browser.get(address))
    assert "信访事项" in shown
    assert "不再按信访事项办理" in shown
    session.expire_all()
    assert session.get_one(Matter, it.matter.id).is_petition


def test_what_was_typed_stays_when_the_matter_has_changed(sign_in, session):
    it = a_matter_in_hand(session)
    late = sign_in(Role.OFFICE).post(
        f"/matters/{it.matter.id}/petition", data={"why": "来访人书面提出", "version": it.matter.version + 5}
    )
    assert late.status_code == 409
    assert "来访人书面提出" in words(late)


def test_the_clocks_of_a_matter_stand_on_its_page(sign_in, session):
    it = a_matter_in_hand(session)
    page = words(sign_in(Role.OFFICE).get(f"/matters/{it.matter.id}"))
    assert "各步时限" in page
    for word in ("领导签批", "单位签收", "联系企业", "办理"):
        assert word in page


def test_the_page_says_what_becomes_of_the_slip_and_leads_to_where_it_is_drafted_anew(sign_in, session):
    scene = a_scene(session)
    slip = an_issued_slip(session, scene)
    page = words(sign_in(Role.OFFICE).get(f"/matters/{scene.ids[0]}/petition"))
    assert Page.of(page).troubles == []
    assert f"{slip.number}已经印发，纸面的时限不改" in page
    assert f'href="/slips/{slip.id}/replace"' in page
