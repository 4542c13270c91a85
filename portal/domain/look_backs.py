"""Looking back (回头看): whether what was closed is still so, by somebody else than who handled it (JY-24, JY-26, JY-35)."""

from portal.domain.labelled import Labelled


class LookBackWhy(Labelled):
    """Why a matter is looked at again."""

    SAMPLE = "sample", "抽查"
    DISCONTENT = "discontent", "企业不满意"
    ORDERED = "ordered", "指定"


class Finding(Labelled):
    """What was found."""

    HOLDS = "holds", "落实到位"
    PARTLY = "partly", "部分落实"
    NOT_DONE = "not_done", "没有落实"
    FAKE = "fake", "虚假销号"
    UNREACHABLE = "unreachable", "未能核实"

    @property
    def reopens(self) -> bool:
        """Whether the matter is taken up again."""
        return self in {Finding.NOT_DONE, Finding.FAKE}
