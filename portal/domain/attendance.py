"""Whether an invited unit came to the reception (NX-06)."""

from portal.domain.labelled import Labelled


class Attendance(Labelled):
    """What became of an invitation."""

    INVITED = "invited", "已通知"
    ATTENDED = "attended", "已到场"
    ABSENT = "absent", "未到场"
