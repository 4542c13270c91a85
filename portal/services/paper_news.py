"""What a unit hears of the papers addressed to it: one has come, one is void."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.paper_kinds import PaperKind
from portal.domain.people import Role
from portal.domain.workdays import day_text
from portal.services.messages import accounts_in_role, accounts_of_units, tell
from portal.store.models.handling import PaperReply
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import Slip


def paper_is_made(session: Session, paper: SlipPaper, slip: Slip, *, now: datetime) -> None:
    """The unit gets a message with the link and the day of its answer."""
    today = now.astimezone(ZONE).date()
    by = f"，请于{day_text(paper.reply_by, today)}前书面回复" if paper.reply_by else ""
    subject = f"{paper.kind.label}：{paper.number}{by}"
    body = f"所涉交办单：{slip.number}。" if slip.number else ""
    _tell(session, paper, "made", subject, body, now=now)


def paper_is_void(session: Session, paper: SlipPaper, *, now: datetime) -> None:
    """The unit need not answer any more."""
    subject = f"{paper.kind.label}{paper.number}已作废，不必再回复"
    _tell(session, paper, "void", subject, f"作废原因：{paper.void_reason}", now=now)


def paper_is_answered(session: Session, paper: SlipPaper, reply: PaperReply, *, now: datetime) -> None:
    """Whoever sent the paper hears that it was answered, and the office of every answer."""
    today = now.astimezone(ZONE).date()
    roles = (Role.OFFICE, Role.SUPERVISOR) if paper.kind is PaperKind.SUPERVISION else (Role.OFFICE,)
    promise = f"，承诺{day_text(reply.promised_on, today)}办结" if reply.promised_on else ""
    tell(
        session, accounts_in_role(session, *roles), f"paper-answered:{paper.id}", f"已回复 {paper.number}{promise}",
        body=reply.told[:200], url=f"/slips/papers/{paper.id}", now=now,
    )  # fmt: skip


def reply_is_poor(session: Session, paper: SlipPaper, reply: PaperReply, *, now: datetime) -> None:
    """The unit hears that its answer does not do, and why."""
    _tell(session, paper, "poor", f"{paper.number}的回复不到位，请抓紧办理", reply.poor_why, now=now)


def _tell(session: Session, paper: SlipPaper, word: str, subject: str, body: str, *, now: datetime) -> None:
    if paper.unit_id is None:
        return
    told = accounts_of_units(session, [paper.unit_id])
    tell(session, told, f"paper-{word}:{paper.id}", subject, body=body, url=f"/slips/papers/{paper.id}", now=now)
