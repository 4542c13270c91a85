"""A person's calendar feeds: made, renewed when the address got about, and closed (domain 7.1)."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, NotFound, RuleBroken
from portal.domain.feeds import FeedScope, scopes_of
from portal.domain.people import Action, Actor, must
from portal.store.audit_trail import record
from portal.store.models.messages import Feed
from portal.store.queries.sign_ins import token_hash

TOKEN_BYTES = 32


def make_feed(session: Session, scope: FeedScope, *, actor: Actor, now: datetime) -> str:
    """Open a feed and answer its token; a person holds at most one of each kind.

    Raises RuleBroken when this person cannot have such a feed, Conflict when there is one already.
    """
    must(actor, Action.KEEP_FEED)
    if scope not in scopes_of(actor):
        raise RuleBroken(
            "您的账号没有对应的领导，没有个人轮值可以订阅。请订阅全部接待日，或联系系统管理员补上账号归属。"
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed = Feed(account_id=actor.account_id, scope=scope, token=token, token_hash=token_hash(token), made_at=now)
    session.add(feed)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("这个订阅已经开通。请刷新页面查看订阅地址。") from None
    record(session, actor, now, "feed_made", feed, summary=f"开通日历订阅：{scope.label}")
    return token


def renew_feed(session: Session, scope: FeedScope, *, actor: Actor, now: datetime) -> str:
    """Give a feed a new address and answer its token; the old one is closed from this moment. Raises NotFound."""
    must(actor, Action.KEEP_FEED)
    feed = _own(session, scope, actor)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    feed.token, feed.token_hash, feed.made_at = token, token_hash(token), now
    record(session, actor, now, "feed_renewed", feed, summary=f"更换日历订阅地址：{scope.label}")
    return token


def close_feed(session: Session, scope: FeedScope, *, actor: Actor, now: datetime) -> None:
    """Close a feed: nobody reads it any more. Raises NotFound."""
    must(actor, Action.KEEP_FEED)
    feed = _own(session, scope, actor)
    record(session, actor, now, "feed_closed", feed, summary=f"停止日历订阅：{scope.label}")
    session.delete(feed)


def _own(session: Session, scope: FeedScope, actor: Actor) -> Feed:
    feed = session.scalar(
        select(Feed).where(Feed.account_id == actor.account_id, Feed.scope == scope).with_for_update()
    )
    if feed is None:
        raise NotFound("您还没有开通这个订阅，或已经停止。请在订阅页面重新开通。")
    return feed
