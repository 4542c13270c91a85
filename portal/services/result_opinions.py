"""What the enterprise says of a result, and what would come of it (QD-22, JY-20)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.domain.clocks import Stage, ends_on
from portal.domain.errors import RuleBroken
from portal.domain.matter_course import MatterAct
from portal.domain.people import Action, Actor, must
from portal.domain.results import SHORTEST_REASON, AskedHow, Grade, Resolved, contests_result
from portal.services.calendars import calendar_now
from portal.services.clock_policy import stage_ends
from portal.services.closing_rounds import LONGEST, begin_again, end_round, round_now, times_contested
from portal.services.extensions import clock_for
from portal.services.handling import move
from portal.store.audit_trail import record
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.queries.office import office_rules


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the enterprise says of a result: a grade, whether it was resolved, by whom and how it was asked."""

    grade: Grade | None
    resolved: Resolved
    how: AskedHow
    by: str = ""
    words: str = ""

    @property
    def contests(self) -> bool:
        """Whether the enterprise does not accept the result."""
        return contests_result(self.grade, self.resolved)


@dataclass(frozen=True, slots=True)
class WhatFollows:
    """How often an enterprise may still contest, and until when the next step is to be taken, depending on what is decided."""

    contests_left: int
    again_until: date
    review_until: date
    approval_until: date
    confirm_until: date
    head_until: date


def give_opinion(
    session: Session, matter_id: int, opinion: Opinion, *, version: int | None = None, actor: Actor, now: datetime
) -> Closing:
    """What the enterprise says, from its own window or entered by the office (QD-22, JY-20).

    An enterprise that does not accept the result has it handled again with a new last day; when it has contested as often as the
    office's rules let, its dissent is noted and the result is reviewed all the same.
    """
    must(actor, Action.RATE)
    handling, closing = round_now(session, matter_id, version, actor)
    if len(opinion.words) > LONGEST:
        raise RuleBroken(f"意见最多 {LONGEST} 个字，请缩短。", field="words")
    if not actor.is_enterprise and not opinion.by.strip():
        raise RuleBroken("请填写是谁代表企业表示的意见。", field="by")
    if actor.is_enterprise != (opinion.how is AskedHow.LINK):
        raise RuleBroken("请选择企业是通过什么方式表示意见的。", field="how")
    if opinion.contests and len(opinion.words.strip()) < SHORTEST_REASON:
        raise RuleBroken(f"企业不认可的，请写明哪里没有解决，不少于 {SHORTEST_REASON} 个字。", field="words")
    act = opinion_leads_to(session, matter_id, opinion)
    again = act is MatterAct.CONTEST
    closing.grade, closing.resolved = opinion.grade, opinion.resolved
    closing.opinion, closing.opinion_how = opinion.words.strip(), opinion.how
    closing.opinion_by, closing.opinion_at = opinion.by.strip()[:40] or actor.name, now
    closing.opinion_recorded_by = "" if actor.is_enterprise else actor.name
    move(session, handling, act, now=now)
    said = "、".join(it.label for it in (opinion.grade, opinion.resolved) if it is not None)
    record(
        session, actor, now, "enterprise_contested" if opinion.contests else "enterprise_confirmed", handling.matter,
        summary=f"企业意见（{opinion.how.label}）：{said}", closing=closing.id,
    )  # fmt: skip
    if again:
        end_round(closing, f"企业不认可：{opinion.words.strip()[:100]}", actor, now)
        begin_again(session, handling, now=now)
    return closing


def opinion_leads_to(session: Session, matter_id: int, opinion: Opinion) -> MatterAct:
    """What an opinion would bring about: the review, another round, or, when contested often enough, the review all the same."""
    if not opinion.contests:
        return MatterAct.CONFIRM
    again = times_contested(session, matter_id) < office_rules(session).contests
    return MatterAct.CONTEST if again else MatterAct.NOTE_DISSENT


def what_follows(session: Session, matter_id: int, today: date) -> WhatFollows:
    """What would come of an enterprise's word or of a refusal today, for the page that asks for it; reads only."""
    matter = session.get_one(Matter, matter_id)
    left = office_rules(session).contests - times_contested(session, matter_id)
    return WhatFollows(
        contests_left=max(left, 0),
        again_until=_due_again(session, matter, today),
        review_until=stage_ends(session, Stage.REVIEW, today, petition=matter.is_petition),
        approval_until=stage_ends(session, Stage.APPROVAL, today, petition=matter.is_petition),
        confirm_until=stage_ends(session, Stage.CONFIRMING, today, petition=matter.is_petition),
        head_until=stage_ends(session, Stage.HEAD, today, petition=matter.is_petition),
    )


def _due_again(session: Session, matter: Matter, today: date) -> date:
    return ends_on(clock_for(session, matter), today, calendar_now(session))
