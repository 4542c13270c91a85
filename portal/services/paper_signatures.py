"""What a kept paper says and which signatures belong on it, worked out from the records before anything is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.pades import SEAL, SIGNER, counter
from portal.documents.sheets import AssignmentSlipSheet, OfficialLine, Stroke
from portal.domain.errors import RuleBroken
from portal.domain.masking import mask_phone
from portal.domain.signing import ISSUED_STATES, SignatureRole, SignedHow
from portal.domain.slips import SlipState
from portal.services.signed_sheets import mandated, note_of, signers, strokes_of
from portal.services.slip_sheets import ALTERED, fingerprint, sheet_from
from portal.store.models.signing import SlipSignature
from portal.store.models.slips import Slip, SlipVersion

CERTIFIED, SIGNED, SEALED = "certified", "signer", "seal"
COUNTERSIGNED = "countersign-"
REASONS = {
    SignedHow.TABLET: "{act}：在屏幕上手写签名，由出具单位登记存档",
    SignedHow.SCREEN: "{act}：在系统内确认，由出具单位登记存档",
    SignedHow.HAND: "{act}：在纸面上签名，由出具单位登记存档",
}
ISSUING = "印发"
IN_THE_FIELD = frozenset({SignedHow.TABLET, SignedHow.SCREEN})
"""Ways that the organ's key sets into the field of the signature; a pen on paper leaves nothing to set."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """One signature the organ's key is to make: its mark on record, its field, why, and what is seen."""

    mark: str
    field: str
    reason: str
    name: str
    at: datetime
    strokes: tuple[Stroke, ...] = ()
    is_seal: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signs, when and how, as the paper shows it; `for_signer` is set when it is somebody with a mandate."""

    on: date
    how: SignedHow | None
    by_mandate: OfficialLine | None = None


def sheet_to_keep(
    slip: Slip, version: SlipVersion, signed: Signed, *, address: str, at: datetime
) -> AssignmentSlipSheet:
    """A version as it is kept: signed, the telephone masked, room for the signatures set into the PDF.

    Raises RuleBroken when the version on record is not what it was when it was frozen.
    """
    if fingerprint(version.sheet) != version.sha256:
        raise RuleBroken(ALTERED)
    sheet = sheet_from(version.sheet)
    phone = slip.booking.visitor_phone if slip.booking else ""
    return replace(
        sheet,
        assigned_on=signed.on,
        signed_on=signed.on,
        issued_on=None,
        signature=(),
        signed_for=signed.by_mandate,
        note=note_of(sheet.note, signed.how),
        visitor_phone=mask_phone(phone) if phone else "",
        verify_url=f"{address.upper()}/VERIFY/{version.verify_code}",
        printed_at=at.astimezone(ZONE),
    )


def signed_as(slip: Slip, signatures: Sequence[SlipSignature]) -> Signed:
    """How a slip that is signed was signed."""
    signer = signers(signatures)
    if slip.signed_on is None:
        raise ValueError("not signed")
    return Signed(slip.signed_on, signer.how if signer else slip.signed_how, mandated(signer))


def has_signer_field(signed: Signed) -> bool:
    """Whether the paper has a field for the signer: not when the signature is on another sheet of paper."""
    return signed.how in IN_THE_FIELD or signed.how is SignedHow.CERTIFICATE


def place_of_counter(slip: Slip, leader_id: int) -> int:
    """Which countersignature a leader's is, counted from 1. Raises ValueError when nobody asked for it."""
    return [it.leader_id for it in slip.countersigners].index(leader_id) + 1


def has_everything(marks: Sequence[str], state: SlipState, signatures: Sequence[SlipSignature]) -> bool:
    """Whether a kept paper carries all that was signed and issued; told from its marks alone, as at nearly every print."""
    signed = sum(it.how is not SignedHow.HAND for it in signatures)
    carried = sum(it == SIGNED or it.startswith(COUNTERSIGNED) for it in marks)
    return carried == signed and (state not in ISSUED_STATES or SEALED in marks)


def sealings(
    slip: Slip, signatures: Sequence[SlipSignature], sheet: AssignmentSlipSheet, done: Sequence[str]
) -> list[Sealing]:
    """What the organ's key has still to set into a kept paper, in the order it happened."""
    wanted = [it for it in (_of_signature(slip, each) for each in signatures) if it is not None]
    if slip.state in ISSUED_STATES and slip.issued_at is not None:
        wanted.append(Sealing(SEALED, SEAL, ISSUING, sheet.issuing_organ, slip.issued_at, is_seal=True))
    return [it for it in wanted if it.mark not in done]


def _of_signature(slip: Slip, signature: SlipSignature) -> Sealing | None:
    if signature.role is SignatureRole.SIGNER:
        mark, field, act = SIGNED, SIGNER, SignatureRole.SIGNER.label
    else:
        number = place_of_counter(slip, signature.leader_id)
        mark, field, act = f"{COUNTERSIGNED}{number}", counter(number), SignatureRole.COUNTERSIGNER.label
    if signature.how not in IN_THE_FIELD:
        return None
    name = signature.name if signature.how is SignedHow.TABLET else f"{signature.name}（系统内{act}）"
    reason = REASONS[signature.how].format(act=act)
    return Sealing(mark, field, reason, name, signature.signed_at, strokes_of(signature))


def canonical_bytes(version: SlipVersion) -> bytes:
    """What is attached to the paper as `slip.json`: exactly the text whose fingerprint the verify page shows."""
    return version.sheet.encode()


def loaded(session: Session, slip: Slip) -> SlipVersion | None:
    """The version of a slip's paper that is in force."""
    return session.get(SlipVersion, (slip.id, slip.paper_version), populate_existing=True)
