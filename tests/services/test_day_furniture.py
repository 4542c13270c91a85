from datetime import time

import pytest
from sqlalchemy import select

from portal.domain.errors import NotAllowed, NotFound, RuleBroken
from portal.domain.people import Actor, Role
from portal.services.slot_templates import (
    TemplateEntry,
    add_slot_template,
    edit_slot_template,
    restore_slot_template,
    retire_slot_template,
)
from portal.services.venues import VenueEntry, add_venue, edit_venue, restore_venue, retire_venue
from portal.store.models.audit import AuditLine
from portal.store.queries.day_furniture import slot_templates, venue_named, venues
from tests.builders import an_enterprise
from tests.services.acting import audited

OFFICE = Actor(1, "办公室", Role.OFFICE)
HALF_DAY = TemplateEntry("半天四场", time(9, 0), 40, 4, break_from=time(10, 20), break_minutes=10)


def act(service, *args, actor=OFFICE, now):
    with audited() as session:
        return service(session, *args, actor=actor, now=now)


def test_a_venue_lent_by_an_enterprise_is_entered_changed_retired_and_restored(session, now):
    session.add(lender := an_enterprise(name="安澜甲公司"))
    session.commit()
    venue = act(add_venue, VenueEntry(" 安澜甲公司会议室 ", "安澜大道1号", lender.id), now=now)
    assert venue_named(session, "安澜甲公司会议室").enterprise == "安澜甲公司"
    act(edit_venue, venue.id, VenueEntry("安澜甲公司二楼会议室"), now=now)
    act(retire_venue, venue.id, now=now)
    assert venues(session) == []
    act(restore_venue, venue.id, now=now)
    (row,) = venues(session)
    assert (row.name, row.address, row.enterprise_id) == ("安澜甲公司二楼会议室", "", None)
    acts = session.scalars(select(AuditLine.act).order_by(AuditLine.id)).all()
    assert acts == ["venue_added", "venue_edited", "venue_retired", "venue_restored"]


@pytest.mark.parametrize(
    "entry,field,words",
    [
        (VenueEntry(" "), "name", "请填写场所名称"),
        (VenueEntry("会议室"), "name", "已有名为“会议室”的场所"),
        (VenueEntry("长" * 121), "name", "最多 120 个字"),
        (VenueEntry("室", "址" * 161), "address", "最多 160 个字"),
        (VenueEntry("室", "\U0001f3e2"), "address", "打印字体中没有"),
        (VenueEntry("室", enterprise_id=99), "enterprise_id", "没有找到这家企业"),
    ],
)
def test_a_venue_that_cannot_be_kept_is_refused_at_its_field(session, now, entry, field, words):
    act(add_venue, VenueEntry("会议室"), now=now)
    with pytest.raises(RuleBroken, match=words) as caught:
        act(add_venue, entry, now=now)
    assert caught.value.field == field


def test_a_template_is_kept_changed_retired_and_restored(session, now):
    template = act(add_slot_template, HALF_DAY, now=now)
    act(edit_slot_template, template.id, TemplateEntry("半天三场", time(9, 20), 30, 3), now=now)
    (row,) = slot_templates(session)
    assert (row.name, row.starts_at, row.slots, row.break_from, row.break_minutes) == (
        "半天三场", time(9, 20), 3, None, 0,
    )  # fmt: skip
    act(retire_slot_template, template.id, now=now)
    assert slot_templates(session) == []
    act(restore_slot_template, template.id, now=now)
    assert len(slot_templates(session)) == 1


@pytest.mark.parametrize(
    "entry,field",
    [
        (TemplateEntry("", time(9), 40, 4), "name"),
        (TemplateEntry("半天四场", time(9), 40, 4), "name"),
        (TemplateEntry("甲", time(9), 0, 4), "slot_minutes"),
        (TemplateEntry("甲", time(22), 60, 9), "slots"),
        (TemplateEntry("甲", time(9), 40, 4, seats=0), "seats"),
        (TemplateEntry("甲", time(9), 40, 4, break_from=time(12)), "break_minutes"),
        (TemplateEntry("甲", time(9), 40, 4, break_minutes=30), "break_from"),
    ],
)
def test_a_template_without_sense_is_refused_at_its_field(session, now, entry, field):
    act(add_slot_template, HALF_DAY, now=now)
    with pytest.raises(RuleBroken) as caught:
        act(add_slot_template, entry, now=now)
    assert caught.value.field == field


def test_only_the_office_keeps_them_and_what_is_not_there_is_not_found(app, now):
    with app.app_context():
        for service, entry in ((add_venue, VenueEntry("会议室")), (add_slot_template, HALF_DAY)):
            with pytest.raises(NotAllowed):
                act(service, entry, actor=Actor(2, "领导", Role.LEADER), now=now)
        for service in (retire_venue, restore_venue, retire_slot_template, restore_slot_template):
            with pytest.raises(NotFound):
                act(service, 99, now=now)
