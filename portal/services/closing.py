"""Closing a matter (销号): the unit proposes, its head signs, the enterprise speaks, the office reviews, the leader approves.

No step is skipped unless the office's rules say so, and then the record names it. Explained is not solved, and nobody closes
what he or she proposed (domain 9). Whatever is sent back begins another round with a new last day.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.clocks import Stage, counted, ends_on
from portal.domain.errors import Conflict, Problem, RuleBroken, refuse
from portal.domain.matter_course import MatterAct, Party
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, Role, must
from portal.domain.results import (
    SHORTEST_REASON,
    AnsweredHow,
    AskedHow,
    Grade,
    Resolved,
    ResultCode,
    ReviewPoint,
    contests_result,
    result_problems,
)
from portal.services.calendars import calendar_now
from portal.services.clock_policy import stage_ends
from portal.services.counted_dates import follow_matters, set_due
from portal.services.extensions import clock_for
from portal.services.handling import Handling, begin_step, handling_of, move
from portal.services.mandates import authority_to_sign
from portal.services.progress import attach
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.handling import Closing
from portal.store.models.matters import Matter
from portal.store.models.people import Leader, Unit
from portal.store.queries.office import office_rules

LONGEST = 4_000
HEAD, ENTERPRISE, NO_ENTERPRISE = "head", "enterprise", "no_enterprise"
"""Why a step was left out: the rules want no signature, ask no enterprise, or there is none to ask."""
EVERY_POINT = frozenset(ReviewPoint)


@dataclass(frozen=True, slots=True)
class ResultProposed:
    """What a unit reports as the result of a matter, with its evidence."""

    result: ResultCode
    told: str
    basis: str = ""
    answered_how: AnsweredHow = AnsweredHow.NOT_YET
    answered_on: date | None = None
    files: tuple[AcceptedFile, ...] = ()
    form_token: str | None = None
    batch: str = ""


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


def propose_result(
    session: Session, matter_id: int, given: ResultProposed, *, version: int | None = None, actor: Actor, now: datetime
) -> Closing:
    """The unit hands in its result; the same form sent twice is one result. Its own handling clock is over with it."""
    must(actor, Action.HANDLE_MATTER)
    handling = handling_of(session, matter_id, version=None, actor=actor)
    if given.form_token:
        earlier = session.scalar(select(Closing).where(Closing.form_token == given.form_token))
        if earlier is not None:
            return earlier
    matter, rules = handling.matter, office_rules(session)
    if version is not None and version != matter.version:
        raise Conflict("您打开页面之后，这项诉求的办理已有变化。您填写的内容仍在，请核对最新情况后再提交。")
    refuse(
        [
            *result_problems(
                given.result, given.told, given.basis, evidence=len(given.files), needs_evidence=rules.evidence_needed
            ),
            *_answer_problems(given, now.date()),
        ]
    )
    for name in ("told", "basis"):
        must_be_printable(getattr(given, name), field=name)
    move(session, handling, MatterAct.PROPOSE, now=now)
    closing = Closing(
        matter_id=matter_id,
        slip_id=handling.slip.id,
        unit_id=actor.unit_id,
        round=matter.round,
        result=given.result,
        told=given.told.strip()[:LONGEST],
        basis=given.basis.strip()[:LONGEST],
        answered_how=given.answered_how,
        answered_on=given.answered_on,
        proposed_by=actor.name,
        proposed_at=now,
        due_on=matter.due_on or now.date(),
        batch=given.batch,
        form_token=given.form_token,
    )
    session.add(closing)
    session.flush()
    attach(session, matter_id, given.files, closing_id=closing.id, now=now)
    unit = session.get_one(Unit, actor.unit_id)
    record(
        session, actor, now, "result_proposed", matter,
        summary=f"{unit.short_name}报送办理结果：{given.result.label}", closing=closing.id, round=matter.round,
    )  # fmt: skip
    if not rules.head_signs:
        _skip(closing, HEAD)
        closing.head_by, closing.head_at = actor.name, now
        _go_on_to_the_enterprise(session, handling, closing, now=now)
    return closing


def take_back(session: Session, matter_id: int, why: str, *, actor: Actor, now: datetime) -> Closing:
    """The unit takes its result back before its head has signed."""
    must(actor, Action.HANDLE_MATTER)
    handling, closing = _round(session, matter_id, None, actor)
    move(session, handling, MatterAct.TAKE_BACK, now=now)
    _end(closing, why, actor, now)
    handling.matter.round += 1
    record(session, actor, now, "result_taken_back", handling.matter, summary="撤回办理结果", closing=closing.id)
    return closing


def head_signs(
    session: Session, matter_id: int, signed_by: str = "", *, version: int | None = None, actor: Actor, now: datetime
) -> Closing:
    """The head of the unit signs the result; the office enters a signature given on paper with the name that stands there."""
    handling, closing = _round(session, matter_id, version, actor)
    on_paper = actor.role is Role.OFFICE
    if on_paper and not signed_by.strip():
        raise RuleBroken("请填写纸面上签字的单位负责人姓名。", field="signed_by")
    move(session, handling, MatterAct.HEAD_SIGNS, now=now)
    closing.head_by = signed_by.strip()[:40] if on_paper else actor.name
    closing.head_at = now
    closing.head_recorded_by = actor.name if on_paper else ""
    record(
        session, actor, now, "result_signed", handling.matter, summary=f"单位负责人{closing.head_by}审签办理结果",
        closing=closing.id,
    )  # fmt: skip
    _go_on_to_the_enterprise(session, handling, closing, now=now)
    return closing


def head_sends_back(
    session: Session, matter_id: int, why: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Closing:
    """The head of the unit does not sign: the handler goes on."""
    must(actor, Action.HANDLE_MATTER)
    handling, closing = _round(session, matter_id, version, actor)
    move(session, handling, MatterAct.HEAD_SENDS_BACK, now=now)
    _end(closing, why, actor, now)
    handling.matter.round += 1
    record(session, actor, now, "result_sent_back", handling.matter, summary=f"单位负责人退回：{why[:60]}")
    return closing


def give_opinion(
    session: Session, matter_id: int, opinion: Opinion, *, version: int | None = None, actor: Actor, now: datetime
) -> Closing:
    """What the enterprise says, from its own window or entered by the office (QD-22, JY-20).

    An enterprise that does not accept the result has it handled again with a new last day; when it has contested as often as the
    office's rules let, its dissent is noted and the result is reviewed all the same.
    """
    must(actor, Action.RATE)
    handling, closing = _round(session, matter_id, version, actor)
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
        _end(closing, f"企业不认可：{opinion.words.strip()[:100]}", actor, now)
        begin_again(session, handling, now=now)
    return closing


def opinion_leads_to(session: Session, matter_id: int, opinion: Opinion) -> MatterAct:
    """What an opinion would bring about: the review, another round, or, when contested often enough, the review all the same."""
    if not opinion.contests:
        return MatterAct.CONFIRM
    again = _contested(session, matter_id) < office_rules(session).contests
    return MatterAct.CONTEST if again else MatterAct.NOTE_DISSENT


def review(
    session: Session,
    matter_id: int,
    *,
    passed: bool,
    points: Collection[ReviewPoint] = EVERY_POINT,
    remark: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Closing:
    """The federation's office checks facts, result, law and form; what does not stand is handled again.

    Only what holds in every point passes; what was sent back says in which points it does not hold.
    """
    must(actor, Action.OVERSEE_MATTER)
    handling, closing = _round(session, matter_id, version, actor)
    failed = [it for it in ReviewPoint if it not in points]
    if passed and failed:
        named = "、".join(it.short for it in failed)
        raise RuleBroken(f"还没有核对：{named}。逐项核对无误才能通过；不符合的，请选择退回重办。", field="points")
    if not passed and len(remark.strip()) < SHORTEST_REASON:
        raise RuleBroken(f"退回重办的，请写明理由，不少于 {SHORTEST_REASON} 个字。", field="remark")
    if not passed and failed:
        remark = f"{remark.strip()}（不符合：{'、'.join(it.short for it in failed)}）"
    move(session, handling, MatterAct.PASS_REVIEW if passed else MatterAct.FAIL_REVIEW, now=now)
    closing.review_remark = remark.strip()[:LONGEST]
    if passed:
        closing.reviewed_by, closing.reviewed_at = actor.name, now
    else:
        _end(closing, f"审核退回：{remark.strip()[:100]}", actor, now)
        begin_again(session, handling, now=now)
    record(
        session, actor, now, "review_passed" if passed else "review_failed", handling.matter,
        summary="审核通过，报请销号" if passed else f"审核退回重办：{remark.strip()[:60]}", closing=closing.id,
    )  # fmt: skip
    return closing


def approve_closing(
    session: Session,
    matter_id: int,
    *,
    approved: bool,
    remark: str = "",
    version: int | None = None,
    actor: Actor,
    now: datetime,
) -> Closing:
    """The leader approves or refuses the closing; the office only where its rules let it, and not who reviewed it.

    Another leader does it in the signer's place while a mandate lasts; the record says in whose.
    """
    must(actor, Action.OVERSEE_MATTER)
    handling, closing = _round(session, matter_id, version, actor)
    for_whom = _in_whose_place(session, handling, actor, now.date())
    if actor.role is Role.OFFICE and not office_rules(session).office_approves:
        raise RuleBroken("销号由签批领导或牵头领导批准，本单位没有授权办公室代批。", field="state")
    if actor.name in {closing.reviewed_by, closing.proposed_by}:
        raise RuleBroken("报送或审核的人不能再批准销号，请由他人批准。", field="state")
    if not approved and len(remark.strip()) < SHORTEST_REASON:
        raise RuleBroken(f"不予销号的，请写明理由，不少于 {SHORTEST_REASON} 个字。", field="remark")
    move(session, handling, MatterAct.APPROVE if approved else MatterAct.REFUSE_CLOSING, now=now)
    closing.approval_remark = f"{for_whom}{remark.strip()}"[:LONGEST]
    if approved:
        closing.approved_by, closing.approved_at = actor.name, now
    else:
        _end(closing, f"不予销号：{remark.strip()[:100]}", actor, now)
        begin_again(session, handling, now=now)
    record(
        session, actor, now, "matter_closed" if approved else "closing_refused", handling.matter,
        summary=f"{for_whom}批准销号" if approved else f"{for_whom}不予销号：{remark.strip()[:60]}", closing=closing.id,
    )  # fmt: skip
    return closing


def begin_again(session: Session, handling: Handling, *, now: datetime) -> None:
    """A matter that is handled again has a new last day, counted from today as its class is."""
    matter = handling.matter
    clock = clock_for(session, matter)
    set_due(matter, counted(clock, now.date(), calendar_now(session)))
    follow_matters(handling.slip)
    begin_step(session, matter, now)


def what_follows(session: Session, matter_id: int, today: date) -> WhatFollows:
    """What would come of an enterprise's word or of a refusal today, for the page that asks for it; reads only."""
    matter = session.get_one(Matter, matter_id)
    left = office_rules(session).contests - _contested(session, matter_id)
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


def closing_now(session: Session, matter_id: int) -> Closing | None:
    """The round of closing a matter is in; None when no result waits."""
    return session.scalar(
        select(Closing)
        .where(Closing.matter_id == matter_id, Closing.ended_at.is_(None), Closing.approved_at.is_(None))
        .order_by(Closing.round.desc())
        .limit(1)
    )


def _round(session: Session, matter_id: int, version: int | None, actor: Actor) -> tuple[Handling, Closing]:
    handling = handling_of(session, matter_id, version=version, actor=actor)
    closing = closing_now(session, matter_id)
    if closing is None:
        raise Conflict(f"这项诉求现为“{handling.matter.state.label}”，没有等待确认的办理结果。")
    return handling, closing


def _in_whose_place(session: Session, handling: Handling, actor: Actor, today: date) -> str:
    """（受…委托）for a leader who signs in another's place; he or she is the signer to this matter then."""
    if actor.role is not Role.LEADER or handling.parties & {Party.SIGNER, Party.LEAD_OFFICIAL}:
        return ""
    authority = authority_to_sign(session, handling.slip.signer_id, actor, today)
    if authority is None:
        return ""
    handling.parties |= {Party.SIGNER}
    return f"（受{session.get_one(Leader, authority.leader_id).name}委托）"


def _go_on_to_the_enterprise(session: Session, handling: Handling, closing: Closing, *, now: datetime) -> None:
    """Where no enterprise is asked, by rule or because there is none, the result goes on to the review."""
    matter, rules = handling.matter, office_rules(session)
    if matter.state is MatterState.PROPOSED:
        matter.state = MatterState.CONFIRMING
    if not rules.enterprise_confirms or matter.enterprise_id is None:
        _skip(closing, ENTERPRISE if matter.enterprise_id is not None else NO_ENTERPRISE)
        matter.state = MatterState.REVIEWING
    matter.state_since = now
    begin_step(session, matter, now)


def _skip(closing: Closing, step: str) -> None:
    closing.skipped = " ".join([*closing.skipped.split(), step])


def _end(closing: Closing, why: str, actor: Actor, now: datetime) -> None:
    why = why.strip()
    if len(why) < 2:
        raise RuleBroken("请写明理由。", field="why")
    closing.ended_at, closing.ended_by, closing.ended_why = now, actor.name, why[:LONGEST]


def _contested(session: Session, matter_id: int) -> int:
    """How often the enterprise did not accept a result; a round it was content with and that was sent back later is none."""
    rounds = session.execute(
        select(Closing.grade, Closing.resolved).where(Closing.matter_id == matter_id, Closing.ended_at.is_not(None))
    )
    return sum(contests_result(grade, resolved) for grade, resolved in rounds)


def _answer_problems(given: ResultProposed, today: date) -> list[Problem]:
    if given.answered_how is AnsweredHow.NOT_YET:
        return []
    if given.answered_on is None:
        return [Problem("answered_on", "请填写答复企业的日期。")]
    return [Problem("answered_on", "答复企业的日期不能晚于今天。")] if given.answered_on > today else []
