"""What signing and issuing add to a frozen paper: its words stay, the signatures and the dates come onto it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.sheets import AssignmentSlipSheet, OfficialLine, Stroke
from portal.domain.signing import ISSUED_STATES, SIGNED_STATES, SignatureRole, SignedHow
from portal.store.models.signing import SlipSignature
from portal.store.models.slips import Slip

NOTES = {
    SignedHow.SCREEN: "签批领导已在系统内签批，可扫码核验。",
    SignedHow.HAND: "签批领导在纸面上手写签名，本件据以登记，以纸面原件为准。",
}
"""What the paper says of a signature that cannot be seen on it."""


def signatures_of(session: Session, slip_ids: Sequence[int]) -> Mapping[int, tuple[SlipSignature, ...]]:
    """The signatures that count, by slip, the signer's first; one statement however many slips."""
    found: dict[int, list[SlipSignature]] = {}
    for it in session.scalars(
        select(SlipSignature)
        .where(SlipSignature.slip_id.in_(slip_ids), SlipSignature.void_at.is_(None))
        .order_by(SlipSignature.id)
    ):
        found.setdefault(it.slip_id, []).append(it)
    return {slip_id: tuple(signatures) for slip_id, signatures in found.items()}


def signed_sheet(sheet: AssignmentSlipSheet, slip: Slip, signatures: Sequence[SlipSignature]) -> AssignmentSlipSheet:
    """A slip's paper as it is after signing and issuing; an unsigned one is left as it is.

    The telephone, the code and everything the leader saw stay as they were frozen.
    """
    if slip.state not in SIGNED_STATES:
        return sheet
    signer = signers(signatures)
    issued = slip.issued_at.date() if slip.issued_at and slip.state in ISSUED_STATES else None
    return replace(
        sheet,
        assigned_on=slip.signed_on,
        signed_on=slip.signed_on,
        issued_on=issued,
        signed_for=mandated(signer),
        signature=strokes_of(signer) if signer else (),
        note=note_of(sheet.note, signer.how if signer else None),
    )


def copy_note(note: str, *, full: bool) -> str:
    """The note of a print that is not the kept paper of a signed slip: what it is, and which one counts."""
    what = "含完整电话的办理用件" if full else "隐去来访人姓名的副本"
    return f"{note}本件是{what}，以存档的签批件为准。"


def mandated(signer: SlipSignature | None) -> OfficialLine | None:
    """The official who signed in another's place, as the paper names him or her."""
    if signer is None or signer.by_leader_id == signer.leader_id:
        return None
    return OfficialLine(name=signer.name, post=signer.post)


def signers(signatures: Sequence[SlipSignature]) -> SlipSignature | None:
    """The signature of the one who signs, apart from countersignatures."""
    return next((it for it in signatures if it.role is SignatureRole.SIGNER), None)


def note_of(note: str, how: SignedHow | None) -> str:
    """The note at the foot of a slip that was signed in this way."""
    said = NOTES.get(how, "") if how else ""
    return note if said in note else note + said


def strokes_of(signature: SlipSignature) -> tuple[Stroke, ...]:
    """The handwriting of a signature made on a tablet; nothing for any other."""
    kept = json.loads(signature.strokes) if signature.strokes else []
    return tuple(tuple((x, y) for x, y in stroke) for stroke in kept)
