"""Who came to the reception: the units that were asked, and how many persons with an enterprise (NX-06, domain 11.7)."""

from portal.domain.labelled import Labelled


class Attendance(Labelled):
    """What became of an invitation."""

    INVITED = "invited", "已通知"
    ATTENDED = "attended", "已到场"
    ABSENT = "absent", "未到场"


def persons_came(counted: int | None, companions: int) -> int:
    """How many persons came with an enterprise: as counted at the door, else the visitor and the registered companions."""
    return 1 + companions if counted is None else counted
