"""Leaders keep their own keys, the security administrator all of them, and the kept paper is served byte for byte."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from portal.domain.people import Role
from portal.services import slips
from portal.services.kept_papers import bring_up_to_date, kept_paper
from portal.services.signing_keys import make_office_keys
from portal.store.models.office import OfficeSetting
from portal.store.models.signing import SigningKey
from portal.store.queries.signing_keys import key_of_leader
from tests.builders import PASSWORD, a_leader
from tests.services.keeping_papers import PIN, give_key, keeping_for
from tests.services.test_signing_keys import a_file
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, a_signed_slip, an_issued_slip

KEY = "/account/signing-key"


@pytest.fixture
def leader(session):
    made = a_leader(post="区长")
    session.add(made)
    session.commit()
    return made


@pytest.fixture
def browser(sign_in, leader):
    return sign_in(Role.LEADER, leader_id=leader.id)


def typed(**given):
    return {"make-pin": PIN, "make-again": PIN, "make-password": PASSWORD} | given


def page(browser, address=KEY):
    return browser.get(address).get_data(as_text=True)


def test_a_leader_makes_a_key_and_the_page_says_what_it_is_and_is_not(browser, session, leader):
    assert "还没有" in page(browser)
    assert browser.post(f"{KEY}/make", data=typed()).status_code == 303
    shown = page(browser)
    assert "不是依法取得许可的电子认证机构签发的证书" in shown
    assert "2029年11月22日" in shown
    assert "PRIVATE" not in shown


@pytest.mark.parametrize(
    "given, said",
    [
        ({"make-pin": "123456", "make-again": "123456"}, "连续或重复"),
        ({"make-pin": "1", "make-again": "1"}, "至少 6 位"),
        ({"make-again": "other"}, "两次输入的签名口令不一样"),
        ({"make-password": "wrong"}, "登录密码不正确"),
        ({"make-pin": "", "make-again": "", "make-password": ""}, "请设置签名口令"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(browser, session, leader, given, said):
    answer = browser.post(f"{KEY}/make", data=typed(**given))
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert key_of_leader(session, leader.id) is None


def test_a_certificate_file_is_loaded_and_its_password_used_once(browser, session, leader):
    data = {"pin": PIN, "again": PIN, "password": PASSWORD, "file_password": "file-pw"}
    wrong = browser.post(
        f"{KEY}/load", data=data | {"file_password": "no", "file": (io.BytesIO(a_file(leader.name)), "a.p12")}
    )
    assert (wrong.status_code, "证书密码不正确" in wrong.get_data(as_text=True)) == (422, True)
    none = browser.post(f"{KEY}/load", data=data)
    assert "请选择证书文件" in none.get_data(as_text=True)
    junk = browser.post(f"{KEY}/load", data=data | {"file": (io.BytesIO(b"PK junk"), "a.p12")})
    assert "不是证书文件" in junk.get_data(as_text=True)
    done = browser.post(f"{KEY}/load", data=data | {"file": (io.BytesIO(a_file(leader.name)), "a.p12")})
    assert done.status_code == 303, done.get_data(as_text=True)
    assert "由证书文件导入" in page(browser)


def test_a_leader_downloads_the_certificate_and_ends_the_key(browser, session, leader):
    give_key(session, leader)
    pem = browser.get(f"{KEY}/certificate.pem").get_data(as_text=True)
    assert pem.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in pem
    assert browser.post(f"{KEY}/end", data={"reason": "x"}).status_code == 422
    assert browser.post(f"{KEY}/end", data={"reason": "口令可能泄露"}).status_code == 303
    assert "口令可能泄露" in page(browser)
    assert browser.get(f"{KEY}/certificate.pem").status_code == 404
    assert "不必停用" in page(browser, f"{KEY}/end")


def test_a_key_that_soon_ends_is_warned_of(browser, session, leader):
    give_key(session, leader)
    key = session.scalars(select(SigningKey).where(SigningKey.leader_id == leader.id)).one()
    key.not_after = NOW + timedelta(days=12)
    session.commit()
    assert "还有 12 天" in page(browser)
    key.not_after, key.not_before = NOW - timedelta(days=1), NOW - timedelta(days=9)
    session.commit()
    assert "过期，不能再用它签名" in page(browser)


def test_the_security_administrator_sees_filters_exports_and_revokes(sign_in, session, leader):
    give_key(session, leader)
    security = sign_in(Role.SECURITY)
    listed = page(security, "/admin/signing-keys")
    assert leader.name in listed
    assert "单据出具" in listed
    only = page(security, "/admin/signing-keys?holder=organ&state=standing")
    assert leader.name not in only
    assert "没有符合条件" in page(security, "/admin/signing-keys?state=revoked")
    assert security.get("/admin/signing-keys.xlsx?holder=leader").status_code == 200
    key = session.scalars(select(SigningKey).where(SigningKey.leader_id == leader.id)).one()
    assert "BEGIN CERTIFICATE" in page(security, f"/admin/signing-keys/{key.id}/certificate.pem")
    there = f"/admin/signing-keys/{key.id}"
    assert security.post(there, data={"reason": "", "version": key.version}).status_code == 422
    assert security.post(there, data={"reason": "离任后收回", "version": 99}).status_code == 409
    assert security.post(there, data={"reason": "离任后收回", "version": key.version}).status_code == 303
    assert "离任后收回" in page(security, "/admin/signing-keys?state=revoked")
    assert security.get("/admin/signing-keys/9999").status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.SYSTEM, Role.AUDITOR])
def test_nobody_else_sees_the_keys(sign_in, role, leader):
    visitor = sign_in(role, leader_id=leader.id if role is Role.LEADER else None)
    assert visitor.get("/admin/signing-keys").status_code == 403


def test_the_authoritys_certificate_is_public(app, session):
    assert app.test_client().get("/verify/authority.pem").status_code == 404
    make_office_keys(session, now=NOW)
    session.commit()
    answer = app.test_client().get("/verify/authority.pem")
    assert answer.get_data(as_text=True).startswith("-----BEGIN CERTIFICATE-----")


def picture():
    out = io.BytesIO()
    Image.new("RGBA", (60, 60), (200, 0, 0, 120)).save(out, "PNG")
    return out.getvalue()


def test_the_office_sets_its_seal_and_goes_back_to_the_drawn_one(sign_in, session):
    office = sign_in(Role.OFFICE)
    assert "由系统绘制" in page(office, "/admin/seal")
    drawn = office.get("/admin/seal.png").data
    bad = office.post("/admin/seal", data={"picture": (io.BytesIO(b"GIF89a nothing"), "seal.png")})
    assert (bad.status_code, "PNG" in bad.get_data(as_text=True)) == (422, True)
    assert office.post("/admin/seal", data={}).status_code == 422
    good = office.post("/admin/seal", data={"picture": (io.BytesIO(picture()), "seal.png")})
    assert good.status_code == 303
    assert "用自己的图样" in page(office, "/admin/seal")
    assert office.get("/admin/seal.png").data != drawn
    assert office.post("/admin/seal", data={"drawn": "y"}).status_code == 303
    assert office.get("/admin/seal.png").data == drawn


def test_a_signed_slip_is_served_byte_for_byte_whatever_changes(app, session, sign_in):
    slip = an_issued_slip(session, a_scene(session))
    office = sign_in(Role.OFFICE)
    first = office.get(f"/slips/{slip.id}.pdf").data
    session.merge(OfficeSetting(name="slip_heading", value="另一个标题"))
    session.commit()
    assert office.get(f"/slips/{slip.id}.pdf").data == first == kept_paper(keeping_for(app), slip.id)
    assert f"/slips/{slip.id}/versions/{slip.paper_version}.pdf" in page(office, f"/slips/{slip.id}")


def test_who_may_not_see_the_visitor_prints_a_masked_copy_and_cannot_fetch_the_kept_one(session, sign_in):
    slip = an_issued_slip(session, a_scene(session))
    kept = sign_in(Role.OFFICE).get(f"/slips/{slip.id}.pdf").data
    supervisor = sign_in(Role.SUPERVISOR)
    assert supervisor.get(f"/slips/{slip.id}.pdf").data != kept
    assert supervisor.get(f"/slips/{slip.id}/versions/{slip.paper_version}.pdf").status_code == 403
    assert "/versions/" not in page(supervisor, f"/slips/{slip.id}")


def test_a_void_slip_prints_as_void_while_the_kept_one_can_still_be_had(app, session, sign_in):
    slip = an_issued_slip(session, a_scene(session))
    office = sign_in(Role.OFFICE)
    kept = office.get(f"/slips/{slip.id}.pdf").data
    slips.void_slip(session, slip.id, "重复交办，已另行编号", actor=OFFICE, now=NOW)
    session.commit()
    assert office.get(f"/slips/{slip.id}.pdf").data != kept
    assert office.get(f"/slips/{slip.id}/versions/{slip.paper_version}.pdf").data == kept


def test_what_nobody_has_signed_has_no_kept_paper(session, sign_in):
    slip = a_numbered_slip(session, a_scene(session))
    office = sign_in(Role.OFFICE)
    assert office.get(f"/slips/{slip.id}.pdf").status_code == 200
    assert office.get(f"/slips/{slip.id}/versions/1.pdf").status_code == 404


def test_a_lost_kept_paper_is_said_and_not_printed_anew(app, session, sign_in):
    slip = a_signed_slip(session, a_scene(session))
    keeping = keeping_for(app)
    bring_up_to_date(keeping, slip.id, now=NOW)
    for file in keeping.folder.rglob("*"):
        if file.is_file():
            file.unlink()
    answer = sign_in(Role.OFFICE).get(f"/slips/{slip.id}.pdf")
    assert (answer.status_code, "从备份恢复原件" in answer.get_data(as_text=True)) == (422, True)


def test_readiness_tells_of_keys_that_cannot_be_opened(app, session):
    make_office_keys(session, now=NOW)
    session.commit()
    organ = session.scalars(select(SigningKey).where(SigningKey.standing_for == "organ")).one()
    organ.private_key = "bm90IGEga2V5"
    session.commit()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["keys"] == {"ok": False, "state": "不能打开"}
