"""Telling people: every message is in the portal's own list; mail is a further way when it is set up (domain 8)."""

from portal.domain.labelled import Labelled


class Channel(Labelled):
    """The way a message travels."""

    IN_APP = "in_app", "站内"
    MAIL = "mail", "邮件"


class MessageState(Labelled):
    """What became of a message."""

    WAITING = "waiting", "待发送"
    SENT = "sent", "已送达"
    FAILED = "failed", "发送失败"
    DROPPED = "dropped", "不再发送"
