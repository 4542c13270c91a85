"""The archive file of one slip: its papers of all versions, scans, what went with it, receipts, its record and audit lines.

The kept papers and scans go in as they are, byte for byte: they are the originals. Everything made anew for the archive is
masked. What cannot be read any more is said in the record, in the catalogue and on the transfer list; it is never left out
silently.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.archive_package import AUDIT, METADATA, ArchiveFile, safe_name
from portal.documents.assignment_slip import assignment_slip
from portal.documents.companion_papers import companion_paper
from portal.documents.companion_sheets import SHEETS
from portal.documents.kept_sheets import sheet_from_text
from portal.documents.typesetter import pages_of
from portal.domain.archiving import CatalogueLine, FileNote
from portal.domain.errors import RuleBroken
from portal.domain.masking import SEVERAL, mask_name, mask_names, mask_phone
from portal.domain.retention import Retention
from portal.domain.slips import SlipState
from portal.services.slip_sheets import ALTERED, fingerprint, sheet_from
from portal.store import sealed_files
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import Slip, SlipVersion
from portal.store.queries.archives import FileRow, Records, audit_of_slip, records_of
from portal.store.queries.office import office_rules
from portal.store.queries.slip_records import bookings_of, slip_records
from portal.store.sealed_files import Altered

RECEIPTS = "receipts.json"
KEPT_SLIPS, SCANS = "slips", "scans"
"""Where in the folder of kept papers the slips and the scans lie."""

ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/tiff": "tif"}


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where kept bytes are fetched by their checksum, and how a paper beside a slip is printed from its record.

    `kept` and `scan` raise Altered when the bytes are gone or are not what they were.
    """

    kept: Callable[[str], bytes]
    scan: Callable[[str], bytes]
    companion: Callable[[SlipPaper], bytes]
    address: str = ""


def shelves_in(papers: Path, address: str) -> Shelves:
    """The shelves of an instance: `papers` is its folder of kept papers."""

    def companion(paper: SlipPaper) -> bytes:
        sheet = sheet_from_text(SHEETS[paper.kind], paper.sheet)
        phone: dict[str, Any] = {it: mask_phone(getattr(sheet, it)) for it in ("handler_phone",) if hasattr(sheet, it)}
        url = f"{address.upper()}/VERIFY/{paper.verify_code}" if address else ""
        return companion_paper(
            replace(sheet, **phone, verify_url=url, is_void=paper.void_at is not None, printed_at=_local(paper.made_at))
        )

    return Shelves(
        kept=lambda sha256: sealed_files.kept(papers / KEPT_SLIPS, sha256),
        scan=lambda sha256: sealed_files.kept(papers / SCANS, sha256),
        companion=companion,
        address=address,
    )


@dataclass(frozen=True, slots=True)
class SlipFile:
    """The files of one slip, and its line in the catalogue (numbered later)."""

    files: tuple[ArchiveFile, ...]
    line: CatalogueLine


def slip_file(session: Session, row: FileRow, shelves: Shelves) -> SlipFile:
    """Put one slip's archive file together."""
    (slip,) = slip_records(session, [row.id])
    records = records_of(session, slip)
    folder = f"{safe_name(row.retention.label)}/{safe_name(row.number)}"
    papers = [*_versions(slip, records, shelves), *_scans(records, shelves), *_companions(records, shelves)]
    lacking = [it.label for it in row.missing] + [it.problem for it in papers if it.problem]
    line = _catalogue_line(session, slip, row, folder, pages=sum(it.pages for it in papers), lacking=lacking)
    record = _record(slip, row, records, lacking) | {"files": [asdict(it.note) for it in papers]}
    audit = list(audit_of_slip(session, slip.id, [it.id for it in records.papers]))
    written = [
        *(ArchiveFile(f"{folder}/{it.name}", it.data) for it in papers if it.data),
        ArchiveFile(f"{folder}/{RECEIPTS}", as_json(_receipts(slip))),
        ArchiveFile(f"{folder}/{METADATA}", as_json(record)),
        ArchiveFile(f"{folder}/{AUDIT}", b"".join(as_line(it) for it in audit)),
    ]
    return SlipFile(tuple(written), line)


def as_json(value: object) -> bytes:
    """A record as text a person can read as well."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=plain).encode() + b"\n"


def as_line(value: object) -> bytes:
    """A record on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain).encode() + b"\n"


def _local(at: datetime) -> datetime:
    return at.astimezone(ZONE)


def plain(value: object) -> str:
    """Days and moments as ISO text, moments in local time."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class _Paper:
    """A paper of the file, or the place of one that cannot be read."""

    name: str
    data: bytes
    pages: int
    about: str
    problem: str = ""

    @property
    def note(self) -> FileNote:
        return FileNote(self.name, self.about, self.pages, self.problem)


def _versions(slip: Slip, records: Records, shelves: Shelves) -> Iterator[_Paper]:
    """The kept paper of every version that has one; a slip without any is printed once more, masked."""
    latest = records.versions[-1] if records.versions else None
    for it in records.versions:
        if it.kept_sha256 is not None:
            yield _fetched(f"交办单-第{it.version}版.pdf", "存档件", shelves.kept, it.kept_sha256)
        elif it is latest:
            yield _printed(slip, it, shelves.address)


def _printed(slip: Slip, version: SlipVersion, address: str) -> _Paper:
    name = f"交办单-第{version.version}版（打印件）.pdf"
    if fingerprint(version.sheet) != version.sha256:
        return _Paper(name, b"", 0, "打印件", ALTERED)
    sheet = sheet_from(version.sheet)
    sheet = replace(
        sheet,
        visitor_name=mask_names(sheet.visitor_name),
        visitor_phone="",
        verify_url=f"{address.upper()}/VERIFY/{version.verify_code}" if address else "",
        is_void=slip.state is SlipState.VOID,
        printed_at=_local(version.made_at),
    )
    try:
        data = assignment_slip(sheet)
    except RuleBroken as refusal:
        return _Paper(name, b"", 0, "打印件", refusal.message)
    return _Paper(name, data, pages_of(data), "打印件（来访人姓名隐去，没有存档件）")


def _scans(records: Records, shelves: Shelves) -> Iterator[_Paper]:
    for place, it in enumerate(records.scans, start=1):
        ending = ENDINGS.get(it.media_type, "bin")
        about = f"签批原件扫描件（第 {it.version} 版）" + ("，已作废" if it.void_at else "")
        found = _fetched(f"签批原件扫描件-{place}.{ending}", about, shelves.scan, it.sha256)
        yield replace(found, pages=it.pages if found.data else 0)


def _companions(records: Records, shelves: Shelves) -> Iterator[_Paper]:
    for place, it in enumerate(records.papers, start=1):
        name = f"随单文书-{place}-{it.kind.label}{'-' + it.number if it.number else ''}.pdf"
        about = it.kind.label + (f"（{it.colour.label}）" if it.colour else "") + ("，已作废" if it.void_at else "")
        if fingerprint(it.sheet) != it.sha256:
            yield _Paper(safe_name(name), b"", 0, about, ALTERED)
            continue
        try:
            data = shelves.companion(it)
        except (RuleBroken, ValueError) as refusal:
            told = refusal.message if isinstance(refusal, RuleBroken) else "登记的内容不能再打印"
            yield _Paper(safe_name(name), b"", 0, about, told)
        else:
            yield _Paper(safe_name(name), data, pages_of(data), about)


def _fetched(name: str, about: str, fetch: Callable[[str], bytes], sha256: str) -> _Paper:
    try:
        data = fetch(sha256)
    except Altered:
        return _Paper(name, b"", 0, about, f"{about}丢失或已损坏（{sha256[:16]}…）")
    return _Paper(name, data, (pages_of(data) if name.endswith(".pdf") else 0) or 1, about)


def _catalogue_line(
    session: Session, slip: Slip, row: FileRow, folder: str, *, pages: int, lacking: Iterable[str]
) -> CatalogueLine:
    rules = office_rules(session)
    several = f"等{row.matters}项" if row.matters > 1 else ""
    about = f"关于{row.title}{several}的" if row.title else ""
    day = slip.signed_on or (slip.numbered_at.astimezone(ZONE).date() if slip.numbered_at else None)
    remarks = (["作废"] if slip.state is SlipState.VOID else []) + list(lacking)
    return CatalogueLine(
        item=0,
        number=row.number,
        title=f"{rules.issuing_organ}{about}交办单",
        author=rules.issuing_organ,
        on=day,
        pages=pages,
        retention=row.retention,
        remark="；".join(remarks),
        folder=folder,
    )


def _record(slip: Slip, row: FileRow, records: Records, lacking: Iterable[str]) -> dict[str, Any]:
    """What the record says of the slip: posts as held then, the visitor masked, no telephone number."""
    enterprise = slip.booking.enterprise.name if slip.booking else ""
    return {
        "number": row.number,
        "state": slip.state.label,
        "retention": row.retention.label,
        "reception_day": slip.reception_day.day,
        "enterprise": enterprise
        or next((it.matter.enterprise.name for it in slip.entries if it.matter.enterprise), ""),
        "visitor": SEVERAL.join(mask_name(it.visitor_name) for it in bookings_of(slip)),
        "matters": [{"number": it.matter.number, "title": it.matter.title} for it in slip.entries],
        "receiver": _official(slip.receiver, slip.receiver_post),
        "signer": _official(slip.signer, slip.signer_post),
        "lead_official": _official(slip.lead_official, slip.lead_official_post),
        "lead_unit": slip.lead_unit.name if slip.lead_unit else "",
        "assisting_units": [{"name": it.unit.name, "due_on": it.due_on} for it in slip.assisting],
        "instruction": slip.instruction,
        "due_on": slip.due_on,
        "drafted_by": slip.drafted_by,
        "numbered_at": slip.numbered_at,
        "signed_on": slip.signed_on,
        "signed_how": slip.signed_how.label if slip.signed_how else "",
        "issued_at": slip.issued_at,
        "void_reason": slip.void_reason,
        "replaces": records.replaces,
        "replaced_by": list(records.replaced_by),
        "missing": list(lacking),
        "versions": [
            {
                "version": it.version,
                "why": it.why,
                "made_at": it.made_at,
                "verify_code": it.verify_code,
                "sheet_sha256": it.sha256,
                "kept_sha256": it.kept_sha256,
            }
            for it in records.versions
        ],
        "signatures": [_signature(it) for it in records.signatures],
        "papers": [
            {
                "kind": it.kind.label,
                "number": it.number,
                "made_at": it.made_at,
                "sha256": it.sha256,
                "void_at": it.void_at,
            }
            for it in records.papers
        ],
    }


def _signature(it: Any) -> dict[str, Any]:
    return {
        "role": it.role.label,
        "name": it.name,
        "post": it.post,
        "by_mandate": it.mandate_id is not None,
        "how": it.how.label,
        "proof": it.proof.label,
        "signed_on": it.signed_on,
        "version": it.version,
        "document_sha256": it.document_sha256,
        "strokes_sha256": it.strokes_sha256,
        "certificate_serial": it.certificate_serial,
        "void_at": it.void_at,
        "void_reason": it.void_reason,
    }


def _receipts(slip: Slip) -> list[dict[str, Any]]:
    names: Mapping[int, str] = {it.unit_id: it.unit.name for it in slip.assisting} | (
        {slip.lead_unit.id: slip.lead_unit.name} if slip.lead_unit else {}
    )
    return [
        {
            "unit": names.get(it.unit_id, f"单位 {it.unit_id}"),
            "received_at": it.received_at,
            "received_by": it.received_by,
            "how": it.how.label,
            "due_on": it.due_on,
        }
        for it in sorted(slip.receipts, key=lambda receipt: receipt.received_at)
    ]


def _official(leader: Any, post: str) -> dict[str, str] | None:
    return {"name": leader.name, "post": post} if leader else None


def line_as_json(line: CatalogueLine) -> bytes:
    """A catalogue line as a part carries it until the year is put together."""
    return as_line(asdict(line))


def line_from_json(data: bytes) -> CatalogueLine:
    """The catalogue line a part carried."""
    kept = json.loads(data)
    kept["on"] = date.fromisoformat(kept["on"]) if kept["on"] else None
    kept["retention"] = Retention(kept["retention"])
    return CatalogueLine(**kept)
