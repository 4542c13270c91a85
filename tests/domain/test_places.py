import pytest

from portal.domain.places import names_other_region

OWN = "云山市安澜区"

INSIDE = [
    "云山市安澜区人民路1号",
    "江南省云山市安澜区人民路1号",
    "安澜区城关镇幸福村",
    "安澜人民路8号",
    "云山安澜区人民路",
    "江南云山安澜区人民路",
    "云山市市辖区安澜区建设路",
    "云山 安澜区 人民路",
    "安澜县前街12号",
    "云山市",
    "本区城关镇",
    "我区工业园区3号",
    "人民路12号",
    "人民路小区3栋",
    "建设路城市广场2楼",
    "城关镇农贸市场",
    "云山经济技术开发区创业路",
    "云山市高新区科技路9号",
    "经开区B区3号",
    "综合保税区一号仓",
    "红旗路5号",
    "市府路5号",
    "",
]

OUTSIDE = [
    "云山市临江区人民路1号",
    "云山临江区人民路",
    "临江区政府路8号",
    "江南省云山市临江区",
    "云山县人民路1号",
    "海州市建设路",
    "海州市安澜区人民路",
    "临江市民主路3号",
    "海州市安澜街道",
    "内蒙古自治区草原市东河左旗",
    "凉川自治州西河县城关镇",
    "景德镇市昌江区",
    "新乡市红旗区",
    "海州市市中区市府路",
    "路桥区路桥街道",
]


@pytest.mark.parametrize("place", INSIDE)
def test_an_address_counts_as_inside_unless_it_names_another_region(place):
    assert not names_other_region(place, OWN)


@pytest.mark.parametrize("place", OUTSIDE)
def test_an_address_that_names_another_region_is_outside(place):
    assert names_other_region(place, OWN)


def test_a_district_written_without_its_city_accepts_any_city_before_it():
    assert not names_other_region("云山市安澜区人民路", "安澜区")
    assert names_other_region("云山市临江区人民路", "安澜区")


def test_a_county_level_city_under_a_city_is_its_own_district():
    assert not names_other_region("云山市安澜市人民路", "云山市安澜市")
    assert not names_other_region("云山市安澜市人民路", "安澜市")
    assert names_other_region("云山市", "安澜市")


def test_a_county_beside_its_namesake_city_is_another_region():
    assert names_other_region("云山县城关镇", "云山市安澜区")
    assert not names_other_region("云山县城关镇", "云山县")


def test_a_district_of_one_letter_has_no_short_form():
    assert not names_other_region("城区人民路", "云山市城区")
    assert not names_other_region("城北路2号", "云山市城区")
    assert names_other_region("郊区人民路", "云山市城区")
