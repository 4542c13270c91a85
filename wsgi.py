"""The portal as servers and commands find it: `flask --app wsgi …`, `wsgi:app`."""

import os
import sys
from threading import Timer

from portal import clock
from portal.app import InstanceRefused, create_app
from portal.config import SERVING, SettingsRefused
from portal.jobs.clocks import Clocks
from portal.jobs.worker import work_beside_pages

SECONDS_AFTER_START = 2.0
"""Late enough not to delay the first page, early enough for the first slip."""

try:
    app = create_app()
except (SettingsRefused, InstanceRefused) as refusal:
    sys.exit(str(refusal))


def warm_papers() -> None:
    """Load what papers are set with; it takes a second that a waiting leader should not notice."""
    from portal.documents.typesetter import warm  # noqa: PLC0415 - slow to load, and only workers set papers

    warm()


if os.environ.get(SERVING):
    timer = Timer(SECONDS_AFTER_START, warm_papers)
    timer.daemon = True
    timer.start()
    app.extensions["working_since"] = clock.running()
    app.extensions["due_work"] = work_beside_pages(
        app.app_context, app.config["SETTINGS"], Clocks(clock.now, clock.running)
    )
