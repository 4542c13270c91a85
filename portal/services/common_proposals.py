"""Which open matters of several enterprises are likely the same, so that they can be handled as one (共性, PT-27)."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from portal.domain.common_tasks import LEAST
from portal.domain.people import Action, Actor, must
from portal.store.queries.common_tasks import OpenMatter, matters_to_compare

ALIKE, ALIKE_IF_MARKED = 72, 55
"""From which likeness of their titles (0 to 100) on two matters count as alike; less will do for those marked as common."""
MOST_GROUPS = 20


@dataclass(frozen=True, slots=True)
class LikelyGroup:
    """Matters of one category that say nearly the same."""

    title: str
    category: str
    matters: tuple[OpenMatter, ...]

    @property
    def enterprises(self) -> int:
        """Of how many enterprises they are."""
        return len({it.enterprise_id for it in self.matters if it.enterprise_id is not None})


def likely_groups(session: Session, *, actor: Actor) -> Sequence[LikelyGroup]:
    """Groups of open matters on no task, of at least two enterprises, the largest first."""
    must(actor, Action.KEEP_MEETINGS)
    by_category: dict[str, list[OpenMatter]] = {}
    for it in matters_to_compare(session, actor):
        by_category.setdefault(it.category, []).append(it)
    groups = [group for category, matters in by_category.items() for group in _alike(category, matters)]
    groups = [it for it in groups if it.enterprises >= LEAST]
    return sorted(groups, key=lambda it: (-len(it.matters), it.title))[:MOST_GROUPS]


def _alike(category: str, matters: Sequence[OpenMatter]) -> list[LikelyGroup]:
    """Each matter goes to the first group whose first matter it is like."""
    groups: list[list[OpenMatter]] = []
    for it in matters:
        for group in groups:
            first = group[0]
            least = ALIKE_IF_MARKED if it.is_common and first.is_common else ALIKE
            if fuzz.token_sort_ratio(first.title, it.title) >= least:
                group.append(it)
                break
        else:
            groups.append([it])
    return [LikelyGroup(it[0].title, category, tuple(it)) for it in groups]
