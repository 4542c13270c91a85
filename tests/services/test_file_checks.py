"""Every kind of file somebody may hold out: what is said of it with the database, and without."""

import hashlib
from datetime import date, timedelta

import pytest

from portal.documents.pades import SIGNER, fields_of, prepare, sign
from portal.domain.paper_verdicts import Standing
from portal.services import slip_signing, slips
from portal.services.file_checks import Trusted, check_file
from portal.store.models.signing import SlipScan
from tests.documents.signing_builders import (
    SIGNED_AT,
    a_countersigned_slip,
    a_key,
    a_paper,
    a_prepared_slip,
    a_signed_slip,
    the_authority,
    with_a_page_added,
    with_text_laid_over,
)
from tests.documents.slip_sheets import a_slip_sheet
from tests.kept_files import keep_as
from tests.slip_builders import NOW, OFFICE, a_numbered_slip, a_scene, an_issued_slip

LATER = SIGNED_AT + timedelta(days=1)
OURS = Trusted(authorities=[the_authority().certificate_pem])


def online(session, data, trusted=OURS):
    return check_file(data, trusted, session=session, now=LATER)


def offline(data, trusted=OURS):
    return check_file(data, trusted, session=None, now=LATER)


def with_one_byte_changed(data):
    changed = bytearray(data)
    changed[len(a_paper().pdf) // 2] ^= 1
    return bytes(changed)


def by_strangers():
    return a_prepared_slip("别家认证中心")


@pytest.mark.parametrize(
    "file, standing",
    [
        (a_signed_slip, Standing.GENUINE),
        (a_countersigned_slip, Standing.GENUINE),
        (a_prepared_slip, Standing.GENUINE),
        (lambda: with_one_byte_changed(a_signed_slip()), Standing.CHANGED),
        (lambda: with_a_page_added(a_signed_slip()), Standing.CHANGED),
        (lambda: with_text_laid_over(a_countersigned_slip()), Standing.CHANGED),
        (lambda: a_paper().pdf, Standing.FOREIGN),
        (by_strangers, Standing.FOREIGN),
        (lambda: b"", Standing.UNREADABLE),
        (lambda: b"%PDF-1.7 nothing", Standing.UNREADABLE),
        (lambda: a_signed_slip()[:-2000], Standing.UNREADABLE),
    ],
)
def test_without_the_database_a_file_is_judged_by_its_signatures_alone(file, standing):
    answer = offline(file())
    assert answer.judgement.standing is standing, answer
    assert not answer.online


def test_without_the_database_the_answer_says_what_it_cannot_know_and_counts_empty_fields():
    said = offline(a_signed_slip()).judgement.meaning
    assert "看不到是否已作废" in said
    assert "3 处没有签名" in said


def test_a_leaders_signature_alone_does_not_make_a_paper_of_ours():
    paper = a_paper()
    by_a_leader = prepare(paper.pdf, fields_of(paper), certify_with=a_key(), certified_at=SIGNED_AT)
    assert not offline(by_a_leader).is_good


def test_a_stranger_who_signs_in_an_empty_field_is_doubted():
    added = sign(a_prepared_slip(), SIGNER, a_key(authority="别家认证中心"), signed_at=SIGNED_AT)
    answer = offline(added)
    assert answer.judgement.standing is Standing.DOUBTFUL
    assert "1 个签名不能认可" in answer.judgement.meaning


def test_what_a_revoked_key_signed_afterwards_is_doubted_and_before_stays_good():
    revoked = {a_key().serial: SIGNED_AT - timedelta(days=1)}
    trusted = Trusted(authorities=OURS.authorities, revoked=revoked)
    assert offline(a_signed_slip(), trusted).judgement.standing is Standing.DOUBTFUL
    later = Trusted(authorities=OURS.authorities, revoked={a_key().serial: LATER})
    assert offline(a_signed_slip(), later).is_good


def test_the_kept_paper_is_genuine_and_its_slip_is_told(session):
    slip = an_issued_slip(session, a_scene(session))
    keep_as(session, slip, a_countersigned_slip())
    answer = online(session, a_countersigned_slip())
    assert answer.judgement.standing is Standing.GENUINE
    assert "逐字节一致" in answer.judgement.meaning
    assert answer.paper.version.number == slip.number


def test_an_earlier_revision_of_the_kept_paper_is_told_from_it(session):
    slip = an_issued_slip(session, a_scene(session))
    keep_as(session, slip, a_countersigned_slip(), code=a_slip_sheet().verify_code)
    answer = online(session, a_signed_slip())
    assert answer.judgement.standing is Standing.NEWER
    assert "不是存档的最后一份" in answer.judgement.meaning
    assert not answer.is_good


def test_a_file_of_an_older_version_a_void_or_a_returned_slip_does_not_count(session):
    slip = an_issued_slip(session, a_scene(session))
    keep_as(session, slip, a_signed_slip(), version=1)
    assert online(session, a_signed_slip()).judgement.standing is Standing.NEWER
    slips.void_slip(session, slip.id, "重复交办", actor=OFFICE, now=NOW)
    session.commit()
    assert online(session, a_signed_slip()).judgement.standing is Standing.VOID
    again = an_issued_slip(session, a_scene(session, day=date(2026, 11, 17)))
    again.replaces_id = slip.id
    session.commit()
    answer = online(session, a_signed_slip())
    assert (answer.judgement.standing, answer.paper.replaced_by) == (Standing.REPLACED, again.number)


def test_a_paper_of_ours_that_is_not_on_record_is_doubted(session):
    assert online(session, a_signed_slip()).judgement.standing is Standing.DOUBTFUL


@pytest.mark.parametrize(
    "file, standing",
    [
        (lambda: with_one_byte_changed(a_signed_slip()), Standing.CHANGED),
        (lambda: with_a_page_added(a_signed_slip()), Standing.CHANGED),
        (by_strangers, Standing.FOREIGN),
    ],
)
def test_what_is_wrong_with_a_file_is_said_also_when_its_slip_is_known(session, file, standing):
    slip = an_issued_slip(session, a_scene(session))
    keep_as(session, slip, a_signed_slip(), code=a_slip_sheet().verify_code)
    assert online(session, file()).judgement.standing is standing


def test_a_scan_is_known_by_its_bytes_and_falls_with_its_slip(session):
    scene = a_scene(session)
    slip = a_numbered_slip(session, scene)
    slip_signing.record_signature(session, slip.id, scene.order(), date(2026, 11, 20), actor=OFFICE, now=NOW)
    scan = SlipScan(
        slip_id=slip.id, version=1, sha256=hashlib.sha256(b"scan").hexdigest(), name="a.jpg", media_type="image/jpeg",
        size=4, code_read="X", attached_at=NOW, attached_by="办公室",
    )  # fmt: skip
    session.add(scan)
    session.commit()
    assert online(session, b"scan").judgement.standing is Standing.SCAN
    assert offline(b"scan").judgement.standing is Standing.UNREADABLE
    scan.void_at, scan.void_reason = NOW, "扫描不清"
    session.commit()
    assert online(session, b"scan").judgement.standing is Standing.VOID
    scan.void_at, scan.void_reason = None, ""
    slips.void_slip(session, slip.id, "重复交办", actor=OFFICE, now=NOW)
    session.commit()
    assert online(session, b"scan").judgement.standing is Standing.VOID
