"""The enterprise files as pages."""

import pytest
from sqlalchemy import select

from portal.domain.people import Role
from portal.store.models.enterprises import Enterprise
from tests.builders import a_booking, a_matter, a_reception_day, an_enterprise

HTMX = {"HX-Request": "true"}
LONG = "内蒙古自治区安澜示例新能源装备制造产业发展集团云山安澜股份有限公司"


@pytest.fixture
def known(session):
    enterprise = an_enterprise(name=LONG, initials="nmgzzq", credit_code="91110000101623741K")
    booking = a_booking(a_reception_day(), enterprise)
    session.add_all([booking, a_matter(booking, title="二期厂房补贴尚未兑现"), an_enterprise(name="安澜乙有限公司")])
    session.commit()
    return enterprise.id


@pytest.fixture
def office(sign_in, known):
    return sign_in(Role.OFFICE)


def page(answer):
    return answer.get_data(as_text=True)


def given(**changed):
    return {
        "name": "安澜新有限公司",
        "credit_code": "",
        "registered_place": "云山市安澜区1号",
        "is_private": "yes",
    } | changed


@pytest.mark.parametrize("text, shown", [("nmgz", True), ("9111", True), ("新能源", True), ("没有", False)])
def test_an_enterprise_is_found_by_initials_code_and_name(office, text, shown):
    assert (LONG in page(office.get(f"/enterprises/?q={text}"))) is shown


@pytest.mark.parametrize("sort", ["name", "bookings", "matters", "latest"])
def test_the_list_is_sorted_by_every_heading(office, sort):
    html = page(office.get(f"/enterprises/?sort={sort}&direction=desc"))
    assert html.index(LONG) < html.index("安澜乙有限公司") or sort == "name"
    assert html.count('class="row-link"') == 2


def test_the_list_costs_the_same_however_long_it_is(office, session, statements):
    def cost():
        statements.clear()
        office.get("/enterprises/")
        return len([it for it in statements if it.startswith("SELECT")])

    cost()
    before = cost()
    session.add_all(an_enterprise() for _ in range(40))
    session.commit()
    assert cost() == before


def test_one_file_holds_facts_bookings_and_matters(office, known):
    html = page(office.get(f"/enterprises/{known}"))
    assert all(it in html for it in (LONG, "91110000101623741K", "12月15日 周二 09:00", "二期厂房补贴尚未兑现"))
    assert office.get("/enterprises/999").status_code == 404


def test_a_file_is_opened_and_corrected(office, session):
    answer = office.post("/enterprises/new", data=given(legal_representative="申示例"))
    added = session.scalars(select(Enterprise).where(Enterprise.name == "安澜新有限公司")).one()
    assert answer.location == f"/enterprises/{added.id}"
    assert added.initials == "alxyxgs"
    edited = office.post(f"/enterprises/{added.id}/edit", data=given(industry="制造", version=1))
    assert edited.status_code == 303
    stale = office.post(f"/enterprises/{added.id}/edit", data=given(industry="物流", version=1))
    assert stale.status_code == 409
    assert "物流" in page(stale)


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"name": LONG}, "已有档案"),
        ({"credit_code": "91110000101623741K"}, f"已属于“{LONG}”"),
        ({"credit_code": "123"}, "18 位"),
        ({"name": ""}, "请填写企业名称"),
        ({"registered_place": ""}, "请填写企业注册地"),
    ],
)
def test_what_cannot_be_filed_is_said_beside_its_field(office, changed, words):
    answer = office.post("/enterprises/new", data=given(**changed))
    assert answer.status_code == 422
    assert words in page(answer)
    assert "云山市安澜区1号" in page(answer) or "registered_place" in changed


def test_a_wrong_check_digit_and_a_name_alike_are_warned_of_and_filed(office):
    warned = given(name=LONG.replace("股份", ""), credit_code="91350211M0000XUF46")
    html = page(office.post("/enterprises/new", data=warned, follow_redirects=True))
    assert "校验位不符" in html
    assert f"名称相近的“{LONG}”" in html


def test_the_spreadsheet_is_a_spreadsheet(office):
    with office.get("/enterprises/enterprises.xlsx?q=nmgz") as answer:
        assert answer.data.startswith(b"PK")


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OFFICE, Role.LEADER, Role.SECRETARY)])
def test_only_the_office_keeps_enterprise_files(sign_in, known, role):
    browser = sign_in(role)
    for address in ("/enterprises/", f"/enterprises/{known}", "/enterprises/new", f"/enterprises/{known}/edit"):
        assert browser.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/enterprises/", "/enterprises/new"])
def test_a_page_carries_the_very_fragment_htmx_gets(office, address):
    assert page(office.get(address, headers=HTMX)).strip() in page(office.get(address))
