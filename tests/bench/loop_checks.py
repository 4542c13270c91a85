"""What must hold when the year is over, each found out from the records and told with the first few that do not hold."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, select

from portal.domain.messages import Channel, MessageState
from portal.domain.people import Role
from portal.store.audit_trail import verify
from portal.store.extension import read
from portal.store.models.handling import Closing, Pause, Progress
from portal.store.models.matters import Matter
from portal.store.models.messages import Message
from portal.store.models.people import Account, AccountLeader
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter, SlipReceipt
from portal.store.queries.overdue import is_late, start_of
from tests.bench.loop_days import Open, contact_key, handling_keys, step_keys
from tests.bench.loop_owed import Whom
from tests.bench.loop_play import Play
from tests.bench.loop_told import COUNTED as COUNTED_BESIDE
from tests.bench.loop_told import STEPS as STEPS_BESIDE
from tests.bench.loop_told import out_of_order, records_agree, serials, told_today

TERMINAL = frozenset({"settled", "refused", "closed", "withdrawn"})
PAUSED = frozenset({"suspended", "long_term"})
SENT = ("issued", "received")
STEPS = ("objected", "proposed", "confirming", "reviewing", "approving", "suspended", "long_term")
COUNTED = (
    "contact-due", "contact-over", "matter-half", "matter-due", "matter-over", "matter-official", "receipt-due", "receipt-overdue",
    *(f"{when}:{step}" for when in ("step-due", "step-over") for step in STEPS),
    *COUNTED_BESIDE, *(f"{when}:{step}" for when in ("step-due", "step-over", "step-late") for step in STEPS_BESIDE),
)  # fmt: skip
SHOWN = 5


class Reminded:
    """Who must have been told what: gathered round by round, counted a second time from plain records."""

    def __init__(self) -> None:
        self.wanted: set[tuple[str, int]] = set()
        self.of_unit: dict[int, set[int]] = defaultdict(set)
        self.heads: dict[int, set[int]] = defaultdict(set)
        self.of_leader: dict[int, set[int]] = defaultdict(set)
        rows = read().execute(
            select(Account.id, Account.role, Account.unit_id, Account.heads_unit, AccountLeader.leader_id).outerjoin(
                AccountLeader, AccountLeader.account_id == Account.id
            )
        )
        self.office: set[int] = set()
        self.supervisors: set[int] = set()
        for account_id, role, unit_id, heads, leader_id in rows:
            if role is Role.OFFICE:
                self.office.add(account_id)
            if role is Role.SUPERVISOR:
                self.supervisors.add(account_id)
            if unit_id is not None:
                self.of_unit[unit_id].add(account_id)
            if unit_id is not None and heads:
                self.heads[unit_id].add(account_id)
            if leader_id is not None:
                self.of_leader[leader_id].add(account_id)

    def note(self, play: Play, today: date) -> None:
        """What a round on this day must tell, told before or not."""
        for it in _open():
            kept = play.kept[it.matter_id]
            for key, whom in [*handling_keys(play.days, it, kept, today), *step_keys(play.days, it, kept, today)]:
                self.wanted |= {(key, account) for account in self._accounts(it, whom)}
        for unit_id, due_on, issued in _receipts():
            if issued.date() >= today:
                continue
            if play.days.first(today) > due_on:
                self.wanted |= {(f"receipt-overdue:{unit_id}:{due_on}", it) for it in self.of_unit[unit_id]}
            elif play.days.back(due_on, 1) <= today:
                self.wanted |= {(f"receipt-due:{unit_id}:{due_on}", it) for it in self.of_unit[unit_id]}
        for unit_id, signed, reception, petition in _contacts():
            found = contact_key(play.days, unit_id, signed, reception, today, petition=petition)
            if found:
                self.wanted |= {(found, it) for it in self.of_unit[unit_id]}
        for key, whoever in told_today(play, today):
            self.wanted |= {(key, account) for whom in whoever for account in self._beside(whom)}

    def _beside(self, whom: Whom) -> set[int]:
        kind, id_ = whom
        return {
            "unit": self.of_unit[id_],
            "leader": self.of_leader[id_],
            "account": {id_},
            "office": self.office,
            "supervisor": self.supervisors,
        }[kind]

    def _accounts(self, it: Open, whom: str) -> set[int]:
        leaders = self.of_leader[it.signer_id] | self.of_leader[it.official_id]
        return {
            "unit": self.of_unit[it.unit_id],
            "heads": self.heads[it.unit_id],
            "official": self.of_leader[it.official_id],
            "office": self.office,
            "leaders": leaders,
            "leaders+office": leaders | self.office,
        }[whom]

    def wrong(self) -> list[str]:
        """Reminders that were not told, or told without need."""
        told = {
            (key, account)
            for key, account in read().execute(
                select(Message.key, Message.account_id).where(Message.channel == Channel.IN_APP)
            )
            if _is_counted(key)
        }
        lacking = _first("应提醒而没有提醒", sorted(self.wanted - told))
        return lacking + _first("不应提醒而提醒了", sorted(told - self.wanted))


def _is_counted(key: str) -> bool:
    kind, _, rest = key.partition(":")
    return kind in COUNTED or f"{kind}:{rest.partition(':')[0]}" in COUNTED


def _open() -> list[Open]:
    rows = read().execute(
        select(
            Matter.id, Matter.state, Matter.lead_unit_id, Slip.issued_at, Matter.state_since, Slip.lead_official_id,
            Slip.signer_id,
        )
        .join(SlipMatter, SlipMatter.matter_id == Matter.id)
        .join(Slip, Slip.id == SlipMatter.slip_id)
        .where(SlipMatter.ended_at.is_(None), Slip.state.in_(SENT))
        .order_by(Slip.id)
    )  # fmt: skip
    return [
        Open(id_, state.value, unit, issued.date(), (since or issued).date(), official, signer)
        for id_, state, unit, issued, since, official, signer in rows
    ]


def _receipts() -> list[tuple[int, date, datetime]]:
    signed = set(read().execute(select(SlipReceipt.slip_id, SlipReceipt.unit_id)).tuples())
    lead = select(Slip.id, Slip.lead_unit_id, Slip.receipt_due_on, Slip.issued_at).where(Slip.state.in_(SENT))
    helping = lead.with_only_columns(Slip.id, AssistingUnit.unit_id, Slip.receipt_due_on, Slip.issued_at).join(
        AssistingUnit, AssistingUnit.slip_id == Slip.id
    )
    rows = [row[1:] for which in (lead, helping) for row in read().execute(which) if tuple(row[:2]) not in signed]
    return [(unit, due, issued) for unit, due, issued in rows if due is not None]


def _contacts() -> list[tuple[int, date, date, bool]]:
    """Units that have not spoken with the enterprise of a matter in hand: signed for on, received on, as a petition."""
    spoken = select(Progress.id).where(
        Progress.matter_id == Matter.id, Progress.unit_id == Matter.lead_unit_id, Progress.kind == "contact"
    )
    rows = read().execute(
        select(Matter.lead_unit_id, SlipReceipt.received_at, Matter.raised_on, Matter.is_petition)
        .join(SlipMatter, (SlipMatter.matter_id == Matter.id) & SlipMatter.ended_at.is_(None))
        .join(Slip, (Slip.id == SlipMatter.slip_id) & (Slip.lead_unit_id == Matter.lead_unit_id))
        .join(SlipReceipt, (SlipReceipt.slip_id == Slip.id) & (SlipReceipt.unit_id == Slip.lead_unit_id))
        .where(Matter.state == "handling", Slip.state.in_((*SENT, "closed")), ~spoken.exists())
    )
    return [(unit, at.date(), day, petition) for unit, at, day, petition in rows]


def deadlines(play: Play, when: object) -> list[str]:
    """Every last day is what the second counting says."""
    rows = read().execute(select(Matter.id, Matter.due_on, Matter.state, Matter.step_due_on))
    wrong = []
    for id_, due, state, step in rows:
        kept = play.kept[id_]
        if due != kept.due:
            wrong.append(f"{kept.number} {state.value} 时限 {due}，独立计算 {kept.due}")
        if state.value not in TERMINAL and state.value != "awaiting_assignment" and step != kept.step:
            wrong.append(f"{kept.number} {state.value} 下一步时限 {step}，独立计算 {kept.step}")
    return _first(f"{when} 时限不符", wrong)


def states(today: date) -> tuple[dict[str, int], list[str]]:
    """Every matter has ended, or the list of what is late names it, or it is paused until a day; nothing lies unseen."""
    late = set(read().scalars(select(Matter.id).where(is_late(start_of(today)))))
    paused = set(read().scalars(select(Pause.matter_id).where(Pause.ended_at.is_(None), Pause.review_on.is_not(None))))
    found: dict[str, int] = defaultdict(int)
    lost = []
    for id_, number, state in read().execute(select(Matter.id, Matter.number, Matter.state)):
        if state.value in TERMINAL:
            found[state.label] += 1
        elif state.value in PAUSED and id_ in paused:
            found[f"{state.label}，有复核日期"] += 1
        elif id_ in late:
            found[f"{state.label}，显示逾期"] += 1
        else:
            lost.append(f"{number} {state.label}")
    return dict(found), _first("既未办结、又不显示逾期、也不在停办", lost)


def closings() -> list[str]:
    """No matter is closed without a round in which everybody has spoken."""
    whole = select(Closing.matter_id, Closing.round).where(
        Closing.ended_at.is_(None),
        Closing.head_at.is_not(None),
        Closing.opinion_at.is_not(None),
        Closing.reviewed_at.is_not(None),
        Closing.approved_at.is_not(None),
        Closing.approved_by != Closing.reviewed_by,
        Closing.approved_by != Closing.proposed_by,
    )
    have = {tuple(row) for row in read().execute(whole)}
    closed = read().execute(select(Matter.id, Matter.round, Matter.number).where(Matter.state == "closed"))
    return _first("没有完整的销号程序", [number for id_, round_, number in closed if (id_, round_) not in have])


def slips_in_step() -> list[str]:
    """A slip is closed exactly when all that stands on it has ended, returned when nothing stands on it."""
    standing: dict[int, list[str]] = defaultdict(list)
    for slip_id, state in read().execute(
        select(SlipMatter.slip_id, Matter.state)
        .join(Matter, Matter.id == SlipMatter.matter_id)
        .where(SlipMatter.ended_at.is_(None))
    ):
        standing[slip_id].append(state.value)
    wrong = []
    for slip_id, number, state in read().execute(
        select(Slip.id, Slip.number, Slip.state).where(Slip.state.in_((*SENT, "closed", "returned")))
    ):
        over = bool(standing[slip_id]) and all(it in TERMINAL for it in standing[slip_id])
        should = {"closed"} if over else {"returned", "closed"} if not standing[slip_id] else set(SENT)
        if state.value not in should:
            wrong.append(f"{number} {state.value}：{standing[slip_id]}")
    return _first("交办单与事项不一致", wrong)


def doubles() -> list[str]:
    """Nothing was told twice over one channel to one account."""
    many = (
        select(Message.key, Message.account_id, Message.channel)
        .where(Message.account_id.is_not(None))
        .group_by(Message.key, Message.account_id, Message.channel)
        .having(func.count() > 1)
    )
    return _first("重复提醒", [f"{key} {account}" for key, account, _ in read().execute(many)])


def beside(play: Play) -> list[str]:
    """What is owed beside the clocks stands in the records as it was counted, and papers came in order and without gaps."""
    wrong = [line for what, found in records_agree(play).items() for line in _first(f"{what}不符", found)]
    return [*wrong, *_first("越级督办", out_of_order()), *_first("文号不连续", serials())]


def at_night() -> list[str]:
    """Nothing went out at night or on a rest day."""
    rows = read().execute(
        select(Message.key, Message.sent_at).where(Message.channel == Channel.MAIL, Message.sent_at.is_not(None))
    )
    return _first("夜间发出", [f"{key} {at}" for key, at in rows if not 7 <= at.hour < 20])


def mails_left() -> int:
    """Mails that wait although everything is over."""
    waiting = select(func.count()).where(Message.channel == Channel.MAIL, Message.state == MessageState.WAITING)
    return read().scalar(waiting) or 0


def audit() -> tuple[int, list[str]]:
    """The chain is whole."""
    lines, broken = verify(read())
    return lines, [f"审计链：{broken.why}"] if broken else []


def _first(what: str, found: Iterable[object]) -> list[str]:
    listed = list(found)
    return [f"{what} {len(listed)} 处：" + "；".join(map(str, listed[:SHOWN]))] if listed else []
