"""What is signed is kept as one file, served byte for byte, and only ever added to."""

import os
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.documents.pades_check import check
from portal.documents.typesetter import bind_files
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.signing import Proof, SignedHow
from portal.jobs.keeping import sweep
from portal.services import leader_keys, slip_signing, slips
from portal.services.certificate_signing import countersign_with_certificate, sign_with_certificate
from portal.services.kept_papers import (
    KEPT_ALTERED,
    bring_up_to_date,
    kept_paper,
    office_keys_of,
    paper_to_show,
)
from portal.services.slip_signing import Signing, standing_signatures
from portal.store import sealed_files, uploads
from portal.store.models.audit import AuditLine
from portal.store.models.office import OfficeSetting
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.kept_papers import kept_row, slips_behind
from portal.store.queries.paper_codes import authorities, brought_certificates, revoked_keys
from tests.services.keeping_papers import (
    PIN,
    a_decided_slip,
    actor_of,
    give_key,
    keeping_for,
    sign_on_tablet,
)
from tests.slip_builders import INSTRUCTION, NOW, OFFICE, a_numbered_slip, a_scene, a_signed_slip, an_issued_slip


@pytest.fixture
def scene(session):
    return a_scene(session)


@pytest.fixture
def keeping(app):
    return keeping_for(app)


def verdict(session, pdf):
    return check(
        pdf,
        authorities(session),
        moment=NOW + timedelta(days=1),
        known=brought_certificates(session),
        revoked=revoked_keys(session),
    )


def fields_signed(found):
    return [it.field for it in found.signatures]


def test_nothing_is_kept_before_somebody_signs(session, scene, keeping):
    slip = a_numbered_slip(session, scene)
    assert bring_up_to_date(keeping, slip.id, now=NOW) is None
    assert kept_row(session, slip.id) is None


def test_a_slip_signed_on_the_tablet_is_kept_with_the_handwriting_sealed_in_its_field(session, scene, keeping):
    slip, sha256 = a_decided_slip(session, scene)
    sign_on_tablet(session, scene, slip, sha256)
    row = bring_up_to_date(keeping, slip.id, now=NOW)
    assert row.marks == ("certified", "signer")
    found = verdict(session, kept_paper(keeping, slip.id))
    assert found.is_genuine
    assert fields_signed(found) == ["Certification", "Signer"]
    assert found.empty_fields == ("OrganSeal",)


def test_the_data_inside_are_those_whose_fingerprint_was_signed(session, scene, keeping):
    slip, sha256 = a_decided_slip(session, scene)
    sign_on_tablet(session, scene, slip, sha256)
    bring_up_to_date(keeping, slip.id, now=NOW)
    found = verdict(session, kept_paper(keeping, slip.id))
    version = session.get_one(SlipVersion, (slip.id, slip.paper_version))
    assert found.slip.decode() == version.sheet
    assert found.verify_code == version.verify_code


def test_keeping_again_changes_nothing(session, scene, keeping):
    slip = a_signed_slip(session, scene)
    first = bring_up_to_date(keeping, slip.id, now=NOW)
    data = kept_paper(keeping, slip.id)
    assert bring_up_to_date(keeping, slip.id, now=NOW + timedelta(days=400)) == first
    assert kept_paper(keeping, slip.id) == data
    kept = session.scalars(select(AuditLine).where(AuditLine.act == "paper_kept")).all()
    assert len(kept) == 1


def test_a_slip_signed_by_hand_has_no_field_for_the_signer(session, scene, keeping):
    slip = a_numbered_slip(session, scene)
    slip_signing.record_signature(session, slip.id, scene.order(), NOW.date(), actor=OFFICE, now=NOW)
    session.commit()
    assert bring_up_to_date(keeping, slip.id, now=NOW).marks == ("certified",)
    found = verdict(session, kept_paper(keeping, slip.id))
    assert (fields_signed(found), found.empty_fields) == (["Certification"], ("OrganSeal",))


def test_the_paper_stays_the_same_whatever_becomes_of_the_records(session, scene, keeping):
    slip = an_issued_slip(session, scene)
    bring_up_to_date(keeping, slip.id, now=NOW)
    data = kept_paper(keeping, slip.id)
    scene.receiver.name = "改名后"
    session.merge(OfficeSetting(name="federation", value="区改名联合会"))
    session.commit()
    bring_up_to_date(keeping, slip.id, now=NOW + timedelta(days=3))
    assert kept_paper(keeping, slip.id) == data


def test_issuing_adds_the_seal_behind_what_was_there(session, scene, keeping):
    slip = a_signed_slip(session, scene)
    bring_up_to_date(keeping, slip.id, now=NOW)
    before = kept_paper(keeping, slip.id)
    slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    session.commit()
    assert bring_up_to_date(keeping, slip.id, now=NOW).marks == ("certified", "signer", "seal")
    after = kept_paper(keeping, slip.id)
    assert after.startswith(before)
    assert len(after) > len(before)
    found = verdict(session, after)
    assert found.is_genuine
    assert found.empty_fields == ()


def test_a_leader_signs_with_a_certificate_and_the_file_is_kept_in_the_same_moment(session, scene, keeping):
    give_key(session, scene.receiver)
    slip, sha256 = a_decided_slip(session, scene)
    signature = sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin=PIN, actor=scene.signer, now=NOW)
    assert signature.how is SignedHow.CERTIFICATE
    assert kept_row(session, slip.id).marks == ("certified", "signer")
    found = verdict(session, kept_paper(keeping, slip.id))
    assert found.is_genuine
    signer = found.signatures[1]
    assert (signer.field, signer.name, signer.serial) == ("Signer", scene.receiver.name, signature.certificate_serial)


def test_a_countersignature_adds_a_revision(session, scene, keeping):
    give_key(session, scene.receiver)
    give_key(session, scene.other)
    slip, sha256 = a_decided_slip(session, scene, scene.other)
    sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin=PIN, actor=scene.signer, now=NOW)
    before = kept_paper(keeping, slip.id)
    countersign_with_certificate(
        keeping, slip.id, document_sha256=sha256, pin=PIN, actor=actor_of(scene.other, 4), now=NOW
    )
    after = kept_paper(keeping, slip.id)
    assert after.startswith(before)
    found = verdict(session, after)
    assert found.is_genuine
    assert fields_signed(found) == ["Certification", "Signer", "Counter1"]
    assert kept_row(session, slip.id).marks == ("certified", "signer", "countersign-1")


def test_a_countersignature_on_the_tablet_is_added_when_the_paper_is_next_looked_at(session, scene, keeping):
    slip, sha256 = a_decided_slip(session, scene, scene.other, scene.official)
    sign_on_tablet(session, scene, slip, sha256)
    bring_up_to_date(keeping, slip.id, now=NOW)
    slip_signing.countersign(
        session, slip.id, Signing(SignedHow.SCREEN, sha256, Proof.PASSWORD), actor=actor_of(scene.official, 5), now=NOW
    )
    session.commit()
    assert bring_up_to_date(keeping, slip.id, now=NOW).marks == ("certified", "signer", "countersign-2")
    found = verdict(session, kept_paper(keeping, slip.id))
    assert found.is_genuine
    assert set(found.empty_fields) == {"Counter1", "OrganSeal"}


def test_a_wrong_pin_signs_nothing_and_leaves_no_file(session, scene, keeping):
    give_key(session, scene.receiver)
    slip, sha256 = a_decided_slip(session, scene)
    with pytest.raises(RuleBroken) as refused:
        sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin="wrong-1", actor=scene.signer, now=NOW)
    assert refused.value.field == "pin"
    assert "还可以试 4 次" in refused.value.message
    assert not list(keeping.folder.rglob("*/*"))
    assert not standing_signatures(session, slip.id)


def test_too_many_wrong_pins_lock_the_key_for_a_while_even_for_the_right_one(session, scene, keeping):
    give_key(session, scene.receiver)
    slip, sha256 = a_decided_slip(session, scene)

    def try_with(pin, now=NOW):
        return sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin=pin, actor=scene.signer, now=now)

    for _ in range(5):
        with pytest.raises(RuleBroken, match="口令不正确"):
            try_with("wrong-1")
    with pytest.raises(RuleBroken, match="已暂时锁定"):
        try_with(PIN)
    assert session.scalar(select(AuditLine.act).where(AuditLine.act == "pin_locked"))
    assert try_with(PIN, NOW + timedelta(minutes=16)).how is SignedHow.CERTIFICATE


def test_nobody_signs_another_version_than_the_one_shown(session, scene, keeping):
    give_key(session, scene.receiver)
    slip, _ = a_decided_slip(session, scene)
    with pytest.raises(Conflict):
        sign_with_certificate(keeping, slip.id, document_sha256="0" * 64, pin=PIN, actor=scene.signer, now=NOW)


def test_only_the_signer_signs_with_a_certificate(session, scene, keeping):
    give_key(session, scene.other)
    slip, sha256 = a_decided_slip(session, scene)
    with pytest.raises(NotAllowed):
        sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin=PIN, actor=actor_of(scene.other), now=NOW)


def test_an_altered_file_is_an_error_and_never_another_print(session, scene, keeping):
    slip = a_signed_slip(session, scene)
    row = bring_up_to_date(keeping, slip.id, now=NOW)
    place = uploads.place_of(keeping.folder, row.sha256)
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    with pytest.raises(RuleBroken, match=KEPT_ALTERED):
        paper_to_show(keeping, slip.id, actor=OFFICE, now=NOW)


def test_a_missing_file_is_an_error_and_never_another_print(session, scene, keeping):
    slip = a_signed_slip(session, scene)
    row = bring_up_to_date(keeping, slip.id, now=NOW)
    uploads.place_of(keeping.folder, row.sha256).unlink()
    with pytest.raises(RuleBroken, match=KEPT_ALTERED):
        kept_paper(keeping, slip.id)
    with pytest.raises(RuleBroken, match=KEPT_ALTERED):
        paper_to_show(keeping, slip.id, actor=OFFICE, now=NOW)


def test_a_frozen_sheet_that_was_altered_is_never_signed(session, scene, keeping):
    slip = a_signed_slip(session, scene)
    version = session.get_one(SlipVersion, (slip.id, slip.paper_version))
    version.sheet = version.sheet.replace(INSTRUCTION, "不必办理。")
    session.commit()
    with pytest.raises(RuleBroken, match="指纹不符"):
        bring_up_to_date(keeping, slip.id, now=NOW)


def test_who_may_not_see_the_visitor_does_not_get_the_kept_file(session, scene, keeping):
    slip = a_signed_slip(session, scene)
    bring_up_to_date(keeping, slip.id, now=NOW)
    supervisor = Actor(9, "督查室", Role.SUPERVISOR)
    assert paper_to_show(keeping, slip.id, actor=supervisor, now=NOW) is None
    assert paper_to_show(keeping, slip.id, actor=OFFICE, now=NOW).kept


def test_a_void_slip_is_printed_as_void_and_its_kept_paper_stays(session, scene, keeping):
    slip = an_issued_slip(session, scene)
    bring_up_to_date(keeping, slip.id, now=NOW)
    data = kept_paper(keeping, slip.id)
    slips.void_slip(session, slip.id, "重复交办，已另行编号", actor=OFFICE, now=NOW)
    session.commit()
    assert paper_to_show(keeping, slip.id, actor=OFFICE, now=NOW) is None
    assert kept_paper(keeping, slip.id) == data


def test_a_slip_sent_back_after_signing_keeps_the_paper_of_the_version_that_was_signed(session, scene, keeping):
    slip = a_signed_slip(session, scene)
    signed = bring_up_to_date(keeping, slip.id, now=NOW).version
    data = kept_paper(keeping, slip.id)
    slips.return_to_draft(session, slip.id, "牵头单位需要更换", actor=OFFICE, now=NOW)
    slips.number_slip(session, slip.id, actor=OFFICE, now=NOW)
    session.commit()
    assert bring_up_to_date(keeping, slip.id, now=NOW) is None
    assert kept_paper(keeping, slip.id, signed) == data


def test_a_file_that_no_row_names_is_swept_after_a_day_and_a_named_one_never(app, session, scene, keeping):
    slip = a_signed_slip(session, scene)
    row = bring_up_to_date(keeping, slip.id, now=NOW)
    orphan = sealed_files.keep(keeping.folder, b"killed between file and row")
    old = (1.0, 1.0)
    for digest in (row.sha256, orphan):
        os.utime(uploads.place_of(keeping.folder, digest), old)
    for turn in range(256):
        sweep(app.config["SETTINGS"], turn)
    assert kept_paper(keeping, slip.id)
    assert not uploads.place_of(keeping.folder, orphan).exists()


def test_a_crash_between_file_and_row_leaves_the_slip_to_be_kept_again(session, scene, keeping):
    slip = a_signed_slip(session, scene)

    def killed(act):
        raise SystemExit

    with pytest.raises(SystemExit):
        bring_up_to_date(_with_keys(replace(keeping, write=killed), keeping), slip.id, now=NOW)
    assert kept_row(session, slip.id) is None
    assert list(slips_behind(session, NOW.date(), limit=5)) == [slip.id]
    assert bring_up_to_date(keeping, slip.id, now=NOW) is not None
    assert list(slips_behind(session, NOW.date(), limit=5)) == []


def _with_keys(broken, whole):
    """The keys are there already, so that only naming the paper fails."""
    office_keys_of(whole, now=NOW)
    return broken


def test_the_stock_reader_validates_what_is_kept(session, scene, keeping, tmp_path):
    give_key(session, scene.receiver)
    slip, sha256 = a_decided_slip(session, scene)
    sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin=PIN, actor=scene.signer, now=NOW)
    slips.issue_slip(session, slip.id, actor=OFFICE, now=NOW)
    session.commit()
    bring_up_to_date(keeping, slip.id, now=NOW)
    paper = tmp_path / "kept.pdf"
    paper.write_bytes(kept_paper(keeping, slip.id))
    said = subprocess.run(["pdfsig", "-nocert", str(paper)], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid") == 3, said


def test_time_stamps_of_the_own_clock_are_named_as_that(session, scene, keeping):
    session.add(OfficeSetting(name="time_stamps", value="own"))
    give_key(session, scene.receiver)
    slip, sha256 = a_decided_slip(session, scene)
    sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin=PIN, actor=scene.signer, now=NOW)
    found = verdict(session, kept_paper(keeping, slip.id))
    assert found.is_genuine
    assert {it.clock.name for it in found.signatures} == {"OWN"}


def test_without_an_address_of_the_time_service_the_refusal_says_what_to_do(session, scene, keeping):
    session.add(OfficeSetting(name="time_stamps", value="service"))
    give_key(session, scene.receiver)
    slip, sha256 = a_decided_slip(session, scene)
    with pytest.raises(RuleBroken, match="PORTAL_TIMESTAMP_URL") as refused:
        sign_with_certificate(keeping, slip.id, document_sha256=sha256, pin=PIN, actor=scene.signer, now=NOW)
    assert refused.value.field == "timestamp"
    assert session.scalar(select(Slip.signed_on).where(Slip.id == slip.id)) is None


def test_bound_with_others_a_signed_paper_still_shows_what_was_signed_and_claims_no_signature(
    session, scene, keeping, tmp_path
):
    slip = an_issued_slip(session, scene)
    bring_up_to_date(keeping, slip.id, now=NOW)
    kept, paper = tmp_path / "kept.pdf", tmp_path / "bound.pdf"
    kept.write_bytes(kept_paper(keeping, slip.id))
    bind_files([kept, kept], paper, title="交办单")
    said = subprocess.run(["pdftotext", str(paper), "-"], capture_output=True, text=True, check=True).stdout
    assert said.count("系统内签批") >= 2
    assert verdict(session, paper.read_bytes()).unsigned


def test_a_key_revoked_while_the_paper_is_being_signed_signs_nothing(session, scene, keeping):
    give_key(session, scene.receiver)
    slip, sha256 = a_decided_slip(session, scene)

    def slowly(act):
        if act.__name__ == "put_on_record":
            leader_keys.end_own_key(session, "口令可能泄露", actor=scene.signer, now=NOW)
            session.commit()
        return keeping.write(act)

    with pytest.raises(RuleBroken, match="刚刚停用") as refused:
        sign_with_certificate(
            replace(keeping, write=slowly), slip.id, document_sha256=sha256, pin=PIN, actor=scene.signer, now=NOW
        )
    assert refused.value.field == "pin"
    assert not standing_signatures(session, slip.id)
    assert not [it for it in keeping.folder.rglob("*") if it.is_file()]
