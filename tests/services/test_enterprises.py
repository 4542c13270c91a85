"""One file an enterprise, found again however its name was typed."""

import pytest

from portal.domain.errors import Conflict, RuleBroken
from portal.services import enterprises
from portal.services.enterprises import EnterpriseGiven, code_problems, code_warning, names_alike, tidy_name
from portal.store.queries.enterprises import found_enterprises
from tests.booking_orders import OFFICE
from tests.builders import an_enterprise

GOOD, OTHER = "91110000101623741K", "91350100M000100Y43"
NAMED_FALSE = "91350211M0000XUF46"


def test_a_name_is_one_name_with_half_or_full_width_brackets_and_blanks():
    assert tidy_name(" 安澜(云山) 制造有限公司") == tidy_name("安澜（云山）制造有限公司") == "安澜（云山）制造有限公司"


def test_a_wrong_check_digit_is_a_warning_and_no_problem():
    assert code_problems(NAMED_FALSE) == []
    assert "校验位" in code_warning(NAMED_FALSE)
    assert code_warning(GOOD) is None


@pytest.mark.parametrize("code, word", [("9111000010162374", "18 位"), ("91110000101623741凯", "只含数字和大写字母")])
def test_a_code_that_cannot_be_one_is_a_problem(code, word):
    assert word in code_problems(code)[0].message


def test_a_code_is_read_in_any_width_and_case():
    assert enterprises.tidy_code(" ９１11 0000-101623741k ") == GOOD


def test_names_that_differ_in_a_sign_are_named_and_others_are_not():
    known = [(1, "安澜示例华峰精密机械有限公司"), (2, "安澜示例云帆纺织科技有限公司")]
    assert names_alike("安澜示例华锋精密机械有限责任公司", known) == ["安澜示例华峰精密机械有限公司"]
    assert names_alike("安澜示例华峰精密机械有限公司", known) == []


def test_an_enterprise_is_found_by_name_initials_and_code(session):
    session.add(an_enterprise(name="安澜制造有限公司", initials="alzzyxgs", credit_code=GOOD))
    session.commit()
    for text in ("制造", "alzz", "ALZZ", "zzyx", "9111", GOOD.lower()):
        assert [it.name for it in found_enterprises(session, text)] == ["安澜制造有限公司"], text
    assert found_enterprises(session, "%") == []
    assert found_enterprises(session, " ") == []


def test_a_code_of_another_enterprise_is_refused_with_its_name(session, now):
    session.add(an_enterprise(name="安澜甲有限公司", credit_code=GOOD))
    session.commit()
    given = EnterpriseGiven("安澜乙有限公司", GOOD, "云山市安澜区")
    assert "安澜甲有限公司" in enterprises.filing_problems(enterprises.on_file(session, given), given)[0].message
    with pytest.raises(RuleBroken, match="安澜甲有限公司"):
        enterprises.add_enterprise(session, given, actor=OFFICE, now=now)


def test_a_code_that_differs_from_the_file_is_refused(session):
    session.add(an_enterprise(name="安澜甲有限公司", credit_code=GOOD))
    session.commit()
    given = EnterpriseGiven("安澜甲有限公司", OTHER, "云山市安澜区")
    problems = enterprises.filing_problems(enterprises.on_file(session, given), given)
    assert [it.field for it in problems] == ["credit_code"]


def test_a_file_is_changed_only_by_whoever_saw_its_latest_version(session, now):
    enterprise = an_enterprise(name="安澜甲有限公司")
    session.add(enterprise)
    session.commit()
    given = EnterpriseGiven("安澜甲有限公司", GOOD, "云山市安澜区人民路2号", industry="制造")
    enterprises.change_enterprise(session, enterprise.id, given, version=1, actor=OFFICE, now=now)
    session.commit()
    assert (enterprise.industry, enterprise.credit_code, enterprise.version) == ("制造", GOOD, 2)
    with pytest.raises(Conflict):
        enterprises.change_enterprise(session, enterprise.id, given, version=1, actor=OFFICE, now=now)


def test_whoever_is_on_file_as_not_private_stays_so_when_booked(session):
    session.add(an_enterprise(name="安澜国投有限公司", is_private=False))
    session.commit()
    assert (
        enterprises.completed(
            enterprises.on_file(session, EnterpriseGiven("安澜国投有限公司")), EnterpriseGiven("安澜国投有限公司")
        ).is_private
        is False
    )
