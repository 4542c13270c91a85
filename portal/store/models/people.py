"""Units, leaders with dated posts and portfolios, accounts and sign-ins."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.accounts import AccountState
from portal.domain.people import Role
from portal.domain.units import UnitKind
from portal.store.base import Base, Instant, words
from portal.store.sealing import Sealed


class Unit(Base):
    """A department, branch, committee or street that attends and answers."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    short_name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[UnitKind] = mapped_column(words(UnitKind))
    initials: Mapped[str] = mapped_column(String(80), index=True)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class Leader(Base):
    """A district leader; what he or she holds and looks after is dated, the person stays."""

    __tablename__ = "leader"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    initials: Mapped[str] = mapped_column(String(40), index=True)
    position: Mapped[int] = mapped_column(default=0)
    serves_from: Mapped[date]
    serves_until: Mapped[date | None]
    weight: Mapped[float] = mapped_column(default=1.0)
    is_chief: Mapped[bool] = mapped_column(default=False)

    posts: Mapped[list["Post"]] = relationship(
        back_populates="leader", order_by="Post.starts_on", lazy="raise_on_sql", cascade="all, delete-orphan"
    )
    portfolios: Mapped[list["Portfolio"]] = relationship(
        back_populates="leader", order_by="Portfolio.starts_on", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class Post(Base):
    """A post held over a span of days; a slip prints the one held on its day (domain 11.2)."""

    __tablename__ = "post"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    leader: Mapped[Leader] = relationship(back_populates="posts", lazy="raise_on_sql")


class Portfolio(Base):
    """A field a leader looks after over a span of days."""

    __tablename__ = "portfolio"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="span"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), index=True)
    field: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    leader: Mapped[Leader] = relationship(back_populates="portfolios", lazy="raise_on_sql")


class Account(Base):
    """Somebody who may sign in, in exactly one role (三员分立: no account holds two).

    `heads_unit` marks the head of a unit, who signs what the unit hands in.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role <> 'unit' OR unit_id IS NOT NULL", name="unit_accounts_have_a_unit"),
        CheckConstraint("NOT heads_unit OR role = 'unit'", name="heads_a_unit_of_its_own"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(words(Role))
    state: Mapped[AccountState] = mapped_column(words(AccountState))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    heads_unit: Mapped[bool] = mapped_column(default=False)
    email: Mapped[str | None] = mapped_column(Sealed("account.email"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    password_changed_at: Mapped[datetime] = mapped_column(Instant)

    unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")
    serves: Mapped[list["AccountLeader"]] = relationship(
        back_populates="account", lazy="raise_on_sql", cascade="all, delete-orphan"
    )


class AccountLeader(Base):
    """The leader an account belongs to: the leader's own, or each one a secretary serves."""

    __tablename__ = "account_leader"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leader.id"), primary_key=True, index=True)
    account: Mapped[Account] = relationship(back_populates="serves", lazy="raise_on_sql")


class SignInFailure(Base):
    """Failed sign-ins in a row, by the name typed, so that a lock-out holds across processes and restarts."""

    __tablename__ = "sign_in_failure"
    bookkeeping = True

    username: Mapped[str] = mapped_column(String(40), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Instant)


class SignIn(Base):
    """One browser that is signed in; listed for its owner, and ended by revoking it."""

    __tablename__ = "sign_in"
    __table_args__ = (UniqueConstraint("token_hash"),)
    bookkeeping = True

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(200))
