"""The papers that go with a matter on its way, and the three colours of a supervision notice (domain 2.4, 3.1, 3.2)."""

from portal.domain.labelled import Labelled


class PaperKind(Labelled):
    """A kind of paper, by the name that is printed on it."""

    SLIP = "slip", "交办单"
    TRANSFER = "transfer", "转办单"
    REMINDER = "reminder", "催办单"
    SUPERVISION = "supervision", "督办单"
    RESULT_REPORT = "result_report", "办理情况反馈表"
    EXTENSION = "extension", "延期申请表"
    OBJECTION = "objection", "退回（异议）单"
    CLOSING = "closing", "销号审批表"
    LOOK_BACK = "look_back", "回头看记录表"
    REGISTRATION = "registration", "接待登记表"
    NOTICE = "notice", "接待通告"


class UrgingColour(Labelled):
    """How strict a supervision notice is; the office may call a colour by another word (黄 is 橙 in some places)."""

    BLUE = "blue", "蓝色"
    YELLOW = "yellow", "黄色"
    RED = "red", "红色"


NUMBERED_KINDS = (PaperKind.SLIP, PaperKind.TRANSFER, PaperKind.REMINDER, PaperKind.SUPERVISION)
"""Papers that leave under a number of their own; the others carry the number of their slip."""
