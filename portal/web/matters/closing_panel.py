"""What a matter's page shows of its closing: the rounds with the four words, and what came after."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.people import Actor, Role
from portal.domain.results import FourWords
from portal.store.extension import read
from portal.store.queries.call_backs import CallMade, calls_made
from portal.store.queries.closings import ClosingRound, closing_rounds, four_words, matter_in_closing
from portal.store.queries.look_backs import LookBackRow, look_backs_of
from portal.store.queries.matter_pages import MatterPage
from portal.store.queries.satisfaction import ratings_of

NOT_FOR = frozenset({Role.UNIT})
"""Whoever handled it sees what was found and not what was said at the look-back."""


@dataclass(frozen=True, slots=True)
class ClosingShown:
    """The rounds, the latest first."""

    words: FourWords
    rounds: Sequence[ClosingRound]

    @property
    def papers(self) -> bool:
        """Whether the forms can be printed from the record."""
        return self.rounds[0].ended_at is None


@dataclass(frozen=True, slots=True)
class AfterwardsShown:
    """Call-backs and look-backs; `opens` is whether the look-back's own page may be opened."""

    call_backs: Sequence[CallMade]
    look_backs: Sequence[LookBackRow]
    opens: bool


def closing_shown(matter: MatterPage, actor: Actor) -> ClosingShown | None:
    """The rounds of a matter, nothing before its first result."""
    rounds = closing_rounds(read(), actor, matter.id)
    if not rounds:
        return None
    of = matter_in_closing(read(), actor, matter.id)
    return ClosingShown(four_words(of, rounds, ratings_of(read(), [matter.id]).get(matter.id)), rounds)


def afterwards_shown(matter: MatterPage, actor: Actor) -> AfterwardsShown | None:
    """What was asked and looked at after the closing; nothing where nothing was."""
    calls, looks = calls_made(read(), actor, matter.id), look_backs_of(read(), actor, matter.id)
    return AfterwardsShown(calls, looks, actor.role not in NOT_FOR) if calls or looks else None
