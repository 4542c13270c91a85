"""How enterprises are received on a day: one by one or together, and who comes without a booking (QD-07, domain 2.2)."""

from portal.domain.labelled import Labelled


class ReceptionMode(Labelled):
    """How the enterprises of a slot are received (QD-07)."""

    SINGLE = "single", "逐家接待"
    GROUP = "group", "集体座谈"


class WalkIns(Labelled):
    """What happens with an enterprise that comes without a booking (domain 2.2: places differ)."""

    NEVER = "never", "不安排领导接待，登记诉求后另行约见"
    IF_FREE = "if_free", "有空余名额时接待，排在已预约企业之后"


class AskIdNumber(Labelled):
    """Whose identity number is written down (domain 7.1: only what is needed)."""

    NEVER = "never", "不登记"
    AUTHORISED = "authorised", "只登记授权代表的"
    EVERYBODY = "everybody", "每位来访人都登记"
