"""Who does due work in a rehearsed year: `python -m tests.live.loop_worker`; told its portal by PORTAL_ settings.

For every moment it reads, two instants a line (the office's clock, and the running clock of leases), it does one round.
"""

import sys
import time
from datetime import datetime, timedelta

from portal import clock
from portal.app import create_app
from portal.config import load_settings
from portal.jobs.clocks import Clocks, a_holder
from portal.jobs.rounds import due_work
from portal.jobs.sweeps import BY_NAME
from portal.store.extension import db

READY, HELD = "ready", "held"
NOT_HERE = frozenset({"papers", "clearing"})
"""Setting the papers of five hundred slips is measured elsewhere, and files have no part in a year's clocks."""


def main() -> None:
    """One round a line, until the lines end."""
    settings = load_settings()
    app, holder = create_app(settings), a_holder()
    with app.app_context():
        print(READY, flush=True)
        for line in sys.stdin:
            now, running = (datetime.fromisoformat(word) for word in line.split())
            clock.stand_at(now)
            began, used = time.monotonic(), time.process_time()

            def at(running: datetime = running, began: float = began) -> datetime:
                return running + timedelta(seconds=time.monotonic() - began)

            done = due_work(settings, holder, Clocks(clock.now, at), only=BY_NAME.keys() - NOT_HERE)
            db.session.remove()
            if done is None:
                print(HELD, flush=True)
            else:
                used = (time.process_time() - used) * 1000
                tally = f"{done.told} {done.mailed.sent} {len(done.failed)} {used:.0f}"
                print(f"done {tally} {dict(done.failed) or ''}", flush=True)


if __name__ == "__main__":
    main()
