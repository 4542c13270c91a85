"""A leader signs with his or her own certificate: the paper is made and signed first, then signed for on record."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.pades import SIGNER, counter
from portal.documents.pades import sign as sign_pdf
from portal.documents.sheets import OfficialLine
from portal.documents.signature_look import SignatureLook
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.signing import Proof, SignatureRole, SignedHow
from portal.domain.slips import SlipState
from portal.services import leader_keys, slip_signing
from portal.services.keeping import Keeping
from portal.services.kept_papers import (
    bring_up_to_date,
    certified,
    keep_file,
    kept_bytes,
    name_kept,
    office_keys_of,
    stamper_of,
)
from portal.services.mandates import authority_to_sign
from portal.services.paper_signatures import (
    CERTIFIED,
    COUNTERSIGNED,
    SIGNED,
    Signed,
    canonical_bytes,
    loaded,
    place_of_counter,
    sheet_to_keep,
)
from portal.services.slip_signing import PAPER_CHANGED, Signing
from portal.store import sealed_files
from portal.store.models.signing import SlipSignature
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held
from portal.store.queries.slip_records import UNSEEN, slip_records

NOT_YOURS = "这张交办单由{}签批，没有委托您不能代签。如需变更签批领导，请联系工商联办公室退回修改。"


def sign_with_certificate(
    keeping: Keeping, slip_id: int, *, document_sha256: str, pin: str, actor: Actor, now: datetime
) -> SlipSignature:
    """Sign the version that was shown with one's own certificate (签批); the kept paper is made with it.

    Called outside a transaction: the paper is made and signed before one begins, and named in the same one in which the
    signature is put on record. Raises what `slip_signing.sign` raises, and RuleBroken on `pin` and `timestamp`.
    """
    look = keeping.read()
    slip, version = _shown(look, slip_id, document_sha256)
    must(actor, Action.SIGN_SLIP)
    authority = authority_to_sign(look, slip.signer_id, actor, now.date())
    if authority is None:
        raise NotAllowed(NOT_YOURS.format(slip.signer.name if slip.signer else "指定的签批领导"))
    if slip.state is not SlipState.AWAITING_SIGNATURE:
        raise Conflict(PAPER_CHANGED)
    _must_be_in_use(look)
    post = posts_held(look, {authority.by_leader_id}, now.date()).get(authority.by_leader_id, "")
    delegate = OfficialLine(name=authority.name, post=post) if authority.by_leader_id != authority.leader_id else None
    signed = Signed(now.date(), SignedHow.CERTIFICATE, delegate)
    sheet = sheet_to_keep(slip, version, signed, address=keeping.address, at=now)
    data, number, stamps = canonical_bytes(version), version.version, office_rules(look).time_stamps
    key = leader_keys.open_key(look, keeping.write, authority.by_leader_id, pin, actor=actor, now=now)
    keys = office_keys_of(keeping, now=now)
    look.rollback()
    pdf = certified(sheet, data, keys, with_signer=True, stamps=stamps, at=now)
    pdf = sign_pdf(
        pdf, SIGNER, key, signed_at=now, reason=SignatureRole.SIGNER.label,
        look=SignatureLook(name=authority.name, signed_at=now.astimezone(ZONE)),
        timestamper=stamper_of(keeping, keys, stamps),
    )  # fmt: skip
    signing = Signing(SignedHow.CERTIFICATE, document_sha256, Proof.PIN, certificate_serial=key.serial)
    digest, size = keep_file(keeping.folder, pdf)

    def put_on_record(session: Session) -> SlipSignature:
        leader_keys.must_still_stand(session, key.serial)
        signature = slip_signing.sign(session, slip_id, signing, actor=actor, now=now)
        found = session.get_one(Slip, slip_id)
        if not name_kept(session, found, number, None, digest, size, (CERTIFIED, SIGNED), actor=actor, now=now):
            raise Conflict(PAPER_CHANGED)
        return signature

    try:
        return keeping.write(put_on_record)
    except BaseException:
        _forget(keeping, digest)
        raise


def countersign_with_certificate(
    keeping: Keeping, slip_id: int, *, document_sha256: str, pin: str, actor: Actor, now: datetime
) -> SlipSignature:
    """Countersign with one's own certificate (会签): a further revision of the kept paper, whose earlier bytes stay."""
    must(actor, Action.SIGN_SLIP)
    slip, _ = _shown(keeping.read(), slip_id, document_sha256)
    asked = next((it for it in slip.countersigners if it.leader_id in actor.leader_ids), None)
    if asked is None:
        raise NotAllowed("这张交办单没有请您会签。")
    if slip.state is not SlipState.SIGNED:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，签批之后、印发之前才能会签。", field="state")
    _must_be_in_use(keeping.read())
    leader_id, name, number = asked.leader_id, asked.leader.name, place_of_counter(slip, asked.leader_id)
    key = leader_keys.open_key(keeping.read(), keeping.write, leader_id, pin, actor=actor, now=now)
    before = bring_up_to_date(keeping, slip_id, now=now)
    if before is None:
        raise Conflict(PAPER_CHANGED)
    keys, stamps = office_keys_of(keeping, now=now), office_rules(keeping.read()).time_stamps
    pdf = kept_bytes(keeping, before)
    keeping.read().rollback()
    pdf = sign_pdf(
        pdf, counter(number), key, signed_at=now, reason=SignatureRole.COUNTERSIGNER.label,
        look=SignatureLook(name=name, signed_at=now.astimezone(ZONE)), timestamper=stamper_of(keeping, keys, stamps),
    )  # fmt: skip
    signing = Signing(SignedHow.CERTIFICATE, document_sha256, Proof.PIN, certificate_serial=key.serial)
    digest, size = keep_file(keeping.folder, pdf)
    marks = (*before.marks, f"{COUNTERSIGNED}{number}")

    def put_on_record(session: Session) -> SlipSignature:
        leader_keys.must_still_stand(session, key.serial)
        signature = slip_signing.countersign(session, slip_id, signing, actor=actor, now=now)
        found = session.get_one(Slip, slip_id)
        if not name_kept(session, found, before.version, before, digest, size, marks, actor=actor, now=now):
            raise Conflict(PAPER_CHANGED)
        return signature

    try:
        return keeping.write(put_on_record)
    except BaseException:
        _forget(keeping, digest)
        raise


def _shown(session: Session, slip_id: int, document_sha256: str) -> tuple[Slip, SlipVersion]:
    """The slip and the version in force, if that is the one that was shown."""
    found = slip_records(session, [slip_id], fresh=True)
    if not found:
        raise NotFound(UNSEEN)
    version = loaded(session, found[0])
    if version is None or version.sha256 != document_sha256:
        raise Conflict(PAPER_CHANGED)
    return found[0], version


def _must_be_in_use(session: Session) -> None:
    if SignedHow.CERTIFICATE.value not in office_rules(session).signing_ways:
        raise RuleBroken(f"本单位没有启用“{SignedHow.CERTIFICATE.label}”，请改用其他方式。", field="how")


def _forget(keeping: Keeping, digest: str) -> None:
    """Nobody names the file and it says that somebody signed who did not: it goes at once, if the disk lets it."""
    with suppress(OSError):
        sealed_files.wipe(keeping.folder, digest)
