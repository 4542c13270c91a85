"""Whoever does whatever in whatever order: a closed matter has a result, a head's signature, the enterprise's word, a review, an approval."""

import os
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from portal.domain.errors import PortalError
from portal.domain.matters import MatterState
from portal.domain.people import Actor, Role
from portal.domain.results import AskedHow, Grade, Resolved, ResultCode
from portal.services import closing, look_backs, result_opinions, results
from portal.services.result_opinions import Opinion
from portal.store.models.handling import Closing, HandlingFile
from portal.store.models.matters import Matter
from portal.store.models.office import OfficeSetting
from portal.store.queries.closings import STATE_OF
from tests.handled_matters import SOLVED, a_matter_in_hand
from tests.slip_builders import NOW, OFFICE

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "12")) * 2
OTHER = Actor(9, "办公室另一人", Role.OFFICE)
SUPERVISOR = Actor(70, "督查室", Role.SUPERVISOR)

who = st.sampled_from(["handler", "head", "helper", "signer", "office", "other", "supervisor", "enterprise"])
opinions = st.sampled_from(
    [
        Opinion(Grade.CONTENT, Resolved.FULLY, AskedHow.PHONE, "某人"),
        Opinion(Grade.FAIRLY_CONTENT, Resolved.PARTLY, AskedHow.LINK, "某人"),
        Opinion(Grade.DISCONTENT, Resolved.NOT, AskedHow.PHONE, "某人", "还是没有办到"),
        Opinion(None, Resolved.NOT, AskedHow.LINK, "", "还是没有办到"),
    ]
)
reports = st.sampled_from(
    [SOLVED, replace(SOLVED, result=ResultCode.EXPLAINED, basis="某办法第八条"), replace(SOLVED, files=())]
)
acts = st.one_of(
    st.tuples(st.just("propose"), who, reports),
    st.tuples(st.just("take_back"), who, st.just("写错了")),
    st.tuples(st.just("head"), who, st.sampled_from(["", "负责人"])),
    st.tuples(st.just("send_back"), who, st.just("重新核实")),
    st.tuples(st.just("opinion"), who, opinions),
    st.tuples(st.just("review"), who, st.booleans()),
    st.tuples(st.just("approve"), who, st.booleans()),
    st.tuples(st.just("reopen"), who, st.just("承诺没有兑现")),
)
NEXT = {
    MatterState.HANDLING: ("propose", "handler", SOLVED),
    MatterState.PROPOSED: ("head", "head", ""),
    MatterState.CONFIRMING: ("opinion", "office", Opinion(Grade.CONTENT, Resolved.FULLY, AskedHow.PHONE, "某人")),
    MatterState.REVIEWING: ("review", "office", True),
    MatterState.APPROVING: ("approve", "signer", True),
    MatterState.CLOSED: ("approve", "other", True),
}
forward = st.just(None)
"""What the matter waits for, whatever that is by then."""


def test_a_matter_is_closed_only_by_the_whole_chain_of_different_people(session):
    came = set()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
    @given(
        story=st.lists(st.one_of(acts, forward), min_size=12, max_size=30),
        rules=st.fixed_dictionaries(
            {"head_signs": st.booleans(), "enterprise_confirms": st.booleans(), "office_approves": st.booleans()}
        ),
    )
    def any_story(story, rules):
        it = _fresh(session, rules)
        for step in story:
            act, name, given_ = step or NEXT[it.matter.state]
            try:
                with session.begin_nested():
                    _do(session, act, it.matter.id, given_, _people(it)[name])
            except PortalError:
                pass
            _must_hold(session, it, rules)
            came.add(it.matter.state)

    any_story()
    assert MatterState.CLOSED in came, "no story came to its end, so nothing was tried"


_kept: dict[int, object] = {}


def _fresh(session, rules):
    """One matter for all stories, as it was when its unit signed for it."""
    if id(session) not in _kept:
        _kept.clear()
        _kept[id(session)] = a_matter_in_hand(session)
        session.commit()
    it = _kept[id(session)]
    session.execute(delete(HandlingFile))
    session.execute(delete(Closing))
    session.execute(delete(OfficeSetting).where(OfficeSetting.name.in_(rules)))
    session.add_all(OfficeSetting(name=name, value=value) for name, value in rules.items())
    session.execute(
        update(Matter).where(Matter.id == it.matter.id).values(state=MatterState.HANDLING, round=1, closed_at=None)
    )
    session.commit()
    session.expire_all()
    return it


def _people(it):
    return {
        "handler": it.handler, "head": it.head, "helper": it.helper, "signer": it.signer, "office": OFFICE,
        "other": OTHER, "supervisor": SUPERVISOR, "enterprise": Actor.enterprise("企业"),
    }  # fmt: skip


def _do(session, act, matter_id, given_, actor):
    known = {"actor": actor, "now": NOW}
    if act == "propose":
        results.propose_result(session, matter_id, given_, **known)
    elif act == "take_back":
        results.take_back(session, matter_id, given_, **known)
    elif act == "head":
        results.head_signs(session, matter_id, given_, **known)
    elif act == "send_back":
        results.head_sends_back(session, matter_id, given_, **known)
    elif act == "opinion":
        result_opinions.give_opinion(session, matter_id, given_, **known)
    elif act == "review":
        closing.review(session, matter_id, passed=given_, remark="情况不符", **known)
    elif act == "approve":
        closing.approve_closing(session, matter_id, approved=given_, remark="情况不符", **known)
    else:
        look_backs.reopen(session, matter_id, given_, **known)


def _must_hold(session, it, rules):
    matter = session.scalars(select(Matter).where(Matter.id == it.matter.id)).one()
    rounds = session.scalars(select(Closing).where(Closing.matter_id == matter.id)).all()
    standing = [row for row in rounds if row.ended_at is None and row.round == matter.round]
    assert len(standing) == (1 if matter.state in (*STATE_OF.values(), MatterState.CLOSED) else 0)
    assert (matter.state is MatterState.CLOSED) == any(row.approved_at for row in standing)
    if matter.state is not MatterState.CLOSED:
        return
    (row,) = standing
    skipped = set(row.skipped.split())
    assert row.told
    assert row.proposed_by in {it.handler.name, it.head.name}
    assert ("head" in skipped) == (not rules["head_signs"])
    assert row.head_at is not None
    assert "head" in skipped or row.head_by in {it.head.name, "负责人"}
    assert (row.opinion_at is not None) != bool(skipped & {"enterprise", "no_enterprise"})
    assert row.reviewed_by in {OFFICE.name, OTHER.name}
    assert row.approved_by in {it.signer.name, *({OFFICE.name, OTHER.name} if rules["office_approves"] else set())}
    assert len({row.proposed_by, row.reviewed_by, row.approved_by}) == 3
