"""A few rounds of every race; `./manage bench races` runs two hundred of each."""

from collections.abc import Iterator

import pytest

from tests.bench.races import WORDS
from tests.live.districts import District
from tests.live.entrances import ENTRANCES, Scene, must_be_exactly, must_have_a_whole_chain, one_form, scene

pytestmark = pytest.mark.timeout(900)  # a start of real servers, perhaps beside other tests

ATTEMPTS = 9
TOO_LATE = ("约满", "没有空余名额", "没有等待答复的名额")


@pytest.fixture(scope="module")
def there(district: District) -> Iterator[Scene]:
    """The office at a server with two processes, and two processes for commands."""
    with scene(district, commands=2) as there:
        there.slot(9)  # what is free for those who come too late
        yield there


@pytest.mark.parametrize("places", [1, 3])
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_through_every_entrance_exactly_as_many_come_in_as_there_are_places(there: Scene, entrance: str, places: int):
    slot_id, outcome = ENTRANCES[entrance](there, ATTEMPTS, places)
    must_be_exactly(slot_id, places, outcome)
    assert all(any(words in page for words in TOO_LATE) for page in outcome.pages), "whoever was too late is told why"
    must_have_a_whole_chain()


def test_one_form_sent_over_and_over_by_everybody_is_one_booking(there: Scene):
    _, outcome = one_form(there, ATTEMPTS, 3)
    assert (outcome.booked, outcome.refused, outcome.others.total()) == (ATTEMPTS + 1, 0, 0)


def test_every_race_can_be_told():
    assert set(WORDS) == {*ENTRANCES, "one_form"}
