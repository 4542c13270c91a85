"""Asking an enterprise again after its matter was closed or settled in the room (回访): when, how often, how far it has got."""

from portal.domain.labelled import Labelled
from portal.domain.matters import MatterState

CALLED_BACK_ON = frozenset({MatterState.CLOSED, MatterState.SETTLED})
"""What has come to an end in which an enterprise can be content or not."""


class CallBackStanding(Labelled):
    """How far the call-back of a matter has got."""

    WAITING = "waiting", "待回访"
    REACHED = "reached", "已回访"
    GIVEN_UP = "given_up", "多次未联系上"
    LAPSED = "lapsed", "过期未回访"


def standing_of(*, rated: bool, attempts: int, most: int, lapsed: bool) -> CallBackStanding:
    """One of the four; whoever could not be reached so often is not called for ever, and what lies too far back is not asked."""
    if rated:
        return CallBackStanding.REACHED
    if attempts >= most:
        return CallBackStanding.GIVEN_UP
    return CallBackStanding.LAPSED if lapsed else CallBackStanding.WAITING
