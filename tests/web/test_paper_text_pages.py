"""The pages on which the office words its papers; they work without any script."""

import re

import pytest
from sqlalchemy import select

from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Role
from portal.services.paper_texts import save_texts
from portal.store.models.papers import PaperText
from portal.store.queries.paper_texts import texts_in_force
from tests.conftest import NOW
from tests.house.page_reader import Page
from tests.slip_builders import OFFICE

REMINDER = "/admin/paper-texts/reminder"


def text_of(answer):
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def values(page, **changed):
    """What the form holds, as a browser without script would send it."""
    html = page.get_data(as_text=True)
    fields = dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', html))
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1].startswith(("text_", "version")):
            fields[name[1]] = value[1] if value else ""
    return fields | changed


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


@pytest.mark.parametrize("role", [it for it in Role if it is not Role.OFFICE])
def test_the_words_are_the_offices_business(sign_in, role):
    browser = sign_in(role)
    assert browser.get("/admin/paper-texts").status_code == 403
    assert browser.post(REMINDER, data={"text_note": "x"}).status_code == 403
    assert browser.post(f"{REMINDER}/preview.pdf").status_code == 403


@pytest.mark.parametrize("kind", PaperKind)
def test_every_paper_has_a_form_and_its_words_can_be_seen_as_printed(office, kind):
    page = office.get(f"/admin/paper-texts/{kind.value}")
    assert page.status_code == 200
    assert Page.of(page.get_data(as_text=True)).troubles == []
    seen = office.post(f"/admin/paper-texts/{kind.value}", data=values(page, then="preview"))
    assert (seen.status_code, "data:image/png;base64," in seen.get_data(as_text=True)) == (200, True)
    paper = office.post(f"/admin/paper-texts/{kind.value}/preview.pdf", data=values(page))
    assert (paper.status_code, paper.mimetype, paper.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_looking_keeps_nothing_and_saving_makes_a_version(session, office):
    typed = values(office.get(REMINDER), text_note="注：请妥善保管。", why="规范用语")
    office.post(REMINDER, data=typed | {"then": "preview"})
    assert session.scalars(select(PaperText)).all() == []
    answer = office.post(REMINDER, data=typed | {"then": "save"})
    assert (answer.status_code, answer.location) == (303, REMINDER)
    session.expire_all()
    assert texts_in_force(session, PaperKind.REMINDER)["note"] == "注：请妥善保管。"
    page = text_of(office.get(REMINDER))
    assert "规范用语" in page
    assert "<del>" in page
    assert "第 1 版" in text_of(office.get("/admin/paper-texts"))


@pytest.mark.parametrize("then", ["save", "preview"])
def test_each_refused_part_says_why_beside_itself_and_nothing_typed_is_lost(session, office, then):
    typed = values(office.get(REMINDER), text_heading="", text_body="{{ 企业.__class__ }}", why="试", then=then)
    answer = office.post(REMINDER, data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="text_heading-error"' in page
    assert 'id="text_body-error"' in page
    assert "企业.__class__" in page
    assert session.scalars(select(PaperText)).all() == []


def test_of_two_editors_the_second_is_told_and_may_send_it_again(session, office):
    typed = values(office.get(REMINDER), text_note="注：我的。", then="save")
    save_texts(session, PaperKind.REMINDER, {"note": "注：别人的。"}, seen=0, actor=OFFICE, now=NOW)
    session.commit()
    answer = office.post(REMINDER, data=typed)
    assert answer.status_code == 409
    assert "注：我的。" in answer.get_data(as_text=True)
    assert office.post(REMINDER, data=values(answer, then="save")).status_code == 303


def test_an_earlier_version_is_looked_at_and_put_in_force_again(session, office):
    for seen, note in enumerate(("注：一。", "注：二。")):
        save_texts(session, PaperKind.REMINDER, {"note": note}, seen=seen, actor=OFFICE, now=NOW)
    session.commit()
    place = f"{REMINDER}/versions/1"
    page = office.get(place)
    assert Page.of(page.get_data(as_text=True)).troubles == []
    assert office.post(place, data={"version": "2", "why": ""}).status_code == 422
    assert office.post(place, data={"version": "1", "why": "改回第一版"}).status_code == 409
    assert office.post(place, data={"version": "2", "why": "改回第一版"}).status_code == 303
    session.expire_all()
    assert texts_in_force(session, PaperKind.REMINDER)["note"] == "注：一。"
    assert "恢复此版" not in text_of(office.get(f"{REMINDER}/versions/3"))


@pytest.mark.parametrize("place", ["/admin/paper-texts/brief", f"{REMINDER}/versions/7"])
def test_what_there_is_not_is_absent(office, place):
    assert office.get(place).status_code == 404
