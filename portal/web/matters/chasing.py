"""What was done to get a matter moving, as a panel of its page: papers with their answers, measures, the level above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal import clock
from portal.domain.people import Actor, Role
from portal.store.extension import read
from portal.store.queries.escalations import EscalationRow, escalations_of_matter
from portal.store.queries.matter_pages import MatterPage
from portal.store.queries.measures import MeasureRow, measures_of_matter
from portal.store.queries.whole_file import UrgingPaper, urging_papers

URGERS = (Role.OFFICE, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class ChasingShown:
    """What the panel draws; `opens` are the escalations whose page the reader may open."""

    papers: Sequence[UrgingPaper]
    measures: Sequence[MeasureRow]
    escalations: Sequence[EscalationRow]
    opens: frozenset[int]
    urges: bool
    today: date


def chasing_of(matter: MatterPage, actor: Actor) -> ChasingShown | None:
    """None while nobody was urged; a unit sees papers and measures that went to it, nobody else's."""
    papers, measures = urging_papers(read(), matter.id), measures_of_matter(read(), matter.id)
    escalations = escalations_of_matter(read(), matter.id)
    if actor.role is Role.UNIT:
        papers = [it for it in papers if it.unit_id == actor.unit_id]
        measures = [it for it in measures if it.unit_id == actor.unit_id]
    if not papers and not measures and not escalations:
        return None
    urges = actor.role in URGERS
    opens = frozenset(it.id for it in escalations if urges or it.leader_id in actor.leader_ids)
    return ChasingShown(papers, measures, escalations, opens, urges, clock.today())
