"""The whole play, one part after the other."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.full_day.afterwards import the_evening
from tests.browser.full_day.before import the_days_before
from tests.browser.full_day.cast import Cast
from tests.browser.full_day.hands import Tally
from tests.browser.full_day.on_the_day import the_day_itself
from tests.browser.full_day.staging import BEFORE_IT, ON_IT, Stage, set_up


def play(browser: Browser, folder: Path, cast: Cast, *, pictures: Path | None = None) -> Tally:
    """Live through the whole day; answers what every step cost. Raises AssertionError for whatever was not as it must be."""
    set_up(folder, cast)
    stage = Stage(browser, folder, cast, pictures=pictures)
    the_days_before(stage, BEFORE_IT)
    with stage.served(ON_IT) as portal:
        the_evening(the_day_itself(stage, portal))
    return stage.tally
