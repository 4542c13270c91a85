"""Looking back (回头看) at what was closed: a sample and everything an enterprise was not content with (JY-24, JY-35)."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.documents.fonts import must_be_printable
from portal.domain.accounts import AccountState
from portal.domain.clocks import Stage, ends_on
from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.look_backs import Finding, LookBackWhy
from portal.domain.matter_course import MatterAct
from portal.domain.matters import MatterState
from portal.domain.people import Action, Actor, Role, must
from portal.domain.results import SHORTEST_REASON, contests_result
from portal.domain.workdays import day_text
from portal.services.calendars import calendar_now
from portal.services.clock_policy import clocks_in_force
from portal.services.closing_rounds import reopen_round
from portal.services.handling import handling_of, move
from portal.services.handling_files import attach, must_be_few
from portal.services.messages import accounts_in_role, accounts_of_leaders, tell
from portal.services.uploads import AcceptedFile
from portal.store.audit_trail import record
from portal.store.models.handling import Closing, LookBack
from portal.store.models.matters import Matter
from portal.store.models.people import Account
from portal.store.queries.office import office_rules

LONGEST = 4_000
FURTHEST_BACK = 372
"""Days after a look-back was to be done within which one that was never planned is still put on the list."""
LISTED_AHEAD = 31
LONGEST_HOLIDAY = 16
"""Days by which the same length may end earlier or later, counted from another day: holidays, and months of 28 to 31 days."""


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody found who looked at a closed matter again."""

    finding: Finding
    told: str
    done_on: date
    met_whom: str = ""
    files: tuple[AcceptedFile, ...] = ()


def plan_look_backs(session: Session, *, now: datetime) -> Sequence[LookBack]:
    """Plan what has come due: the sample of the closed, and whatever an enterprise was not content with; each round once.

    The sample is drawn by a fingerprint of the matter's number, so that nobody can choose it and every run draws the same.
    """
    planned = list(_to_plan(session, now.date()))
    for it in planned:
        keep_planned(session, it, actor=Actor.system(), now=now)
    return planned


def look_backs_to_plan(session: Session, *, now: datetime) -> bool:
    """Whether a look-back is to be planned; reads only, so that a round of due work can look first."""
    return next(_to_plan(session, now.date()), None) is not None


def keep_planned(session: Session, planned: LookBack, *, actor: Actor, now: datetime) -> LookBack:
    """Put a look-back on the list, with its audit line."""
    session.add(planned)
    session.flush()
    record(
        session, actor, now, "look_back_planned", planned, summary=f"列入回头看（{planned.why.label}）",
        matter=planned.matter_id,
    )  # fmt: skip
    return planned


def _to_plan(session: Session, today: date) -> Iterator[LookBack]:
    """What has come within a month of its day and is on no list yet: the round that stands once, whatever the reason."""
    rules = office_rules(session)
    clock, calendar = clocks_in_force(session)[Stage.LOOK_BACK], calendar_now(session)
    length = ends_on(clock, today, calendar) - today
    since = _midnight(today - length - timedelta(days=FURTHEST_BACK))
    until = _midnight(today - length + timedelta(days=LISTED_AHEAD + LONGEST_HOLIDAY))
    rows = session.execute(
        select(Matter.id, Matter.number, Matter.closed_at, Closing.round, Closing.grade, Closing.resolved)
        .join(
            Closing,
            (Closing.matter_id == Matter.id) & (Closing.round == Matter.round) & Closing.approved_at.is_not(None),
        )
        .where(
            Matter.closed_at.is_not(None),
            Closing.approved_at.between(since, until),
            ~select(LookBack.id).where(LookBack.matter_id == Matter.id, LookBack.round == Closing.round).exists(),
        )
        .order_by(Matter.id)
    ).all()
    for matter_id, number, closed_at, round_, grade, resolved in rows:
        planned_on = ends_on(clock, closed_at.date(), calendar)
        if planned_on > today + timedelta(days=LISTED_AHEAD):
            continue
        discontent = contests_result(grade, resolved)
        if discontent or is_drawn(number, round_, rules.look_back_percent):
            why = LookBackWhy.DISCONTENT if discontent else LookBackWhy.SAMPLE
            yield LookBack(matter_id=matter_id, round=round_, why=why, planned_on=planned_on)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


def is_drawn(number: str, round_: int, percent: int) -> bool:
    """Whether a closed matter falls into the sample of so many per cent."""
    drawn = int(hashlib.sha256(f"{number}/{round_}".encode()).hexdigest()[:8], 16) % 10_000
    return drawn < percent * 100


def order_look_back(session: Session, matter_id: int, planned_on: date, *, actor: Actor, now: datetime) -> LookBack:
    """Look at this matter again whatever the sample says."""
    must(actor, Action.URGE)
    handling = handling_of(session, matter_id, actor=actor)
    move(session, handling, MatterAct.LOOK_BACK, now=now)
    if planned_on < now.date():
        raise RuleBroken("回头看的日期不能早于今天。", field="planned_on")
    round_ = handling.matter.round
    known = session.scalars(select(LookBack).where(LookBack.matter_id == matter_id, LookBack.round == round_)).all()
    if any(it.done_on is None for it in known):
        raise Conflict("这项诉求已列入回头看，还没有记录，不必再指定。", field="planned_on")
    if any(it.why is LookBackWhy.ORDERED for it in known):
        raise Conflict("这项诉求销号以后已指定过一次回头看。仍有问题的，请重新办理。", field="planned_on")
    ordered = LookBack(matter_id=matter_id, round=round_, why=LookBackWhy.ORDERED, planned_on=planned_on)
    return keep_planned(session, ordered, actor=actor, now=now)


def assign_look_back(
    session: Session, look_back_id: int, account_id: int, *, version: int | None = None, actor: Actor, now: datetime
) -> LookBack:
    """Say who looks: somebody of the office or of supervision, never of a unit that handled the matter (JY-35)."""
    must(actor, Action.URGE)
    look_back = _open(session, look_back_id, version)
    account = session.get(Account, account_id)
    if account is None or account.state is not AccountState.ACTIVE:
        raise RuleBroken("所选的人不存在或已停用，请重新选择。", field="assignee_id")
    if account.role not in (Role.OFFICE, Role.SUPERVISOR):
        raise RuleBroken("回头看由没有经办这件事的人去做，请选择工商联或督查室的人员。", field="assignee_id")
    if account.display_name in _handlers(session, look_back.matter_id):
        raise RuleBroken(f"{account.display_name}经办过这件事，不能再去回头看，请选择他人。", field="assignee_id")
    look_back.assignee_id = account_id
    record(
        session, actor, now, "look_back_assigned", look_back, summary=f"回头看交由{account.display_name}",
        matter=look_back.matter_id,
    )  # fmt: skip
    number = session.scalar(select(Matter.number).where(Matter.id == look_back.matter_id))
    if account_id != actor.account_id:
        tell(
            session, [account_id], f"look-back-assigned:{look_back.id}:{look_back.version}",
            f"请于{day_text(look_back.planned_on)}前对 {number} 回头看", url=f"/look-backs/{look_back.id}", now=now,
        )  # fmt: skip
    return look_back


def record_look_back(
    session: Session, look_back_id: int, found: Found, *, version: int | None = None, actor: Actor, now: datetime
) -> LookBack:
    """Put down what was found; what was not done, or closed falsely, is taken up again with a new last day."""
    must(actor, Action.URGE)
    look_back = _open(session, look_back_id, version)
    told = found.told.strip()
    if not 10 <= len(told) <= LONGEST:
        raise RuleBroken(f"请写明回头看的情况，10 至 {LONGEST} 个字。", field="told")
    must_be_printable(told, field="told")
    if found.done_on > now.date():
        raise RuleBroken("回头看的日期不能晚于今天。", field="done_on")
    must_be_few(found.files)
    if actor.name in _handlers(session, look_back.matter_id):
        raise RuleBroken("经办这件事的人不能做回头看，请由他人记录。", field="told")
    look_back.finding, look_back.told = found.finding, told
    look_back.done_on, look_back.done_by = found.done_on, actor.name
    look_back.met_whom, look_back.recorded_at = found.met_whom.strip()[:80], now
    attach(session, found.files, matter_id=look_back.matter_id, look_back_id=look_back.id, now=now)
    record(
        session, actor, now, "look_back_done", look_back, summary=f"回头看：{found.finding.label}",
        matter=look_back.matter_id,
    )  # fmt: skip
    if found.finding.reopens:
        look_back.reopened = _take_up_again(session, look_back, found.finding, actor=actor, now=now)
    return look_back


def reopen(
    session: Session, matter_id: int, why: str, *, version: int | None = None, actor: Actor, now: datetime
) -> Matter:
    """Take a closed matter up again, with a new last day: the enterprise is not content, or what was done did not last."""
    must(actor, Action.OVERSEE_MATTER)
    handling = handling_of(session, matter_id, version=version, actor=actor)
    if len(why.strip()) < SHORTEST_REASON:
        raise RuleBroken(f"请写明重新办理的理由，不少于 {SHORTEST_REASON} 个字。", field="why")
    reopen_round(session, handling, why, now=now)
    record(
        session, actor, now, "matter_reopened", handling.matter, summary=f"重新办理：{why.strip()[:80]}",
        why=why.strip()[:LONGEST], due_on=str(handling.matter.due_on),
    )  # fmt: skip
    return handling.matter


def _take_up_again(session: Session, look_back: LookBack, finding: Finding, *, actor: Actor, now: datetime) -> bool:
    """What was not done is handled again; a false closing is told to the supervision office and to who signed for it.

    A matter that was settled in the room has no unit: it is assigned by another disposition, on its own page.
    """
    matter = session.get_one(Matter, look_back.matter_id)
    if matter.state is not MatterState.CLOSED:
        return False
    handling = handling_of(session, look_back.matter_id, actor=actor)
    if finding is Finding.FAKE:
        signer = [handling.slip.signer_id] if handling.slip.signer_id else []
        tell(
            session, [*accounts_in_role(session, Role.SUPERVISOR), *accounts_of_leaders(session, signer)],
            f"fake-closing:{look_back.id}", f"{matter.number} 经回头看认定为虚假销号，已重新办理",
            url=f"/matters/{matter.id}", now=now,
        )  # fmt: skip
    reopen_round(session, handling, f"回头看{finding.label}", now=now)
    record(
        session, actor, now, "matter_reopened", matter, summary=f"回头看{finding.label}，重新办理",
        look_back=look_back.id,
    )  # fmt: skip
    return True


def _open(session: Session, look_back_id: int, version: int | None) -> LookBack:
    found = session.scalars(
        select(LookBack).where(LookBack.id == look_back_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("没有找到这份回头看记录。")
    if found.done_on is not None:
        raise Conflict("这份回头看已有记录，不能重复填写。")
    if version is not None and version != found.version:
        raise Conflict("您打开页面之后，这份回头看记录已有变化。您填写的内容仍在，请核对后再提交。")
    return found


def _handlers(session: Session, matter_id: int) -> set[str]:
    """Everybody who had a hand in the closing."""
    names: set[str] = set()
    for it in session.scalars(select(Closing).where(Closing.matter_id == matter_id)):
        names |= {it.proposed_by, it.head_by}
    return names - {""}
