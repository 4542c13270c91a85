"""How the sample district's matters came to their end: most closed long ago, some on every step, some looked at again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.look_backs import Finding
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import AnsweredHow, AskedHow, Grade, Resolved, ResultCode
from portal.services import call_backs, closing, look_backs, result_opinions, results
from portal.services.call_backs import Called
from portal.services.look_backs import Found
from portal.services.result_opinions import Opinion
from portal.services.results import ResultProposed
from portal.services.sample.people import person
from portal.services.uploads import AcceptedFile
from portal.store import sealed_files
from portal.store.models.handling import LookBack
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.people import Leader, Unit
from portal.store.models.reception import DutyTurn
from portal.store.models.slips import Slip, SlipMatter

OFFICE = Actor(0, "工商联办公室", Role.OFFICE)
SUPERVISOR = Actor(0, "督查室", Role.SUPERVISOR)
LONG_AGO = timedelta(days=75)
"""What was signed for longer ago has come to its end; of what came later some is on its way."""

RESULTS = (
    (ResultCode.SOLVED, "已会同有关部门到企业现场核实，手续补正后当场办结，企业已领取批复。", ""),
    (ResultCode.SOLVED, "已召开协调会明确分工，资金已拨付到企业账户。", ""),
    (ResultCode.PARTLY_SOLVED, "先期解决了临时用电，永久用电随变电站扩建一并解决。", ""),
    (ResultCode.PLANNED, "已列入明年一季度道路改造计划，开工前书面告知企业。", ""),
    (
        ResultCode.EXPLAINED,
        "所提补贴的申报期已过，已当面解释政策并告知下一批申报时间。",
        "《安澜区工业企业技改补贴实施细则》第八条",
    ),
    (ResultCode.SOLVED, "已为企业开通绿色通道，证照当日换发。", ""),
)
STEPS = (MatterState.PROPOSED, MatterState.CONFIRMING, MatterState.REVIEWING, MatterState.APPROVING)
PLAIN_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
"""An empty page: the evidence of what never happened."""


@dataclass(frozen=True, slots=True)
class _Going:
    """A matter in hand, its slip, and who has a part in it."""

    matter: Matter
    slip: Slip
    unit: Unit
    signer: Leader

    @property
    def handler(self) -> Actor:
        return Actor(0, person(self.matter.id), Role.UNIT, unit_id=self.unit.id)

    @property
    def head(self) -> Actor:
        return Actor(0, person(self.matter.id + 31), Role.UNIT, unit_id=self.unit.id, heads_unit=True)

    @property
    def leader(self) -> Actor:
        return Actor(0, self.signer.name, Role.LEADER, leader_ids=frozenset({self.signer.id}))


def close_matters(session: Session, folder: Path, unit_id: int, leader_id: int, *, now: datetime) -> None:
    """Leave some of the unit's and of the leader's on every step, close what is old, and look again at some of it."""
    evidence = AcceptedFile(sealed_files.keep(folder, PLAIN_PDF), "办理结果佐证.pdf", "application/pdf", len(PLAIN_PDF))
    yesterday = datetime.combine(now.date() - timedelta(days=1), time(9, 20), ZONE)
    for whose, steps in ((Slip.lead_unit_id == unit_id, STEPS), (Slip.signer_id == leader_id, STEPS[:0:-1])):
        latest = list(_in_hand(session, whose))[::-1]
        for it, step in zip(latest, steps, strict=False):
            _take_along(session, it, evidence, step, yesterday, now)
    for it in _in_hand(session):
        since = it.matter.state_since or now
        if now - since > LONG_AGO:
            begun = datetime.combine(min(it.matter.due_on or since.date(), now.date()), time(9, 20), ZONE)
            _take_along(session, it, evidence, MatterState.CLOSED, begun - timedelta(days=7), now)
    _call_back(session, now)
    _look_back(session, now)
    _order_look_back(session, leader_id, now)


def _in_hand(session: Session, *whose: ColumnElement[bool]) -> Sequence[_Going]:
    """What is in hand, the oldest first; what was urged stays as it is."""
    urged = select(SlipPaper.slip_id)
    rows = session.execute(
        select(Matter, Slip, Unit, Leader)
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .join(Unit, Unit.id == Slip.lead_unit_id)
        .join(Leader, Leader.id == Slip.signer_id)
        .where(Matter.state == MatterState.HANDLING, SlipMatter.ended_at.is_(None), Slip.id.not_in(urged), *whose)
        .order_by(Matter.raised_on, Matter.id)
    )
    return [_Going(*row) for row in rows]


def _take_along(
    session: Session,
    it: _Going,
    evidence: AcceptedFile,
    until: MatterState,
    at: datetime,
    now: datetime,
) -> None:
    """As far as a state, a step every hour or so."""
    result, told, basis = RESULTS[it.matter.id % len(RESULTS)]
    hours = iter(
        min(at + timedelta(minutes=55) * step, now - timedelta(hours=6, minutes=50 - step)) for step in range(9)
    )
    given = ResultProposed(
        result, told, basis, AnsweredHow.IN_PERSON, at.date(), (evidence,)
    )  # fmt: skip
    results.propose_result(session, it.matter.id, given, actor=it.handler, now=next(hours))
    if until is MatterState.PROPOSED:
        return
    results.head_signs(session, it.matter.id, actor=it.head, now=next(hours))
    if until is MatterState.CONFIRMING:
        return
    result_opinions.give_opinion(session, it.matter.id, _opinion(it.matter.id, result), actor=OFFICE, now=next(hours))
    if it.matter.state is MatterState.HANDLING:  # it was not accepted, and is handled again
        results.propose_result(session, it.matter.id, given, actor=it.handler, now=next(hours))
        results.head_signs(session, it.matter.id, actor=it.head, now=next(hours))
        result_opinions.give_opinion(
            session, it.matter.id, _opinion(it.matter.id, result), actor=OFFICE, now=next(hours)
        )
    if until is MatterState.REVIEWING:
        return
    closing.review(session, it.matter.id, passed=True, actor=OFFICE, now=next(hours))
    if until is MatterState.APPROVING:
        return
    closing.approve_closing(session, it.matter.id, approved=True, actor=it.leader, now=next(hours))


def _opinion(number: int, result: ResultCode) -> Opinion:
    """Most are content; one in nine is not, twice."""
    by = f"{person(number + 7)} 经理"
    if number % 9 == 4:
        return Opinion(Grade.DISCONTENT, Resolved.NOT, AskedHow.PHONE, by, "答复的时间还要等，问题没有解决")
    resolved = Resolved.FULLY if result.is_solved else Resolved.PARTLY
    grade = (Grade.VERY_CONTENT, Grade.CONTENT, Grade.FAIRLY_CONTENT)[number % 3]
    return Opinion(grade, resolved, AskedHow.PHONE if number % 2 else AskedHow.PAPER, by)


def _call_back(session: Session, now: datetime) -> None:
    """Half of those who can be called back were; one could not be reached, one is not content."""
    recently = now - timedelta(days=80)
    found = session.scalars(
        select(Matter)
        .where(
            Matter.state.in_((MatterState.CLOSED, MatterState.SETTLED)),
            Matter.enterprise_id.is_not(None),
            Matter.state_since >= recently,
        )
        .order_by(Matter.id)
    ).all()
    for place, matter in enumerate(found[: len(found) // 2]):
        at = min((matter.state_since or now) + timedelta(days=1), now - timedelta(hours=5))
        called = Called(AskedHow.PHONE, Grade.CONTENT, Resolved.FULLY, by=person(matter.id + 7))
        if place == 1:
            called = Called(AskedHow.PHONE, told="两次拨打无人接听，改日再联系")
        elif place == 2:
            called = Called(
                AskedHow.PHONE, Grade.DISCONTENT, Resolved.PARTLY, "答应的配套道路至今没有动工", person(matter.id + 7)
            )
        call_backs.record_call_back(session, matter.id, called, actor=OFFICE, now=at)


def _look_back(session: Session, now: datetime) -> None:
    """What has come due is planned; the oldest were looked at, and one of them had been closed falsely."""
    look_backs.plan_look_backs(session, now=now - timedelta(hours=4))
    planned = session.scalars(
        select(LookBack)
        .join(Matter, Matter.id == LookBack.matter_id)
        .where(LookBack.done_on.is_(None), Matter.state == MatterState.CLOSED)
        .order_by(LookBack.planned_on, LookBack.id)
    ).all()
    findings = (Finding.HOLDS, Finding.FAKE, Finding.PARTLY, Finding.HOLDS)
    for it, finding in zip(planned[: len(planned) * 2 // 3], findings, strict=False):
        told = "到企业现场查看，与销号时报送的结果一致，企业没有新的意见。"
        if finding is Finding.FAKE:
            told = "到企业现场查看，所报已接通的线路没有接通，佐证照片不是该企业厂区。"
        elif finding is Finding.PARTLY:
            told = "到企业现场查看，一期已落实，二期还在走程序。"
        found = Found(finding, told, now.date() - timedelta(days=1), f"{person(it.matter_id)} 厂长")
        look_backs.record_look_back(session, it.id, found, actor=SUPERVISOR, now=now - timedelta(hours=3))


def _order_look_back(session: Session, leader_id: int, now: datetime) -> None:
    """The leader wants to know whether something that was closed a while ago really holds."""
    seen = select(LookBack.matter_id)
    served = select(DutyTurn.reception_day_id).where(DutyTurn.leader_id == leader_id)
    matter_id = session.scalars(
        select(Matter.id)
        .where(Matter.state == MatterState.CLOSED, Matter.id.not_in(seen), Matter.reception_day_id.in_(served))
        .order_by(Matter.id)
    ).first()
    if matter_id is not None:
        on = now.date() + timedelta(days=7)
        look_backs.order_look_back(session, matter_id, on, actor=SUPERVISOR, now=now - timedelta(hours=2))
