"""What the database itself refuses, whatever the code does: forged signatures, two signers, two replacements, a scan twice."""

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.domain.signing import Proof, SignatureRole, SignedHow
from portal.services.slip_links import replace_slip
from portal.store.extension import db
from portal.store.models.signing import SlipScan, SlipSignature
from portal.store.models.slips import Slip, SlipVersion
from tests.slip_builders import NOW, OFFICE, Scene, a_numbered_slip, a_scene, a_signed_slip

pytestmark = pytest.mark.postgresql


@dataclass(frozen=True)
class Records:
    """The session of a test on one engine, and the scene in it."""

    session: object
    scene: Scene


@pytest.fixture
def records(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        yield Records(session, a_scene(session, matters=2))
        session.rollback()
        db.session.remove()


def signed_by(slip, version, leader, **given):
    return insert(SlipSignature).values(
        {
            "slip_id": slip.id,
            "version": version.version,
            "role": SignatureRole.SIGNER,
            "leader_id": leader.id,
            "by_leader_id": leader.id,
            "name": leader.name,
            "post": "",
            "how": SignedHow.SCREEN,
            "proof": Proof.PASSWORD,
            "signed_on": NOW.date(),
            "signed_at": NOW,
            "document_sha256": version.sha256,
            "recorded_by": leader.name,
            "void_reason": "",
        }
        | given
    )


def refused(records, statement):
    """Whether the database refuses a statement; what was done before it stays."""
    try:
        with records.session.begin_nested():
            records.session.execute(statement)
    except IntegrityError:
        return True
    return False


def version_of(records, slip):
    return records.session.get_one(SlipVersion, (slip.id, slip.paper_version))


def test_a_signature_belongs_to_the_fingerprint_of_its_version_and_to_no_other(records):
    slip = a_numbered_slip(records.session, records.scene)
    version, leader = version_of(records, slip), records.scene.receiver
    assert refused(records, signed_by(slip, version, leader, document_sha256="0" * 64))
    assert not refused(records, signed_by(slip, version, leader))


def test_the_fingerprint_of_a_version_that_was_signed_cannot_be_exchanged(records):
    slip = a_signed_slip(records.session, records.scene)
    of_slip = update(SlipVersion).where(SlipVersion.slip_id == slip.id)
    assert refused(records, of_slip.values(sha256="0" * 64))
    assert not refused(records, of_slip.values(why="送签"))


def test_a_slip_has_one_signer_that_counts(records):
    slip = a_signed_slip(records.session, records.scene)
    version, other = version_of(records, slip), records.scene.other
    assert refused(records, signed_by(slip, version, other))
    assert not refused(records, signed_by(slip, version, other, role=SignatureRole.COUNTERSIGNER))
    gone = update(SlipSignature).where(SlipSignature.role == SignatureRole.SIGNER)
    assert not refused(records, gone.values(void_at=NOW, void_reason="退回修改"))
    assert not refused(records, signed_by(slip, version, other))


def test_a_void_slip_has_one_replacement_that_holds(records):
    slip = a_numbered_slip(records.session, records.scene)
    made = replace_slip(records.session, slip.id, "编号有误，重拟", actor=OFFICE, now=NOW)
    records.session.commit()
    other = a_numbered_slip(records.session, a_scene(records.session, matters=1, day=date(2026, 11, 17)))
    again = update(Slip).where(Slip.id == other.id).values(replaces_id=slip.id)
    assert refused(records, again)
    records.session.execute(update(Slip).where(Slip.id == made.id).values(state="void", void_reason="又写错了"))
    assert not refused(records, again)


def test_the_same_scan_counts_on_one_slip_only(records):
    first, second = (a_numbered_slip(records.session, records.scene, it) for it in records.scene.ids)

    def scan_of(slip):
        return insert(SlipScan).values(
            slip_id=slip.id, version=1, sha256="a" * 64, name="a.jpg", media_type="image/jpeg", size=8, pages=1,
            code_read="", match_reason="核对过编号", attached_at=NOW, attached_by="办公室", void_reason="",
        )  # fmt: skip

    assert not refused(records, scan_of(first))
    assert refused(records, scan_of(second))
    records.session.execute(update(SlipScan).values(void_at=NOW, void_reason="附错了"))
    assert not refused(records, scan_of(second))
    assert len(records.session.scalars(select(SlipScan)).all()) == 2
