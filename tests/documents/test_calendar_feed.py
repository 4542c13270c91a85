import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.clock import ZONE
from portal.documents.calendar_feed import FeedEvent, FeedSheet, as_text, calendar_feed
from portal.domain.feeds import EventStatus
from tests.calendars import by_icalendar, by_vobject, events

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 1, 9, 0, tzinfo=ZONE)
DAY = FeedEvent(
    uid="reception-day-1@portal.example",
    title="民营企业接待日",
    status=EventStatus.CONFIRMED,
    starts=datetime(2026, 12, 15, 9, 0, tzinfo=ZONE),
    ends=datetime(2026, 12, 15, 11, 40, tzinfo=ZONE),
    place="区工商联会议室",
    description="主接待：吴示宁 区长\n参加：郑示安 副区长",
    url="https://portal.example/reception-days/2026-12-15",
    sequence=3,
    changed_at=AT,
)
SHEET = FeedSheet(
    uid="feed-1@portal.example",
    name="安澜区民营企业接待日",
    description="随安排自动更新",
    source="https://portal.example/calendar/feed/secret.ics",
    url="https://portal.example/calendar/",
    events=(DAY,),
    changed_at=AT,
)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def test_two_libraries_read_the_same_event():
    (event,) = events(calendar_feed(SHEET)).values()
    assert (event.title, event.place, event.status, event.sequence) == (DAY.title, DAY.place, "CONFIRMED", 3)
    assert event.description == DAY.description
    assert (event.starts, event.ends) == (DAY.starts, DAY.ends)
    assert event.starts.utcoffset() == timedelta(hours=8)


@given(ANY_TEXT, ANY_TEXT)
@example("一\r\n二\r三\u2028四\x85五", "\\n\\,;:\"^'")
@example(" 前后有空格 ", "\t制表\t")
@example("中" * 200, "A" * 200)
@example("\ud800半个字", "\x00\x07")
def test_any_text_survives_the_way_there_and_back(title, place):
    data = calendar_feed(replace(SHEET, name=title or "名", events=(replace(DAY, title=title, place=place),)))
    (one,), (other,) = by_icalendar(data).values(), by_vobject(data).values()
    assert (one.title, one.place) == (other.title, other.place) == (as_text(title), as_text(place))


@given(ANY_TEXT)
def test_what_is_left_of_a_text_is_text(text):
    plain = as_text(text)
    assert as_text(plain) == plain
    assert all(sign in "\t\n" or sign >= " " for sign in plain)
    plain.encode()


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=120))
def test_no_line_is_longer_than_75_octets_and_no_character_is_cut_in_two(title):
    data = calendar_feed(replace(SHEET, events=(replace(DAY, title=title, description=title),)))
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 and line.decode() is not None for line in lines)
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_the_calendar_says_its_name_its_source_its_colour_and_how_often_to_look():
    calendar = icalendar.Calendar.from_ical(calendar_feed(SHEET))
    assert (calendar["VERSION"], calendar["UID"], calendar["NAME"]) == ("2.0", SHEET.uid, SHEET.name)
    assert calendar["SOURCE"] == SHEET.source
    assert calendar["COLOR"] == "firebrick"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert calendar["LAST-MODIFIED"].dt == AT.astimezone(UTC)


def test_times_are_those_of_shanghai_and_the_zone_is_defined_in_the_file():
    data = calendar_feed(SHEET)
    assert b"DTSTART;TZID=Asia/Shanghai:20261215T090000\r\n" in data
    (zone,) = icalendar.Calendar.from_ical(data).walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Shanghai"
    (standard,) = zone.walk("STANDARD")
    assert standard["TZOFFSETTO"].td == timedelta(hours=8)


def test_nothing_in_a_feed_is_the_present_moment():
    assert calendar_feed(SHEET) == calendar_feed(SHEET)
    (event,) = icalendar.Calendar.from_ical(calendar_feed(SHEET)).walk("VEVENT")
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == AT.astimezone(UTC)
    assert not event.walk("VALARM")


@pytest.mark.parametrize(
    "status, blocks", [("CONFIRMED", "OPAQUE"), ("TENTATIVE", "OPAQUE"), ("CANCELLED", "TRANSPARENT")]
)
def test_a_cancelled_event_takes_nobodys_time(status, blocks):
    data = calendar_feed(replace(SHEET, events=(replace(DAY, status=EventStatus[status]),)))
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert (event["STATUS"], event["TRANSP"]) == (status, blocks)


def test_a_calendar_without_events_is_one_too():
    assert events(calendar_feed(replace(SHEET, events=()))) == {}


def test_a_portal_that_nobody_subscribes_to_does_not_load_the_library():
    program = "import sys; import portal.app; sys.exit('icalendar' in sys.modules)"
    outcome = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert outcome.returncode == 0
