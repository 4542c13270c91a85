"""Scans on the pages of the office: with the form of a hand signature, one by one, as a pile, struck."""

import re
from io import BytesIO

from sqlalchemy import select

from portal.documents.assignment_slip import assignment_slip
from portal.domain.people import Role
from portal.domain.slips import SlipState
from portal.services import slip_signing
from portal.services.slip_sheets import print_papers
from portal.store.models.audit import AuditLine
from portal.store.models.signing import SlipScan
from tests.documents.scanned_papers import as_jpg, as_pdf, scanned
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene
from tests.web.test_slips import order_of


def text_of(answer):
    return answer.get_data(as_text=True)


def printed(session, slip):
    (sheet,) = print_papers(session, [slip.id], address="http://10.20.30.40:8000", actor=OFFICE, now=NOW)
    return scanned(assignment_slip(sheet))


def without_code(page):
    page.paste(255, (0, page.height // 2, page.width, page.height))
    return page


def signed_by_hand(session, scene, *ids):
    slip = a_numbered_slip(session, scene, *ids)
    page = printed(session, slip)
    slip_signing.record_signature(session, slip.id, scene.order(), NOW.date(), actor=OFFICE, now=NOW)
    session.commit()
    return slip, page


def scans(session):
    session.expire_all()
    return session.scalars(select(SlipScan).order_by(SlipScan.id)).all()


def test_a_hand_signature_is_entered_with_its_scan(session, sign_in):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    page, office = printed(session, slip), sign_in(Role.OFFICE)
    data = order_of(scene, signed_on="2026-11-20", scan=(BytesIO(as_jpg(page)), "扫描.jpg"))
    answer = office.post(f"/slips/{slip.id}/signature", data=data)
    assert answer.status_code == 303, text_of(answer)
    (scan,) = scans(session)
    assert (scan.slip_id, scan.version, scan.name) == (slip.id, 1, "扫描.jpg")
    shown = text_of(office.get(f"/slips/{slip.id}"))
    assert "按二维码匹配" in shown
    file = office.get(f"/slips/{slip.id}/scans/{scan.id}")
    assert (file.data, file.mimetype) == (as_jpg(page), "image/jpeg")
    lines = select(AuditLine.target_id, AuditLine.summary).where(AuditLine.act == "file_opened")
    assert [tuple(row) for row in session.execute(lines)] == [(str(scan.id), f"打开{slip.number}的签批扫描件")]
    assert office.get(f"/slips/{slip.id}/scans/{scan.id}/small.jpg").data.startswith(b"\xff\xd8")
    assert sign_in(Role.UNIT, unit=scene.units[2]).get(f"/slips/{slip.id}/scans/{scan.id}").status_code == 404


def test_a_scan_without_code_is_kept_while_the_reason_is_written(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip = a_numbered_slip(session, scene)
    page = without_code(printed(session, slip))
    data = order_of(scene, signed_on="2026-11-20")
    answer = office.post(f"/slips/{slip.id}/signature", data=data | {"scan": (BytesIO(as_jpg(page)), "扫描.jpg")})
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "没有识别到单据上的二维码" in shown
    assert "已收到“扫描.jpg”，不必再选" in shown
    session.expire_all()
    assert slip.state is SlipState.AWAITING_SIGNATURE
    kept = re.search(r'name="kept" type="hidden" value="([0-9a-f]{64})"', shown)[1]
    data |= {"kept": kept, "kept_name": "扫描.jpg", "reason": "二维码被印章盖住，已核对"}
    assert office.post(f"/slips/{slip.id}/signature", data=data).status_code == 303
    assert [it.match_reason for it in scans(session)] == ["二维码被印章盖住，已核对"]


def test_the_list_of_missing_scans_reaches_zero(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip, page = signed_by_hand(session, scene)
    assert slip.number in text_of(office.get("/slips/?scan=missing"))
    assert "待补扫描" in text_of(office.get(f"/slips/{slip.id}"))
    empty = office.post(f"/slips/{slip.id}/scan", data={})
    assert empty.status_code == 422
    assert "请选择扫描件" in text_of(empty)
    done = office.post(f"/slips/{slip.id}/scan", data={"scan": (BytesIO(as_jpg(page)), "a.png")})
    assert done.status_code == 303
    assert f'href="/slips/{slip.id}"' not in text_of(office.get("/slips/?scan=missing"))
    again = office.post(f"/slips/{slip.id}/scan", data={"scan": (BytesIO(as_jpg(page)), "a.png")})
    assert again.status_code == 409
    (scan,) = scans(session)
    address = f"/slips/{slip.id}/scans/{scan.id}/strike"
    assert "重新列入" in text_of(office.get(address))
    assert office.post(address, data={"reason": ""}).status_code == 422
    assert office.post(address, data={"reason": "附错了一张"}).status_code == 303
    assert slip.number in text_of(office.get("/slips/?scan=missing"))


def test_a_pile_goes_to_its_slips_and_the_rest_is_matched_by_hand(session, sign_in):
    scene, office = a_scene(session, matters=3), sign_in(Role.OFFICE)
    (first, one), (second, two), (third, three) = (signed_by_hand(session, scene, it) for it in scene.ids)
    files = [(BytesIO(as_pdf([one, two])), "一摞.pdf"), (BytesIO(as_jpg(without_code(three))), "三.jpg")]
    answer = office.post("/slips/scans", data={"scans": [*files, (BytesIO(b"MZ nothing"), "病毒.exe")]})
    page = text_of(answer)
    assert answer.status_code == 200
    assert "共 3 件，已附 2 件" in page
    assert "病毒.exe”的内容不是PDF、JPG 或 PNG" in page
    assert {it.slip_id for it in scans(session)} == {first.id, second.id}
    aside = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)[1]
    assert office.get(f"/slips/scans/aside/{aside}.jpg").data.startswith(b"\xff\xd8")
    assert office.get(f"/slips/scans/aside/{'0' * 64}.jpg").status_code == 404
    address, data = f"/slips/scans/match?aside={aside}", {"sha256": aside, "name": "三.jpg"}
    unknown = office.post(address, data=data | {"number": "民接交〔2026〕99号", "reason": "核对过编号"})
    assert unknown.status_code == 422
    assert "没有这个编号的交办单" in text_of(unknown)
    matched = office.post(address, data=data | {"number": third.number, "reason": "核对过编号和批示"})
    assert (matched.status_code, matched.location) == (303, "/slips/scans")
    assert {it.slip_id for it in scans(session)} == {first.id, second.id, third.id}


def test_only_the_office_attaches_scans(session, sign_in):
    scene = a_scene(session)
    slip, _ = signed_by_hand(session, scene)
    for role in (Role.LEADER, Role.SECRETARY, Role.UNIT, Role.SUPERVISOR):
        browser = sign_in(role)
        assert browser.get("/slips/scans").status_code == 403
        assert browser.post(f"/slips/{slip.id}/scan").status_code == 403


def test_the_original_names_the_visitor_so_supervision_learns_of_it_and_does_not_open_it(session, sign_in):
    scene, office = a_scene(session), sign_in(Role.OFFICE)
    slip, page = signed_by_hand(session, scene)
    office.post(f"/slips/{slip.id}/scan", data={"scan": (BytesIO(as_jpg(page)), "a.png")})
    (scan,) = scans(session)
    supervisor, address = sign_in(Role.SUPERVISOR), f"/slips/{slip.id}/scans/{scan.id}"
    shown = text_of(supervisor.get(f"/slips/{slip.id}"))
    assert "签批原件扫描件" in shown
    assert address not in shown
    assert supervisor.get(address).status_code == 403
    assert supervisor.get(f"{address}/small.jpg").status_code == 403
    assert sign_in(Role.LEADER, leader_id=scene.receiver.id).get(address).status_code == 200
