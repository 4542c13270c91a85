"""A ledger of matters in every state of the loop, put straight into the tables: quick to build with eighty rows or 100,000.

Everything is drawn from a seed, so that the same call gives the same ledger; the schema's own checks hold for every row.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.extensions import ExtensionState
from portal.domain.look_backs import Finding, LookBackWhy
from portal.domain.matters import WITH_A_UNIT, Check, MatterKind, MatterState
from portal.domain.objections import Ruling
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.progress import ProgressKind
from portal.domain.receipts import ReceivedHow
from portal.domain.reception_days import DayState
from portal.domain.results import AnsweredHow, AskedHow, Grade, Resolved, ResultCode
from portal.domain.retention import Retention
from portal.domain.slips import SlipState
from portal.store.base import Base
from portal.store.models.handling import Closing, Extension, LookBack, Objection, Progress
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import Slip, SlipMatter, SlipReceipt
from portal.store.models.voices import CallBack
from tests.builders import a_category, a_leader, a_reception_day, a_unit, an_enterprise

S = MatterState
STATES = {
    S.REGISTERED: 2, S.SETTLED: 8, S.AWAITING_ASSIGNMENT: 4, S.REFUSED: 2, S.WITHDRAWN: 2, S.ASSIGNED: 5, S.HANDLING: 20,
    S.OBJECTED: 2, S.SUSPENDED: 2, S.LONG_TERM: 2, S.PROPOSED: 4, S.CONFIRMING: 5, S.REVIEWING: 4, S.APPROVING: 4, S.CLOSED: 34,
}  # fmt: skip
"""How many of a hundred are in each state."""
HANDED_IN = {S.CONFIRMING, S.REVIEWING, S.APPROVING, S.CLOSED}
BATCH = 2_000
KINDS = (MatterKind.PROBLEM, MatterKind.PROBLEM, MatterKind.SUGGESTION)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Who and when the rows speak of; the last of the `units` handles nothing but what it sends back."""

    units: Sequence[int]
    officials: Sequence[int]
    categories: Sequence[str]
    enterprises: Sequence[int]
    days: Sequence[tuple[int, date]]


@dataclass(slots=True)
class _Rows:
    """Rows waiting to be put in, table by table."""

    tables: dict[type[Base], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def put(self, model: type[Base], **row: Any) -> None:
        self.tables[model].append(row)


def a_handled_ledger(
    session: Session, matters: int, *, today: date, seed: int = 6, days: int = 24, units: int = 5
) -> Ledger:
    """So many matters of the reception days before today, committed; a ledger that is there already is added to."""
    people = [a_leader(position=900 + place) for place in range(3)]
    departments = [a_unit(position=place) for place in range(units)]
    upper = [a_category(code=f"9{place}") for place in range(3)]
    session.add_all([*people, *departments, *upper])
    session.flush()
    lower = [a_category(code=f"{it.code}01", parent_code=it.code) for it in upper[:2]]
    enterprises = [an_enterprise() for _ in range(min(matters, 40))]
    held = [
        a_reception_day(day=today - timedelta(days=3 + 11 * place), state=DayState.CLOSED, slots=0)
        for place in range(days)
    ]
    session.add_all([*lower, *enterprises, *held])
    session.commit()
    ledger = Ledger(
        [it.id for it in departments], [it.id for it in people], [it.code for it in (*upper, *lower)],
        [it.id for it in enterprises], [(it.id, it.day) for it in held],
    )  # fmt: skip
    fill(session, ledger, matters, today=today, seed=seed)
    return ledger


def fill(session: Session, ledger: Ledger, matters: int, *, today: date, seed: int = 6) -> None:
    """So many matters for these units, officials, categories, enterprises and days."""
    draw = Random(seed)
    first = {model: (session.scalar(select(func.max(model.id))) or 0) + 1 for model in (Matter, Slip, Closing)}
    for rows in _batches(ledger, draw, matters, first, today):
        for model in (Slip, Matter, SlipMatter, SlipReceipt, Progress, Closing, Extension, Objection, SlipPaper,
                      LookBack, CallBack):  # fmt: skip
            if rows.tables[model]:
                session.execute(insert(model), _alike(rows.tables[model]))
        session.commit()
    if session.get_bind().dialect.name == "postgresql":
        for model in (Matter, Slip, Closing):
            name = model.__tablename__
            session.execute(select(func.setval(f"{name}_id_seq", select(func.max(model.id)).scalar_subquery())))
        session.commit()


def _alike(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every row with the same columns, as one statement for many rows wants."""
    names = {name: None for row in rows for name in row}
    return [{name: row.get(name) for name in names} for row in rows]


def _batches(
    ledger: Ledger, draw: Random, matters: int, first: dict[type[Base], int], today: date
) -> Iterator[_Rows]:  # fmt: skip
    rows, next_id = _Rows(), dict(first)
    states, weights = list(STATES), list(STATES.values())
    for number in range(matters):
        state = draw.choices(states, weights)[0]
        _one(rows, ledger, draw, next_id, number, state, today)
        if len(rows.tables[Matter]) >= BATCH:
            yield rows
            rows = _Rows()
    yield rows


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), ZONE)


def _one(
    rows: _Rows,
    ledger: Ledger,
    draw: Random,
    next_id: dict[type[Base], int],
    number: int,
    state: MatterState,
    today: date,
) -> None:
    day_id, day = ledger.days[number % len(ledger.days)]
    matter_id, next_id[Matter] = next_id[Matter], next_id[Matter] + 1
    led = state in WITH_A_UNIT
    unit = draw.choice(ledger.units[:-1] or ledger.units)
    due = min(day + timedelta(days=draw.choice((10, 21, 42))), date(2099, 1, 1))
    round_ = draw.choice((1, 1, 1, 1, 2, 3)) if led and state is not S.ASSIGNED else 1
    rows.put(
        Matter, id=matter_id, number=f"L{matter_id:07}", reception_day_id=day_id, position=number + 1,
        enterprise_id=draw.choice(ledger.enterprises), kind=draw.choice(KINDS),
        category_code=draw.choice(ledger.categories),
        title=f"厂区道路与用电第{matter_id}号事项", detail="请帮助协调解决。", source="接待日", state=state,
        urgent=draw.random() < 0.1, grave=False, hard=draw.random() < 0.1, is_common=False,
        is_true=Check.YES, is_lawful=Check.YES, is_reasonable=Check.YES, check_note="",
        on_site_answer="已当场答复" if state is S.SETTLED else "", answered_by="",
        ended_reason="理由已说明" if state in {S.REFUSED, S.WITHDRAWN} else "",
        lead_unit_id=unit if led else None, due_on=due if led else None, is_petition=draw.random() < 0.05, round=round_,
        state_since=_at(day), step_due_on=due if led and state is not S.CLOSED else None,
        closed_at=_at(min(today, due + timedelta(days=draw.randint(-9, 9))), draw.choice((1, 9, 17, 23)))
        if state is S.CLOSED else None,
        raised_on=day, raised_at=_at(day, 9), version=1,
    )  # fmt: skip
    if draw.random() < 0.08:
        _sent_back(rows, ledger, draw, next_id, matter_id, day_id, day, due)
    if led:
        _in_hand(rows, ledger, draw, next_id, matter_id, day_id, day, due, unit, state, round_, today)


def _slip(
    rows: _Rows, ledger: Ledger, draw: Random, next_id: dict[type[Base], int], day_id: int, day: date, **given: Any
) -> int:
    slip_id, next_id[Slip] = next_id[Slip], next_id[Slip] + 1
    rows.put(
        Slip,
        **{
            "id": slip_id, "organ": "测试接交", "year": day.year, "serial": slip_id, "number": f"测试接交〔{day.year}〕{slip_id}号",
            "reception_day_id": day_id, "receiver_post": "", "signer_id": draw.choice(ledger.officials), "signer_post": "",
            "lead_official_id": draw.choice([*ledger.officials, None]), "lead_official_post": "", "prior_check": "",
            "proposal": "", "proposal_handler": "", "proposal_head": "", "instruction": "请迅速落实。", "requirements": "",
            "copies_to": "", "drafted_by": "办公室", "drafted_at": _at(day), "numbered_at": _at(day), "signed_on": day,
            "signed_by": "", "issued_at": _at(day, 15), "void_reason": "", "split_reason": "", "paper_version": 0,
            "retention": Retention.THIRTY_YEARS, "version": 1, "receipt_due_on": None, "receipt_days": None, "closed_at": None,
        }
        | given,
    )  # fmt: skip
    return slip_id


def _sent_back(
    rows: _Rows,
    ledger: Ledger,
    draw: Random,
    next_id: dict[type[Base], int],
    matter_id: int,
    day_id: int,
    day: date,
    due: date,
) -> None:
    """It went to another unit first, which sent it back."""
    unit = draw.choice(ledger.units)
    slip_id = _slip(
        rows, ledger, draw, next_id, day_id, day, state=SlipState.RETURNED, lead_unit_id=unit,
        due_on=due - timedelta(days=2),
    )  # fmt: skip
    rows.put(SlipMatter, slip_id=slip_id, matter_id=matter_id, position=1, ended_at=_at(day, 17), ended_why="同意退回")
    _object(rows, matter_id, slip_id, unit, day, Ruling.UPHELD)


def _object(rows: _Rows, matter_id: int, slip_id: int, unit: int, day: date, ruling: Ruling | None) -> None:
    rows.put(
        Objection, matter_id=matter_id, slip_id=slip_id, unit_id=unit, reasons="not_our_duty", told="不属于本单位职责",
        basis="", made_by="经办人", made_at=_at(day, 16), due_on=day, ruling=ruling,
        ruling_told="情况属实" if ruling else "", ruled_by="办公室" if ruling else "",
        ruled_at=_at(day, 17) if ruling else None, version=1,
    )  # fmt: skip


def _in_hand(
    rows: _Rows, ledger: Ledger, draw: Random, next_id: dict[type[Base], int], matter_id: int, day_id: int, day: date,
    due: date, unit: int, state: MatterState, round_: int, today: date,
) -> None:  # fmt: skip
    issued = state is not S.ASSIGNED or draw.random() < 0.7
    slip_state = {S.ASSIGNED: SlipState.ISSUED, S.CLOSED: SlipState.CLOSED}.get(state, SlipState.RECEIVED)
    limit = day + timedelta(days=draw.choice((1, 2, 3))) if draw.random() < 0.9 else None
    slip_id = _slip(
        rows, ledger, draw, next_id, day_id, day, lead_unit_id=unit, due_on=due,
        state=slip_state if issued else SlipState.SIGNED, issued_at=_at(day, 15) if issued else None,
        receipt_due_on=limit, receipt_days=1 if limit else None,
        closed_at=_at(today) if slip_state is SlipState.CLOSED else None,
    )  # fmt: skip
    rows.put(SlipMatter, slip_id=slip_id, matter_id=matter_id, position=1, ended_why="")
    if state is S.ASSIGNED:
        return
    signed = day + timedelta(days=draw.choice((0, 1, 1, 2, 4)))
    rows.put(
        SlipReceipt, slip_id=slip_id, unit_id=unit, received_at=_at(signed, 11), received_on=signed, received_by="收文员",
        how=ReceivedHow.PAGE, entered_by="", due_on=limit, handed_to="", handed_by="",
    )  # fmt: skip
    for step in range(draw.randint(0, 2)):
        contacted = signed + timedelta(days=draw.choice((1, 2, 5, 8, 20)))
        rows.put(
            Progress, matter_id=matter_id, slip_id=slip_id, unit_id=unit, told="已与企业联系。", next_step="", by="经办人",
            kind=ProgressKind.CONTACT if step == 0 else ProgressKind.PROGRESS, contacted_on=contacted if step == 0 else None,
            at=_at(contacted, 14),
        )  # fmt: skip
    _course(rows, draw, matter_id, slip_id, unit, day, due, state)
    _closings(rows, draw, next_id, matter_id, slip_id, unit, due, state, round_, today)


def _course(
    rows: _Rows, draw: Random, matter_id: int, slip_id: int, unit: int, day: date, due: date, state: MatterState
) -> None:
    if draw.random() < 0.12:
        granted = draw.random() < 0.7
        rows.put(
            Extension, matter_id=matter_id, slip_id=slip_id, unit_id=unit, before_on=due - timedelta(days=9), until_on=due,
            reason="需等上级批复后方可办理", asked_by="经办人", asked_at=_at(day, 9), decided_by="办公室", decided_at=_at(day, 10),
            state=ExtensionState.GRANTED if granted else ExtensionState.REFUSED, remark="", version=1,
        )  # fmt: skip
    if state is S.OBJECTED or draw.random() < 0.05:
        _object(rows, matter_id, slip_id, unit, day, None if state is S.OBJECTED else Ruling.DISMISSED)
    for kind in (PaperKind.REMINDER, PaperKind.SUPERVISION):
        if draw.random() < 0.15:
            code = f"{matter_id:07}{kind.value[:2]}"
            void = draw.random() < 0.2
            rows.put(
                SlipPaper, kind=kind, colour=UrgingColour.BLUE if kind is PaperKind.SUPERVISION else None, slip_id=slip_id,
                unit_id=unit, organ="测试", year=day.year, serial=matter_id, number=f"{kind.label}{matter_id}", sheet="{}",
                sha256="0" * 64, verify_code=code, made_by="办公室", made_at=_at(due), reply_by=due,
                void_at=_at(due) if void else None, void_reason="写错" if void else "", version=1,
            )  # fmt: skip


def _closings(
    rows: _Rows, draw: Random, next_id: dict[type[Base], int], matter_id: int, slip_id: int, unit: int, due: date,
    state: MatterState, round_: int, today: date,
) -> None:  # fmt: skip
    for each in range(1, round_ + 1):
        last = each == round_
        if last and state not in HANDED_IN | {S.PROPOSED}:
            continue
        closing_id, next_id[Closing] = next_id[Closing], next_id[Closing] + 1
        proposed = min(today, due + timedelta(days=draw.randint(-8, 4)))
        signed = state in HANDED_IN if last else draw.random() < 0.7
        asked = signed and (state in {S.REVIEWING, S.APPROVING, S.CLOSED} if last else True) and draw.random() < 0.85
        closed = state is S.CLOSED if last else signed and draw.random() < 0.4
        taken_up_again = not last and closed
        rows.put(
            Closing, id=closing_id, matter_id=matter_id, slip_id=slip_id, unit_id=unit, round=each,
            result=draw.choice(list(ResultCode)), told="已会同有关单位办理完毕。", basis="", answered_how=AnsweredHow.NOT_YET,
            proposed_by="经办人", proposed_at=_at(proposed), due_on=due, head_by="负责人" if signed else "",
            head_at=_at(proposed, draw.choice((11, 23))) if signed else None, head_recorded_by="",
            grade=draw.choice([*Grade, None]) if asked else None, resolved=draw.choice(list(Resolved)) if asked else None,
            opinion="", opinion_how=AskedHow.PHONE if asked else None, opinion_by="", opinion_at=_at(proposed, 23) if asked else None,
            opinion_recorded_by="", reviewed_by="办公室" if closed else "", reviewed_at=_at(proposed, 23) if closed else None,
            review_remark="", approved_by="领导" if closed else "", approved_at=_at(proposed, 23) if closed else None,
            approval_remark="", skipped="" if asked else "enterprise", batch="", ended_by="", version=1,
            ended_at=None if last or taken_up_again else _at(proposed, 23), ended_why="" if last or taken_up_again else "退回",
        )  # fmt: skip
        if closed:
            _afterwards(rows, draw, matter_id, each, due, finding_reopens=taken_up_again)


def _afterwards(rows: _Rows, draw: Random, matter_id: int, round_: int, due: date, *, finding_reopens: bool) -> None:
    if finding_reopens or draw.random() < 0.25:
        done = finding_reopens or draw.random() < 0.8
        found = draw.choice((Finding.NOT_DONE, Finding.FAKE) if finding_reopens else (Finding.HOLDS, Finding.PARTLY))
        rows.put(
            LookBack, matter_id=matter_id, round=round_, why=LookBackWhy.SAMPLE, planned_on=due + timedelta(days=90),
            finding=found if done else None, told="到企业看过现场。" if done else "", met_whom="", done_by="督查员" if done else "",
            done_on=due + timedelta(days=91) if done else None, reopened=finding_reopens, version=1,
        )  # fmt: skip
    for hour in range(draw.choice((0, 0, 1, 2))):
        rows.put(
            CallBack, matter_id=matter_id, round=round_, grade=draw.choice(list(Grade)), resolved=Resolved.FULLY, told="",
            how=AskedHow.PHONE, by="企业", recorded_by="办公室", at=_at(due + timedelta(days=draw.choice((-9, 9))), 9 + hour),
        )  # fmt: skip
