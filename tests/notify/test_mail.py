"""Mail to a real server: taken, refused for good, put off, broken off, or nobody there."""

from datetime import datetime
from urllib.parse import quote

import pytest

from portal.clock import ZONE
from portal.notify.letters import Line, letter_text
from portal.notify.mail import Letter, NotNow, PostOffice, Refused, Unreachable, post_office, send
from tests.live.processes import HOST, free_port
from tests.postboxes import PASSWORD, USER, a_postbox

SENDER = "portal@example.gov.cn"
TO = "lianluo@example.gov.cn"


@pytest.fixture
def box():
    with a_postbox() as made:
        yield made


def a_letter(**given):
    at = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
    return Letter(
        **{"to": TO, "subject": "轮值提醒", "text": "5个工作日后\n", "identity": "messages-7-1", "at": at} | given
    )


def test_a_letter_arrives_in_chinese_with_its_identity_and_is_no_matter_for_an_answer(box):
    send(post_office(box.url, SENDER), a_letter())
    (message,) = box.taken
    assert message["Subject"] == "轮值提醒"
    assert message.get_content().splitlines() == ["5个工作日后"]
    assert (message["To"], message["Message-ID"]) == (TO, "<messages-7-1@example.gov.cn>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Mon, 23 Nov 2026 09:00:00 +0800"
    assert message["From"].addresses[0].addr_spec == SENDER


@pytest.mark.parametrize(
    "answers, kind, why",
    [
        ({"rcpt": {TO: f"550 no such user {TO}"}}, Refused, "不接受这个收件人（550）"),
        ({"rcpt": {TO: "451 later"}}, NotNow, "不接受这个收件人（451）"),
        ({"data": "554 spam"}, Refused, "没有收下邮件（554）"),
        ({"data": "452 full"}, NotNow, "没有收下邮件（452）"),
        ({"mail": "553 who are you"}, Unreachable, "不接受发件地址（553）"),
        ({"breaks_off": True}, Unreachable, "连接中断"),
    ],
)
def test_what_the_server_says_decides_and_no_address_is_repeated(box, answers, kind, why):
    for name, value in answers.items():
        setattr(box, name, value)
    with pytest.raises(kind) as refusal:
        send(post_office(box.url, SENDER), a_letter())
    assert why in str(refusal.value)
    assert "example" not in str(refusal.value)
    assert box.taken == []


def test_a_server_that_is_not_there_is_unreachable():
    with pytest.raises(Unreachable, match="连不上"):
        send(post_office(f"smtp://{HOST}:{free_port()}", SENDER), a_letter())


def test_a_server_that_cannot_keep_a_secret_gets_none(box):
    with pytest.raises(Unreachable, match="加密"):
        send(post_office(f"{box.url}?starttls=1", SENDER), a_letter())
    assert box.taken == []


def test_a_closed_server_lets_the_portal_in_with_its_password():
    with a_postbox(closed=True) as box:
        url = f"smtp://{quote(USER)}:{quote(PASSWORD, safe='')}@{HOST}:{box.port}"
        send(post_office(url, SENDER), a_letter())
        assert box.signed_in == [True]
        with pytest.raises(Unreachable, match="用户名或密码（535）"):
            send(post_office(url.replace(":S3", ":s3"), SENDER), a_letter())


@pytest.mark.parametrize(
    "url, expected",
    [
        ("smtp://mail.example.cn", PostOffice("mail.example.cn", 25, SENDER)),
        ("smtps://mail.example.cn", PostOffice("mail.example.cn", 465, SENDER, tls_at_once=True)),
        (
            "smtp://a%40b:p%2Fw@mail.example.cn:587?starttls=1",
            PostOffice("mail.example.cn", 587, SENDER, starttls=True, user="a@b", password="p/w"),
        ),
    ],
)
def test_the_setting_says_where_the_server_is_and_who_we_are(url, expected):
    assert post_office(url, SENDER) == expected
    assert "p/w" not in repr(expected)


def test_several_things_are_told_in_one_letter_with_their_addresses():
    lines = [
        Line("轮值提醒", "12月15日 09:00", "/reception-days/2026-12-15"),
        Line("请假等待批准", url="/duty/leaves/1"),
    ]
    subject, text = letter_text("原示", lines, district="安澜区", address="https://portal.example", sample=True)
    assert subject == "【示例】2 条提醒：轮值提醒等"
    assert text.startswith("示例数据：单位、企业、人员均为虚构。\n\n原示：\n\n1. 轮值提醒\n12月15日 09:00\n")
    assert "查看：https://portal.example/reception-days/2026-12-15" in text
    assert "2. 请假等待批准\n查看：https://portal.example/duty/leaves/1" in text


def test_one_thing_is_the_subject_itself_and_no_second_line_gets_into_it():
    subject, text = letter_text("原示", [Line("轮值\n提醒")], district="安澜区", address="http://p", sample=False)
    assert subject == "轮值 提醒"
    assert "示例" not in text
