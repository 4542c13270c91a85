"""Telling people: every message is in the portal's own list; mail is a further way when it is set up (domain 8)."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from portal.domain.errors import Problem
from portal.domain.labelled import Labelled
from portal.domain.workflow import Workflow, steps

MORNING, EVENING = time(7, 30), time(20, 0)
"""Between evening and morning nobody is reminded of anything, unless the office has set other hours."""


@dataclass(frozen=True, slots=True)
class Daytime:
    """The hours in which people may be reminded (settings quiet_until and quiet_from)."""

    begins: time = MORNING
    ends: time = EVENING


DAYTIME = Daytime()

LONGEST_EMAIL = 120
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}")

PAUSES = (timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""How long to wait after each failed attempt; after one attempt more than there are pauses it has failed."""


class Channel(Labelled):
    """The way a message travels."""

    IN_APP = "in_app", "站内"
    MAIL = "mail", "邮件"
    DINGTALK = "dingtalk", "钉钉群"
    WECOM = "wecom", "企业微信群"
    SMS = "sms", "短信"
    CALL = "call", "电话"


GROUPS = (Channel.DINGTALK, Channel.WECOM)
"""The channels of robots, which post into a group."""


class MessageState(Labelled):
    """What became of a message."""

    WAITING = "waiting", "待发送"
    SENT = "sent", "已送达"
    FAILED = "failed", "发送失败"
    DROPPED = "dropped", "不再发送"


MESSAGE_STEPS = Workflow(
    "消息",
    steps(
        {
            ("重新发送", MessageState.WAITING): (MessageState.FAILED, MessageState.DROPPED),
            ("不再发送", MessageState.DROPPED): (MessageState.WAITING, MessageState.FAILED),
        }
    ),
)
"""What the office may do with what leaves the portal; a message in the portal's own list is simply there."""

CALL_STEPS = Workflow(
    "电话通知",
    steps(
        {
            ("已通知", MessageState.SENT): (MessageState.WAITING,),
            ("撤销", MessageState.WAITING): (MessageState.SENT,),
        }
    ),
)
"""What becomes of a call to make: somebody was reached, or it turns out that nobody was."""


def by_day(at: datetime, daytime: Daytime = DAYTIME) -> datetime:
    """The moment itself in the daytime, otherwise the next morning (`at` in the office's own zone)."""
    if at.time() >= daytime.ends:
        at += timedelta(days=1)
    elif at.time() >= daytime.begins:
        return at
    return datetime.combine(at.date(), daytime.begins, at.tzinfo)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts, never at night, or None when it has failed for good."""
    return by_day(now + PAUSES[attempts - 1]) if attempts <= len(PAUSES) else None


def email_problems(address: str) -> list[Problem]:
    """What is wrong with a mail address, in sentences; none for an empty one, which means no mail."""
    if not address:
        return []
    if len(address) > LONGEST_EMAIL:
        return [Problem("email", f"邮箱地址最多 {LONGEST_EMAIL} 个字符，请检查。")]
    if _EMAIL.fullmatch(address) is None or ".." in address:
        return [Problem("email", "邮箱地址的格式不对，应如 lianluo@example.gov.cn，请检查。")]
    return []
