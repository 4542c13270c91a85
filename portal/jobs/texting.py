"""Text messages that wait: one a message, claimed before it is sent and marked afterwards."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from portal.config import Settings
from portal.jobs.tallies import Tally
from portal.notify.mail import NotSent, Refused, Unreachable
from portal.notify.sms import gateway_of, send_text
from portal.services import text_outbox
from portal.store.extension import read, transaction

MOST_TEXTS = 100
"""In one round; the rest goes out in the next."""


def text_waiting(settings: Settings, *, now: datetime, goes_on: Callable[[Session], bool]) -> Tally:
    """Send the text messages that wait, as long as `goes_on` says so in the transaction that claims each.

    One that cannot be sent becomes a call to make. A process killed between the gateway's acceptance and the mark sends that
    one message once more; HTTP leaves no better.
    """
    waiting = text_outbox.waiting_texts(read(), now=now)
    if not waiting:
        return Tally()
    gateway = gateway_of(settings)
    if gateway is None:
        with transaction() as session:
            return Tally(dropped=text_outbox.give_up_texts(session, now=now))
    done = Tally()
    for message_id in waiting[:MOST_TEXTS]:
        with transaction() as session:
            if not goes_on(session):
                break
            claimed, given_up = text_outbox.claim_text(session, message_id, now=now)
        done += Tally(dropped=given_up)
        if claimed is None:
            continue
        read().rollback()  # nothing of the database is held while the gateway takes its time
        try:
            send_text(gateway, claimed.text)
        except NotSent as trouble:
            refused = isinstance(trouble, Refused)
            with transaction() as session:
                over = text_outbox.text_failed(session, claimed.id, str(trouble), for_good=refused, now=now)
            done += Tally(put_off=1 - over, failed=over)
            if isinstance(trouble, Unreachable):
                break
        else:
            with transaction() as session:
                text_outbox.text_sent(session, claimed.id, now=now)
            done += Tally(sent=1)
    return done
