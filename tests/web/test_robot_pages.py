"""Robots kept by the office: an address is checked, sealed and never shown again."""

import pytest
from sqlalchemy import select, text

from portal.domain.people import Role
from portal.store.models.messages import Robot
from tests.gateways import SECRET, a_gateway

ADDRESS = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


@pytest.fixture
def service(app):
    with a_gateway() as made:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"robot_hosts": made.host})
        yield made


def typed(**given):
    return {"name": "接待日工作群", "channel": "dingtalk", "address": ADDRESS, "secret": SECRET, "keyword": ""} | given


def page(browser, address="/admin/robots"):
    return browser.get(address).get_data(as_text=True)


def test_a_robot_is_entered_and_neither_its_address_nor_its_secret_is_shown_or_kept_readable(office, session):
    assert "还没有群机器人" in page(office)
    assert office.post("/admin/robots/new", data=typed()).status_code == 303
    listed = page(office)
    assert "https://oapi.dingtalk.com/…cdef" in listed
    assert "加签" in listed
    robot = session.scalars(select(Robot)).one()
    for shown in (listed, page(office, f"/admin/robots/{robot.id}")):
        assert "0123456789" not in shown
        assert SECRET not in shown
    kept = session.execute(text("SELECT address, secret FROM robot")).one()
    assert "dingtalk" not in kept.address
    assert SECRET not in kept.secret


@pytest.mark.parametrize(
    "given, field",
    [
        ({"name": ""}, "name"),
        ({"address": ""}, "address"),
        ({"address": "https://169.254.169.254/latest"}, "address"),
        ({"address": "http://oapi.dingtalk.com/robot/send?access_token=1"}, "address"),
        ({"channel": "mail"}, "channel"),
        ({"channel": "wecom", "address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"}, "secret"),
        ({"keyword": "长" * 41}, "keyword"),
    ],
)
def test_what_cannot_work_is_said_beside_its_field(office, session, given, field):
    answer = office.post("/admin/robots/new", data=typed(**given))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True) or field == "channel"
    assert session.scalars(select(Robot)).all() == []


def test_a_new_robot_without_name_and_address_hears_of_both_at_once(office):
    html = office.post("/admin/robots/new", data=typed(name="", address="")).get_data(as_text=True)
    assert 'id="name-error"' in html
    assert 'id="address-error"' in html


def test_what_is_left_blank_stays_and_the_secret_can_be_dropped(office, session):
    office.post("/admin/robots/new", data=typed())
    robot = session.scalars(select(Robot)).one()
    office.post(f"/admin/robots/{robot.id}", data=typed(name="新名", address="", secret=""))
    session.expire_all()
    assert (robot.name, robot.address, robot.secret) == ("新名", ADDRESS, SECRET)
    office.post(f"/admin/robots/{robot.id}", data=typed(address="", secret="", drops_secret="y"))
    session.expire_all()
    assert robot.secret is None
    assert office.post(f"/admin/robots/{robot.id}", data=typed(channel="wecom", secret="")).status_code == 422
    assert office.post("/admin/robots/new", data=typed()).status_code == 422, "the name is taken"


def test_a_test_is_posted_and_what_the_service_says_against_it_is_shown(office, session, service):
    office.post("/admin/robots/new", data=typed(address=service.url))
    robot = session.scalars(select(Robot)).one()
    said = office.post(f"/admin/robots/{robot.id}/test", follow_redirects=True).get_data(as_text=True)
    assert "试发成功" in said
    assert "试发的消息" in service.taken[0].content
    service.text = '{"errcode":310000,"errmsg":"sign not match"}'
    said = office.post(f"/admin/robots/{robot.id}/test", follow_redirects=True).get_data(as_text=True)
    assert "错误码 310000" in said
    for _ in range(19):
        office.post(f"/admin/robots/{robot.id}/test")
    assert len(service.taken) == 20, "a test counts as a post"
    assert "每分钟最多 20 条" in page(office)


def test_a_robot_is_stopped_and_started(office, session):
    office.post("/admin/robots/new", data=typed())
    robot = session.scalars(select(Robot)).one()
    for act, active in (("stop", False), ("start", True)):
        assert office.post(f"/admin/robots/{robot.id}/{act}").status_code == 303
        session.refresh(robot)
        assert robot.active is active
    assert office.post("/admin/robots/99/stop").status_code == 404


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SYSTEM])
def test_only_the_office_keeps_robots(sign_in, role):
    browser = sign_in(role)
    assert browser.get("/admin/robots").status_code == 403
    assert browser.post("/admin/robots/new", data=typed()).status_code == 403
