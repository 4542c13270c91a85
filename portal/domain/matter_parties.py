"""Who somebody is to a matter, told from the slips that carry it (domain 2.3, 9)."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from portal.domain.matter_course import Party
from portal.domain.people import Actor, Role


class Helping(Protocol):
    """A unit that assists on a slip."""

    @property
    def unit_id(self) -> int:
        """Which unit."""


class Carrying(Protocol):
    """What has to be known of a slip to say who somebody is to its matters."""

    @property
    def lead_unit_id(self) -> int | None:
        """The lead unit."""

    @property
    def signer_id(self) -> int | None:
        """The leader who signed it."""

    @property
    def lead_official_id(self) -> int | None:
        """The leader who is to see it through."""

    @property
    def assisting(self) -> Iterable[Helping]:
        """The units that assist."""


def parties_of(slip: Carrying | None, actor: Actor, others: Sequence[Carrying] = ()) -> frozenset[Party]:
    """Who somebody is to the matters of a slip; who leads on one of the `others` (分办) answers to the lead unit.

    Before a matter is on an issued slip, only office and supervision have anything to do with it.
    """
    if actor.is_portal:
        return frozenset({Party.PORTAL})
    if actor.is_enterprise:
        return frozenset({Party.ENTERPRISE})
    if actor.role is Role.OFFICE:
        return frozenset({Party.OFFICE})
    if actor.role is Role.SUPERVISOR:
        return frozenset({Party.SUPERVISOR})
    if slip is None:
        return frozenset()
    if actor.role is Role.LEADER:
        return _of_a_leader(slip, actor)
    if actor.role is Role.UNIT and actor.unit_id is not None:
        return _of_a_unit(slip, actor, others)
    return frozenset()


def _of_a_leader(slip: Carrying, actor: Actor) -> frozenset[Party]:
    return frozenset(
        party
        for party, leader_id in ((Party.SIGNER, slip.signer_id), (Party.LEAD_OFFICIAL, slip.lead_official_id))
        if leader_id in actor.leader_ids
    )


def _of_a_unit(slip: Carrying, actor: Actor, others: Sequence[Carrying]) -> frozenset[Party]:
    if actor.unit_id == slip.lead_unit_id:
        return frozenset({Party.LEAD_UNIT} | ({Party.UNIT_HEAD} if actor.heads_unit else set()))
    helping = {it.unit_id for each in (slip, *others) for it in each.assisting} | {it.lead_unit_id for it in others}
    return frozenset({Party.ASSISTING_UNIT}) if actor.unit_id in helping else frozenset()
