"""How a slip came to be signed; each way is recorded for what it is and claims no more (domain 7.3, 11.15)."""

from portal.domain.labelled import Labelled
from portal.domain.slips import SlipState


class SignedHow(Labelled):
    """The way a leader signed."""

    HAND = "hand", "纸面手写"
    SCREEN = "screen", "系统内签批"
    TABLET = "tablet", "屏幕手写签名"
    CERTIFICATE = "certificate", "数字证书签名"

    @property
    def meaning(self) -> str:
        """What this way is, and what it is not (domain 7.3: a drawn signature is not a reliable one)."""
        return _MEANING[self]


_MEANING = {
    SignedHow.HAND: "领导在打印的交办单上手写批示并签名，系统登记批示内容并保存扫描件；以纸面原件为准。",
    SignedHow.SCREEN: "领导登录后在系统内填写批示并确认，系统记录账号、时间和单据指纹；是内部办理记录，不是电子签名。",
    SignedHow.TABLET: "领导核验身份后在屏幕上手写签名，笔迹与单据指纹一并保存；是内部办理记录，不等同于可靠的电子签名。",
    SignedHow.CERTIFICATE: (
        "领导用本人证书对存档件签名，改动一个字节都能发现；证书由本系统自设的认证机构签发或由领导自备，"
        "是否构成可靠的电子签名，由使用单位依法判断。"
    ),
}

ON_SCREEN = frozenset({SignedHow.SCREEN, SignedHow.TABLET, SignedHow.CERTIFICATE})
"""Ways in which the leader signs in the portal; the office may switch each off but never invent one."""


class SignatureRole(Labelled):
    """What a signature on a slip is for."""

    SIGNER = "signer", "签批"
    COUNTERSIGNER = "countersigner", "会签"


class Proof(Labelled):
    """How the person who signed was asked again who they are, right before signing."""

    NONE = "none", "未再核验"
    PASSWORD = "password", "登录密码"
    CODE = "code", "动态验证码"
    PIN = "pin", "签名口令"


class KeyHolder(Labelled):
    """Whose key it is."""

    AUTHORITY = "authority", "本系统认证机构"
    ORGAN = "organ", "单据出具"
    TIMESTAMP = "timestamp", "时间戳"
    LEADER = "leader", "领导"


class KeyOrigin(Labelled):
    """Where a key comes from."""

    MADE = "made", "本系统签发"
    LOADED = "loaded", "由证书文件导入"


class TimeStamps(Labelled):
    """Whether signatures with a certificate carry a time stamp, and whose clock it proves."""

    NONE = "none", "不加盖"
    OWN = "own", "本系统时钟（只证明本系统的时间）"
    SERVICE = "service", "外部时间戳服务"


SENT_STATES = (SlipState.ISSUED, SlipState.RECEIVED)
"""The units are at it."""
ISSUED_STATES = (*SENT_STATES, SlipState.CLOSED, SlipState.RETURNED)
SIGNED_STATES = (SlipState.SIGNED, *ISSUED_STATES)
NUMBERED_STATES = (SlipState.AWAITING_SIGNATURE, *SIGNED_STATES)
MOST_COUNTERSIGNERS = 3
