"""What a unit has to do: each kind of it, in the order of a matter's course."""

from portal.domain.labelled import Labelled


class TodoKind(Labelled):
    """Why something is on a unit's list; each goes away by doing it."""

    SIGN = "sign", "签收交办单"
    CONTACT = "contact", "联系企业"
    HANDLE = "handle", "办理并报送结果"
    REDO = "redo", "退回重办"
    ASSIST = "assist", "答复牵头单位"
    HEAD = "head", "审签办理结果"
    REPLY = "reply", "回复催办督办"
    TASK = "task", "完成分派"
