"""What units answer to transfers, reminders and supervision notices, and whether the answer was good enough (domain 2.4, PT-29)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import must_be_printable
from portal.domain.errors import Conflict, NotAllowed, Problem, RuleBroken, refuse
from portal.domain.people import Actor, Role
from portal.domain.slip_papers import may_make
from portal.services.paper_news import paper_is_answered, reply_is_poor
from portal.store.audit_trail import record
from portal.store.models.handling import PaperReply
from portal.store.models.papers import SlipPaper
from portal.store.queries.slip_papers import locked_paper

SHORTEST, LONGEST = 4, 2_000
LONGEST_NAME, LONGEST_WHY = 40, 200


@dataclass(frozen=True, slots=True)
class Reply:
    """What a unit answers; `by` is who said it where somebody else keys it in, `on` the day of an answer on paper."""

    told: str
    promised_on: date | None = None
    by: str = ""
    on: date | None = None


def answer_paper(session: Session, paper_id: int, reply: Reply, *, actor: Actor, now: datetime) -> PaperReply:
    """Put the answer to a paper on record, once: by the unit it went to, or keyed in by whoever sent it or the office."""
    paper = locked_paper(session, actor, paper_id)
    own = actor.role is Role.UNIT and actor.unit_id == paper.unit_id
    keyed = actor.role is Role.OFFICE or may_make(actor, paper.kind)
    if not own and not keyed:
        raise NotAllowed("这份文书由收文单位回复；纸面回复由工商联办公室或督查室登记。")
    if paper.void_at is not None:
        raise RuleBroken(f"{paper.number}已作废，不必回复。", field="told")
    if session.get(PaperReply, paper_id) is not None:
        raise Conflict(f"{paper.number}已有回复，一份文书只回复一次。有新情况的，请在事项页面报告进展。")
    today = now.astimezone(ZONE).date()
    refuse(_problems(reply, paper, today, keyed=not own))
    must_be_printable(reply.told, field="told")
    at = now if own or reply.on is None or reply.on == today else datetime.combine(reply.on, now.timetz(), ZONE)
    given = PaperReply(
        paper_id=paper_id,
        told=reply.told.strip(),
        promised_on=reply.promised_on,
        by=actor.name if own else reply.by.strip(),
        at=at,
        recorded_by="" if own else actor.name,
    )
    session.add(given)
    session.flush()
    paper_is_answered(session, paper, given, now=now)
    promise = f"，承诺 {reply.promised_on:%Y-%m-%d} 办结" if reply.promised_on else ""
    record(
        session, actor, now, "paper_answered", paper, summary=f"回复 {paper.number}{promise}：{given.told[:60]}",
        slip=paper.slip_id,
    )  # fmt: skip
    return given


def find_reply_poor(session: Session, paper_id: int, why: str, *, actor: Actor, now: datetime) -> PaperReply:
    """Whoever sent the paper finds that the answer does not do, so that the next step may follow."""
    paper = locked_paper(session, actor, paper_id)
    if not may_make(actor, paper.kind):
        raise NotAllowed("由发出这份文书的一方认定回复是否到位。")
    reply = session.get(PaperReply, paper_id)
    if reply is None:
        raise RuleBroken(f"{paper.number}还没有回复。", field="why")
    if reply.poor_at is not None:
        raise Conflict(f"已认定回复不到位：{reply.poor_why}", field="why")
    why = why.strip()
    if not SHORTEST <= len(why) <= LONGEST_WHY:
        raise RuleBroken(f"请写明哪里不到位，{SHORTEST} 至 {LONGEST_WHY} 个字。", field="why")
    reply.poor_why, reply.poor_by, reply.poor_at = why, actor.name, now
    reply_is_poor(session, paper, reply, now=now)
    record(session, actor, now, "reply_found_poor", paper, summary=f"{paper.number}回复不到位：{why[:60]}")
    return reply


def _problems(reply: Reply, paper: SlipPaper, today: date, *, keyed: bool) -> list[Problem]:
    problems = []
    if not SHORTEST <= len(reply.told.strip()) <= LONGEST:
        problems.append(Problem("told", f"请写明回复内容，{SHORTEST} 至 {LONGEST} 个字。"))
    if reply.promised_on is not None and reply.promised_on < today:
        problems.append(Problem("promised_on", "承诺办结日期不能早于今天。"))
    if keyed and not 0 < len(reply.by.strip()) <= LONGEST_NAME:
        problems.append(Problem("by", "请填写纸面回复的签字人或联系人。"))
    if reply.on is not None and not paper.made_at.astimezone(ZONE).date() <= reply.on <= today:
        problems.append(Problem("on", "回复日期应在发文之后、今天以前。"))
    return problems
