"""Invented leaders and units. Every person carries the syllable 示, so that nobody can be taken for a real one."""

from typing import NamedTuple

from portal.domain.units import UnitKind


class SampleLeader(NamedTuple):
    """A leader with the post held now, the one held before this year, and fields looked after."""

    name: str
    post: str
    earlier_post: str | None
    fields: tuple[str, ...]


LEADERS = (
    SampleLeader("周示安", "区委书记", None, ("全面工作",)),
    SampleLeader("吴示宁", "区委副书记、区长", None, ("全面工作", "审计")),
    SampleLeader("郑示和", "区委副书记", None, ("群团工作", "农业农村")),
    SampleLeader("王示平", "区委常委、常务副区长", "区委常委、副区长", ("财政金融", "发展改革")),
    SampleLeader("冯示清", "区委常委、统战部部长", None, ("统战", "民营经济")),
    SampleLeader("陈示远", "区委常委、组织部部长", None, ("人才",)),
    SampleLeader("褚示明", "区委常委、政法委书记", "副区长、区公安分局局长", ("政法", "涉企执法")),
    SampleLeader("卫示川", "副区长", None, ("工业经济", "科技")),
    SampleLeader("蒋示渊", "副区长", None, ("自然资源", "住房建设")),
    SampleLeader("沈示澜", "副区长", None, ("商务招商", "文化旅游")),
    SampleLeader("韩示岳", "区人大常委会副主任", None, ("财经监督",)),
    SampleLeader("杨示林", "区政协副主席、区工商联主席", "区工商联主席", ("民营经济",)),
)

FEDERATION = "安澜区工商业联合会"

UNITS: tuple[tuple[str, str, UnitKind], ...] = (
    (FEDERATION, "区工商联", UnitKind.FEDERATION),
    ("中共安澜区委督查室", "区委督查室", UnitKind.SUPERVISION),
    ("安澜区人民政府督查室", "区政府督查室", UnitKind.SUPERVISION),
    ("安澜区发展和改革局", "区发改局", UnitKind.DEPARTMENT),
    ("安澜区经济和信息化局", "区经信局", UnitKind.DEPARTMENT),
    ("安澜区科学技术局", "区科技局", UnitKind.DEPARTMENT),
    ("安澜区财政局", "区财政局", UnitKind.DEPARTMENT),
    ("安澜区人力资源和社会保障局", "区人社局", UnitKind.DEPARTMENT),
    ("安澜区住房和城乡建设局", "区住建局", UnitKind.DEPARTMENT),
    ("安澜区交通运输局", "区交通局", UnitKind.DEPARTMENT),
    ("安澜区水务局", "区水务局", UnitKind.DEPARTMENT),
    ("安澜区农业农村局", "区农业农村局", UnitKind.DEPARTMENT),
    ("安澜区商务局", "区商务局", UnitKind.DEPARTMENT),
    ("安澜区文化广电和旅游局", "区文广旅局", UnitKind.DEPARTMENT),
    ("安澜区应急管理局", "区应急局", UnitKind.DEPARTMENT),
    ("安澜区市场监督管理局", "区市监局", UnitKind.DEPARTMENT),
    ("安澜区行政审批局", "区审批局", UnitKind.DEPARTMENT),
    ("安澜区司法局", "区司法局", UnitKind.DEPARTMENT),
    ("安澜区金融工作局", "区金融局", UnitKind.DEPARTMENT),
    ("安澜区综合行政执法局", "区执法局", UnitKind.DEPARTMENT),
    ("云山市自然资源和规划局安澜分局", "区自然资源规划分局", UnitKind.BRANCH),
    ("云山市生态环境局安澜分局", "区生态环境分局", UnitKind.BRANCH),
    ("云山市公安局安澜分局", "区公安分局", UnitKind.BRANCH),
    ("云山市税务局安澜分局", "区税务分局", UnitKind.BRANCH),
    ("安澜区消防救援大队", "区消防大队", UnitKind.BRANCH),
    ("安澜经济开发区管理委员会", "经开区管委会", UnitKind.COMMITTEE),
    ("安澜区澄江街道办事处", "澄江街道", UnitKind.STREET),
    ("安澜区望岳街道办事处", "望岳街道", UnitKind.STREET),
    ("安澜区清溪街道办事处", "清溪街道", UnitKind.STREET),
    ("安澜区柳湾街道办事处", "柳湾街道", UnitKind.STREET),
)

SURNAMES = "赵钱孙李朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = ("诚", "达", "恒", "嘉", "凯", "朗", "茂", "宁", "鹏", "启", "瑞", "盛", "涛", "旺", "欣", "雅", "泽")


def person(number: int) -> str:
    """The invented name of visitor or clerk number so-and-so."""
    return f"{SURNAMES[number % len(SURNAMES)]}示{GIVEN[(number * 7) % len(GIVEN)]}"
