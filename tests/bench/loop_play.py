"""A year of five hundred matters: random acts by random people, through the services every page uses."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import ZONE
from portal.domain.arrangements import Arrangement
from portal.domain.bookings import BookingState
from portal.domain.errors import PortalError
from portal.domain.extensions import PauseKind
from portal.domain.leaves import Span
from portal.domain.look_backs import Finding
from portal.domain.matters import MatterClass, MatterState
from portal.domain.objections import ObjectionReason, Ruling
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.domain.reception_days import DayState
from portal.domain.results import AnsweredHow, AskedHow, Grade, Resolved, ResultCode
from portal.domain.slips import SlipState
from portal.domain.workdays import DayFact, DayKind, DaySource
from portal.services import (
    closing,
    extensions,
    leaves,
    look_backs,
    objections,
    pauses,
    progress,
    result_opinions,
    results,
    slip_drafts,
    slip_receipts,
    slip_signing,
    slips,
    withdrawals,
)
from portal.services.announcements import import_arrangement, whole_year
from portal.services.instructing_anew import instruct_anew
from portal.services.leaves import Decision, LeaveOrder
from portal.services.slip_orders import Helper, SlipOrder
from portal.services.uploads import AcceptedFile
from portal.store.extension import read, transaction, write
from portal.store.models.handling import Extension, LookBack
from portal.store.models.matters import Category, Matter
from portal.store.models.people import Account, Leader, Unit
from portal.store.models.slips import Slip, SlipMatter
from tests.bench.loop_days import OF_STEP, ONE, RECEIPT, Days, Kept
from tests.bench.loop_owed import HELPS_EARLIER, Closed, Help, Owed
from tests.builders import a_booking, a_matter, a_reception_day, a_turn, an_account, an_enterprise
from tests.live.districts import a_category_code

MORNING, EVENING = time(9, 0), time(16, 30)
OFFICE = Actor(1, "工商联办公室", Role.OFFICE)
REVIEWER = Actor(1, "工商联复核", Role.OFFICE)
LOOKER = Actor(6, "督查室", Role.SUPERVISOR)
OUTSIDER = Actor(7, "区财政局旁人", Role.UNIT, unit_id=10**6)
EVIDENCE = AcceptedFile("0" * 64, "批复.pdf", "application/pdf", 1_234)
WORDS = "已会同有关单位到现场核实，问题办理完毕，结果已告知企业。"


@dataclass
class Play:
    """The district, its people, every matter with what its dates must be, and what was tried."""

    chance: Random
    days: Days = field(default_factory=Days)
    kept: dict[int, Kept] = field(default_factory=dict)
    owed: Owed = field(default_factory=Owed)
    next_on: dict[int, date] = field(default_factory=dict)
    drags: set[int] = field(default_factory=set)
    away: dict[int, list[tuple[date, date]]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    drafted: dict[int, date] = field(default_factory=dict)
    units: list[int] = field(default_factory=list)
    leaders: list[int] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    winding_down: bool = False
    today: date = date(2025, 1, 1)
    hour: int = 10

    @property
    def now(self) -> datetime:
        """The moment of an act: some time of the working day."""
        return datetime.combine(self.today, time(self.hour, self.chance.randrange(60)), ZONE)

    # --- people ---------------------------------------------------------------------

    def settle(self) -> None:
        """Every unit has a head and a handler, every leader a secretary; some are written to by mail."""
        with transaction() as session:
            session.info["unaudited"] = True
            units = session.scalars(select(Unit).order_by(Unit.id).limit(12)).all()
            leaders = session.scalars(select(Leader).order_by(Leader.position).limit(6)).all()
            for place, unit in enumerate(units):
                mail = f"danwei{place}@example.gov.cn" if place < 4 else None
                session.add(an_account(Role.UNIT, unit_id=unit.id, heads_unit=True))
                session.add(an_account(Role.UNIT, unit_id=unit.id, email=mail))
            for leader in leaders:
                session.add(an_account(Role.SECRETARY, serves=[leader]))
            office = session.scalars(select(Account).where(Account.role == Role.OFFICE)).first()
            if office is not None:
                office.email = "bangong@example.gov.cn"
            self.units, self.leaders = [it.id for it in units], [it.id for it in leaders]

    def leader(self, leader_id: int) -> Actor:
        return Actor(2, f"领导{leader_id}", Role.LEADER, leader_ids=frozenset({leader_id}))

    def handler(self, unit_id: int) -> Actor:
        return Actor(31, f"经办{unit_id}", Role.UNIT, unit_id=unit_id)

    def head(self, unit_id: int) -> Actor:
        return Actor(32, f"负责人{unit_id}", Role.UNIT, unit_id=unit_id, heads_unit=True)

    def is_away(self, leader_id: int) -> bool:
        return any(first <= self.today <= last for first, last in self.away.get(leader_id, ()))

    # --- what happens on a day ---------------------------------------------------------

    def receive(self, count: int) -> None:
        """A reception day: so many enterprises are received, each leaves a matter for a slip."""
        with transaction() as session:
            session.info["unaudited"] = True
            leader = session.get_one(Leader, self.chance.choice(self.leaders))
            category = session.get_one(Category, a_category_code(session))
            day = a_reception_day(
                day=self.today,
                state=DayState.CLOSED,
                slots=1,
                seats=max(count, 1),
                turns=[a_turn(leader, post="副区长")],
            )
            for place in range(count):
                class_ = self.chance.choice([None, MatterClass.A, MatterClass.B, MatterClass.C, MatterClass.C])
                matter = a_matter(
                    a_booking(day, an_enterprise(), seat=place, state=BookingState.FINISHED),
                    category,
                    number=f"2025-Y{len(self.kept):04}",
                    state=MatterState.AWAITING_ASSIGNMENT,
                    matter_class=class_,
                    is_petition=self.chance.random() < 0.04,
                    raised_on=self.today,
                )
                session.add(matter)
                session.flush()
                kept = Kept(matter.number, class_.value if class_ else None, matter.is_petition, self.today)
                self.kept[matter.id] = kept
                self.next_on[matter.id] = self.days.on(self.today, self.chance.randint(1, 4))
                if self.chance.random() < 0.06:
                    self.drags.add(matter.id)

    def go_away(self) -> None:
        """A leader is on leave for some days from next week on: nothing of theirs is signed or approved meanwhile."""
        leader_id, first = self.chance.choice(self.leaders), self.days.on(self.today, 5)
        last = self.days.on(first, self.chance.randint(2, 9))
        order = LeaveOrder(leader_id, Span(first, last), "外出学习培训")

        def act(session: Session) -> None:
            leave = leaves.ask_leave(session, order, actor=OFFICE, now=self.now)
            session.flush()
            decision = Decision(approved=True, decided_by="区委办公室")
            leaves.decide_leave(session, leave.id, decision, actor=OFFICE, now=self.now)

        if self.tried("领导请假", act):
            self.away.setdefault(leader_id, []).append((first, last))

    def change_calendar(self, rest: date, work: date) -> None:
        """The government changes a holiday: one more day of rest, and a Saturday on which it is made up."""
        facts = (
            DayFact(rest, DayKind.DAY_OFF, "临时调休", DaySource.IMPORTED),
            DayFact(work, DayKind.MAKE_UP, "临时调休", DaySource.IMPORTED),
        )
        arrangement = Arrangement(self.today.year, facts, f"放假安排调整通知（{rest:%m%d}）")

        def act(session: Session) -> None:
            import_arrangement(session, whole_year(session, arrangement), actor=OFFICE, now=self.now)

        if not self.tried("改放假安排", act):
            self.mistakes.append(f"{self.today} 放假安排没有导入")
            return
        before = Days(dict(self.days.changed))
        self.days.changed |= {rest: False, work: True}
        over = read().scalars(select(Slip.id).where(Slip.state.in_((SlipState.CLOSED, SlipState.RETURNED)))).all()
        self.owed.recount(before, self.days, self.kept, over, self.today)
        running = dict(read().execute(select(Matter.id, Matter.state)).tuples().all())
        for matter_id, kept in self.kept.items():
            if running[matter_id].value in ("assigned", "handling", "objected", "proposed") and kept.recount(
                self.days, self.today
            ):
                self.done["时限随日历调整"] += 1
                if running[matter_id] is MatterState.HANDLING:
                    kept.step = kept.due

    def work(self) -> None:
        """Whoever's turn it is does something about the matters of the day."""
        for self.hour in (10, 14):
            due = [it for it, day in self.next_on.items() if day <= self.today]
            self.chance.shuffle(due)
            for matter_id in due:
                self.next_on[matter_id] = self.days.on(self.today, self.chance.randint(1, 5))
                self.act_on(matter_id)
        self.look_back()

    def act_on(self, matter_id: int) -> None:
        """One act on one matter, in the state it is in."""
        read().rollback()
        state, lead = read().execute(select(Matter.state, Matter.lead_unit_id).where(Matter.id == matter_id)).one()
        if self.chance.random() < 0.03:
            self.meddle(matter_id)
        drags = matter_id in self.drags and state in (MatterState.HANDLING, MatterState.CONFIRMING)
        if drags and self.chance.random() < 0.93:
            return
        act: Callable[..., None] | None = getattr(self, f"_{state.value}", None)
        if act is not None:
            act(matter_id, lead)

    def tried(self, name: str, act: Callable[[Session], Any]) -> bool:
        """Whether an act succeeded; a refusal is counted and changes nothing."""
        try:
            write(act)
        except PortalError:
            self.refused[name] += 1
            return False
        self.done[name] += 1
        return True

    def meddle(self, matter_id: int) -> None:
        """Somebody tries what is not theirs to do, or not now: it must be refused, or be a rightful act."""
        name, act = self.chance.choice(
            [
                ("旁人报送", partial(results.propose_result, given=self._result(), actor=OUTSIDER)),
                ("办公室自批", partial(closing.approve_closing, approved=True, actor=OFFICE)),
                ("督查室审核", partial(closing.review, passed=True, actor=LOOKER)),
                ("别的领导批", partial(closing.approve_closing, approved=True, actor=self.leader(10**6))),
            ]
        )
        if self.tried(f"越权：{name}", lambda session: act(session, matter_id, now=self.now)):
            self.mistakes.append(f"{self.today} {name} 没有被拒绝（事项 {matter_id}）")

    # --- the acts, by state ---------------------------------------------------------------

    def _awaiting_assignment(self, matter_id: int, _lead: int | None) -> None:
        drafted = (
            read()
            .execute(
                select(Slip.id, Slip.due_on)
                .join(SlipMatter, SlipMatter.slip_id == Slip.id)
                .where(SlipMatter.matter_id == matter_id, SlipMatter.ended_at.is_(None), Slip.state == SlipState.DRAFT)
            )
            .first()
        )
        kept, unit_id, official = self.kept[matter_id], self.chance.choice(self.units), self.chance.choice(self.leaders)
        is_stale = drafted is not None and drafted.due_on <= self.today
        by_hand = self.days.on(self.today, 10) if is_stale else None
        helper_id = self.chance.choice([it for it in self.units if it != unit_id])
        helps, in_days = self.chance.random() < 0.35, self.chance.choice([None, 0, 2, 4, 6])
        issued: list[tuple[int, date | None]] = []

        def act(session: Session) -> None:
            if drafted is None:
                slip = slip_drafts.draft_slip(session, [matter_id], actor=OFFICE, now=self.now)
                session.flush()
            else:
                slip = session.get_one(Slip, drafted.id)
            signer, due_on = slip.signer_id, by_hand or slip.due_on
            if signer is None or self.is_away(signer):
                raise _Away
            slips.number_slip(session, slip.id, actor=OFFICE, now=self.now)
            own = self._day_of_help(due_on, in_days) if helps else None
            helpers = (Helper(helper_id, own),) if helps else ()
            issued[:] = [(slip.id, own)]
            order = SlipOrder("请牵头单位抓紧办理，按期反馈。", official, unit_id, helpers, due_on)
            slip_signing.sign_slip(session, slip.id, order, actor=self.leader(signer), now=self.now)
            slips.issue_slip(session, slip.id, actor=OFFICE, now=self.now)

        if self.tried("印发交办单", act):
            kept.assign(self.days, self.drafted.pop(matter_id, self.today))
            if by_hand is not None:
                kept.extend(by_hand)
            kept.step = self.days.on(self.today, RECEIPT)
            ((slip_id, own),) = issued
            if own is not None and kept.due is not None:
                self.owed.helps[slip_id, helper_id] = Help(
                    matter_id, own, kept.due, kept.counted_from, kept.counted_days, kept.due
                )

    def _day_of_help(self, due: date, in_days: int | None) -> date:
        """As the portal proposes it, or so many working days from today; never after the slip's own day."""
        if in_days is None:
            return min(max(self.days.back(due, HELPS_EARLIER), self.days.on(self.today, 1)), due)
        return min(self.days.on(self.today, in_days), due)

    def _assigned(self, matter_id: int, lead: int) -> None:
        if self.chance.random() < 0.02:
            self._withdraw(matter_id)
        elif self.chance.random() < 0.8:
            slip_id = self._slip(matter_id)
            handler = self.handler(lead)
            if self.tried(
                "签收", lambda session: slip_receipts.receive_slip(session, slip_id, actor=handler, now=self.now)
            ):
                self.kept[matter_id].step = self.kept[matter_id].due
                if self.chance.random() < 0.12:
                    self._object(matter_id, lead)

    def _object(self, matter_id: int, lead: int) -> None:
        made = objections.ObjectionMade([ObjectionReason.NOT_OUR_DUTY], "经核对职责清单，此事不属于本单位的职责。")
        handler = self.handler(lead)
        if self.tried("提出退回", lambda s: objections.object_to(s, matter_id, made, actor=handler, now=self.now)):
            self._step(matter_id, "objected")

    def _handling(self, matter_id: int, lead: int) -> None:
        kept, draw, handler = self.kept[matter_id], self.chance.random(), self.handler(lead)
        if self._decide_extension(matter_id):
            return
        if draw < 0.25:
            kind = self.chance.choice([ProgressKind.PROGRESS, ProgressKind.STAGE, ProgressKind.CONTACT])
            told = progress.ProgressTold(kind, WORDS, contacted_on=self.today)
            self.tried("报告进展", lambda s: progress.report_progress(s, matter_id, told, actor=handler, now=self.now))
        elif draw < 0.29:
            self._object(matter_id, lead)
        elif draw < 0.43 and kept.due is not None:
            until = self.days.on(kept.due, self.chance.randint(1, 5))
            why = "涉及上级部门审批，材料还在补正，需要更多时间。"
            self.tried(
                "申请延期", lambda s: extensions.ask_extension(s, matter_id, until, why, actor=handler, now=self.now)
            )
        elif draw < 0.49:
            self._pause(matter_id)
        elif draw < 0.505:
            self._withdraw(matter_id)
        elif draw < 0.92 and self.tried(
            "报送结果", lambda s: results.propose_result(s, matter_id, self._result(), actor=handler, now=self.now)
        ):
            self._step(matter_id, "proposed")

    def _objected(self, matter_id: int, _lead: int) -> None:
        if self.chance.random() < 0.3:
            return
        ruling = self.chance.choice([Ruling.UPHELD, Ruling.DISMISSED])
        told = "经会商，请按裁定办理。"
        if self.tried(
            f"裁定：{ruling.label}",
            lambda s: objections.rule_on_objection(s, matter_id, ruling, told, actor=OFFICE, now=self.now),
        ):
            kept = self.kept[matter_id]
            if ruling is Ruling.UPHELD:
                kept.forget()
            else:
                kept.step = kept.due

    def _suspended(self, matter_id: int, _lead: int) -> None:
        if self.chance.random() < 0.2 or self.winding_down:
            by = (
                OFFICE
                if self._state(matter_id) is MatterState.SUSPENDED
                else self.leader(self._slip_row(matter_id).signer_id)
            )
            if by is not OFFICE and self.is_away(next(iter(by.leader_ids))):
                return
            if self.tried("恢复办理", lambda s: pauses.resume(s, matter_id, "条件已经具备", actor=by, now=self.now)):
                kept = self.kept[matter_id]
                kept.go_on(self.days, self.today)
                kept.step = kept.due

    _long_term = _suspended

    def _proposed(self, matter_id: int, lead: int) -> None:
        draw, head, kept = self.chance.random(), self.head(lead), self.kept[matter_id]
        if draw < 0.7:
            if self.tried("单位审签", lambda s: results.head_signs(s, matter_id, actor=head, now=self.now)):
                self._step(matter_id, "confirming")
        elif draw < 0.8:
            if self.tried(
                "审签退回", lambda s: results.head_sends_back(s, matter_id, "请补充证明材料", actor=head, now=self.now)
            ):
                kept.step = kept.due
        elif draw < 0.85 and self.tried(
            "撤回结果",
            lambda s: results.take_back(s, matter_id, "数字有误", actor=self.handler(lead), now=self.now),
        ):
            kept.step = kept.due

    def _confirming(self, matter_id: int, _lead: int) -> None:
        draw = self.chance.random()
        if draw < 0.2:
            return
        content = draw < 0.8 or self.winding_down
        by = self.chance.choice([OFFICE, Actor.enterprise("示例企业")])
        opinion = result_opinions.Opinion(
            self.chance.choice([Grade.CONTENT, None]) if content else Grade.DISCONTENT,
            Resolved.FULLY if content else Resolved.NOT,
            AskedHow.LINK if by.is_enterprise else AskedHow.PHONE,
            by="企业负责人",
            words="" if content else "款项至今没有到账，问题还在",
        )
        if self.tried(
            "企业意见", lambda s: result_opinions.give_opinion(s, matter_id, opinion, actor=by, now=self.now)
        ):
            (self.owed.discontent.discard if content else self.owed.discontent.add)(matter_id)
            if self._state(matter_id) is MatterState.REVIEWING:
                self._step(matter_id, "reviewing")
            else:
                self._again(matter_id, "企业不认可")

    def _reviewing(self, matter_id: int, _lead: int) -> None:
        passed = self.chance.random() < 0.88 or self.winding_down
        if self.tried(
            "审核通过" if passed else "审核退回",
            lambda s: closing.review(s, matter_id, passed=passed, remark="佐证材料不足", actor=REVIEWER, now=self.now),
        ):
            if passed:
                self._step(matter_id, "approving")
            else:
                self._again(matter_id, "审核")

    def _approving(self, matter_id: int, _lead: int) -> None:
        signer = self._slip_row(matter_id).signer_id
        if self.is_away(signer):
            self.refused["领导外出，销号等候"] += 1
            return
        approved = self.chance.random() < 0.93 or self.winding_down
        if self.tried(
            "批准销号" if approved else "不予销号",
            lambda s: closing.approve_closing(
                s, matter_id, approved=approved, remark="请再到现场核实", actor=self.leader(signer), now=self.now
            ),
        ):
            if approved:
                self.kept[matter_id].step = None
                round_ = read().scalars(select(Matter.round).where(Matter.id == matter_id)).one()
                number, is_discontent = self.kept[matter_id].number, matter_id in self.owed.discontent
                self.owed.closed[matter_id, round_] = Closed(number, self.today, is_discontent)
            else:
                self._again(matter_id, "销号")

    def _closed(self, matter_id: int, _lead: int) -> None:
        self.next_on[matter_id] = self.days.on(self.today, 20)
        if self.winding_down or self.chance.random() > 0.02:
            return
        by = self.leader(self._slip_row(matter_id).signer_id)
        if self.tried(
            "再次批示", lambda s: instruct_anew(s, matter_id, "请举一反三，再作研究。", actor=by, now=self.now)
        ):
            self.kept[matter_id].forget()
            self.drafted[matter_id] = self.today
            self.next_on[matter_id] = self.days.on(self.today, 1)

    # --- parts of acts ----------------------------------------------------------------------

    def _again(self, matter_id: int, why: str) -> None:
        kept = self.kept[matter_id]
        kept.count(self.days, self.today)
        kept.step = kept.due
        self.done[f"重新办理：{why}"] += 1

    def _step(self, matter_id: int, state: str) -> None:
        self.kept[matter_id].step = self.days.on(self.today, OF_STEP[state])

    def _withdraw(self, matter_id: int) -> None:
        if self.tried(
            "企业撤回",
            lambda s: withdrawals.withdraw_matter(s, matter_id, "企业书面撤回诉求", actor=OFFICE, now=self.now),
        ):
            self.kept[matter_id].step = None

    def _pause(self, matter_id: int) -> None:
        kind = self.chance.choice([PauseKind.SUSPENSION, PauseKind.LONG_TERM])
        by = OFFICE if kind is PauseKind.SUSPENSION else self.leader(self._slip_row(matter_id).signer_id)
        review_on = self.days.on(self.today, self.chance.randint(5, 40))
        kept, why = self.kept[matter_id], "等候上级部门批复，批复下达前无法继续办理。"
        if self.tried(kind.label, lambda s: pauses.pause(s, matter_id, kind, why, review_on, actor=by, now=self.now)):
            kept.stop(self.days, self.today)
            kept.step = review_on

    def _decide_extension(self, matter_id: int) -> bool:
        waiting = read().scalar(
            select(Extension.until_on).where(Extension.matter_id == matter_id, Extension.state == "asked")
        )
        if waiting is None or self.chance.random() < 0.3:
            return False
        kept = self.kept[matter_id]
        signer = self._slip_row(matter_id).signer_id
        by = self.leader(signer) if kept.matter_class == "A" else OFFICE
        if by is not OFFICE and self.is_away(signer):
            return False
        grant = self.chance.random() < 0.8
        done = self.tried(
            "同意延期" if grant else "不同意延期",
            lambda s: extensions.decide_extension(
                s, matter_id, grant=grant, remark="请按期办结", actor=by, now=self.now
            ),
        )
        if done and grant:
            kept.extend(waiting)
            kept.step = kept.due
        return done

    def look_back(self) -> None:
        """Who did not handle it looks at what was closed again."""
        read().rollback()
        waiting = (
            read()
            .scalars(
                select(LookBack.id)
                .where(LookBack.done_on.is_(None), LookBack.planned_on <= self.today)
                .order_by(LookBack.id)
            )
            .all()
        )
        for look_back_id in waiting:
            if self.chance.random() < 0.5 and not self.winding_down:
                continue
            finding = self.chance.choices(
                [Finding.HOLDS, Finding.PARTLY, Finding.NOT_DONE, Finding.FAKE], [14, 3, 2, 1]
            )[0]
            if self.winding_down:
                finding = Finding.HOLDS
            found = look_backs.Found(finding, "到企业现场查看，与负责人当面核对了办理情况。", self.today, "企业负责人")
            matter_id, round_, why = read().execute(
                select(LookBack.matter_id, LookBack.round, LookBack.why).where(LookBack.id == look_back_id)
            ).one()  # fmt: skip
            was_closed = self._state(matter_id) is MatterState.CLOSED
            if self.tried(
                f"回头看：{finding.label}",
                lambda s, it=look_back_id, found=found: look_backs.record_look_back(
                    s, it, found, actor=LOOKER, now=self.now
                ),
            ):
                self.owed.look_backs[matter_id, round_, why.value].is_done = True
                if finding.reopens and was_closed:
                    self._again(matter_id, "回头看")

    def _state(self, matter_id: int) -> MatterState:
        read().rollback()
        return read().scalars(select(Matter.state).where(Matter.id == matter_id)).one()

    def _slip(self, matter_id: int) -> int:
        return int(self._slip_row(matter_id).id)

    def _slip_row(self, matter_id: int) -> Any:
        return (
            read()
            .execute(
                select(Slip.id, Slip.signer_id)
                .join(SlipMatter, SlipMatter.slip_id == Slip.id)
                .where(SlipMatter.matter_id == matter_id, SlipMatter.ended_at.is_(None))
                .order_by(Slip.id.desc())
                .limit(1)
            )
            .one()
        )

    def _result(self) -> results.ResultProposed:
        code = self.chance.choices(list(ResultCode), [10, 3, 1, 1, 2, 1])[0]
        return results.ResultProposed(
            code,
            WORDS,
            basis="《示例区促进民营经济发展若干措施》第三条",
            answered_how=AnsweredHow.NOT_YET,
            files=(EVIDENCE,),
        )


class _Away(PortalError):
    """The leader is on leave: the slip waits."""

    def __init__(self) -> None:
        super().__init__("领导请假，待签。")


__all__ = ["EVENING", "MORNING", "ONE", "Play"]
