"""How a turn of duty came about, and what has happened to it since (NX-04, domain 2.1)."""

from portal.domain.labelled import Labelled


class TurnOrigin(Labelled):
    """What seated the leader who holds a turn now."""

    PLAN = "plan", "排班"
    HAND = "hand", "手工指定"
    SWAP = "swap", "调换"
    SUBSTITUTION = "substitution", "补位"


KEPT_BY_A_NEW_PLAN = frozenset({TurnOrigin.HAND, TurnOrigin.SWAP, TurnOrigin.SUBSTITUTION})
"""Turns that people have settled among themselves survive a new plan, like fixed ones."""


class TurnAct(Labelled):
    """One change of who holds a place."""

    SEATED = "seated", "排定"
    REPLACED = "replaced", "更换"
    REMOVED = "removed", "撤下"
    SWAPPED = "swapped", "调换"
    SUBSTITUTED = "substituted", "补位"
    ABSENT = "absent", "未到场"


class SubstituteFrom(Labelled):
    """Who steps in first when a leader cannot come (domain 2.1: 补位, or 按值班顺序依次递补)."""

    STANDBY = "standby", "先由当日补位领导补位"
    NEXT = "next", "按轮值顺序依次递补"
