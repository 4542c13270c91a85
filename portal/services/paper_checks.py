"""Is a paper or a file genuine, and does it still count: one judgement for the verify page and the command (domain 7.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.domain.paper_verdicts import (
    UNKNOWN,
    Judgement,
    VersionFacts,
    judge_companion,
    judge_reserved,
    judge_version,
)
from portal.domain.reserved_numbers import ReservedState
from portal.domain.signing import SIGNED_STATES, SignatureRole, SignedHow
from portal.domain.slips import SlipState
from portal.services.slip_sheets import fingerprint
from portal.store.queries.office import office_rules
from portal.store.queries.paper_codes import (
    CompanionOnPaper,
    ReservedOnPaper,
    SignatureOnPaper,
    VersionOnPaper,
    companion_with_code,
    replacement_of,
    reserved_with_code,
    signatures_on_record,
    version_with_code,
)

CODE_SIGNS = 16
LOOK_ALIKE = str.maketrans("018", "OIB")
"""Signs that base32 does not have, and the letters they are mistaken for."""

MOST_REPLACEMENTS = 20


@dataclass(frozen=True, slots=True)
class PaperAnswer:
    """What anybody may learn of a paper: the judgement, and exactly one of version, companion and reserved number.

    All empty when the code is none of ours. `shows_names`: the office lets the public read who signed, not only the post.
    """

    judgement: Judgement
    code: str
    version: VersionOnPaper | None = None
    companion: CompanionOnPaper | None = None
    reserved: ReservedOnPaper | None = None
    signatures: tuple[SignatureOnPaper, ...] = ()
    replaced_by: str | None = None
    shows_names: bool = False


def plain_code(typed: str) -> str:
    """A code as it is kept: upper case, without the blanks and dashes people type for reading, look-alikes put right."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())[: 4 * CODE_SIGNS].translate(LOOK_ALIKE)


def check_code(session: Session, typed: str) -> PaperAnswer:
    """What the paper with this code is. Every place is asked for every code, so that an answer takes as long as another."""
    code = plain_code(typed)
    asked = code if len(code) == CODE_SIGNS else ""
    version = version_with_code(session, asked)
    companion = companion_with_code(session, asked)
    reserved = reserved_with_code(session, asked)
    if version is not None:
        return answer_for(session, version)
    if companion is not None:
        judgement = judge_companion(
            kind=companion.kind.label,
            is_whole=fingerprint(companion.sheet) == companion.sha256,
            is_void=companion.void_at is not None,
            slip_is_void=companion.slip_state is SlipState.VOID,
        )
        return PaperAnswer(judgement, code, companion=companion)
    if reserved is not None:
        return _reserved(session, code, reserved)
    return PaperAnswer(UNKNOWN, code)


def answer_for(session: Session, version: VersionOnPaper) -> PaperAnswer:
    """What a paper printed from this version is."""
    signatures = tuple(signatures_on_record(session, version.slip_id))
    replaced_by = replaced(session, version.slip_id, version.state)
    facts = VersionFacts(
        state=version.state,
        version=version.version,
        latest=version.latest,
        is_whole=fingerprint(version.sheet) == version.sha256,
        signed=version.state in SIGNED_STATES,
        signed_by_hand=_signed_by_hand(version, signatures),
        replaced_by=replaced_by,
    )
    return PaperAnswer(
        judge_version(facts),
        version.verify_code,
        version=version,
        signatures=signatures,
        replaced_by=replaced_by,
        shows_names=office_rules(session).verify_shows_signer,
    )


def replaced(session: Session, slip_id: int, state: SlipState) -> str | None:
    """The number of the slip that counts in place of a void one, empty while it has none; None when there is no such slip."""
    for _ in range(MOST_REPLACEMENTS):
        if state is not SlipState.VOID:
            return None
        found = replacement_of(session, slip_id)
        if found is None:
            return None
        slip_id, number, state = found
        if state is not SlipState.VOID:
            return number or ""
    return None


def _signed_by_hand(version: VersionOnPaper, signatures: Sequence[SignatureOnPaper]) -> bool:
    """Only the signer's own pen makes a print the signed original; one who signed it as well by hand does not."""
    signers = (it for it in signatures if it.role is SignatureRole.SIGNER and it.void_at is None)
    return any(it.how is SignedHow.HAND and it.document_sha256 == version.sha256 for it in signers)


def _reserved(session: Session, code: str, reserved: ReservedOnPaper) -> PaperAnswer:
    slip, replaced_by = None, None
    if reserved.slip_id is not None and reserved.slip_state is not None:
        replaced_by = replaced(session, reserved.slip_id, reserved.slip_state)
        slip = VersionFacts(state=reserved.slip_state, version=1, latest=1, replaced_by=replaced_by)
    judgement = judge_reserved(is_void=reserved.state is ReservedState.VOID, slip=slip)
    return PaperAnswer(judgement, code, reserved=reserved, replaced_by=replaced_by)
