import pytest

from portal.domain.errors import RuleBroken
from portal.domain.matters import Check
from portal.services.preparations import PriorCheck, check_matter
from tests.slip_builders import NOW, OFFICE, a_draft, a_scene


def test_a_matter_on_a_slip_is_not_checked_any_more(session):
    scene = a_scene(session)
    a_draft(session, scene)
    with pytest.raises(RuleBroken, match="不能再核实"):
        check_matter(session, scene.ids[0], PriorCheck(), actor=OFFICE, now=NOW)


def test_the_check_is_written_down(session):
    matter = a_scene(session).matters[0]
    check = PriorCheck(Check.YES, Check.NO, Check.UNKNOWN, "区住建局已核对。", urgent=True)
    check_matter(session, matter.id, check, actor=OFFICE, now=NOW)
    session.commit()
    assert (matter.is_true, matter.is_lawful, matter.is_reasonable, matter.check_note, matter.urgent) == (
        Check.YES,
        Check.NO,
        Check.UNKNOWN,
        "区住建局已核对。",
        True,
    )
