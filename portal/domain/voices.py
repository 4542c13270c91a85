"""What an enterprise says by itself, beside its opinion of a result (JY-25, QD-22)."""

from portal.domain.labelled import Labelled
from portal.domain.people import Role


class WordKind(Labelled):
    """What kind of word it is."""

    OBJECTION = "objection", "异议"
    BREACH = "breach", "举报作风问题"
    REMARK = "remark", "补充说明"


def may_answer(role: Role, kind: WordKind) -> bool:
    """The office answers everything; supervision answers for breaches as well, and nobody else reads what enterprises say."""
    return role is Role.OFFICE or (role is Role.SUPERVISOR and kind is WordKind.BREACH)
