"""Those who chase, help and ask again in a rehearsed year: each act is tried, and refused exactly when the rules on paper say so."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.chasing import EscalatedTo, MeasureKind
from portal.domain.paper_kinds import PaperKind, UrgingColour
from portal.domain.people import Actor, Role
from portal.domain.progress import ProgressKind
from portal.domain.results import AskedHow, Grade, Resolved
from portal.domain.urging import DirectGround
from portal.services import call_backs, escalations, look_backs, measures, paper_replies, progress, slip_receipts
from portal.services import slip_papers as papers
from portal.store.extension import read
from portal.store.models.handling import LookBack
from portal.store.models.matters import Matter
from portal.store.models.people import Account
from portal.store.models.slips import Slip, SlipMatter, SlipReceipt
from tests.bench.loop_owed import CALLS, OFFICE, REPLY_DAYS, SUPERVISOR, Asked, LookedAt, Paper, Whom, in_order
from tests.bench.loop_play import LOOKER, WORDS, Play
from tests.bench.loop_play import OFFICE as FEDERATION

WITH_THE_UNITS = frozenset({"assigned", "handling", "objected", "proposed", "confirming", "reviewing", "approving"})
CAN_ANSWER = frozenset({"handling", "suspended", "long_term"})
ON_ITS_WAY = WITH_THE_UNITS | CAN_ANSWER
CHASED, ASKED_AGAIN = 0.35, 0.5
"""How likely a late matter is chased, and a closed one asked about, on a working day."""

URGING = (None, UrgingColour.BLUE, UrgingColour.YELLOW, UrgingColour.RED)


@dataclass(frozen=True)
class Place:
    """A matter on the slip that carries it, as the records stand."""

    matter_id: int
    state: str
    round: int
    slip_id: int
    unit_id: int
    signer_id: int


@dataclass
class Chase:
    """What is done beside the course of matters; `expected` says of every act beforehand whether it can be."""

    play: Play

    def work(self) -> None:
        """What happens on a working day."""
        self.play.hour = 15
        standing = _standing()
        for it in standing:
            kept = self.play.kept[it.matter_id]
            is_late = kept.due is not None and kept.due < self.play.today and it.state in WITH_THE_UNITS
            if self._likely(CHASED if is_late else 0.004):
                self._chase(it)
        self._answer_papers()
        self._end_what_waits({it.matter_id: it.state for it in standing})
        for it in standing:
            self._help(it)
            if it.state == "closed" and self._likely(ASKED_AGAIN):
                self._call(it)
            if it.state == "closed" and self._likely(0.01):
                self._order_look_back(it)
        self._name_who_looks()

    def _likely(self, chance: float) -> bool:
        return self.play.chance.random() < chance

    def _try(self, name: str, act: Callable[[Session], Any], *, expected: bool) -> Any:
        """What the act gave; None when it was refused. Whether it is refused must be what was expected."""
        given: list[Any] = []

        def kept(session: Session) -> None:
            result = act(session)
            session.flush()
            given[:] = [getattr(result, "id", getattr(result, "paper_id", None)), result]

        done = self.play.tried(name, kept)
        if done is not expected:
            self.play.mistakes.append(f"{self.play.today} {name} {'没有被拒绝' if done else '被拒绝'}")
        return given[0] if done else None

    # --- urging ---------------------------------------------------------------------

    def _chase(self, it: Place) -> None:
        draw = self.play.chance.random()
        if draw < 0.78:
            self._urge(it)
        elif draw < 0.9:
            self._measure(it)
        else:
            self._escalate(it)

    def _urge(self, it: Place) -> None:
        play = self.play
        colour = play.chance.choice(URGING)
        kind, actor = (PaperKind.SUPERVISION, LOOKER) if colour else (PaperKind.REMINDER, FEDERATION)
        directly = colour is not None and self._likely(0.05)
        earlier = [of for of in play.owed.papers.values() if (of.slip_id, of.unit_id) == (it.slip_id, it.unit_id)]
        reply_by = play.days.on(play.today, REPLY_DAYS[kind.value])
        shade = colour.value if colour else None
        again = any((of.made_on, of.colour, of.is_void) == (play.today, shade, False) for of in earlier)
        allowed = in_order(play.days, earlier, shade, play.today) or (directly and not again)

        def act(session: Session) -> Any:
            order = papers.proposed_order(
                session, it.slip_id, kind, colour=colour, unit_id=it.unit_id, actor=actor, now=play.now
            )
            if order.reply_by != reply_by:
                play.mistakes.append(f"{play.today} 回复时限 {order.reply_by}，独立计算 {reply_by}")
            if directly:
                order = replace(order, ground=DirectGround.URGENT, why_direct="企业资金链紧张，情况紧急。")
            return papers.make_paper(session, it.slip_id, order, actor=actor, now=play.now)

        name = f"{colour.label if colour else ''}{kind.label}{'（直接发出）' if directly else ''}"
        made = self._try(name, act, expected=allowed and it.state in WITH_THE_UNITS)
        if made is not None:
            play.owed.papers[made] = Paper(kind.value, it.slip_id, it.unit_id, shade, play.today, reply_by)

    def _measure(self, it: Place) -> None:
        play = self.play
        kind = play.chance.choice(list(MeasureKind))
        ground = DirectGround.GRAVE if self._likely(0.15) else None
        due_on = play.days.on(play.today, play.chance.randint(3, 10))
        order = measures.MeasureOrder(kind, it.unit_id, "多次督办仍未办结，责令限期整改。", due_on, ground)
        red = any(
            of.colour == "red" and not of.is_void and of.has_failed(play.today)
            for of in play.owed.papers.values()
            if (of.slip_id, of.unit_id) == (it.slip_id, it.unit_id)
        )
        what = (kind.value, it.unit_id)
        stands = any(
            (of.matter_id, of.what, of.is_over) == (it.matter_id, what, False) for of in play.owed.measures.values()
        )
        expected = (red or ground is not None) and not stands and it.state in WITH_THE_UNITS
        made = self._try(
            kind.label,
            lambda session: measures.take_measure(session, it.matter_id, order, actor=LOOKER, now=play.now),
            expected=expected,
        )
        if made is not None:
            play.owed.measures[made] = Asked("measure", it.matter_id, what, due_on, play.today, SUPERVISOR)

    def _escalate(self, it: Place) -> None:
        play = self.play
        to = play.chance.choice([EscalatedTo.SIGNER, EscalatedTo.UPPER_LEVEL])
        to_signer = to is EscalatedTo.SIGNER
        answer_by = play.days.on(play.today, play.chance.randint(2, 6))
        order = escalations.EscalationOrder(
            to, "单位之间职责不清，办理停滞，请协调推动。", answer_by, organ="" if to_signer else "市工商业联合会"
        )
        what = (to.value, it.signer_id if to_signer else 0)
        waits = any(
            (of.matter_id, of.what, of.is_over) == (it.matter_id, what, False) for of in play.owed.escalations.values()
        )
        made = self._try(
            f"上报{to.label}",
            lambda session: escalations.escalate(session, it.matter_id, order, actor=FEDERATION, now=play.now),
            expected=not waits and it.state in ON_ITS_WAY,
        )
        if made is not None:
            whom: Whom = ("leader", it.signer_id) if to_signer else OFFICE
            play.owed.escalations[made] = Asked("escalation", it.matter_id, what, answer_by, play.today, whom)

    # --- what comes back --------------------------------------------------------------

    def _answer_papers(self) -> None:
        play = self.play
        for paper_id, paper in play.owed.papers.items():
            if paper.is_void:
                continue
            sender = LOOKER if paper.colour else FEDERATION
            if paper.replied_on is None:
                if self._likely(0.16):
                    self._answer(paper_id, paper)
                elif self._likely(0.01) and self._try(
                    "作废文书",
                    partial(papers.void_paper, paper_id=paper_id, reason="文号有误", actor=sender, now=play.now),
                    expected=True,
                ):
                    paper.is_void = True
            elif self._likely(0.004):
                self._answer(paper_id, paper)
            elif not paper.is_poor and paper.replied_on >= play.days.back(play.today, 2) and self._likely(0.15):
                done = self._try(
                    "回复不到位",
                    partial(
                        paper_replies.find_reply_poor, paper_id=paper_id, why="没有说明进度", actor=sender, now=play.now
                    ),
                    expected=True,
                )
                paper.is_poor = done is not None

    def _answer(self, paper_id: int, paper: Paper) -> None:
        """By the unit itself, or keyed in by the office from an answer on paper that came on an earlier day."""
        play, keyed = self.play, self._likely(0.3)
        promised = play.days.on(play.today, play.chance.randint(1, 8)) if self._likely(0.5) else None
        on = max(paper.made_on, play.days.back(play.today, 1)) if keyed else None
        reply = paper_replies.Reply(WORDS, promised, by="经办人" if keyed else "", on=on)
        actor = FEDERATION if keyed else play.handler(paper.unit_id)
        done = self._try(
            "登记纸面回复" if keyed else "回复文书",
            partial(paper_replies.answer_paper, paper_id=paper_id, reply=reply, actor=actor, now=play.now),
            expected=paper.replied_on is None,
        )
        if done is not None:
            paper.replied_on, paper.promised_on = on or play.today, promised

    def _end_what_waits(self, states: dict[int, str]) -> None:
        play = self.play
        for asked, end, name in (
            (play.owed.measures, self._end_measure, "结束措施"),
            (play.owed.escalations, self._answer_escalation, "答复上报"),
        ):
            for made, it in asked.items():
                is_idle = states.get(it.matter_id) not in ON_ITS_WAY
                if not it.is_over and self._likely(0.3 if is_idle else 0.08):
                    it.is_over = self._try(name, partial(end, made), expected=True) is not None

    def _end_measure(self, made: int, session: Session) -> Any:
        return measures.end_measure(session, made, "单位已整改，事项加快办理。", actor=LOOKER, now=self.play.now)

    def _answer_escalation(self, made: int, session: Session) -> Any:
        return escalations.answer_escalation(
            session, made, "请牵头单位一周内拿出方案。", by="值班领导", actor=FEDERATION, now=self.play.now
        )

    # --- those who help -------------------------------------------------------------------

    def _help(self, it: Place) -> None:
        play = self.play
        for (slip_id, unit_id), help_ in play.owed.helps.items():
            if slip_id != it.slip_id or help_.matter_id != it.matter_id or help_.has_answered:
                continue
            helper = Actor(41, f"配合{unit_id}", Role.UNIT, unit_id=unit_id)
            signed = select(SlipReceipt.slip_id).where(SlipReceipt.slip_id == slip_id, SlipReceipt.unit_id == unit_id)
            if it.state in ON_ITS_WAY and self._likely(0.5) and read().scalar(signed) is None:
                self._try(
                    "配合单位签收",
                    partial(slip_receipts.receive_slip, slip_id=slip_id, actor=helper, now=play.now),
                    expected=True,
                )
            if self._likely(0.12 if it.state in CAN_ANSWER else 0.01):
                told = progress.ProgressTold(ProgressKind.ANSWER, WORDS)
                done = self._try(
                    "配合单位答复",
                    partial(progress.report_progress, matter_id=it.matter_id, told=told, actor=helper, now=play.now),
                    expected=it.state in CAN_ANSWER,
                )
                help_.has_answered = done is not None

    # --- after the end --------------------------------------------------------------------

    def _call(self, it: Place) -> None:
        play = self.play
        closed = play.owed.closed[it.matter_id, it.round]
        if (closed.is_rated or closed.calls >= CALLS) and self._likely(0.98):
            return
        draw = play.chance.random()
        if draw < 0.35:
            called = call_backs.Called(AskedHow.PHONE, told="两次拨打无人接听")
        elif draw < 0.92:
            called = call_backs.Called(AskedHow.PHONE, Grade.CONTENT, Resolved.FULLY, by="企业负责人")
        else:
            called = call_backs.Called(
                AskedHow.ON_SITE, Grade.DISCONTENT, Resolved.PARTLY, told="补贴只到账一部分", by="企业负责人"
            )
        done = self._try(
            "回访企业" if called.grade else "回访未联系上",
            partial(call_backs.record_call_back, matter_id=it.matter_id, called=called, actor=FEDERATION, now=play.now),
            expected=not closed.is_rated and closed.calls < CALLS,
        )
        if done is None:
            return
        closed.calls, closed.is_rated = closed.calls + 1, called.grade is not None
        if called.is_discontent:
            play.owed.look_at_once(it.matter_id, it.round, play.today)

    def _order_look_back(self, it: Place) -> None:
        play = self.play
        on = play.days.on(play.today, play.chance.randint(1, 10))
        known = play.owed.looks_at(it.matter_id, it.round)
        key = (it.matter_id, it.round, "ordered")
        done = self._try(
            "指定回头看",
            partial(look_backs.order_look_back, matter_id=it.matter_id, planned_on=on, actor=LOOKER, now=play.now),
            expected=all(of.is_done for of in known) and key not in play.owed.look_backs,
        )
        if done is not None:
            play.owed.look_backs[key] = LookedAt(on)

    def _name_who_looks(self) -> None:
        waiting = select(LookBack.id).where(LookBack.done_on.is_(None), LookBack.assignee_id.is_(None))
        supervisor = select(Account.id).where(Account.role == Role.SUPERVISOR).order_by(Account.id)
        account_id = read().scalars(supervisor).first()
        for look_back_id in read().scalars(waiting.order_by(LookBack.id)).all():
            if account_id is not None and self._likely(0.02):
                self._try(
                    "指派回头看",
                    partial(
                        look_backs.assign_look_back, look_back_id=look_back_id, account_id=account_id,
                        actor=FEDERATION, now=self.play.now,
                    ),
                    expected=True,
                )  # fmt: skip


def _standing() -> list[Place]:
    """Every matter that was given to a unit, on the latest slip that carries it."""
    read().rollback()
    rows = read().execute(
        select(Matter.id, Matter.state, Matter.round, Slip.id, Slip.lead_unit_id, Slip.signer_id)
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.ended_at.is_(None), Slip.issued_at.is_not(None))
        .order_by(Matter.id, Slip.id)
    )
    found = {row[0]: Place(row[0], row[1].value, *row[2:]) for row in rows}
    read().rollback()
    return list(found.values())
