"""Keys are made once however many need them at once, locked with a PIN nobody keeps, renewed and revoked with a reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from sqlalchemy import func, select, text

from portal.documents import certificates
from portal.documents.certificates import Usage, key_from_pkcs12, make_authority
from portal.domain.errors import Conflict, NotAllowed, RuleBroken
from portal.domain.people import Actor, Role
from portal.domain.signing import KeyHolder, KeyOrigin
from portal.services import leader_keys, signing_keys
from portal.services.signing_keys import make_office_keys, office_keys, revoke_key, set_seal
from portal.store.audit_trail import verify
from portal.store.extension import db, read, write
from portal.store.models.audit import AuditLine
from portal.store.models.office import OfficeSetting
from portal.store.models.signing import SigningKey
from portal.store.queries.paper_codes import authorities, revoked_keys
from portal.store.queries.signing_keys import key_of_leader
from tests.builders import a_leader
from tests.services.keeping_papers import PIN, actor_of, give_key
from tests.slip_builders import NOW, OFFICE

SECURITY = Actor(7, "安全管理员", Role.SECURITY)


@pytest.fixture
def leader(session):
    made = a_leader(post="区长")
    session.add(made)
    session.commit()
    return made


def standing(session):
    return {it.standing_for for it in session.scalars(select(SigningKey)) if it.standing_for}


def opened(session, leader, pin, now=NOW):
    return leader_keys.open_key(session, write, leader.id, pin, actor=actor_of(leader), now=now)


def test_the_office_gets_an_authority_an_organ_key_and_a_clock_when_they_are_needed(session):
    assert office_keys(session, now=NOW) is None
    make_office_keys(session, now=NOW)
    session.commit()
    keys = office_keys(session, now=NOW)
    assert standing(session) == {"authority", "organ", "timestamp"}
    assert keys.organ.certificate.issuer == certificates.certificates_in(authorities(session)[0])[0].subject
    assert session.scalar(select(func.count()).where(AuditLine.act == "key_made")) == 3


def test_the_keys_lie_sealed_in_the_database(session):
    make_office_keys(session, now=NOW)
    session.commit()
    raw = session.execute(text("SELECT private_key FROM signing_key WHERE holder = 'organ'")).scalar_one()
    kept = session.scalar(select(SigningKey.private_key).where(SigningKey.holder == KeyHolder.ORGAN))
    assert kept not in raw
    assert "PRIVATE" not in raw


def test_sixteen_who_need_the_keys_at_once_agree_on_one_of_each(each_app):
    start = Barrier(16)

    def need(_):
        with each_app.app_context():
            start.wait()
            try:
                write(lambda session: make_office_keys(session, now=NOW))
                return office_keys(read(), now=NOW).organ.serial
            finally:
                db.session.remove()

    with ThreadPoolExecutor(16) as pool:
        serials = set(pool.map(need, range(16)))
    assert len(serials) == 1
    with each_app.app_context():
        assert read().scalar(select(func.count(SigningKey.id))) == 3
        assert verify(read())[1] is None


def test_a_key_that_soon_ends_is_renewed_and_keeps_the_seal(session):
    make_office_keys(session, now=NOW)
    set_seal(session, "a" * 64, actor=OFFICE, now=NOW)
    session.commit()
    later = NOW + timedelta(days=3 * 365 - 20)
    assert office_keys(session, now=later) is None
    make_office_keys(session, now=later)
    session.commit()
    keys = office_keys(session, now=later)
    assert keys.seal_sha256 == "a" * 64
    ended = session.scalars(select(SigningKey).where(SigningKey.ended_at.is_not(None))).all()
    assert {it.holder for it in ended} == {KeyHolder.ORGAN, KeyHolder.TIMESTAMP}
    assert not any(it.revoked for it in ended)


def test_a_leader_makes_a_key_that_only_the_pin_opens(session, leader):
    give_key(session, leader)
    row = key_of_leader(session, leader.id)
    assert (row.subject, row.not_after.year) == (leader.name, 2029)
    key = opened(session, leader, PIN)
    assert (key.name, key.post, key.serial) == (leader.name, "区长", row.serial)
    with pytest.raises(RuleBroken) as refused:
        opened(session, leader, "other-pin")
    assert refused.value.field == "pin"


def test_how_long_a_certificate_holds_is_a_setting(session, leader):
    session.add(OfficeSetting(name="certificate_years", value=1))
    session.flush()
    give_key(session, leader)
    assert key_of_leader(session, leader.id).not_after.year == 2027


def test_a_weak_pin_is_refused(session, leader):
    with pytest.raises(RuleBroken, match="连续或重复"):
        leader_keys.make_own_key(session, "123456", actor=actor_of(leader), now=NOW)


def test_nobody_but_a_leader_makes_a_key(session, leader):
    secretary = Actor(5, "联络员", Role.SECRETARY, leader_ids=frozenset({leader.id}))
    for actor in (secretary, OFFICE, SECURITY, Actor.system()):
        with pytest.raises(NotAllowed):
            leader_keys.make_own_key(session, PIN, actor=actor, now=NOW)


def test_a_new_key_ends_the_one_before_without_revoking_it(session, leader):
    give_key(session, leader)
    first = key_of_leader(session, leader.id)
    give_key(session, leader, "another-pin")
    assert key_of_leader(session, leader.id).serial != first.serial
    assert revoked_keys(session) == {}
    with pytest.raises(RuleBroken):
        opened(session, leader, PIN)


def test_an_expired_key_signs_no_more(session, leader):
    give_key(session, leader)
    with pytest.raises(RuleBroken, match="已过期"):
        opened(session, leader, PIN, NOW + timedelta(days=4 * 365))


def test_a_leader_ends_the_own_key_with_a_reason(session, leader):
    give_key(session, leader)
    with pytest.raises(RuleBroken, match="请写明原因"):
        leader_keys.end_own_key(session, " ", actor=actor_of(leader), now=NOW)
    ended = leader_keys.end_own_key(session, "口令可能泄露", actor=actor_of(leader), now=NOW)
    session.commit()
    assert key_of_leader(session, leader.id) is None
    assert revoked_keys(session) == {ended.serial: NOW}
    with pytest.raises(Conflict):
        leader_keys.end_own_key(session, "口令可能泄露", actor=actor_of(leader), now=NOW)


def test_the_security_administrator_revokes_any_key_and_nobody_else_does(session, leader):
    give_key(session, leader)
    row = key_of_leader(session, leader.id)
    with pytest.raises(NotAllowed):
        revoke_key(session, row.id, "离任后收回", actor=OFFICE, now=NOW)
    with pytest.raises(Conflict):
        revoke_key(session, row.id, "离任后收回", version=row.version + 1, actor=SECURITY, now=NOW)
    revoke_key(session, row.id, "离任后收回", version=row.version, actor=SECURITY, now=NOW)
    session.commit()
    with pytest.raises(RuleBroken, match="还没有可用的签名密钥"):
        opened(session, leader, PIN)


def test_with_the_authority_go_all_keys_it_issued_and_the_office_gets_new_ones(session, leader):
    give_key(session, leader)
    authority = session.scalars(select(SigningKey).where(SigningKey.standing_for == "authority")).one()
    revoke_key(session, authority.id, "服务器疑似被入侵", actor=SECURITY, now=NOW)
    session.commit()
    assert standing(session) == set()
    make_office_keys(session, now=NOW)
    session.commit()
    assert standing(session) == {"authority", "organ", "timestamp"}
    assert len(authorities(session)) == 2


def a_file(name, now=NOW, password=b"file-pw"):
    root = make_authority(name="外部认证机构", organisation="外部", since=now, until=now + timedelta(days=900))
    key = certificates.issue(
        root, Usage.LEADER, name=name, organisation="外部", since=now, until=now + timedelta(days=300)
    )
    return pkcs12.serialize_key_and_certificates(
        b"key", key.private_key, key.certificate, [root.certificate], BestAvailableEncryption(password)
    )


def test_a_leader_loads_a_certificate_once_and_opens_it_with_the_pin(session, leader):
    loaded = key_from_pkcs12(a_file(f"051@{leader.name}@2"), "file-pw", now=NOW)
    leader_keys.keep_loaded_key(session, loaded, PIN, actor=actor_of(leader), now=NOW)
    session.commit()
    assert key_of_leader(session, leader.id).origin is KeyOrigin.LOADED
    assert opened(session, leader, PIN).serial == loaded.serial
    with pytest.raises(RuleBroken, match="已经登记过"):
        leader_keys.keep_loaded_key(session, loaded, PIN, actor=actor_of(leader), now=NOW)


def test_somebody_elses_certificate_is_refused(session, leader):
    loaded = key_from_pkcs12(a_file("另一个人"), "file-pw", now=NOW)
    with pytest.raises(RuleBroken, match="与您的姓名不一致"):
        leader_keys.keep_loaded_key(session, loaded, PIN, actor=actor_of(leader), now=NOW)


def test_the_database_keeps_one_standing_key_a_purpose_whatever_the_code_does(session, leader):
    give_key(session, leader)
    assert signing_keys.office_keys(session, now=NOW) is not None
    twice = text(
        "INSERT INTO signing_key SELECT id + 100, holder, leader_id, standing_for, origin, subject, serial || 'x',"
        " certificate, chain, private_key, locked, picture_sha256, not_before, not_after, made_at, made_by, ended_at,"
        " ended_reason, revoked, version FROM signing_key"
    )
    with pytest.raises(Exception, match="UNIQUE"):
        session.execute(twice)
