"""Every page that exists is sound: headings, barriers, a telephone's width, and a browser with nothing to complain about."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from portal.app import AREAS, create_app
from portal.config import load_settings
from portal.domain.people import Role
from tests.browser.persons import send
from tests.browser.portals import BEFORE, Portal
from tests.browser.surveys import (
    EXAMPLES,
    NOT_PAGES,
    area_of,
    barriers,
    is_page,
    looked_over,
    sights,
    too_wide,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

WITH_PAGES = [area for area in AREAS if area != "health"]

UNSOUND = (
    '<p style="color: red">a style the policy refuses</p><img src="/static/none.png">'
    '<p class="nowrap">一行不能折断的文字，在手机上放不下，只能左右拖动才能看完，这样的页面不能用。</p>'
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The portal's addresses and who may open them; its records are those of the server."""
    return create_app(load_settings(instance=tmp_path_factory.mktemp("site"), today=BEFORE, sample=False))


@pytest.mark.parametrize("area", WITH_PAGES)
def test_every_page_of_an_area_is_sound_for_whoever_may_open_it(area: str, site: Flask, portal: Portal):
    pages, wrong = {}, []
    for sight in sights(site, portal.folder, area):
        if sight.role not in pages:
            pages[sight.role] = portal.page(sight.role.value if sight.role else None)
        found = looked_over(pages[sight.role], sight.address, closely=sight.closely)
        wrong += [f"{sight.role.label if sight.role else '未登录'} {it}" for it in found]
    assert pages, f"{area} has no page: take it out of WITH_PAGES"
    assert not wrong, "\n".join(wrong)


def test_no_page_is_left_out_of_the_survey(site: Flask):
    rules = list(site.url_map.iter_rules())
    beside = {area_of(rule) for rule in rules if is_page(rule)} - set(WITH_PAGES)
    assert not beside, f"{beside}: pages of an area that AREAS does not name are never looked over"
    gone = NOT_PAGES.keys() - {rule.endpoint for rule in rules} - {"calendar.feed"}
    assert not gone, f"{gone}: no such view any more, take it out of the list"
    unknown = EXAMPLES.keys() - {argument for rule in rules for argument in rule.arguments}
    assert not unknown, f"{unknown}: no address has such an argument any more"


def test_the_survey_notices_what_it_looks_for(portal: Portal):
    page = portal.page("office")
    page.goto("/account/")
    with page.expect_response("**/none.png"):
        page.get_by_role("main").evaluate("(main, html) => main.insertAdjacentHTML('beforeend', html)", UNSOUND)
    assert any("image-alt" in it for it in barriers(page))
    assert too_wide(page)
    said, portal.complaints = portal.complaints, []
    assert "404 for /static/none.png" in said
    assert any("Content Security Policy" in it for it in said)


@pytest.mark.parametrize("address", ["/matters/999999", "/no-such-page", "/calendar/2026/13"])
def test_a_page_that_is_not_there_says_so_on_a_sound_page(address: str, portal: Portal):
    page = portal.page("office")
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 404
    assert page.get_by_role("heading", level=1).count() == 1
    assert not barriers(page)


def test_a_page_one_may_not_open_says_so_on_a_sound_page(portal: Portal):
    page = portal.page(Role.UNIT.value)
    answer = page.goto("/audit/")
    assert answer is not None
    assert answer.status == 403
    assert page.get_by_role("heading", level=1).count() == 1
    assert not barriers(page)


@pytest.mark.parametrize(
    "who, address, press",
    [
        ("office", "/bookings/new?day=2026-12-15", "登记预约"),
        ("office", "/enterprises/new", "保存"),
        ("office", "/reception-days/new", "增加接待日"),
        ("system", "/admin/accounts/new", "新增账号"),
    ],
    ids=["booking", "enterprise", "reception-day", "account"],
)
def test_a_form_that_comes_back_with_mistakes_is_sound(portal: Portal, who: str, address: str, press: str):
    page = portal.page(who)
    page.goto(address)
    assert send(page, press).status == 422
    expect(page.get_by_role("alert")).to_be_visible()
    assert not barriers(page)
    assert not too_wide(page)
