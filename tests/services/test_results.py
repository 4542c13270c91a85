"""A unit's result: who signs it, what it must say, and which step the rules leave out."""

from dataclasses import replace

import pytest

from portal.domain.errors import NotAllowed, RuleBroken
from portal.domain.matters import MatterState
from portal.domain.results import ResultCode
from portal.services import results
from portal.store.models.handling import Closing
from portal.store.models.office import OfficeSetting
from tests.handled_matters import SOLVED, a_matter_in_hand
from tests.slip_builders import NOW, OFFICE


def test_a_handler_does_not_sign_as_the_head_of_the_unit(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    with pytest.raises(NotAllowed, match="牵头单位负责人"):
        results.head_signs(session, it.matter.id, actor=it.handler, now=NOW)


def test_the_office_enters_a_heads_signature_from_paper_with_the_name_on_it(session):
    it = a_matter_in_hand(session)
    results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    with pytest.raises(RuleBroken, match="负责人姓名"):
        results.head_signs(session, it.matter.id, actor=OFFICE, now=NOW)
    signed = results.head_signs(session, it.matter.id, "某负责人", actor=OFFICE, now=NOW)
    assert (signed.head_by, signed.head_recorded_by) == ("某负责人", OFFICE.name)


@pytest.mark.parametrize(
    "given,sentence",
    [
        ({"told": "好了"}, "办理过程和结果"),
        ({"files": ()}, "佐证材料"),
        ({"result": ResultCode.EXPLAINED}, "法律或政策依据"),
    ],
)
def test_a_result_without_words_evidence_or_basis_is_refused_at_its_field(session, given, sentence):
    it = a_matter_in_hand(session)
    with pytest.raises(RuleBroken, match=sentence):
        results.propose_result(session, it.matter.id, replace(SOLVED, **given), actor=it.handler, now=NOW)


def test_a_step_the_rules_leave_out_is_named_on_the_record(session):
    it = a_matter_in_hand(session)
    session.add(OfficeSetting(name="head_signs", value=False))
    session.add(OfficeSetting(name="enterprise_confirms", value=False))
    session.flush()
    result = results.propose_result(session, it.matter.id, SOLVED, actor=it.handler, now=NOW)
    assert (it.matter.state, result.skipped) == (MatterState.REVIEWING, "head enterprise")


def test_the_same_form_sent_twice_is_one_result(session):
    it = a_matter_in_hand(session)
    given = replace(SOLVED, form_token="a-form")
    first = results.propose_result(session, it.matter.id, given, actor=it.handler, now=NOW)
    assert results.propose_result(session, it.matter.id, given, actor=it.handler, now=NOW).id == first.id
    assert session.query(Closing).count() == 1
