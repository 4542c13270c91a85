"""In which meetings a matter was, under which common task it is handled, which studies rest on it: a panel of its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.people import Actor
from portal.store.extension import read
from portal.store.queries.common_tasks import common_task_of_matter
from portal.store.queries.matter_pages import MatterPage
from portal.store.queries.meetings import MeetingOfMatter, meetings_of_matter
from portal.store.queries.studies import studies_of_matter


@dataclass(frozen=True, slots=True)
class Together:
    """What a matter has to do with others."""

    meetings: Sequence[MeetingOfMatter]
    task: tuple[int, str] | None
    studies: Sequence[tuple[int, str]]


def together_shown(matter: MatterPage, actor: Actor) -> Together | None:
    """What there is to show of it; None when there is nothing."""
    found = Together(
        meetings_of_matter(read(), actor, matter.id),
        common_task_of_matter(read(), actor, matter.id),
        studies_of_matter(read(), actor, matter.id),
    )
    return found if found.meetings or found.task or found.studies else None
