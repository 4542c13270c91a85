"""Mail that waits: one letter an account, claimed before it is handed over and marked afterwards."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.config import Settings
from portal.jobs.tallies import Tally
from portal.notify.letters import Line, letter_text
from portal.notify.mail import Letter, NotSent, PostOffice, Refused, Unreachable, post_office, send
from portal.services import outbox
from portal.store.extension import read, transaction
from portal.store.queries.office import office_rules

MOST_LETTERS = 100
"""In one round; the rest goes out in the next, so that a round ends within the patience of whoever watches it."""


def mail_waiting(
    settings: Settings, *, now: datetime, running: Callable[[], datetime], goes_on: Callable[[Session], bool]
) -> Tally:
    """Send what waits, as long as `goes_on` says so in the transaction that claims each letter.

    A process that ends between the server's acceptance and the mark leaves the messages claimed: they are sent once
    more, with the same identity. One that ends earlier leaves them to be sent. Nothing is lost either way.
    """
    accounts = outbox.waiting_accounts(read(), now=now)
    if not accounts:
        return Tally()
    if settings.smtp_url is None or settings.mail_from is None:
        with transaction() as session:
            return Tally(dropped=outbox.drop_waiting_mail(session, now=now))
    office = post_office(settings.smtp_url, settings.mail_from)
    sent = put_off = failed = dropped = 0
    for account_id in accounts[:MOST_LETTERS]:
        with transaction() as session:
            if not goes_on(session):
                break
            bundle, given_up = outbox.claim(session, account_id, now=now)
        dropped += given_up
        if bundle is None:
            continue
        try:
            _send(office, settings, bundle, at=running())
        except NotSent as trouble:
            refused = isinstance(trouble, Refused)
            with transaction() as session:
                over = outbox.mark_failed(session, bundle.ids, str(trouble), for_good=refused)
            failed, put_off = failed + over, put_off + len(bundle.ids) - over
            if isinstance(trouble, Unreachable):
                break
        else:
            with transaction() as session:
                outbox.mark_sent(session, bundle.ids, now=now)
            sent += len(bundle.ids)
    return Tally(sent, put_off, failed, dropped)


def _send(office: PostOffice, settings: Settings, bundle: outbox.Bundle, *, at: datetime) -> None:
    rules = office_rules(read())
    lines = [Line(it.subject, it.body, it.url) for it in bundle.items]
    subject, text = letter_text(
        bundle.name, lines, district=rules.district, address=settings.address, sample=rules.sample
    )
    read().rollback()  # nothing of the database is held while a server far away takes its time
    send(office, Letter(bundle.email, subject, text, _identity(bundle.ids), at))


def _identity(ids: Sequence[int]) -> str:
    return f"messages-{'-'.join(map(str, ids[:12]))}-{len(ids)}"
