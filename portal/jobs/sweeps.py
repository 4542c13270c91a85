"""Every piece of due work by its name: what it does, how often, and the doing.

Each compares what should be with what is and makes good the difference, so it may be killed anywhere and done again, and
nothing need be remembered between two runs. Each looks first, so that writers wait for it only when something is due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from portal.config import Settings
from portal.domain.people import Actor
from portal.jobs.clocks import Clocks
from portal.jobs.keeping import keep_what_is_behind, sweep
from portal.jobs.mailing import mail_waiting
from portal.jobs.posting import post_waiting
from portal.jobs.tallies import NOTHING, Tally
from portal.jobs.texting import text_waiting
from portal.services.look_backs import look_backs_to_plan, plan_look_backs
from portal.services.reminders import outstanding, remind
from portal.services.studies import propose_studies, studies_to_propose
from portal.services.swaps import lapse_offers
from portal.services.text_outbox import drop_what_is_over, is_over_for_some
from portal.services.unheard_matters import end_unheard, unheard_for_too_long
from portal.services.visit_reminders import announce_lists, lists_to_announce, remind_visitors, visits_to_remind_of
from portal.services.waiting_list import days_to_serve, days_with_lapsed_offers, serve_first, take_back_lapsed
from portal.store.extension import gather_statistics, read, transaction, write
from portal.store.queries.swaps import lapsed_offers

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTHING_DUE = "没有到期的"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a job works with: `now` is the office's moment; `goes_on` is asked in the transaction that claims each piece."""

    settings: Settings
    now: datetime
    clocks: Clocks
    goes_on: Callable[[Session], bool]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one run: reminders told and taken back, messages sent, and all of it in words for the page of jobs."""

    told: int = 0
    taken_back: int = 0
    tally: Tally = NOTHING
    line: str = NOTHING_DUE


@dataclass(frozen=True, slots=True)
class Sweep:
    """One job: `does` says in a sentence what for, `every` is its pace while nothing goes wrong."""

    name: str
    title: str
    does: str
    every: timedelta
    work: Callable[[Turn], Came]


def _lapse(turn: Turn) -> Came:
    """End the offers to swap whose day has come, and pass on the places nobody took or kept in time."""
    ended = lapsed_offers(read(), turn.now.date())
    if ended:
        with transaction() as session:
            lapse_offers(session, now=turn.now)
    lapsed = days_with_lapsed_offers(read(), now=turn.now)
    for day_id in lapsed:
        write(partial(take_back_lapsed, day_id=day_id, now=turn.now))
    served = days_to_serve(read(), now=turn.now)
    for day_id in served:
        write(partial(serve_first, day_id=day_id, now=turn.now))
    days = len({*lapsed, *served})
    return Came(line=f"调换到期 {len(ended)} 件，候补递补 {days} 个接待日") if ended or days else Came()


def _remind(turn: Turn) -> Came:
    if outstanding(read(), now=turn.now).is_nothing:
        return Came()
    with transaction() as session:
        done = remind(session, now=turn.now)
    told, back = sum(len(accounts) for _, accounts in done.untold), len(done.pointless)
    return Came(told, back, line=f"提醒 {told} 条，撤回 {back} 条")


def _remind_visitors(turn: Turn) -> Came:
    """Tell enterprises and groups what has come due, and give up what is over."""
    told = over = 0
    if visits_to_remind_of(read(), now=turn.now) or lists_to_announce(read(), now=turn.now):
        told = write(partial(_tell_visitors, now=turn.now))
    if is_over_for_some(read(), turn.now.date()):
        with transaction() as session:
            over = drop_what_is_over(session, turn.now.date())
    return Came(told, over, line=f"通知 {told} 条，过期 {over} 条") if told or over else Came()


def _tell_visitors(session: Session, *, now: datetime) -> int:
    told = remind_visitors(session, now=now)
    announce_lists(session, now=now)
    return told


def _end_unheard(turn: Turn) -> Came:
    """End what waited in vain for another booking of its enterprise."""
    if not unheard_for_too_long(read(), today=turn.now.date()):
        return Came()
    ended = write(partial(_end_over, now=turn.now))
    return Came(line=f"没有接待的诉求结束 {ended} 项")


def _end_over(session: Session, *, now: datetime) -> int:
    return end_unheard(session, unheard_for_too_long(session, today=now.date()), actor=Actor.system(), now=now)


def _plan_look_backs(turn: Turn) -> Came:
    if not look_backs_to_plan(read(), now=turn.now):
        return Came()
    planned = len(write(partial(plan_look_backs, now=turn.now)))
    return Came(line=f"列入回头看 {planned} 件") if planned else Came()


def _propose_studies(turn: Turn) -> Came:
    if not studies_to_propose(read(), now=turn.now):
        return Came()
    made = write(partial(propose_studies, actor=Actor.system(), now=turn.now))
    return Came(line=f"建议专题研究 {made} 项") if made else Came()


def _mail(turn: Turn) -> Came:
    return _sent(mail_waiting(turn.settings, now=turn.now, running=turn.clocks.running, goes_on=turn.goes_on))


def _post(turn: Turn) -> Came:
    return _sent(post_waiting(turn.settings, now=turn.now, running=turn.clocks.running, goes_on=turn.goes_on))


def _text(turn: Turn) -> Came:
    return _sent(text_waiting(turn.settings, now=turn.now, goes_on=turn.goes_on))


def _sent(tally: Tally) -> Came:
    return Came(tally=tally, line=tally.line) if tally != NOTHING else Came()


def _keep_papers(turn: Turn) -> Came:
    kept = keep_what_is_behind(turn.settings, now=turn.now, goes_on=turn.goes_on)
    return Came(line=f"补存 {kept} 份") if kept else Came()


def _clear(turn: Turn) -> Came:
    gone = sweep(turn.settings, turn=int(turn.clocks.running().timestamp()) // 60)
    return Came(line=f"清除 {gone} 个文件") if gone else Came()


def _count_rows(_: Turn) -> Came:
    return Came(line="已更新") if gather_statistics() else Came()


SWEEPS: tuple[Sweep, ...] = (
    Sweep("lapses", "到期失效", "调换到期未答复的作罢，候补逾时未确认的递补下一家。", MINUTE, _lapse),
    Sweep(
        "reminders", "到期提醒", "轮值、通告、意见、签收、办理等到期的提醒写入消息，不必再提醒的撤回。", MINUTE, _remind
    ),
    Sweep("visitors", "来访通知", "提醒来访企业，向群公布名单；过期的不再通知。", MINUTE, _remind_visitors),
    Sweep("unheard", "未接待的诉求", "爽约、未接待离开的企业过期没有再预约的，其诉求注明后结束。", HOUR, _end_unheard),
    Sweep("look_backs", "回头看计划", "销号满期的按比例抽取，企业不满意的全部列入。", HOUR, _plan_look_backs),
    Sweep("studies", "专题研究建议", "同一类诉求集中到设定件数的，建议开展专题研究。", HOUR, _propose_studies),
    Sweep("mail", "发送邮件", "把等待的邮件交给邮件服务器，失败的隔一段时间再试。", MINUTE, _mail),
    Sweep("posts", "发送群消息", "把等待的群消息合并发出，每分钟最多 20 条。", MINUTE, _post),
    Sweep("texts", "发送短信", "把等待的短信交给网关，发不出的转为电话通知。", MINUTE, _text),
    Sweep("papers", "存档补做", "签批或印发时没有存成的单据补存。", MINUTE, _keep_papers),
    Sweep("clearing", "清理文件", "清除没有任何记录指向的文件，每次一个文件夹。", MINUTE, _clear),
    Sweep("statistics", "查询统计", "让数据库重新清点各表行数，大台账也查得快（只用于 SQLite）。", DAY, _count_rows),
)
"""In the order in which they are done: what is told is sent in the same round."""

BY_NAME = {it.name: it for it in SWEEPS}
