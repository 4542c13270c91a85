"""What the enterprise's page shows of each matter, put together from its rows."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from portal.domain.following import (
    Standing,
    may_give_opinion,
    may_object,
    may_rate,
    reason_told,
    title_told,
    where_it_stands,
)
from portal.domain.matters import MatterState
from portal.store.queries.following import (
    FollowedBooking,
    FollowedMatter,
    OwnRating,
    ResultTold,
    course_of,
    earlier_opinions,
    matters_followed,
    own_ratings,
    results_told,
)


@dataclass(frozen=True, slots=True)
class MatterShown:
    """One matter on the page: where it stands, what was answered, and which buttons it has."""

    matter: FollowedMatter
    title: str
    standing: Standing
    result: ResultTold | None
    answer: str
    reason: str
    rating: OwnRating | None
    earlier: OwnRating | None
    opinion_waits: bool
    may_rate: bool
    may_object: bool


def matters_shown(session: Session, booking: FollowedBooking, today: date) -> list[MatterShown]:
    """The matters of a booking as its enterprise reads them, in four statements."""
    results, ratings = results_told(session, booking.id), own_ratings(session, booking.id)
    earlier = earlier_opinions(session, booking.id)
    return [
        replace(_shown(it, booking, results.get(it.id), ratings.get(it.id), today), earlier=earlier.get(it.id))
        for it in matters_followed(session, booking.id)
    ]


def _shown(
    it: FollowedMatter, booking: FollowedBooking, result: ResultTold | None, rating: OwnRating | None, today: date
) -> MatterShown:
    course = course_of(it, held_on=booking.day, visit=booking.state, result=result, today=today)
    refused = it.state is MatterState.REFUSED
    return MatterShown(
        matter=it,
        title=title_told(it.title, it.ground),
        standing=where_it_stands(course),
        result=result,
        answer=it.on_site_answer if it.state is MatterState.SETTLED else "",
        reason=reason_told(it.ended_reason, it.ground) if refused else "",
        rating=rating,
        earlier=None,
        opinion_waits=may_give_opinion(it.state) and result is not None,
        may_rate=may_rate(it.state) and rating is None,
        may_object=may_object(it.state),
    )
