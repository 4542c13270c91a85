"""Messages to people with their fate, and the secret addresses of calendar feeds."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.feeds import FeedScope
from portal.domain.messages import Channel, MessageState
from portal.store.base import Base, Instant, words
from portal.store.sealing import Sealed


class Robot(Base):
    """A robot that posts into a group of DingTalk or WeCom; its address is a secret (domain 8).

    `posts` are the moments of its latest posts and `held_until` is when the service will listen again, both of the running
    clock: a limit a minute holds even where the office's clock stands.
    """

    __tablename__ = "robot"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    channel: Mapped[Channel] = mapped_column(words(Channel, name="robotchannel"))
    address: Mapped[str] = mapped_column(Sealed("robot.address"))
    secret: Mapped[str | None] = mapped_column(Sealed("robot.secret"))
    keyword: Mapped[str] = mapped_column(String(40), default="")
    active: Mapped[bool] = mapped_column(default=True)
    posts: Mapped[str] = mapped_column(Text, default="")
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Message(Base):
    """One message over one channel, to an account, to a group through a robot, or to the visitor of a booking.

    It is the outbox, the list in the portal and the list of calls to make. It is written in the same transaction as the act it
    tells of. `key` names the occasion, so telling twice is harmless. It holds no personal data: a visitor's number is looked up
    when it is sent.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("key", "account_id", "channel", name="told_once"),
        CheckConstraint(
            "(CASE WHEN account_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN robot_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_recipient",
        ),
        Index("ix_message_told_a_group_once", "key", "robot_id", unique=True),
        Index("ix_message_told_a_visitor_once", "key", "booking_id", "channel", unique=True),
        Index("ix_message_due", "state", "due_at"),
        Index("ix_message_of_account", "account_id", "channel", "read_at"),
        Index(
            "ix_message_unread",
            "account_id",
            "channel",
            "state",
            "due_at",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    robot_id: Mapped[int | None] = mapped_column(ForeignKey("robot.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    channel: Mapped[Channel] = mapped_column(words(Channel))
    subject: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(String(200), default="")
    made_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[MessageState] = mapped_column(words(MessageState))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    done_by: Mapped[str] = mapped_column(String(40), default="")
    remark: Mapped[str] = mapped_column(String(100), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(300), default="")


class Lease(Base):
    """A piece of work one process is at; the lease lapses by itself, so a killed process blocks nobody.

    Its moments are those of the running clock, even where the office's clock stands.
    """

    __tablename__ = "lease"
    bookkeeping = True

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Feed(Base):
    """The secret address of an account's calendar feed; renewing it closes the old one."""

    __tablename__ = "feed"
    __table_args__ = (
        UniqueConstraint("account_id", "scope", name="one_feed_a_scope"),
        UniqueConstraint("token_hash", name="one_feed_a_token"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    scope: Mapped[FeedScope] = mapped_column(words(FeedScope))
    token: Mapped[str] = mapped_column(Sealed("feed.token"))
    token_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(Instant)
