"""Notices in the form of the State Council's, written from the arrangements of the years, and one printed from any days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WEEKDAYS = "一二三四五六日"

NOTICE_2024 = """
国务院办公厅关于2024年
部分节假日安排的通知
国办发明电〔2023〕7号

各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2024年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作，遇有重大突发事件，要按规定及时报告并妥善处置。
国务院办公厅
2023年10月25日
"""

NOTICE_2025 = """
国务院办公厅关于2025年部分节假日安排的通知
国办发明电〔2024〕12号

一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
"""

NOTICE_2026 = """
国务院办公厅关于2026年部分节假日安排的通知
国办发明电〔2025〕7号

一、元旦：１月１日（周四）至３日（周六）放假调休，共３天。１月４日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""

NOTICE_2027 = """
安澜区人民政府办公室转发2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。2月14日（周日）、2月20日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。4月25日（周日）、5月8日（周六）上班。
五、端午节：6月9日（周三）放假1天，不调休。
六、中秋节：9月15日（周三）放假1天，不调休。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。
"""
"""Invented: the real one comes out in November 2026 at the earliest."""


@dataclass(frozen=True)
class Item:
    """One item of a notice: a holiday, its first and last day off, and the days made up for."""

    name: str
    first: date
    last: date
    made_up: Sequence[date] = ()


def notice_of(year: int, items: Sequence[Item]) -> str:
    """A notice as the State Council would print it."""
    lines = [f"国务院办公厅关于{year}年部分节假日安排的通知"]
    lines += [f"{'一二三四五六七八九'[place]}、{_item(year, it)}" for place, it in enumerate(items)]
    return "\n".join(lines)


def _item(year: int, it: Item) -> str:
    length = (it.last - it.first).days + 1
    said = _day(it.first, None if it.first.year == year else 0)
    if length > 1:
        said += "至" + _day(it.last, it.first.month if it.first.year == it.last.year else 0)
    said += "放假" + ("调休" if it.made_up else "") + f"，共{length}天。"
    if it.made_up:
        said += "、".join(_day(day, None if day.year == year else 0) for day in it.made_up) + "上班。"
    return f"{it.name}：{said}"


def _day(day: date, beside: int | None) -> str:
    """A day after one of month `beside`: the month is said again only when it is another; 0 says the year too."""
    year = f"{day.year}年" if beside == 0 else ""
    month = "" if beside == day.month else f"{day.month}月"
    return f"{year}{month}{day.day}日（周{WEEKDAYS[day.weekday()]}）"
