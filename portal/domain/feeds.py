"""Calendar feeds: the whole rota, or one person's own turns, behind a secret address."""

from portal.domain.labelled import Labelled
from portal.domain.people import Action, Actor, may
from portal.domain.reception_days import DayState

MONTHS_BACK = 12
"""How far back a feed reaches: long enough to look something up, short enough to be fetched every hour."""


class FeedScope(Labelled):
    """What a feed holds."""

    WHOLE = "whole", "全部接待日"
    PERSONAL = "personal", "我的轮值"


class EventStatus(Labelled):
    """How certain an event is, in the three words calendar programs know (RFC 5545 3.8.1.11)."""

    TENTATIVE = "tentative", "计划"
    CONFIRMED = "confirmed", "确定"
    CANCELLED = "cancelled", "已取消"


def scopes_of(actor: Actor) -> tuple[FeedScope, ...]:
    """The feeds a person may hold: everybody in business the whole, those with leaders of their own also theirs."""
    if not may(actor, Action.KEEP_FEED):
        return ()
    return (FeedScope.WHOLE, FeedScope.PERSONAL) if actor.leader_ids else (FeedScope.WHOLE,)


def event_status(state: DayState, *, serves: bool = True) -> EventStatus:
    """What a reception day is in a calendar; for somebody who no longer serves on it, it is cancelled."""
    if state is DayState.CANCELLED or not serves:
        return EventStatus.CANCELLED
    return EventStatus.TENTATIVE if state is DayState.PLANNED else EventStatus.CONFIRMED
