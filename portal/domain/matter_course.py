"""The course of a matter after its slip is signed: every act, from which state, by whom, and where it leads (domain 9).

One table decides; services ask it, pages show what it allows, and a test walks through every cell of state × act × party.
Anything the table does not name is refused with the reason. Nobody closes what he or she handled (domain 9: no self-closing).
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.labelled import Labelled
from portal.domain.matters import MatterState


class Party(Labelled):
    """Who somebody is to one matter; a role alone does not say it, for a unit leads here and assists there."""

    OFFICE = "office", "工商联办公室"
    SIGNER = "signer", "签批领导"
    LEAD_OFFICIAL = "lead_official", "牵头领导"
    LEAD_UNIT = "lead_unit", "牵头单位"
    UNIT_HEAD = "unit_head", "牵头单位负责人"
    ASSISTING_UNIT = "assisting_unit", "配合单位"
    SUPERVISOR = "supervisor", "督查室"
    ENTERPRISE = "enterprise", "企业"
    PORTAL = "portal", "系统"


class MatterAct(Labelled):
    """What can be done with a matter on its way."""

    RECEIVE = "receive", "签收"
    REPORT = "report", "报告进展"
    ANSWER_LEAD = "answer_lead", "答复牵头单位"
    OBJECT = "object", "退回（异议）"
    UPHOLD = "uphold", "同意退回，重新交办"
    DISMISS = "dismiss", "不同意退回，维持原交办"
    ASK_EXTENSION = "ask_extension", "申请延期"
    DECIDE_EXTENSION = "decide_extension", "审批延期"
    SUSPEND = "suspend", "中止"
    RESUME = "resume", "恢复办理"
    HOLD = "hold", "挂账"
    TAKE_OFF_HOLD = "take_off_hold", "取消挂账"
    PROPOSE = "propose", "报送办理结果"
    TAKE_BACK = "take_back", "撤回办理结果"
    HEAD_SIGNS = "head_signs", "单位负责人审签"
    HEAD_SENDS_BACK = "head_sends_back", "单位负责人退回"
    CONFIRM = "confirm", "企业认可"
    CONTEST = "contest", "企业不认可，重新办理"
    NOTE_DISSENT = "note_dissent", "记录企业不认可，转审核"
    PASS_REVIEW = "pass_review", "审核通过"
    FAIL_REVIEW = "fail_review", "审核退回重办"
    APPROVE = "approve", "批准销号"
    REFUSE_CLOSING = "refuse_closing", "不予销号，重新办理"
    REOPEN = "reopen", "重新办理"
    INSTRUCT_ANEW = "instruct_anew", "再次批示，另行交办"
    REMIND = "remind", "催办"
    SUPERVISE = "supervise", "督办"
    ESCALATE = "escalate", "上报"
    WITHDRAW = "withdraw", "企业撤回"
    LOOK_BACK = "look_back", "回头看"


@dataclass(frozen=True, slots=True)
class Rule:
    """One act: from these states, by these parties, to this state; `to` is None where the state stays."""

    act: MatterAct
    from_: frozenset[MatterState]
    by: frozenset[Party]
    to: MatterState | None = None


S, P, A = MatterState, Party, MatterAct
UNDERWAY = frozenset(
    {S.HANDLING, S.OBJECTED, S.SUSPENDED, S.LONG_TERM, S.PROPOSED, S.CONFIRMING, S.REVIEWING, S.APPROVING}
)
"""Somebody owes the next step; only a terminal state ends this."""
CLOCK_RUNS = frozenset({S.ASSIGNED, S.HANDLING, S.OBJECTED, S.PROPOSED})
"""The handling clock runs; suspension and long-term hold stop it, and after the unit has answered its own clock is over."""
TERMINAL = frozenset({S.SETTLED, S.REFUSED, S.CLOSED, S.WITHDRAWN})


def _rule(act: MatterAct, from_: Collection[MatterState], by: Collection[Party], to: MatterState | None = None) -> Rule:
    return Rule(act, frozenset(from_), frozenset(by), to)


COURSE: tuple[Rule, ...] = (
    _rule(A.RECEIVE, {S.ASSIGNED}, {P.LEAD_UNIT, P.UNIT_HEAD, P.OFFICE}, S.HANDLING),
    _rule(A.REPORT, {S.HANDLING, S.SUSPENDED, S.LONG_TERM}, {P.LEAD_UNIT, P.UNIT_HEAD, P.ASSISTING_UNIT}),
    _rule(A.ANSWER_LEAD, {S.HANDLING, S.SUSPENDED, S.LONG_TERM}, {P.ASSISTING_UNIT}),
    _rule(A.OBJECT, {S.ASSIGNED, S.HANDLING}, {P.LEAD_UNIT, P.UNIT_HEAD}, S.OBJECTED),
    _rule(A.UPHOLD, {S.OBJECTED}, {P.OFFICE, P.SIGNER}, S.AWAITING_ASSIGNMENT),
    _rule(A.DISMISS, {S.OBJECTED}, {P.OFFICE, P.SIGNER}, S.HANDLING),
    _rule(A.ASK_EXTENSION, {S.HANDLING}, {P.LEAD_UNIT, P.UNIT_HEAD}),
    _rule(A.DECIDE_EXTENSION, {S.HANDLING}, {P.OFFICE, P.SIGNER, P.LEAD_OFFICIAL}),
    _rule(A.SUSPEND, {S.HANDLING}, {P.OFFICE, P.SIGNER}, S.SUSPENDED),
    _rule(A.RESUME, {S.SUSPENDED}, {P.OFFICE, P.SIGNER}, S.HANDLING),
    _rule(A.HOLD, {S.HANDLING, S.SUSPENDED}, {P.OFFICE, P.SIGNER, P.LEAD_OFFICIAL}, S.LONG_TERM),
    _rule(A.TAKE_OFF_HOLD, {S.LONG_TERM}, {P.OFFICE, P.SIGNER, P.LEAD_OFFICIAL}, S.HANDLING),
    _rule(A.PROPOSE, {S.HANDLING}, {P.LEAD_UNIT, P.UNIT_HEAD}, S.PROPOSED),
    _rule(A.TAKE_BACK, {S.PROPOSED}, {P.LEAD_UNIT, P.UNIT_HEAD}, S.HANDLING),
    _rule(A.HEAD_SIGNS, {S.PROPOSED}, {P.UNIT_HEAD, P.OFFICE}, S.CONFIRMING),
    _rule(A.HEAD_SENDS_BACK, {S.PROPOSED}, {P.UNIT_HEAD}, S.HANDLING),
    _rule(A.CONFIRM, {S.CONFIRMING}, {P.ENTERPRISE, P.OFFICE}, S.REVIEWING),
    _rule(A.CONTEST, {S.CONFIRMING}, {P.ENTERPRISE, P.OFFICE}, S.HANDLING),
    _rule(A.NOTE_DISSENT, {S.CONFIRMING}, {P.ENTERPRISE, P.OFFICE}, S.REVIEWING),
    _rule(A.PASS_REVIEW, {S.REVIEWING}, {P.OFFICE}, S.APPROVING),
    _rule(A.FAIL_REVIEW, {S.REVIEWING}, {P.OFFICE}, S.HANDLING),
    _rule(A.APPROVE, {S.APPROVING}, {P.SIGNER, P.LEAD_OFFICIAL, P.OFFICE}, S.CLOSED),
    _rule(A.REFUSE_CLOSING, {S.APPROVING}, {P.SIGNER, P.LEAD_OFFICIAL, P.OFFICE}, S.HANDLING),
    _rule(A.REOPEN, {S.CLOSED}, {P.OFFICE, P.SUPERVISOR, P.SIGNER}, S.HANDLING),
    _rule(A.INSTRUCT_ANEW, {S.CLOSED}, {P.SIGNER, P.OFFICE}, S.AWAITING_ASSIGNMENT),
    _rule(A.REMIND, {S.ASSIGNED} | (UNDERWAY - {S.LONG_TERM, S.SUSPENDED}), {P.OFFICE, P.SUPERVISOR, P.PORTAL}),
    _rule(A.SUPERVISE, {S.ASSIGNED} | (UNDERWAY - {S.LONG_TERM, S.SUSPENDED}), {P.SUPERVISOR}),
    _rule(A.ESCALATE, UNDERWAY | {S.ASSIGNED}, {P.OFFICE, P.SUPERVISOR, P.SIGNER}),
    _rule(A.WITHDRAW, UNDERWAY | {S.REGISTERED, S.AWAITING_ASSIGNMENT, S.ASSIGNED}, {P.OFFICE}, S.WITHDRAWN),
    _rule(A.LOOK_BACK, {S.CLOSED}, {P.OFFICE, P.SUPERVISOR}),
)


@cache
def _rules() -> dict[MatterAct, Rule]:
    return {rule.act: rule for rule in COURSE}


def rule_of(act: MatterAct) -> Rule:
    """The one rule of an act."""
    return _rules()[act]


def is_allowed(state: MatterState, act: MatterAct, parties: Collection[Party]) -> bool:
    """Whether somebody who is this to the matter may do that to it now."""
    rule = rule_of(act)
    return state in rule.from_ and bool(rule.by & set(parties))


def after(state: MatterState, act: MatterAct, parties: Collection[Party]) -> MatterState:
    """The state after an act.

    Raises NotAllowed when none of the parties may do it in any state, RuleBroken when the matter is not in a state for it.
    """
    rule = rule_of(act)
    if not rule.by & set(parties):
        who = "、".join(party.label for party in Party if party in rule.by)
        raise NotAllowed(f"“{act.label}”由{who}办理，您不能办理。")
    if state not in rule.from_:
        raise RuleBroken(why_not(state, act), field="state")
    return state if rule.to is None else rule.to


def why_not(state: MatterState, act: MatterAct) -> str:
    """Why an act is not possible in this state, and from which states it is."""
    wanted = "、".join(f"“{it.label}”" for it in MatterState if it in rule_of(act).from_)
    return f"事项现为“{state.label}”，不能{act.label}；只有{wanted}的事项可以。"


def possible(state: MatterState, parties: Collection[Party]) -> tuple[MatterAct, ...]:
    """The acts open to somebody now, in the office's order."""
    return tuple(rule.act for rule in COURSE if is_allowed(state, rule.act, parties))
