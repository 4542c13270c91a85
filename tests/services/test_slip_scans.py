"""Scans of what was signed by hand: matched by the code, refused on another slip, kept once."""

from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import select

from portal.documents.assignment_slip import assignment_slip
from portal.domain.errors import Conflict, RuleBroken
from portal.services import slip_scans, slip_signing, slips
from portal.services.slip_scans import KeptScan
from portal.services.slip_sheets import print_papers
from portal.store import sealed_files
from portal.store.models.signing import SlipScan
from portal.store.queries.signatures import signatures_on
from portal.store.queries.slips import SlipFilter, all_slip_rows
from tests.documents.scanned_papers import a_blank_page, as_jpg, as_pdf, as_png, faxed, scanned, skewed
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene


def printed(session, slip):
    (sheet,) = print_papers(session, [slip.id], address="http://10.20.30.40:8000", actor=OFFICE, now=NOW)
    return scanned(assignment_slip(sheet))


def taken(tmp_path, data, name="扫描.pdf"):
    return slip_scans.take_in(tmp_path, name, BytesIO(data), megabytes=10)


def signed_by_hand(session, scene, *ids):
    """A slip whose printed paper came back signed, and that paper as the scanner saw it."""
    slip = a_numbered_slip(session, scene, *ids)
    page = printed(session, slip)
    slip_signing.record_signature(session, slip.id, scene.order(), NOW.date(), actor=OFFICE, now=NOW)
    session.commit()
    return slip, page


def test_a_scan_finds_its_slip_and_the_version_that_was_signed(session, tmp_path):
    scene = a_scene(session)
    slip, page = signed_by_hand(session, scene)
    assert [it.id for it in all_slip_rows(session, OFFICE, SlipFilter(unscanned=True))] == [slip.id]
    scan = taken(tmp_path, as_jpg(skewed(faxed(page), 5)), "fax.jpg")
    kept = slip_scans.attach_scan(session, slip.id, scan, actor=OFFICE, now=NOW)
    session.commit()
    assert (kept.version, len(kept.code_read), kept.match_reason) == (1, 16, "")
    assert all_slip_rows(session, OFFICE, SlipFilter(unscanned=True)) == []
    assert sealed_files.kept(tmp_path, kept.sha256).startswith(b"\xff\xd8")
    assert as_jpg(page) not in sealed_files.uploads.place_of(tmp_path, kept.sha256).read_bytes()


def test_a_scan_of_another_slip_is_refused_naming_the_right_one(session, tmp_path):
    scene = a_scene(session)
    (first, _), (second, page) = (signed_by_hand(session, scene, it) for it in scene.ids)
    with pytest.raises(RuleBroken, match=f"这是{second.number}的扫描件"):
        slip_scans.attach_scan(session, first.id, taken(tmp_path, as_png(page)), actor=OFFICE, now=NOW)


def test_without_a_readable_code_a_reason_is_asked_for(session, tmp_path):
    scene = a_scene(session)
    slip, page = signed_by_hand(session, scene)
    page.paste(255, (0, page.height // 2, page.width, page.height))
    scan = taken(tmp_path, as_png(page))
    with pytest.raises(RuleBroken, match="没有识别到单据上的二维码") as refused:
        slip_scans.attach_scan(session, slip.id, scan, actor=OFFICE, now=NOW)
    assert refused.value.field == "reason"
    kept = slip_scans.attach_scan(session, slip.id, scan, "二维码被印章盖住，已核对", actor=OFFICE, now=NOW)
    assert (kept.code_read, kept.match_reason, kept.version) == ("", "二维码被印章盖住，已核对", 1)


def test_the_same_scan_is_attached_once(session, tmp_path):
    scene = a_scene(session)
    slip, page = signed_by_hand(session, scene)
    scan = taken(tmp_path, as_png(page))
    kept = slip_scans.attach_scan(session, slip.id, scan, actor=OFFICE, now=NOW)
    session.commit()
    with pytest.raises(Conflict, match="已经附过"):
        slip_scans.attach_scan(session, slip.id, scan, actor=OFFICE, now=NOW)
    slip_scans.strike_scan(session, slip.id, kept.id, "扫描不清楚", actor=OFFICE, now=NOW)
    session.commit()
    assert signatures_on(session, slip.id).waits_for_scan
    with pytest.raises(RuleBroken, match="附过又撤下了"):
        slip_scans.attach_scan(session, slip.id, scan, actor=OFFICE, now=NOW)


def test_a_pile_is_cut_into_its_slips(session, tmp_path):
    scene = a_scene(session, matters=2)
    (first, one), (second, two) = (signed_by_hand(session, scene, it) for it in scene.ids)
    pile = as_pdf([a_blank_page(), one, a_blank_page(), two.rotate(180)])
    papers = slip_scans.take_in_pile(tmp_path, "一摞.pdf", BytesIO(pile), megabytes=60)
    again = slip_scans.take_in_pile(tmp_path, "一摞.pdf", BytesIO(pile), megabytes=60)
    assert [(it.first_page, it.pages, len(it.codes)) for it in papers] == [(1, 1, 0), (2, 2, 1), (4, 1, 1)]
    assert [it.sha256 for it in papers] == [it.sha256 for it in again]
    outcomes = slip_scans.attach_pile(session, papers, actor=OFFICE, now=NOW)
    session.commit()
    assert [(it.number, it.refused) for it in outcomes] == [
        ("", "没有识别到二维码。"),
        (first.number, ""),
        (second.number, ""),
    ]
    told = slip_scans.attach_pile(session, again, actor=OFFICE, now=NOW)
    session.commit()
    assert ["已经附过" in it.refused for it in told] == [False, True, True]
    assert len(session.scalars(select(SlipScan)).all()) == 2


def test_a_slip_that_was_sent_back_takes_no_scan(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    slips.return_to_draft(session, slip.id, "请补充前期核实", actor=OFFICE, now=NOW)
    session.commit()
    scan = KeptScan("a" * 64, "扫描.pdf", "application/pdf", 10, 1)
    with pytest.raises(RuleBroken, match="不能附签批扫描件"):
        slip_scans.attach_scan(session, slip.id, replace(scan), "已核对无误", actor=OFFICE, now=NOW)


@pytest.mark.parametrize("data, told", [(b"", "是空的"), (b"MZ" + b"x" * 100, "不是PDF、JPG 或 PNG")])
def test_what_is_no_scan_is_refused(tmp_path, data, told):
    with pytest.raises(RuleBroken, match=told):
        taken(tmp_path, data)
