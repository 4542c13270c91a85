"""Posts that wait for groups: one digest a robot, claimed before it is sent and marked afterwards."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.config import Settings, host_list
from portal.jobs.tallies import Tally
from portal.notify.mail import NotSent, Refused
from portal.notify.robots import OverLimit, digest, post
from portal.services import group_outbox, outbox
from portal.store.extension import read, transaction
from portal.store.queries.office import office_rules


def post_waiting(
    settings: Settings, *, now: datetime, running: Callable[[], datetime], goes_on: Callable[[Session], bool]
) -> Tally:
    """Post what waits for every group, as long as `goes_on` says so in the transaction that claims each post.

    Everything that waits for a robot goes into one post; what does not fit into it follows in another, if the robot has one
    left this minute. A process killed between the service's acceptance and the mark posts once more after the pause.
    """
    done = Tally()
    for robot_id in group_outbox.waiting_robots(read(), now=now):
        while True:
            with transaction() as session:
                if not goes_on(session):
                    return done
                claimed, given_up = group_outbox.claim_post(session, robot_id, now=now, at=running())
            done += Tally(dropped=given_up)
            if claimed is None:
                break
            came = _send(settings, robot_id, claimed, now=now, running=running)
            done += came
            if not came.sent:
                break
    return done


def _send(
    settings: Settings, robot_id: int, claimed: group_outbox.Post, *, now: datetime, running: Callable[[], datetime]
) -> Tally:
    rules, number = office_rules(read()), len(claimed.ids)
    read().rollback()  # nothing of the database is held while a server far away takes its time
    robot = claimed.robot
    text = digest(
        robot.channel, claimed.lines,
        organ=rules.issuing_organ, address=settings.address, keyword=robot.keyword, sample=rules.sample,
    )  # fmt: skip
    try:
        post(robot, text, allowed=host_list(settings.robot_hosts), at=running())
    except OverLimit as trouble:
        with transaction() as session:
            group_outbox.hold(session, robot_id, claimed.ids, str(trouble), now=now, at=running())
        return Tally(put_off=number)
    except NotSent as trouble:
        with transaction() as session:
            over = outbox.mark_failed(session, claimed.ids, str(trouble), for_good=isinstance(trouble, Refused))
        return Tally(put_off=number - over, failed=over)
    with transaction() as session:
        outbox.mark_sent(session, claimed.ids, now=now)
    return Tally(sent=number)
