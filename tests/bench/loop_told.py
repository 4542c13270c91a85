"""What a round must tell of everything owed beside the clocks, and whether the records agree when the year is over."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from portal.store.extension import read
from portal.store.models.chasing import Escalation, Measure
from portal.store.models.handling import Extension, LookBack, PaperReply
from portal.store.models.matters import Matter
from portal.store.models.papers import SlipPaper
from portal.store.models.slips import AssistingUnit, Slip, SlipMatter
from portal.store.models.voices import CallBack
from tests.bench.loop_days import OF_STEP
from tests.bench.loop_owed import BEFORE, CALL_BACK, OFFICE, Told, Whom, told_of_help, told_of_step
from tests.bench.loop_play import Play

SENT = ("issued", "received")
COUNTED = ("helper-due", "helper-over")
STEPS = ("reminder", "supervision", "extension", "call_back", "look_back", "measure", "escalation")
CALLED_BACK_WITHIN = timedelta(days=60)


def told_today(play: Play, today: date) -> Iterator[Told]:
    """Every key a round on this day must tell of, told before or not; then what it puts on the list of look-backs."""
    sent = {
        slip_id: (state, issued.date(), official)
        for slip_id, state, issued, official in read().execute(
            select(Slip.id, Matter.state, Slip.issued_at, Slip.lead_official_id)
            .join(SlipMatter, SlipMatter.slip_id == Slip.id)
            .join(Matter, Matter.id == SlipMatter.matter_id)
            .where(SlipMatter.ended_at.is_(None), Slip.state.in_(SENT))
        )
    }
    for paper_id, paper in play.owed.papers.items():
        if not paper.is_void and paper.replied_on is None and paper.slip_id in sent:
            unit: tuple[Whom, ...] = (("unit", paper.unit_id),)
            yield from told_of_step(play.days, paper.kind, paper_id, paper.reply_by, paper.made_on, today, unit)
    for (slip_id, unit_id), it in play.owed.helps.items():
        if not it.has_answered and slip_id in sent and sent[slip_id][0].value in ("assigned", "handling"):
            yield from told_of_help(play.days, slip_id, unit_id, it.due_on, sent[slip_id][1], today)
    for waiting in (play.owed.measures, play.owed.escalations):
        for made, asked in waiting.items():
            if not asked.is_over:
                owes = (asked.whom,)
                yield from told_of_step(play.days, asked.kind, made, asked.due_on, asked.since, today, owes)
    yield from _extensions(play, today)
    yield from _call_backs(play, today)
    yield from _look_backs(play, today)
    play.owed.list_due(play.days, _closed(), today)


def _closed() -> dict[int, int]:
    return dict(read().execute(select(Matter.id, Matter.round).where(Matter.state == "closed")).tuples().all())


def _extensions(play: Play, today: date) -> Iterator[Told]:
    rows = read().execute(
        select(Extension.id, Extension.asked_at, Extension.before_on, Extension.matter_id, Slip.signer_id,
               Slip.lead_official_id)
        .join(Slip, Slip.id == Extension.slip_id)
        .where(Extension.state == "asked")
    )  # fmt: skip
    for extension_id, asked_at, before_on, matter_id, signer, official in rows:
        leaders: tuple[Whom, ...] = (("leader", signer), ("leader", official))
        owes = leaders if play.kept[matter_id].matter_class == "A" else (OFFICE,)
        asked = asked_at.date()
        due = min(play.days.on(asked, OF_STEP["objected"]), before_on)
        yield from told_of_step(play.days, "extension", extension_id, due, asked, today, owes)


def _call_backs(play: Play, today: date) -> Iterator[Told]:
    together: dict[date, list[date]] = defaultdict(list)
    for matter_id, round_ in _closed().items():
        it = play.owed.closed[matter_id, round_]
        if not it.calls and it.closed_on > today - CALLED_BACK_WITHIN:
            together[play.days.on(it.closed_on, CALL_BACK)].append(it.closed_on)
    for due, closed in together.items():
        yield from told_of_step(play.days, "call_back", due, due, min(closed), today, (OFFICE,))


def _look_backs(play: Play, today: date) -> Iterator[Told]:
    rows = read().execute(
        select(LookBack.id, LookBack.matter_id, LookBack.round, LookBack.why, LookBack.assignee_id).where(
            LookBack.done_on.is_(None)
        )
    )
    for id_, matter_id, round_, why, assignee in rows:
        it = play.owed.look_backs.get((matter_id, round_, why.value))
        if it is not None:
            owes: tuple[Whom, ...] = (("account", assignee),) if assignee is not None else (OFFICE,)
            yield from told_of_step(play.days, "look_back", id_, it.planned_on, date.min, today, owes)


def records_agree(play: Play) -> dict[str, Sequence[object]]:
    """What the records have otherwise than it was counted: helpers' days, papers, calls, look-backs, measures."""
    owed = play.owed
    helps = {
        (slip_id, unit_id): (due_on, answered is not None)
        for slip_id, unit_id, due_on, answered in read().execute(
            select(AssistingUnit.slip_id, AssistingUnit.unit_id, AssistingUnit.due_on, AssistingUnit.answered_at)
        )
    }
    papers = {
        paper_id: (kind.value, reply_by, at.date() if at else None, promised, poor is not None, void is not None)
        for paper_id, kind, reply_by, at, promised, poor, void in read().execute(
            select(SlipPaper.id, SlipPaper.kind, SlipPaper.reply_by, PaperReply.at, PaperReply.promised_on,
                   PaperReply.poor_at, SlipPaper.void_at)
            .outerjoin(PaperReply, PaperReply.paper_id == SlipPaper.id)
        )
    }  # fmt: skip
    calls = {
        (matter_id, round_): (number, rated)
        for matter_id, round_, number, rated in read().execute(
            select(CallBack.matter_id, CallBack.round, func.count(), func.count(CallBack.grade)).group_by(
                CallBack.matter_id, CallBack.round
            )
        )
    }
    look_backs = {
        (matter_id, round_, why.value): (planned_on, done is not None)
        for matter_id, round_, why, planned_on, done in read().execute(
            select(LookBack.matter_id, LookBack.round, LookBack.why, LookBack.planned_on, LookBack.done_on)
        )
    }
    return {
        "配合单位": _unlike(helps, {key: (it.due_on, it.has_answered) for key, it in owed.helps.items()}),
        "催办督办文书": _unlike(
            papers,
            {
                key: (it.kind, it.reply_by, it.replied_on, it.promised_on, it.is_poor, it.is_void)
                for key, it in owed.papers.items()
            },
        ),
        "回访": _unlike(calls, {key: (it.calls, int(it.is_rated)) for key, it in owed.closed.items() if it.calls}),
        "回头看": _unlike(look_backs, {key: (it.planned_on, it.is_done) for key, it in owed.look_backs.items()}),
        "约谈挂牌通报": _unlike(
            dict(read().execute(select(Measure.id, Measure.due_on)).tuples().all()),
            {key: it.due_on for key, it in owed.measures.items()},
        ),
        "上报": _unlike(
            dict(read().execute(select(Escalation.id, Escalation.answer_by)).tuples().all()),
            {key: it.due_on for key, it in owed.escalations.items()},
        ),
    }


def out_of_order() -> list[str]:
    """No notice was made without a valid one of the colour before it, unless its ground stands on it."""
    rows = read().execute(
        select(
            SlipPaper.number, SlipPaper.slip_id, SlipPaper.unit_id, SlipPaper.colour, SlipPaper.ground,
            SlipPaper.made_at, SlipPaper.void_at,
        )
        .where(SlipPaper.kind == "supervision")
        .order_by(SlipPaper.id)
    )  # fmt: skip
    seen: dict[tuple[int, int, str], list[datetime | None]] = defaultdict(list)
    wrong = []
    for number, slip_id, unit_id, colour, ground, made_at, void_at in rows:
        before = BEFORE.get(colour.value)
        valid = [void for void in seen[slip_id, unit_id, before or ""] if void is None or void > made_at]
        if ground is None and before is not None and not valid:
            wrong.append(f"{number} {colour.label}")
        seen[slip_id, unit_id, colour.value].append(void_at)
    return wrong


def serials() -> list[str]:
    """Numbers of every kind of paper run from one without gaps."""
    rows = read().execute(
        select(SlipPaper.kind, SlipPaper.year, func.min(SlipPaper.serial), func.max(SlipPaper.serial), func.count())
        .group_by(SlipPaper.kind, SlipPaper.year)
    )  # fmt: skip
    return [f"{kind.label} {year}" for kind, year, first, last, number in rows if (first, last) != (1, number)]


def _unlike(found: dict[object, object], counted: dict[object, object]) -> list[str]:
    keys = sorted(set(found) | set(counted), key=str)
    return [
        f"{key} {found.get(key)}，独立计算 {counted.get(key)}" for key in keys if found.get(key) != counted.get(key)
    ]
