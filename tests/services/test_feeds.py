from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from portal.domain.accounts import AccountState
from portal.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from portal.domain.feeds import FeedScope
from portal.domain.people import ADMINISTRATORS, Actor, Role
from portal.services.feeds import TOKEN_BYTES, close_feed, make_feed, renew_feed
from portal.store.extension import db, transaction
from portal.store.models.audit import AuditLine
from portal.store.models.messages import Feed
from portal.store.models.people import Account, AccountLeader
from portal.store.queries.feeds import feed_holder, feeds_of_account
from tests.builders import a_leader
from tests.conftest import NOW
from tests.services.acting import audited

WHOLE, PERSONAL = FeedScope.WHOLE, FeedScope.PERSONAL


def an_account(session, role=Role.OFFICE, leaders=()):
    account = Account(
        username=f"{role.value}-feeds",
        display_name="示例",
        password_hash="-",
        role=role,
        state=AccountState.ACTIVE,
        created_at=NOW,
        password_changed_at=NOW,
        serves=[AccountLeader(leader_id=leader.id) for leader in leaders],
    )
    session.add(account)
    session.commit()
    return Actor(account.id, "示例", role, None, frozenset(leader.id for leader in leaders))


@pytest.fixture
def office(session):
    return an_account(session)


def act(verb, scope, actor):
    with audited() as session:
        return verb(session, scope, actor=actor, now=NOW)


def test_a_feed_is_found_by_its_token_and_belongs_to_its_account(session, office):
    token = act(make_feed, WHOLE, office)
    holder = feed_holder(session, token)
    assert (holder.scope, holder.actor) == (WHOLE, office)
    assert feeds_of_account(session, office.account_id)[WHOLE].token == token
    assert feed_holder(session, token[:-1]) is None
    assert len(token) >= TOKEN_BYTES


def test_the_token_is_nowhere_in_the_database_to_be_read(session, office):
    token = act(make_feed, WHOLE, office)
    stored = session.execute(db.text("select token, token_hash from feed")).one()
    assert token not in stored
    lines = session.execute(select(AuditLine.act, AuditLine.summary, AuditLine.details)).all()
    assert [line.act for line in lines] == ["feed_made"]
    assert token not in str(lines)


def test_a_new_address_closes_the_old_one(session, office):
    old = act(make_feed, WHOLE, office)
    new = act(renew_feed, WHOLE, office)
    assert new != old
    assert feed_holder(session, old) is None
    assert feed_holder(session, new).actor == office
    act(close_feed, WHOLE, office)
    assert feed_holder(session, new) is None
    assert session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all() == [
        "feed_made",
        "feed_renewed",
        "feed_closed",
    ]


def test_a_closed_feed_can_be_opened_again_at_another_address(session, office):
    first = act(make_feed, WHOLE, office)
    act(close_feed, WHOLE, office)
    second = act(make_feed, WHOLE, office)
    assert second != first
    assert feed_holder(session, second) is not None


def test_nobody_renews_or_closes_what_is_not_there(office):
    for verb in (renew_feed, close_feed):
        with pytest.raises(NotFound, match="还没有开通"):
            act(verb, WHOLE, office)


def test_a_second_feed_of_the_same_kind_is_refused(office):
    act(make_feed, WHOLE, office)
    with pytest.raises(Conflict, match="已经开通"):
        act(make_feed, WHOLE, office)


def test_only_who_has_leaders_has_turns_of_their_own(session, office):
    with pytest.raises(RuleBroken, match="没有个人轮值"):
        act(make_feed, PERSONAL, office)
    leader = a_leader()
    session.add(leader)
    session.flush()
    secretary = an_account(session, Role.SECRETARY, [leader])
    assert feed_holder(session, act(make_feed, PERSONAL, secretary)).actor.leader_ids == {leader.id}


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_administrators_have_no_feed(session, role):
    with pytest.raises(NotAllowed):
        act(make_feed, WHOLE, an_account(session, role))


def test_a_disabled_account_has_no_feed_any_more(session, office):
    token = act(make_feed, WHOLE, office)
    session.get_one(Account, office.account_id).state = AccountState.DISABLED
    session.commit()
    assert feed_holder(session, token) is None


def test_of_two_who_open_the_same_feed_at_once_one_succeeds(each_app):
    with each_app.app_context():
        session = db.session()
        session.info["unaudited"] = True
        actor = an_account(session)
        session.info.pop("unaudited")
        db.session.remove()
    came, together = [], Barrier(2)

    def open_it():
        with each_app.app_context():
            together.wait()
            try:
                with transaction() as records:
                    make_feed(records, WHOLE, actor=actor, now=NOW)
                came.append("made")
            except Conflict:
                came.append("refused")
            db.session.remove()

    threads = [Thread(target=open_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["made", "refused"]
    with each_app.app_context():
        assert db.session().scalar(select(func.count(Feed.id))) == 1
        db.session.remove()
