"""A unit's result: proposed with its evidence, taken back, signed by the head or sent back to the handler."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.documents.fonts import must_be_printable
from portal.domain.errors import Problem, RuleBroken, refuse
from portal.domain.matter_course import MatterAct
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, Role, must
from portal.domain.results import AnsweredHow, ResultCode, result_problems
from portal.services.closing_rounds import LONGEST, end_round, round_now
from portal.services.handling import Handling, begin_step, handling_of, move, must_be_as_seen
from portal.services.handling_files import attach
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.handling import Closing
from portal.store.models.people import Unit
from portal.store.queries.office import office_rules

HEAD, ENTERPRISE, NO_ENTERPRISE = "head", "enterprise", "no_enterprise"
"""Why a step was left out: the rules want no signature, ask no enterprise, or there is none to ask."""


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
    must_be_as_seen(matter, version)
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
    attach(session, given.files, matter_id=matter_id, closing_id=closing.id, now=now)
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
    handling, closing = round_now(session, matter_id, None, actor)
    move(session, handling, MatterAct.TAKE_BACK, now=now)
    end_round(closing, why, actor, now)
    handling.matter.round += 1
    record(session, actor, now, "result_taken_back", handling.matter, summary="撤回办理结果", closing=closing.id)
    return closing


def head_signs(
    session: Session, matter_id: int, signed_by: str = "", *, version: int | None = None, actor: Actor, now: datetime
) -> Closing:
    """The head of the unit signs the result; the office enters a signature given on paper with the name that stands there."""
    handling, closing = round_now(session, matter_id, version, actor)
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
    handling, closing = round_now(session, matter_id, version, actor)
    move(session, handling, MatterAct.HEAD_SENDS_BACK, now=now)
    end_round(closing, why, actor, now)
    handling.matter.round += 1
    record(session, actor, now, "result_sent_back", handling.matter, summary=f"单位负责人退回：{why[:60]}")
    return closing


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


def _answer_problems(given: ResultProposed, today: date) -> list[Problem]:
    if given.answered_how is AnsweredHow.NOT_YET:
        return []
    if given.answered_on is None:
        return [Problem("answered_on", "请填写答复企业的日期。")]
    return [Problem("answered_on", "答复企业的日期不能晚于今天。")] if given.answered_on > today else []
