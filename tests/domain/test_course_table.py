from portal.domain.course_table import cells, lines, summary
from portal.domain.matter_course import MatterAct, Party, is_allowed
from portal.domain.matters import MatterState


def test_every_cell_is_decided_once_and_as_the_course_says():
    found = cells()
    assert len({(it.state, it.act, it.party) for it in found}) == len(MatterState) * len(MatterAct) * len(Party)
    for cell in found:
        assert cell.is_allowed is is_allowed(cell.state, cell.act, {cell.party}), cell
        assert cell.is_allowed or cell.reason, cell


def test_the_lines_hold_exactly_the_allowed_cells():
    found = cells()
    told = {(it.state, it.act, party) for it in lines(found) for party in it.parties}
    assert told == {(it.state, it.act, it.party) for it in found if it.is_allowed}


def test_the_kinds_of_cells_add_up():
    found = cells()
    assert not any(it.is_allowed and it.by_others for it in found)
    assert f"= {len(found)} 格" in summary(found)
