"""A leader decides on a slip and signs it; each way of signing is recorded for what it is (NX-12, NX-14, domain 7.3).

Deciding freezes a version of the paper; signing binds to the fingerprint of exactly that version, so nobody signs what was
not shown. What the office enters from a paper signed by hand is a version of its own, the transcript of that paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.sheets import Stroke
from portal.domain import matters as matter_rules
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken, refuse
from portal.domain.matters import ON_THE_WAY, MatterState
from portal.domain.people import Action, Actor, must
from portal.domain.signing import ON_SCREEN, Proof, SignatureRole, SignedHow
from portal.domain.slips import SlipState, advance, due_problems, signing_problems
from portal.services.counted_dates import copy_due, count_due, forget_due
from portal.services.mandates import Authority, authority_to_sign
from portal.services.open_requests import lapse_extension
from portal.services.slip_orders import SlipOrder, count_limit, facts_of, locked_slip, write_order
from portal.services.slip_sheets import fingerprint, freeze, says_the_same
from portal.services.strokes import canonical_strokes
from portal.store.audit_trail import record
from portal.store.models.signing import SlipSignature
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.office import office_rules
from portal.store.queries.people import posts_held
from portal.store.queries.slip_links import carriers

TOO_FAR = frozenset(ON_THE_WAY) - {MatterState.ASSIGNED, MatterState.HANDLING} | {MatterState.CLOSED}
"""Where a matter stands that no longer waits for a slip when its own is made void."""

PAPER_CHANGED = "您看到的单据已有变化，请重新打开，核对最新的一份后再签。"


@dataclass(frozen=True, slots=True)
class Signing:
    """How somebody signs: the way, how they proved who they are, and what goes with it.

    `document_sha256` is the fingerprint of the version that was shown. `strokes` go with a signature on a tablet, the
    certificate's serial with one made by a key.
    """

    how: SignedHow
    document_sha256: str
    proof: Proof = Proof.NONE
    strokes: tuple[Stroke, ...] = ()
    certificate_serial: str | None = None


def decide(
    session: Session, slip_id: int, order: SlipOrder, *, version: int | None = None, actor: Actor, now: datetime
) -> SlipVersion:
    """The leader's decision on a slip that waits for the signature; answers the version of the paper to be signed.

    A decision that changes nothing leaves the version as it is. Only the leader who signs, or one with a mandate, decides.
    """
    slip = locked_slip(session, slip_id, version)
    _authority(session, slip, actor, now)
    advance(slip.state, SlipState.SIGNED)
    count_limit(session, slip, order.due_on, slip.reception_day.day, now.date())
    write_order(session, slip, order, now.date())
    refuse([*signing_problems(facts_of(slip)), *due_problems(facts_of(slip), now.date())])
    latest = paper_of(session, slip)
    if latest is not None and says_the_same(session, slip, latest):
        return latest
    frozen = freeze(session, slip, "填写批示", now=now)
    record(session, actor, now, "slip_decided", slip, summary=f"填写批示 {slip.number}", number=slip.number)
    return frozen


def sign(session: Session, slip_id: int, signing: Signing, *, actor: Actor, now: datetime) -> SlipSignature:
    """Sign the version that was shown, on the screen; the slip is 已签批 afterwards.

    Raises Conflict when the paper is no longer the one that was shown, NotAllowed for anybody but the leader who signs or one
    with a mandate for today, RuleBroken for a way the office has switched off.
    """
    slip = locked_slip(session, slip_id, None)
    authority = _authority(session, slip, actor, now)
    _not_signed_yet(slip)
    state = advance(slip.state, SlipState.SIGNED)
    refuse([*signing_problems(facts_of(slip)), *due_problems(facts_of(slip), now.date())])
    paper = _shown_paper(session, slip, signing)
    signature = _keep(session, slip, paper, SignatureRole.SIGNER, authority, signing, now.date(), actor=actor, now=now)
    _settle(slip, state, signing.how, now.date(), signature.name)
    record(
        session, actor, now, "slip_signed", slip,
        summary=f"{_in_whose_name(slip, authority)}签批 {slip.number}（{signing.how.label}）",
        number=slip.number, how=signing.how.value, document=paper.sha256, mandate=authority.mandate_id,
    )  # fmt: skip
    return signature


def countersign(session: Session, slip_id: int, signing: Signing, *, actor: Actor, now: datetime) -> SlipSignature:
    """Sign a slip as well (会签), after its signer; only leaders who were asked to, each once."""
    must(actor, Action.SIGN_SLIP)
    slip = locked_slip(session, slip_id, None)
    asked = next((it for it in slip.countersigners if it.leader_id in actor.leader_ids), None)
    if asked is None:
        raise NotAllowed("这张交办单没有请您会签。")
    if slip.state is not SlipState.SIGNED:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，签批之后、印发之前才能会签。", field="state")
    if asked.leader_id in _countersigned(session, slip.id):
        raise Conflict("您已会签，不必重复。")
    paper = _shown_paper(session, slip, signing)
    own = Authority(asked.leader_id, asked.leader_id, asked.leader.name, asked.post)
    signature = _keep(session, slip, paper, SignatureRole.COUNTERSIGNER, own, signing, now.date(), actor=actor, now=now)
    record(
        session, actor, now, "slip_countersigned", slip,
        summary=f"会签 {slip.number}（{signing.how.label}）", number=slip.number, document=paper.sha256,
    )  # fmt: skip
    return signature


def sign_slip(
    session: Session,
    slip_id: int,
    order: SlipOrder,
    *,
    version: int | None = None,
    how: SignedHow = SignedHow.SCREEN,
    strokes: tuple[Stroke, ...] = (),
    actor: Actor,
    now: datetime,
) -> Slip:
    """Decide and sign in one go, as one who writes the instruction and confirms it at once, the password given."""
    decided = decide(session, slip_id, order, version=version, actor=actor, now=now)
    signing = Signing(how, decided.sha256, Proof.PASSWORD, strokes)
    sign(session, slip_id, signing, actor=actor, now=now)
    return session.get_one(Slip, slip_id)


def record_signature(
    session: Session,
    slip_id: int,
    order: SlipOrder,
    signed_on: date,
    *,
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Slip:
    """Enter what the leader wrote and signed on the printed slip (NX-12); the scan is attached on its own.

    The signature belongs to the version that was printed, what is entered becomes the next one.
    """
    must(actor, Action.RECORD_SIGNATURE)
    slip = locked_slip(session, slip_id, version)
    state = advance(slip.state, SlipState.SIGNED)
    if signed_on > now.date():
        raise RuleBroken("签批日期不能晚于今天，请核对。", field="signed_on")
    if signed_on < slip.reception_day.day:
        raise RuleBroken("签批日期不能早于接待日，请核对。", field="signed_on")
    count_limit(session, slip, order.due_on, slip.reception_day.day, now.date())
    write_order(session, slip, order, signed_on)
    refuse(signing_problems(facts_of(slip)))
    printed = paper_of(session, slip)
    if printed is None or slip.signer_id is None or slip.signer is None:
        raise RuleBroken("这张交办单还没有打印送签的一版，请先编号。", field="state")
    own = Authority(slip.signer_id, slip.signer_id, slip.signer.name, slip.signer_post)
    signing = Signing(SignedHow.HAND, printed.sha256)
    _keep(session, slip, printed, SignatureRole.SIGNER, own, signing, signed_on, actor=actor, now=now)
    _settle(slip, state, SignedHow.HAND, signed_on, slip.signer.name)
    freeze(session, slip, "登记手写签批", now=now)
    record(
        session, actor, now, "slip_signature_recorded", slip,
        summary=f"登记手写签批 {slip.number}", number=slip.number, signed_on=signed_on,
    )  # fmt: skip
    return slip


def record_countersignature(
    session: Session, slip_id: int, leader_id: int, signed_on: date, *, actor: Actor, now: datetime
) -> SlipSignature:
    """Enter that a leader who was asked to signed the paper as well, by hand; it is the paper its signer signed."""
    must(actor, Action.RECORD_SIGNATURE)
    slip = locked_slip(session, slip_id, None)
    asked = next((it for it in slip.countersigners if it.leader_id == leader_id), None)
    if asked is None:
        raise RuleBroken("这张交办单没有请这位领导会签，请重新选择。", field="leader_id")
    if slip.state is not SlipState.SIGNED:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，签批之后、印发之前才能登记会签。", field="leader_id")
    if leader_id in _countersigned(session, slip.id):
        raise Conflict(f"{asked.leader.name}已会签，不必重复登记。", field="leader_id")
    if signed_on > now.date():
        raise RuleBroken("会签日期不能晚于今天，请核对。", field="signed_on")
    if slip.signed_on is not None and signed_on < slip.signed_on:
        raise RuleBroken("会签日期不能早于签批日期，请核对。", field="signed_on")
    signer = next(it for it in standing_signatures(session, slip.id) if it.role is SignatureRole.SIGNER)
    paper = session.get_one(SlipVersion, (slip.id, signer.version))
    own = Authority(asked.leader_id, asked.leader_id, asked.leader.name, asked.post)
    by_hand = Signing(SignedHow.HAND, paper.sha256)
    signature = _keep(session, slip, paper, SignatureRole.COUNTERSIGNER, own, by_hand, signed_on, actor=actor, now=now)
    record(
        session, actor, now, "slip_countersigned", slip,
        summary=f"登记{asked.leader.name}在纸面会签 {slip.number}", number=slip.number, document=paper.sha256,
    )  # fmt: skip
    return signature


def missing_countersigners(session: Session, slip: Slip) -> list[str]:
    """The names of those who were asked to sign as well and have not."""
    done = _countersigned(session, slip.id)
    return [it.leader.name for it in slip.countersigners if it.leader_id not in done]


def standing_signatures(session: Session, slip_id: int) -> Sequence[SlipSignature]:
    """The signatures on a slip that still count, the signer's first."""
    return session.scalars(
        select(SlipSignature)
        .where(SlipSignature.slip_id == slip_id, SlipSignature.void_at.is_(None))
        .order_by(SlipSignature.id)
    ).all()


def void_signatures(session: Session, slip: Slip, reason: str, *, now: datetime) -> int:
    """Signatures on a slip that is changed count no more; they stay on record with the reason. Answers how many."""
    release_matters(session, slip)
    standing = standing_signatures(session, slip.id)
    for it in standing:
        it.void_at, it.void_reason = now, reason[:200]
    slip.signed_on = slip.signed_how = None
    slip.signed_by = ""
    return len(standing)


def release_matters(session: Session, slip: Slip) -> None:
    """The matters of a slip that no longer holds wait for a slip again, unless another signed one carries them too (分办).

    Such a matter stays assigned; if its lead unit was this slip's, the other slip's leads from now on.
    """
    standing = [entry.matter for entry in slip.entries if entry.ended_at is None]
    ids = [it.id for it in standing]
    others = [it for it in carriers(session, ids) if it.is_signed and it.slip_id != slip.id]
    for matter in standing:
        other = next((it for it in others if it.matter_id == matter.id), None)
        if other is None and matter.state in TOO_FAR:
            raise RuleBroken(
                f"事项“{matter.title}”现为“{matter.state.label}”，交办单不能作废。请先在事项页面办完这一步。",
                field="state",
            )
        if matter.state in {MatterState.ASSIGNED, MatterState.HANDLING} and other is None:
            lapse_extension(session, matter.id, "交办单作废")
            matter.state = matter_rules.advance(matter.state, MatterState.AWAITING_ASSIGNMENT)
            matter.lead_unit_id = None
            forget_due(matter)
        elif other is not None and matter.lead_unit_id == slip.lead_unit_id:
            matter.lead_unit_id, matter.due_on = other.lead_unit_id, other.due_on
            count_due(matter, None)
            if matter.state is MatterState.HANDLING:
                matter.step_due_on = matter.due_on


def paper_of(session: Session, slip: Slip) -> SlipVersion | None:
    """The version of a slip that is printed now."""
    return session.get(SlipVersion, (slip.id, slip.paper_version))


def _authority(session: Session, slip: Slip, actor: Actor, now: datetime) -> Authority:
    must(actor, Action.SIGN_SLIP)
    authority = authority_to_sign(session, slip.signer_id, actor, now.date())
    if authority is None:
        name = slip.signer.name if slip.signer else "指定的签批领导"
        raise NotAllowed(f"这张交办单由{name}签批，没有委托您不能代签。如需变更签批领导，请联系工商联办公室退回修改。")
    return authority


def _in_whose_name(slip: Slip, authority: Authority) -> str:
    return f"受{slip.signer.name}委托" if authority.mandate_id is not None and slip.signer is not None else ""


def _not_signed_yet(slip: Slip) -> None:
    """Two devices, or a leader and the one who stands in: who comes second learns who was first."""
    if slip.state is SlipState.SIGNED and slip.signed_on is not None:
        raise Conflict(f"{slip.signed_by or '签批领导'}已签批这张交办单，没有重复签批。")


def _countersigned(session: Session, slip_id: int) -> set[int]:
    return {it.leader_id for it in standing_signatures(session, slip_id) if it.role is SignatureRole.COUNTERSIGNER}


def _shown_paper(session: Session, slip: Slip, signing: Signing) -> SlipVersion:
    paper = paper_of(session, slip)
    if paper is None:
        raise NotFound("这张交办单还没有可签的一版，请先编号。")
    if signing.document_sha256 != paper.sha256 or fingerprint(paper.sheet) != paper.sha256:
        raise Conflict(PAPER_CHANGED)
    if signing.how not in ON_SCREEN or signing.how.value not in office_rules(session).signing_ways:
        raise RuleBroken(f"本单位没有启用“{signing.how.label}”，请改用其他方式。", field="how")
    if signing.proof is Proof.NONE:
        raise RuleBroken("签批前须再次核验身份。", field="password")
    if (signing.how is SignedHow.TABLET) != bool(signing.strokes):
        raise RuleBroken("请在签名框内手写签名。", field="strokes")
    return paper


def _keep(
    session: Session,
    slip: Slip,
    paper: SlipVersion,
    role: SignatureRole,
    authority: Authority,
    signing: Signing,
    signed_on: date,
    *,
    actor: Actor,
    now: datetime,
) -> SlipSignature:
    """Put a signature on record, with the post its leader holds on that day."""
    strokes = canonical_strokes(signing.strokes) if signing.strokes else None
    posts = posts_held(session, {authority.by_leader_id}, signed_on)
    signature = SlipSignature(
        slip_id=slip.id,
        version=paper.version,
        role=role,
        leader_id=authority.leader_id,
        by_leader_id=authority.by_leader_id,
        name=authority.name,
        post=posts.get(authority.by_leader_id, authority.post),
        mandate_id=authority.mandate_id,
        how=signing.how,
        proof=signing.proof,
        signed_on=signed_on,
        signed_at=now,
        document_sha256=paper.sha256,
        strokes=strokes,
        strokes_sha256=sha256(strokes.encode()).hexdigest() if strokes else None,
        certificate_serial=signing.certificate_serial,
        recorded_by=actor.name,
    )
    session.add(signature)
    return signature


def _settle(slip: Slip, state: SlipState, how: SignedHow, day: date, name: str) -> None:
    slip.state, slip.signed_on, slip.signed_how, slip.signed_by = state, day, how, name
    for matter in (entry.matter for entry in slip.entries):
        if matter.state in ON_THE_WAY:
            continue  # another unit's slip was signed first (分办): its unit stays the matter's lead unit
        matter.state = matter_rules.advance(matter.state, MatterState.ASSIGNED)
        matter.lead_unit_id = slip.lead_unit_id
        copy_due(slip, matter)
