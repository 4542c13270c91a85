"""What an enterprise says by itself, beside its opinion of a result (JY-25, QD-22)."""

from portal.domain.labelled import Labelled


class WordKind(Labelled):
    """What kind of word it is."""

    OBJECTION = "objection", "异议"
    BREACH = "breach", "举报作风问题"
    REMARK = "remark", "补充说明"
