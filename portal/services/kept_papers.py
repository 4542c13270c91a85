"""The one PDF of a signed version, kept for ever and only ever added to (docs/decisions/0020)."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.assignment_slip import placed_assignment_slip
from portal.documents.pades import SIGNER, OwnClock, TimeService, fields_of, prepare
from portal.documents.pades import sign as sign_pdf
from portal.documents.sheets import AssignmentSlipSheet
from portal.documents.signature_look import Seal, SignatureLook
from portal.domain.errors import CannotKeep, Conflict, NotFound, RuleBroken
from portal.domain.people import Actor
from portal.domain.signing import SIGNED_STATES, SignedHow, TimeStamps
from portal.services.keeping import Keeping
from portal.services.paper_signatures import (
    CERTIFIED,
    Sealing,
    canonical_bytes,
    has_everything,
    has_signer_field,
    loaded,
    sealings,
    sheet_to_keep,
    signed_as,
)
from portal.services.signing_keys import OfficeKeys, make_office_keys, office_keys
from portal.services.slip_signing import standing_signatures
from portal.store import sealed_files
from portal.store.audit_trail import record
from portal.store.giving_up import gave_up
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.kept_papers import KeptRow, kept_row
from portal.store.queries.office import office_rules
from portal.store.queries.slip_records import slip_records
from portal.store.queries.visibility import sees_the_visitor

TRIES = 4
KEPT_ALTERED = "存档的签批件缺失或已被改动，已停止提供，也不会另印一份代替。请立即联系系统管理员核查，从备份恢复原件。"
KEPT_LOST = "这张单用数字证书签批，但存档的签批件没有了，不能重新制作。请立即联系系统管理员，从备份恢复原件。"
NOTHING_KEPT = "这一版没有存档的签批件：签批之后才存档。"
KEYS_DAMAGED = "本单位的签名密钥不能打开，可能数据密钥不是原来的一份。请联系系统管理员，从备份恢复数据目录下的 keys。"
OTHERS_WERE_FIRST = "单据正在办理中，存档件没有跟上。请稍等片刻再打开。"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be made from what was found, and how to notice that it has changed meanwhile."""

    slip_id: int
    version: int
    number: str
    sheet: AssignmentSlipSheet
    data: bytes
    with_signer: bool
    before: KeptRow | None
    sealings: tuple[Sealing, ...]
    signature_ids: tuple[int, ...]
    stamps: TimeStamps

    @property
    def marks(self) -> tuple[str, ...]:
        """What the paper will carry."""
        return (*(self.before.marks if self.before else (CERTIFIED,)), *(it.mark for it in self.sealings))


@dataclass(frozen=True, slots=True)
class PrintedPaper:
    """One slip as PDF; `kept` says whether it is the kept file itself."""

    slip_id: int
    name: str
    pdf: bytes
    kept: bool


def bring_up_to_date(keeping: Keeping, slip_id: int, *, now: datetime) -> KeptRow | None:
    """Make the kept paper of a signed slip, or add what has been signed and issued since; None when nothing is signed.

    Doing it again changes nothing. When two do it at once, one of them wins and the other finds it done. Raises
    CannotKeep on a full disk.
    """
    for _ in range(TRIES):
        plan = _plan(keeping.read(), slip_id, keeping.address, now=now)
        if not isinstance(plan, _Plan):
            return plan
        before = kept_bytes(keeping, plan.before) if plan.before else None
        digest, size = keep_file(keeping.folder, _made(keeping, plan, before, now=now))
        done: bool = keeping.write(lambda session: _name(session, plan, digest, size, now=now))  # noqa: B023 - at once
        if done:
            return KeptRow(slip_id, plan.version, digest, size, plan.marks, now)
    raise Conflict(OTHERS_WERE_FIRST)


def kept_paper(keeping: Keeping, slip_id: int, version: int | None = None) -> bytes:
    """The kept paper of the version in force, or of another: the same bytes for ever.

    Raises NotFound when nothing was kept of it, RuleBroken when the file was altered or is gone.
    """
    row = kept_row(keeping.read(), slip_id, version)
    if row is None:
        raise NotFound(NOTHING_KEPT)
    return kept_bytes(keeping, row)


def kept_bytes(keeping: Keeping, row: KeptRow) -> bytes:
    """What a row names. Raises RuleBroken when it is not there as it was."""
    try:
        return sealed_files.kept(keeping.folder, row.sha256)
    except sealed_files.Altered:
        again = kept_row(keeping.read(), row.slip_id, row.version)
        if again is not None and again.sha256 != row.sha256:  # it was added to, and the earlier file swept, meanwhile
            return kept_bytes(keeping, again)
        raise RuleBroken(KEPT_ALTERED) from None


def paper_to_show(keeping: Keeping, slip_id: int, *, actor: Actor, now: datetime) -> PrintedPaper | None:
    """The kept paper of a signed slip for somebody who may see all that is on it; None: it is typeset as it stands.

    A void slip is typeset with its mark. When the kept paper cannot be made for want of room, it is typeset as well.
    """
    if not sees_the_visitor(actor):
        return None
    with suppress(CannotKeep):
        row = bring_up_to_date(keeping, slip_id, now=now)
        if row is not None:
            slip = keeping.read().execute(select(Slip.number, Slip.state).where(Slip.id == slip_id)).one()
            if slip.state in SIGNED_STATES:
                return PrintedPaper(slip_id, f"{slip.number}.pdf", kept_bytes(keeping, row), kept=True)
    return None


def office_keys_of(keeping: Keeping, *, now: datetime) -> OfficeKeys:
    """The office's keys, made or renewed first when that is due. Raises RuleBroken when they cannot be opened."""
    try:
        keys = office_keys(keeping.read(), now=now)
        if keys is None:
            keeping.write(lambda session: make_office_keys(session, now=now))
            keys = office_keys(keeping.read(), now=now)
    except ValueError as damage:
        raise RuleBroken(KEYS_DAMAGED) from damage
    if keys is None:
        raise RuleBroken(KEYS_DAMAGED)
    return keys


def certified(
    sheet: AssignmentSlipSheet, data: bytes, keys: OfficeKeys, *, with_signer: bool, stamps: TimeStamps, at: datetime
) -> bytes:
    """Typeset a paper for keeping, with an empty field for each signature, certified by the organ."""
    paper = placed_assignment_slip(sheet, archived=True, data=data)
    fields = [it for it in fields_of(paper) if with_signer or it.name != SIGNER]
    stamper = OwnClock(keys.clock) if stamps is TimeStamps.OWN else None
    return prepare(paper.pdf, fields, certify_with=keys.organ, certified_at=at, timestamper=stamper)


def stamper_of(keeping: Keeping, keys: OfficeKeys, stamps: TimeStamps) -> OwnClock | TimeService | None:
    """What stamps the time of a leader's signature by certificate; a service outside only for these.

    The organ's own signatures carry the portal's clock or nothing: a paper must print while the service is away.
    """
    if stamps is TimeStamps.OWN:
        return OwnClock(keys.clock)
    if stamps is not TimeStamps.SERVICE:
        return None
    if keeping.timestamp_url is None:
        raise RuleBroken(
            "已设置使用外部时间戳服务，但没有配置服务地址。请系统管理员设置 PORTAL_TIMESTAMP_URL，或改用本系统时钟。",
            field="timestamp",
        )
    return TimeService(keeping.timestamp_url)


def seal_kept(keeping: Keeping, sha256: str | None) -> bytes:
    """The picture of the organ's seal; nothing when the portal draws it. Raises RuleBroken when it is gone or altered."""
    if sha256 is None:
        return b""
    try:
        return sealed_files.kept(keeping.seals, sha256)
    except sealed_files.Altered:
        raise RuleBroken("印章图样缺失或已被改动，请到“设置 → 单据用印”重新上传。") from None


def keep_file(folder: Path, data: bytes) -> tuple[str, int]:
    """Put a paper on the disk, sealed and synced, before a row names it; its sha256 and size."""
    try:
        return sealed_files.keep(folder, data), len(data)
    except OSError as trouble:
        told = gave_up(trouble)
        if told is None:
            raise
        raise told from trouble


def name_kept(
    session: Session, slip: Slip, version: int, before: KeptRow | None, digest: str, size: int, marks: Sequence[str],
    *, actor: Actor, now: datetime,
) -> bool:  # fmt: skip
    """Let the row of a version name a file, if it still names the one from before; whether it did."""
    old = before.sha256 if before else None
    named = session.execute(
        update(SlipVersion)
        .where(
            SlipVersion.slip_id == slip.id,
            SlipVersion.version == version,
            SlipVersion.kept_sha256.is_(None) if old is None else SlipVersion.kept_sha256 == old,
        )
        .values(kept_sha256=digest, kept_bytes=size, kept_marks=" ".join(marks), kept_at=now)
        .returning(SlipVersion.version)
        .execution_options(synchronize_session=False)
    ).first()
    if named is None:
        return False
    record(
        session, actor, now, "paper_kept", slip,
        summary=f"存档 {slip.number} 第 {version} 版签批件", sha256=digest, before=old, marks=" ".join(marks),
    )  # fmt: skip
    return True


def _plan(session: Session, slip_id: int, address: str, *, now: datetime) -> _Plan | KeptRow | None:
    """What has to be made; what is kept already when it has everything; None when there is nothing to keep."""
    before = kept_row(session, slip_id)
    state = session.scalar(select(Slip.state).where(Slip.id == slip_id))
    if state not in SIGNED_STATES:
        return before
    signatures = standing_signatures(session, slip_id)
    if before is not None and has_everything(before.marks, state, signatures):
        return before
    (slip,) = slip_records(session, [slip_id], fresh=True)
    version = loaded(session, slip)
    if version is None:
        return None
    signed = signed_as(slip, signatures)
    if before is None and signed.how is SignedHow.CERTIFICATE:
        raise RuleBroken(KEPT_LOST)
    sheet = sheet_to_keep(slip, version, signed, address=address, at=now)
    missing = sealings(slip, signatures, sheet, before.marks if before else ())
    if before is not None and not missing:
        return before
    return _Plan(
        slip_id,
        version.version,
        slip.number or "",
        sheet,
        canonical_bytes(version),
        has_signer_field(signed),
        before,
        tuple(missing),
        tuple(it.id for it in signatures),
        office_rules(session).time_stamps,
    )


def _made(keeping: Keeping, plan: _Plan, before: bytes | None, *, now: datetime) -> bytes:
    """The long part: typeset what is new, and sign."""
    keys = office_keys_of(keeping, now=now)
    keeping.read().rollback()  # nothing of the database is held while the paper is made
    pdf = before or certified(plan.sheet, plan.data, keys, with_signer=plan.with_signer, stamps=plan.stamps, at=now)
    stamper = OwnClock(keys.clock) if plan.stamps is TimeStamps.OWN else None
    for each in plan.sealings:
        seal = None
        if each.is_seal:
            seal = Seal(organ=each.name, picture=seal_kept(keeping, keys.seal_sha256), is_sample=plan.sheet.is_sample)
        look = SignatureLook(name=each.name, signed_at=each.at.astimezone(ZONE), strokes=each.strokes, seal=seal)
        pdf = sign_pdf(pdf, each.field, keys.organ, signed_at=now, reason=each.reason, look=look, timestamper=stamper)
    return pdf


def _name(session: Session, plan: _Plan, digest: str, size: int, *, now: datetime) -> bool:
    """The short part: let the version name the file, if nothing was signed, changed or made meanwhile."""
    slip = session.scalars(select(Slip).where(Slip.id == plan.slip_id).with_for_update()).one()
    session.refresh(slip, ["state", "paper_version"])
    signatures = tuple(it.id for it in standing_signatures(session, plan.slip_id))
    if slip.state not in SIGNED_STATES or slip.paper_version != plan.version or signatures != plan.signature_ids:
        return False
    return name_kept(session, slip, plan.version, plan.before, digest, size, plan.marks, actor=Actor.system(), now=now)
