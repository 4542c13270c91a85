"""Is a file one of ours, unchanged and current: the same judgement for the command and the page (domain 7.3).

Without the database it says whether the file is what the organ certified, and who signed; with it also whether it is the
kept paper to the byte, and what became of the slip since.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents.pades_check import check
from portal.documents.pdf_verdict import PdfVerdict, SignatureVerdict
from portal.domain.paper_verdicts import Judgement, Standing
from portal.services.paper_checks import PaperAnswer, answer_for
from portal.store.queries.paper_codes import ScanOnFile, scan_kept_as, version_kept_as, version_with_code

UNSIGNED = "文件里没有任何签名，不能证明由本系统出具。手里是打印件的，请用单上的核验码核验。"
NOT_OURS = "文件有签名，但签名的证书不是本系统的认证机构签发的。这份文件不是本系统的存档件，请勿当作本系统的单据采信。"
NOT_CERTIFIED = "文件上没有出具单位的确认签名，不是本系统的存档件。"
APPENDED = "签名之后，文件里又追加或改动了签名以外的内容。请勿采信，并向出具单位核实。"
NOT_INTACT = "签名之后，文件的内容被改动过。请勿采信，并向出具单位核实。"
OFFLINE = "文件由本系统出具，签名之后没有改动。离线核验看不到是否已作废、是否有新版，请再用核验码联网核验。"
EXACT = "文件与存档件逐字节一致。"
NOT_KEPT = "文件由本系统出具、签名之后没有改动，但系统里没有这张单的记录。请向出具单位核实。"
EARLIER = (
    "文件由本系统出具、签名之后没有改动，但不是存档的最后一份：存档件另有签名或用印。请以存档件为准，可用核验码查询。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Whom a check believes: our authorities, certificates leaders brought, and what was revoked when."""

    authorities: Sequence[str] = ()
    known: Sequence[str] = ()
    revoked: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """What is known of a file; `paper` is what the database says of the paper it is, None without it or when it is none."""

    judgement: Judgement
    sha256: str
    online: bool
    pdf: PdfVerdict | None = None
    paper: PaperAnswer | None = None
    scan: ScanOnFile | None = None

    @property
    def is_good(self) -> bool:
        """Whether the file may be relied on."""
        return self.judgement.standing.counts


def check_file(
    data: bytes,
    trusted: Trusted,
    *,
    session: Session | None,
    now: datetime,
    look: Callable[..., PdfVerdict] = check,
) -> FileAnswer:
    """Judge a file by its bytes alone, or with what the database knows of them. Never raises for what is in the file.

    `look` reads the signatures: `check` in this process, `check_bounded` for what anybody may hand in.
    """
    digest = hashlib.sha256(data).hexdigest()
    scan = scan_kept_as(session, digest) if session is not None else None
    if scan is not None and session is not None:
        return _of_scan(session, scan, digest)
    pdf = look(data, trusted.authorities, moment=now, known=trusted.known, revoked=dict(trusted.revoked))
    wrong = _wrong_with(pdf)
    if session is None:
        return FileAnswer(judgement=wrong or _offline(pdf), sha256=digest, online=False, pdf=pdf)
    version = version_kept_as(session, digest)
    code = version_with_code(session, pdf.verify_code) if version is None and wrong is None else None
    if version is not None:
        paper = answer_for(session, version)
        judgement = wrong or _exact(paper.judgement)
        return FileAnswer(judgement=judgement, sha256=digest, online=True, pdf=pdf, paper=paper)
    if code is not None:
        paper = answer_for(session, code)
        own = paper.judgement
        judgement = Judgement(Standing.NEWER, EARLIER) if own.standing.counts else own
        return FileAnswer(judgement=judgement, sha256=digest, online=True, pdf=pdf, paper=paper)
    judgement = wrong or Judgement(Standing.DOUBTFUL, NOT_KEPT)
    return FileAnswer(judgement=judgement, sha256=digest, online=True, pdf=pdf)


def _wrong_with(pdf: PdfVerdict) -> Judgement | None:
    """What is wrong with a file as it is; None for one the organ certified and nothing was added to but signatures."""
    if pdf.problem:
        return Judgement(Standing.UNREADABLE, pdf.problem)
    if pdf.unsigned:
        return Judgement(Standing.FOREIGN, UNSIGNED)
    if not all(it.intact for it in pdf.signatures):
        return Judgement(Standing.CHANGED, NOT_INTACT)
    if all(it.usage is None for it in pdf.signatures):
        return Judgement(Standing.FOREIGN, NOT_OURS)
    if pdf.appended_later:
        return Judgement(Standing.CHANGED, APPENDED)
    if not any(it.certifies for it in pdf.signatures):
        return Judgement(Standing.FOREIGN, NOT_CERTIFIED)
    if not pdf.is_genuine:
        return Judgement(Standing.DOUBTFUL, _doubts(pdf.signatures))
    return None


def _doubts(signatures: Sequence[SignatureVerdict]) -> str:
    doubted = [it for it in signatures if not it.is_good]
    told = "".join(dict.fromkeys(remark for it in doubted for remark in it.remarks))
    return f"文件里有 {len(doubted)} 个签名不能认可。{told}请勿采信，并向出具单位核实。"


def _offline(pdf: PdfVerdict) -> Judgement:
    empty = f"文件里还有 {len(pdf.empty_fields)} 处没有签名的签名栏。" if pdf.empty_fields else ""
    return Judgement(Standing.GENUINE, OFFLINE + empty)


def _exact(judgement: Judgement) -> Judgement:
    return Judgement(judgement.standing, EXACT + judgement.meaning)


def _of_scan(session: Session, scan: ScanOnFile, digest: str) -> FileAnswer:
    """A scan is known by its bytes; whether it still counts is a matter of its slip."""
    version = version_with_code(session, scan.code)
    paper = answer_for(session, version) if version is not None else None
    judgement = Judgement(
        Standing.SCAN, "这是系统保存的签批原件扫描件，与保存时逐字节一致。扫描件本身没有签名，以纸面原件为准。"
    )
    if scan.void_at is not None:
        judgement = Judgement(Standing.VOID, "这是系统保存过的签批原件扫描件，但已经作废，换成了另一份。")
    elif paper is not None and not paper.judgement.standing.counts:
        judgement = Judgement(paper.judgement.standing, f"这是系统保存的签批原件扫描件。{paper.judgement.meaning}")
    return FileAnswer(judgement=judgement, sha256=digest, online=True, paper=paper, scan=scan)
