"""Many people at one place over HTTP: all requests leave at once, to real worker processes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.live.browsers import Browser, crowd
from tests.live.districts import booking_fields


@dataclass(frozen=True)
class Outcome:
    """What 200 people got: how many of each status, the pages of those who were refused, how long each waited."""

    statuses: Counter[int]
    refusals: list[str]
    seconds: list[float]

    def must_have_given(self, places: int) -> None:
        """Raise AssertionError unless exactly so many got a place and everybody else a polite refusal."""
        others = self.statuses.total() - places
        wanted = Counter({303: places, 409: others}) if others else Counter({303: places})
        assert self.statuses == wanted, f"{dict(self.statuses)} instead of {dict(wanted)}: {self.refusals[:1]}"


def race_over_http(office: Browser, slot_id: int, category: str, *, attempts: int, numbers: Iterator[int]) -> Outcome:
    """Send so many bookings for one slot, each of another enterprise and on a connection of its own, all at once."""
    requests = [
        office.bytes_of_post("/bookings/new", booking_fields(next(numbers), slot_id, category)) for _ in range(attempts)
    ]
    heard = crowd(office.port, requests, connections=attempts)
    answers = [it.answer for it in heard]
    return Outcome(
        Counter(it.status for it in answers),
        [it.text for it in answers if it.status != 303],
        [it.seconds for it in answers],
    )
