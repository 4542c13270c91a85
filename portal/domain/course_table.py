"""The course of a matter written out cell by cell: every state × act × party asked of the rules themselves (domain 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.matter_course import MatterAct, Party, after
from portal.domain.matters import MatterState


@dataclass(frozen=True, slots=True)
class Cell:
    """What the course says of one party doing one act in one state: the state it leads to, or the reason why not."""

    state: MatterState
    act: MatterAct
    party: Party
    leads_to: MatterState | None
    reason: str = ""
    by_others: bool = False

    @property
    def is_allowed(self) -> bool:
        """Whether the act is done."""
        return self.leads_to is not None


@dataclass(frozen=True, slots=True)
class Line:
    """The parties that may do an act in a state, and where it leads."""

    state: MatterState
    act: MatterAct
    leads_to: MatterState
    parties: tuple[Party, ...]


def cells() -> Sequence[Cell]:
    """Every cell there is; none is left undecided."""
    return [_cell(*it) for it in product(MatterState, MatterAct, Party)]


def lines(found: Sequence[Cell]) -> Sequence[Line]:
    """The allowed cells, parties of the same act in the same state together."""
    told: list[Line] = []
    for state, act in product(MatterState, MatterAct):
        allowed = [it for it in found if it.state is state and it.act is act and it.leads_to is not None]
        if allowed and allowed[0].leads_to is not None:
            told.append(Line(state, act, allowed[0].leads_to, tuple(it.party for it in allowed)))
    return told


def summary(found: Sequence[Cell]) -> str:
    """The count of cells, and how many of each kind."""
    allowed = sum(it.is_allowed for it in found)
    others = sum(it.by_others for it in found)
    return (
        f"{len(MatterState)} 个状态 × {len(MatterAct)} 种动作 × {len(Party)} 类当事人 = {len(found)} 格："
        f"可办 {allowed} 格，应由他人办理 {others} 格，状态不符 {len(found) - allowed - others} 格；不可办的都说明原因。"
    )


def _cell(state: MatterState, act: MatterAct, party: Party) -> Cell:
    try:
        return Cell(state, act, party, after(state, act, {party}))
    except NotAllowed as refusal:
        return Cell(state, act, party, None, refusal.message, by_others=True)
    except RuleBroken as refusal:
        return Cell(state, act, party, None, refusal.message)
