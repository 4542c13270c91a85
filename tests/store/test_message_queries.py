"""A person's own messages: those unread first, by key, on both engines."""

from datetime import timedelta

from sqlalchemy import text

from portal.domain.people import Role
from portal.services.messages import tell
from portal.store.extension import db, read, transaction
from portal.store.models.messages import Message
from portal.store.paging import Wanted
from portal.store.queries.messages import own_messages
from portal.store.queries.sign_ins import _SIGNED_IN
from tests.builders import an_account
from tests.conftest import NOW


def test_pages_by_key_show_every_message_once_the_unread_first_and_each_the_latest_first(each_app):
    with each_app.app_context():
        with transaction() as session:
            session.info["unaudited"] = True
            account = an_account(Role.OFFICE)
            session.add(account)
            session.flush()
            for number in range(10):
                moment = NOW - timedelta(minutes=number, microseconds=number % 3)
                tell(session, [account.id], f"k{number}", f"{number}", now=moment)
            for message in session.query(Message).filter(Message.subject.in_(["0", "4", "9"])):
                message.read_at = NOW
            reader = account.id
        seen, after = [], None
        for _ in range(4):
            wanted = Wanted("unread", descending=True, after=after, size=3)
            page = own_messages(read(), reader, wanted, unread=False, now=NOW)
            seen += [row.subject for row in page.rows]
            after = page.next_key
        assert seen == ["1", "2", "3", "5", "6", "7", "8", "0", "4", "9"]
        assert after is None
        db.session.remove()


def test_counting_what_is_unread_goes_straight_to_it_however_many_messages_there_are(session):
    wanted = _SIGNED_IN.params(hash="h", since=NOW, now=NOW)
    asked = wanted.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = session.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    assert any("ix_message_unread" in step.detail for step in plan), plan
