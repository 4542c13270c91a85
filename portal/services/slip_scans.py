"""Scans of slips signed by hand: matched to the printed version by the code on it, or by hand with a reason (NX-12).

Reading a scan takes seconds, so it is done, and its bytes are kept, before the transaction that attaches it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import IO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.documents.scans import codes_on, parts_of
from portal.domain.errors import CannotKeep, Conflict, NotFound, RuleBroken
from portal.domain.people import Action, Actor, must
from portal.domain.signing import NUMBERED_STATES, SignatureRole
from portal.services.slip_orders import locked_slip
from portal.services.uploads import ENDINGS, KINDS, MEGABYTE, media_type, tidy_name
from portal.store import sealed_files
from portal.store.audit_trail import record, trial
from portal.store.giving_up import gave_up
from portal.store.models.signing import SlipScan, SlipSignature
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.signatures import ScanRow

SHORTEST_REASON = 4
LONGEST_REASON = 200
NO_CODE = "没有识别到单据上的二维码。请核对确是这张单，在“匹配说明”写明理由后再提交；或换清楚的扫描件。"
GONE = "扫描件文件不在这台服务器上，或内容已被改动。请联系系统管理员核查。"


@dataclass(frozen=True, slots=True)
class KeptScan:
    """A scan whose bytes are kept, sealed, and that no record names yet; `codes` are those read on its pages."""

    sha256: str
    name: str
    media_type: str
    size: int
    pages: int
    codes: tuple[str, ...] = ()
    first_page: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one paper of a pile: the slip it was put to, or why it was put to none."""

    scan: KeptScan
    slip_id: int | None = None
    number: str = ""
    refused: str = ""


def take_in(folder: Path, name: str, stream: IO[bytes], *, megabytes: int, field: str = "scan") -> KeptScan:
    """Read and keep one scan, a PDF, JPG or PNG, as it is. Raises RuleBroken on the field for anything else."""
    data, shown, kind = _checked(name, stream, megabytes, field)
    codes = codes_on(data, name=shown, field=field)
    return KeptScan(_keep(folder, data, field), shown, kind, len(data), len(codes), _distinct(codes))


def take_in_pile(folder: Path, name: str, stream: IO[bytes], *, megabytes: int) -> list[KeptScan]:
    """Cut a pile scanned as one file into its papers: each page belongs to the last code seen before it.

    Pages before the first code are papers of their own, for a match by hand; so is a file without any code.
    """
    data, shown, kind = _checked(name, stream, megabytes, "scans")
    codes = codes_on(data, name=shown, field="scans")
    groups = _grouped(codes)
    if len(groups) == 1:
        return [KeptScan(_keep(folder, data, "scans"), shown, kind, len(data), len(codes), _distinct(codes))]
    cut = parts_of(data, [pages for _, pages in groups], name=shown, field="scans")
    stem = PurePath(shown).stem
    return [
        KeptScan(
            _keep(folder, part, "scans"), f"{stem}-第{pages[0] + 1}页.pdf", kind, len(part), len(pages),
            (code,) if code else (), pages[0] + 1,
        )
        for (code, pages), part in zip(groups, cut, strict=True)
    ]  # fmt: skip


def kept_before(folder: Path, sha256: str, name: str) -> KeptScan | None:
    """A scan kept with an earlier try of the same form, without its codes; None when there is no such."""
    try:
        data = sealed_files.kept(folder, sha256)
    except (sealed_files.Altered, ValueError):
        return None
    kind = media_type(data)
    if kind is None:
        return None
    codes = codes_on(data)
    return KeptScan(sha256, tidy_name(name), kind, len(data), len(codes), _distinct(codes))


def attach_scan(
    session: Session, slip_id: int, scan: KeptScan, reason: str = "", *, actor: Actor, now: datetime
) -> SlipScan:
    """Attach a scan to the slip it shows; one whose code cannot be read needs a reason.

    Raises RuleBroken naming the right slip when it shows another, Conflict when it is attached already.
    """
    must(actor, Action.RECORD_SIGNATURE)
    slip, reason = locked_slip(session, slip_id, None), reason.strip()
    if slip.state not in NUMBERED_STATES:
        raise RuleBroken(f"交办单现为“{slip.state.label}”，不能附签批扫描件。", field="scan")
    shown = _shown(session, scan.codes)
    others = [it for it in shown if it.slip_id != slip.id]
    if others:
        number = session.get_one(Slip, others[0].slip_id).number
        raise RuleBroken(
            f"这是{number}的扫描件，没有附在这张单上。请到那张单上附；一次扫描多张的，请用“批量附扫描件”。",
            field="scan",
        )
    if not shown and not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(NO_CODE, field="reason")
    _not_attached_yet(session, slip, scan)
    seen = max(shown, key=lambda it: it.version, default=None)
    attached = SlipScan(
        slip_id=slip.id,
        version=seen.version if seen else _signed_version(session, slip),
        sha256=scan.sha256,
        name=scan.name,
        media_type=scan.media_type,
        size=scan.size,
        pages=scan.pages,
        code_read=seen.verify_code if seen else "",
        match_reason="" if seen else reason,
        attached_at=now,
        attached_by=actor.name,
    )
    session.add(attached)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("这份扫描件刚刚由别人附在另一张单上，没有重复附。请刷新后核对。", field="scan") from None
    by = "按二维码匹配" if seen else f"人工匹配：{reason}"
    record(
        session, actor, now, "scan_attached", slip,
        summary=f"附签批扫描件 {slip.number}（{scan.pages} 页，{by}）", scan=attached.id, sha256=scan.sha256,
    )  # fmt: skip
    return attached


def attach_pile(session: Session, scans: Sequence[KeptScan], *, actor: Actor, now: datetime) -> list[Outcome]:
    """Attach every paper of a pile to the slip its code names; one that is refused keeps none of the others back."""
    must(actor, Action.RECORD_SIGNATURE)
    outcomes = []
    for scan in scans:
        shown = _shown(session, scan.codes)
        if not shown:
            told = "二维码不是本系统的单据。" if scan.codes else "没有识别到二维码。"
            outcomes.append(Outcome(scan, refused=told))
            continue
        slip = session.get_one(Slip, shown[0].slip_id)
        try:
            with trial(session):
                attach_scan(session, slip.id, scan, actor=actor, now=now)
        except RuleBroken as refusal:
            outcomes.append(Outcome(scan, slip.id, slip.number or "", refusal.message))
        else:
            outcomes.append(Outcome(scan, slip.id, slip.number or ""))
    return outcomes


def strike_scan(session: Session, slip_id: int, scan_id: int, reason: str, *, actor: Actor, now: datetime) -> SlipScan:
    """Strike a scan that was attached wrongly; it stays on record with the reason."""
    must(actor, Action.RECORD_SIGNATURE)
    slip, reason = locked_slip(session, slip_id, None), reason.strip()
    scan = session.scalar(select(SlipScan).where(SlipScan.id == scan_id, SlipScan.slip_id == slip.id))
    if scan is None:
        raise NotFound("没有找到这份扫描件。")
    if scan.void_at is not None:
        raise Conflict("这份扫描件已经撤下，不必重复。")
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(f"请写明撤下的理由，{SHORTEST_REASON} 至 {LONGEST_REASON} 个字。", field="reason")
    scan.void_at, scan.void_reason = now, reason
    record(
        session, actor, now, "scan_struck", slip,
        summary=f"撤下签批扫描件 {slip.number}：{reason}", scan=scan.id, sha256=scan.sha256,
    )  # fmt: skip
    return scan


def is_checksum(text: str) -> bool:
    """Whether some text can name kept bytes."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


def kept_bytes(folder: Path, sha256: str) -> bytes:
    """A scan that no record names yet. Raises NotFound when there is no such."""
    try:
        return sealed_files.kept(folder, sha256)
    except (sealed_files.Altered, ValueError):
        raise NotFound("没有找到这份扫描件，请重新上传。") from None


def scan_bytes(folder: Path, scan: ScanRow) -> bytes:
    """A scan exactly as it was kept. Raises RuleBroken when it is gone or was altered."""
    try:
        return sealed_files.kept(folder, scan.sha256)
    except sealed_files.Altered:
        raise RuleBroken(GONE) from None


def _checked(name: str, stream: IO[bytes], megabytes: int, field: str) -> tuple[bytes, str, str]:
    data, shown = stream.read(megabytes * MEGABYTE + 1), tidy_name(name)
    if not data:
        raise RuleBroken(f"文件“{shown}”是空的，请重新选择。", field=field)
    if len(data) > megabytes * MEGABYTE:
        raise RuleBroken(f"文件“{shown}”超过 {megabytes} MB，请降低扫描分辨率或分成几份再传。", field=field)
    kind = media_type(data)
    if kind is None:
        raise RuleBroken(f"文件“{shown}”的内容不是{KINDS}，请重新扫描后再传。", field=field)
    stem = PurePath(shown).stem or "扫描件"
    return data, f"{stem}{ENDINGS[kind]}", kind


def _keep(folder: Path, data: bytes, field: str) -> str:
    try:
        return sealed_files.keep(folder, data)
    except OSError as trouble:
        told = gave_up(trouble)
        if told is None:
            raise
        raise CannotKeep(told.message, field=field) from trouble


def _distinct(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code))


def _grouped(codes: Sequence[str]) -> list[tuple[str, list[int]]]:
    """Pages by the code they belong to, in the order in which the codes come; pages before the first code singly."""
    if not any(codes):
        return [("", list(range(len(codes))))]
    alone: list[tuple[str, list[int]]] = []
    by_code: dict[str, list[int]] = {}
    last = ""
    for page, code in enumerate(codes):
        last = code or last
        if last:
            by_code.setdefault(last, []).append(page)
        else:
            alone.append(("", [page]))
    return [*alone, *by_code.items()]


def _shown(session: Session, codes: Sequence[str]) -> list[SlipVersion]:
    found = {
        it.verify_code: it for it in session.scalars(select(SlipVersion).where(SlipVersion.verify_code.in_(codes)))
    }
    return [found[code] for code in codes if code in found]


def _signed_version(session: Session, slip: Slip) -> int:
    """The version that was signed; before that, the one that is printed now."""
    signed = session.scalar(
        select(SlipSignature.version).where(
            SlipSignature.slip_id == slip.id,
            SlipSignature.role == SignatureRole.SIGNER,
            SlipSignature.void_at.is_(None),
        )
    )
    return signed or slip.paper_version


def _not_attached_yet(session: Session, slip: Slip, scan: KeptScan) -> None:
    """The same bytes are attached once: to this slip, and to no other."""
    for it in session.scalars(select(SlipScan).where(SlipScan.sha256 == scan.sha256)):
        if it.slip_id == slip.id and it.void_at is None:
            raise Conflict("这份扫描件已经附过，没有重复附。", field="scan")
        if it.slip_id == slip.id:
            raise RuleBroken(f"这份扫描件附过又撤下了（{it.void_reason}），请重新扫描。", field="scan")
        if it.void_at is None:
            number = session.get_one(Slip, it.slip_id).number
            raise RuleBroken(f"同一份扫描件已附在{number}上。附错的，请先在那张单上撤下。", field="scan")
