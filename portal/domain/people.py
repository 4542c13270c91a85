"""Who works with the portal, what each of them may do, and which post a leader holds on a day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from portal.domain.errors import NotAllowed
from portal.domain.labelled import Labelled


class Role(Labelled):
    """The one role of an account (domain 7.2, 9: 三员分立, so an account never has two)."""

    OFFICE = "office", "工商联办公室"
    LEADER = "leader", "区级领导"
    SECRETARY = "secretary", "领导联络员"
    UNIT = "unit", "承办单位"
    SUPERVISOR = "supervisor", "督查室"
    AUDITOR = "auditor", "审计管理员"
    SECURITY = "security", "安全管理员"
    SYSTEM = "system", "系统管理员"


ADMINISTRATORS = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who does something, as rules and the audit trail need to know them.

    `unit_id` is set for people of a handling unit, `heads_unit` for its head; `leader_ids` are the leaders the account
    belongs to or, for a secretary, serves; `stands_in_for` those who let one of these sign in their place today.
    An enterprise that came in by the code on its own paper has no account.
    """

    account_id: int
    name: str
    role: Role
    unit_id: int | None = None
    leader_ids: frozenset[int] = frozenset()
    is_portal: bool = False
    stands_in_for: frozenset[int] = frozenset()
    heads_unit: bool = False
    is_enterprise: bool = False

    @classmethod
    def enterprise(cls, name: str) -> "Actor":
        """An enterprise at its own window: it may speak of its own matters and do nothing else."""
        return cls(account_id=0, name=name, role=Role.SYSTEM, is_enterprise=True)

    @classmethod
    def system(cls) -> "Actor":
        """The portal itself: its own commands and night work. It has no account, so its id is 0."""
        return cls(account_id=0, name="系统", role=Role.SYSTEM, is_portal=True)


class Action(Labelled):
    """Everything a role can be allowed to do; the label completes “您不能…”."""

    SEE_BUSINESS = "see_business", "查看接待业务"
    PLAN_DAYS = "plan_days", "编排接待日"
    PUBLISH_DAY = "publish_day", "发布接待日"
    APPROVE_DAY_CHANGE = "approve_day_change", "批准接待日改期或取消"
    ASSIGN_DUTY = "assign_duty", "安排轮值"
    ASK_LEAVE = "ask_leave", "提出请假"
    DECIDE_LEAVE = "decide_leave", "批准请假"
    SWAP_DUTY = "swap_duty", "调换轮值"
    MARK_UNSUITABLE = "mark_unsuitable", "标记不便的日期"
    KEEP_FEED = "keep_feed", "订阅日历"
    KEEP_OUTBOX = "keep_outbox", "管理消息的发送"
    KEEP_CALENDAR = "keep_calendar", "维护工作日历"
    BOOK = "book", "登记预约"
    REVIEW_BOOKING = "review_booking", "审核预约"
    GIVE_OPINION = "give_opinion", "回复征求的意见"
    KEEP_ROBOTS = "keep_robots", "设置群机器人"
    CHECK_IN = "check_in", "办理签到"
    RECORD_RECEPTION = "record_reception", "记录接待情况"
    DISPOSE_MATTER = "dispose_matter", "处置诉求事项"
    DRAFT_SLIP = "draft_slip", "草拟交办单"
    NUMBER_SLIP = "number_slip", "为交办单编号"
    SIGN_SLIP = "sign_slip", "签批交办单"
    RECORD_SIGNATURE = "record_signature", "登记领导手写签批"
    GIVE_MANDATE = "give_mandate", "委托签批"
    ISSUE_SLIP = "issue_slip", "印发交办单"
    VOID_SLIP = "void_slip", "作废交办单"
    RECEIVE_SLIP = "receive_slip", "签收交办单"
    TRANSFER = "transfer", "转办"
    URGE = "urge", "催办"
    SUPERVISE = "supervise", "督办"
    ARCHIVE = "archive", "整理归档包"
    KEEP_OWN_KEY = "keep_own_key", "管理本人的签名密钥"
    REVOKE_KEYS = "revoke_keys", "吊销签名密钥"
    HANDLE_MATTER = "handle_matter", "办理诉求事项"
    OVERSEE_MATTER = "oversee_matter", "跟踪诉求事项的办理"
    KEEP_MEETINGS = "keep_meetings", "安排调度会和专题研究"
    RATE = "rate", "评价办理结果"
    KEEP_ENTERPRISES = "keep_enterprises", "维护企业档案"
    SEE_PERSONAL_DATA = "see_personal_data", "查看完整的个人信息"
    KEEP_LEADERS = "keep_leaders", "维护领导信息"
    KEEP_SETTINGS = "keep_settings", "修改工作设置"
    KEEP_ACCOUNTS = "keep_accounts", "维护账号"
    APPROVE_ACCOUNTS = "approve_accounts", "审批账号与授权"
    KEEP_UNITS = "keep_units", "维护单位名录"
    RUN_JOBS = "run_jobs", "运行后台任务"
    READ_AUDIT = "read_audit", "查阅审计日志"


_OFFICE = frozenset({Role.OFFICE})
_DUTY = frozenset({Role.OFFICE, Role.LEADER, Role.SECRETARY})
_BUSINESS = _DUTY | {Role.UNIT, Role.SUPERVISOR}

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SEE_BUSINESS: _BUSINESS,
    Action.PLAN_DAYS: _OFFICE,
    Action.PUBLISH_DAY: _OFFICE,
    Action.APPROVE_DAY_CHANGE: frozenset({Role.OFFICE, Role.LEADER}),
    Action.ASSIGN_DUTY: _OFFICE,
    Action.ASK_LEAVE: _DUTY,
    Action.DECIDE_LEAVE: _OFFICE,
    Action.SWAP_DUTY: _DUTY,
    Action.MARK_UNSUITABLE: _DUTY,
    Action.KEEP_FEED: _BUSINESS,
    Action.KEEP_OUTBOX: _OFFICE,
    Action.KEEP_CALENDAR: _OFFICE,
    Action.BOOK: _OFFICE,
    Action.REVIEW_BOOKING: _OFFICE,
    Action.GIVE_OPINION: frozenset({Role.UNIT}),
    Action.KEEP_ROBOTS: _OFFICE,
    Action.CHECK_IN: _OFFICE,
    Action.RECORD_RECEPTION: _OFFICE,
    Action.DISPOSE_MATTER: _OFFICE,
    Action.DRAFT_SLIP: _OFFICE,
    Action.NUMBER_SLIP: _OFFICE,
    Action.SIGN_SLIP: frozenset({Role.LEADER}),
    Action.RECORD_SIGNATURE: _OFFICE,
    Action.GIVE_MANDATE: frozenset({Role.OFFICE, Role.LEADER}),
    Action.ISSUE_SLIP: _OFFICE,
    Action.VOID_SLIP: _OFFICE,
    Action.RECEIVE_SLIP: frozenset({Role.UNIT}),
    Action.TRANSFER: frozenset({Role.OFFICE, Role.SUPERVISOR}),
    Action.URGE: frozenset({Role.OFFICE, Role.SUPERVISOR}),
    Action.SUPERVISE: frozenset({Role.SUPERVISOR}),
    Action.ARCHIVE: _OFFICE,
    Action.KEEP_OWN_KEY: frozenset({Role.LEADER}),
    Action.REVOKE_KEYS: frozenset({Role.SECURITY}),
    Action.HANDLE_MATTER: frozenset({Role.UNIT}),
    Action.OVERSEE_MATTER: frozenset({Role.OFFICE, Role.LEADER, Role.SUPERVISOR}),
    Action.KEEP_MEETINGS: _OFFICE,
    Action.RATE: _OFFICE,
    Action.KEEP_ENTERPRISES: _OFFICE,
    Action.SEE_PERSONAL_DATA: frozenset({Role.OFFICE, Role.UNIT}),
    Action.KEEP_LEADERS: _OFFICE,
    Action.KEEP_SETTINGS: _OFFICE,
    Action.KEEP_ACCOUNTS: frozenset({Role.SYSTEM}),
    Action.APPROVE_ACCOUNTS: frozenset({Role.SECURITY}),
    Action.KEEP_UNITS: frozenset({Role.SYSTEM}),
    Action.RUN_JOBS: frozenset({Role.OFFICE, Role.SYSTEM}),
    Action.READ_AUDIT: frozenset({Role.AUDITOR}),
}
"""Which roles may do what. The three administrators have no business action at all (domain 7.2)."""

NEVER_BY_THE_PORTAL = frozenset(
    {Action.SIGN_SLIP, Action.RECEIVE_SLIP, Action.APPROVE_ACCOUNTS, Action.GIVE_OPINION, Action.KEEP_OWN_KEY}
)
"""What only a person can answer for: the portal's own commands may do everything else."""


def may(actor: Actor, action: Action) -> bool:
    """Whether this actor's role allows the action (domain 7.2)."""
    if actor.is_enterprise:
        return action is Action.RATE
    if actor.is_portal:
        return action not in NEVER_BY_THE_PORTAL
    return actor.role in ALLOWED[action]


def must(actor: Actor, action: Action) -> None:
    """Raise NotAllowed, naming who can do it, unless the actor may (domain 7.2)."""
    if not may(actor, action):
        others = "或".join(role.label for role in Role if role in ALLOWED[action])
        raise NotAllowed(f"您的身份是{actor.role.label}，不能{action.label}，请联系{others}办理。")


class Dated(Protocol):
    """Anything that holds from a day on, until and including another, or without an end."""

    @property
    def from_(self) -> date:
        """The first day it holds."""

    @property
    def until(self) -> date | None:
        """The last day it holds, None while it has no end."""


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class Post:
    """A post as printed after a name; `until` is the last day it was held."""

    title: str
    from_: date
    until: date | None = None


def holds_on(term: Dated, day: date) -> bool:
    """Whether a dated record holds on the day; both ends count (domain 11.2)."""
    return term.from_ <= day and (term.until is None or day <= term.until)


def held_on(posts: Iterable[D], day: date) -> D | None:
    """The post held on the day, the most recently taken up if there are several, so old papers keep theirs.

    None when the person held no post that day (domain 11.2).
    """
    return max((post for post in posts if holds_on(post, day)), key=lambda post: post.from_, default=None)


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """The rules of signing in, all settings (domain 7.2): failures allowed, minutes locked, minutes idle."""

    failures: int = 5
    lock_minutes: int = 15
    idle_minutes: int = 30
    password_length: int = 8
    password_classes: int = 3


DEFAULT_SIGN_IN = SignInPolicy()
LONGEST_PASSWORD = 128


def password_problems(text: str, policy: SignInPolicy = DEFAULT_SIGN_IN) -> list[str]:
    """What is wrong with a new password, in sentences; empty when it will do (domain 7.2: 8+, 3 of 4 classes)."""
    problems = []
    if len(text) < policy.password_length:
        problems.append(f"密码至少 {policy.password_length} 个字符，现在只有 {len(text)} 个。")
    if len(text) > LONGEST_PASSWORD:
        problems.append(f"密码最多 {LONGEST_PASSWORD} 个字符，请缩短。")
    if _classes(text) < policy.password_classes:
        problems.append(f"密码须包含大写字母、小写字母、数字、符号中的至少 {policy.password_classes} 种。")
    return problems


def _classes(text: str) -> int:
    kinds = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
    return sum(any(kind(sign) for sign in text) for kind in kinds)


def locked_until(
    failures: int, last_failure: datetime | None, policy: SignInPolicy = DEFAULT_SIGN_IN
) -> datetime | None:
    """The moment an account opens again after too many wrong passwords, or None if it is not locked (domain 7.2).

    The answer may lie in the past: compare it with now.
    """
    if last_failure is None or failures < policy.failures:
        return None
    return last_failure + timedelta(minutes=policy.lock_minutes)


def role_problems(held: Collection[Role], wanted: Role) -> list[str]:
    """Why a person who already holds these roles may not be given another (domain 7.2: 三员分立).

    One person is at most one of the three administrators, and an administrator does no business.
    """
    others = set(held) - {wanted}
    clash = others if wanted in ADMINISTRATORS else others & ADMINISTRATORS
    return [f"同一人不得兼任{wanted.label}和{role.label}，请换人或先停用原账号。" for role in Role if role in clash]
