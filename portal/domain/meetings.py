"""Meetings that push open matters on, and studies of what many enterprises raise (JY-04, JY-05, QD-25)."""

from portal.domain.labelled import Labelled


class MeetingKind(Labelled):
    """What kind of meeting it is."""

    DISPATCH = "dispatch", "调度会"
    PUSH = "push", "推进会"
    CONSULTATION = "consultation", "会商"


class MeetingState(Labelled):
    """Where a meeting stands."""

    PLANNED = "planned", "待召开"
    HELD = "held", "已召开"
    CANCELLED = "cancelled", "已取消"


class StudyState(Labelled):
    """Where a study stands."""

    PROPOSED = "proposed", "建议立项"
    OPEN = "open", "研究中"
    CONCLUDED = "concluded", "已形成结论"
    DROPPED = "dropped", "不予立项"
