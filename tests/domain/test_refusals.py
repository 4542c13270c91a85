import pytest

from portal.domain.refusals import RefusalGround, reason_in_words, said_besides, way_on


@pytest.mark.parametrize("ground", RefusalGround)
def test_every_ground_but_other_says_where_to_turn_and_fits_where_it_is_kept(ground):
    assert bool(ground.channel) == (ground is not RefusalGround.OTHER)
    assert len(ground.channel) <= 40
    assert len(ground.label) <= 30


@pytest.mark.parametrize("ground", [*RefusalGround, None])
@pytest.mark.parametrize("said", ["", "已由人民法院立案", "原答复：不予支持"])
def test_what_was_said_besides_a_ground_is_found_again(ground, said):
    assert said_besides(ground, reason_in_words(ground, said)) == said


def test_a_ground_and_what_was_said_are_one_reason():
    assert reason_in_words(RefusalGround.LITIGATION, " 二审中 ") == "已经或应当通过诉讼解决：二审中"
    assert reason_in_words(RefusalGround.LITIGATION, "") == "已经或应当通过诉讼解决"
    assert (reason_in_words(RefusalGround.OTHER, "二审中"), reason_in_words(None, "二审中")) == ("二审中", "二审中")


def test_what_the_office_wrote_goes_before_the_grounds_own_channel():
    assert way_on(RefusalGround.PETITION, " 区信访局 ") == "区信访局"
    assert way_on(RefusalGround.PETITION, " ") == RefusalGround.PETITION.channel
    assert (way_on(RefusalGround.OTHER, ""), way_on(None, "")) == ("", "")
