"""Matters that are not received, and the proper channel for each (domain 2.2, 11.6)."""

from portal.domain.labelled import Labelled


class RefusalGround(Labelled):
    """Why a booking or a matter is not received; the label is what the enterprise reads."""

    LITIGATION = "litigation", "已经或应当通过诉讼解决"
    ARBITRATION = "arbitration", "已经或应当通过仲裁解决"
    RECONSIDERATION = "reconsideration", "已经或应当通过行政复议解决"
    PETITION = "petition", "信访部门已受理，尚在办理期限内"
    DISCIPLINE = "discipline", "反映干部违纪违法，属纪检监察机关受理"
    CRIMINAL = "criminal", "涉嫌违法犯罪，属公安机关受理"
    CLASSIFIED = "classified", "涉及国家秘密，不得在接待日和本系统中办理"
    ANSWERED = "answered", "同一事项已有正式答复，没有新的事实或理由"
    NOT_OURS = "not_ours", "不属于本级职责或接待领导分管范围"
    NOT_RECEIVABLE = "not_receivable", "来访企业或来访人不属于接待对象"
    OTHER = "other", "其他"

    @property
    def channel(self) -> str:
        """Where the enterprise should turn instead, as the office may word it; blank when nothing general can be said."""
        return _CHANNELS.get(self, "")


def reason_in_words(ground: RefusalGround | None, said: str) -> str:
    """Why it is not received: what the ground says in general, then what was said besides; 其他 says nothing itself."""
    general = "" if ground in (None, RefusalGround.OTHER) else ground.label
    return "：".join(text for text in (general, said.strip()) if text)


def said_besides(ground: RefusalGround | None, reason: str) -> str:
    """The reason without what the ground says in general: the way back from `reason_in_words`."""
    general = "" if ground in (None, RefusalGround.OTHER) else ground.label
    return reason.removeprefix(general).removeprefix("：") if general else reason


def way_on(ground: RefusalGround | None, channel: str) -> str:
    """Where the enterprise should turn instead: as the office wrote, else as the ground says."""
    return channel.strip() or (ground.channel if ground else "")


_CHANNELS = {
    RefusalGround.LITIGATION: "向有管辖权的人民法院提起诉讼或申请执行",
    RefusalGround.ARBITRATION: "向约定的或有管辖权的仲裁机构申请仲裁",
    RefusalGround.RECONSIDERATION: "向有管辖权的行政复议机关申请行政复议",
    RefusalGround.PETITION: "向受理该事项的信访部门查询办理进展",
    RefusalGround.DISCIPLINE: "向纪检监察机关反映，举报电话12388",
    RefusalGround.CRIMINAL: "向公安机关报案，报警电话110",
    RefusalGround.CLASSIFIED: "由专人按保密规定向有关机关当面反映，不得使用本系统",
    RefusalGround.ANSWERED: "按原答复意见告知的救济途径办理",
    RefusalGround.NOT_OURS: "向有职权的机关、单位提出，或拨打12345政务服务便民热线",
    RefusalGround.NOT_RECEIVABLE: "拨打12345政务服务便民热线或向主管部门反映",
}
