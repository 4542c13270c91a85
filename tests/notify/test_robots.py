"""Robots: only their own addresses are asked, and a post fits."""

import pytest

from portal.domain.messages import Channel
from portal.notify.letters import Line
from portal.notify.robots import MOST_BYTES, address_problem, digest, fitting

GOOD = "https://oapi.dingtalk.com/robot/send?access_token=abc"
ALLOWED = ("im.example.gov.cn", "127.0.0.1:9000", "10.0.0.8")


@pytest.mark.parametrize(
    "channel, url",
    [
        (Channel.DINGTALK, GOOD),
        (Channel.DINGTALK, "https://OAPI.dingtalk.com:443/robot/send?access_token=abc"),
        (Channel.WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc-def"),
        (Channel.DINGTALK, "https://im.example.gov.cn/relay"),
        (Channel.WECOM, "http://127.0.0.1:9000/x"),
    ],
)
def test_the_robots_own_addresses_and_those_of_the_settings_will_do(channel, url):
    assert address_problem(channel, url, ALLOWED) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "oapi.dingtalk.com/robot/send?access_token=abc",
        "http://oapi.dingtalk.com/robot/send?access_token=abc",
        "ftp://oapi.dingtalk.com/robot/send?access_token=abc",
        "file:///etc/passwd",
        "https://oapi.dingtalk.com/robot/send",
        "https://oapi.dingtalk.com/other?access_token=abc",
        "https://oapi.dingtalk.com:8443/robot/send?access_token=abc",
        "https://oapi.dingtalk.com.evil.example/robot/send?access_token=abc",
        "https://oapi.dingtalk.com@10.0.0.8/robot/send?access_token=abc",
        "https://evil.example\\@oapi.dingtalk.com/robot/send?access_token=abc",
        "https://oapi.dingtalk.com/robot/send?access_token=abc#@10.0.0.8",
        "https://oapi.dingtalk.com/robot/send?access_token=a b",
        "https://oapi.dingtalk.com/robot/send?access_token=a\r\nHost: 10.0.0.8",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/robot/send?access_token=abc",
        "http://127.0.0.1:9001/x",
        "https://[::1]/robot/send?access_token=abc",
        "https://2130706433/robot/send",
        "https://localhost/robot/send",
        "http://10.0.0.8/relay",
        "https://im.example.gov.cn:8443/relay",
        "https://im.example.gov.cn./relay",
        "https://ｏapi.dingtalk.com/robot/send?access_token=abc",
        "https://oapi.dingtalk.com:99999/robot/send?access_token=abc",
        "https://[::1",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc",
    ],
)
def test_any_other_address_is_refused_with_words(url):
    assert address_problem(Channel.DINGTALK, url, ALLOWED).endswith(("。",))


@pytest.mark.parametrize("channel", list(MOST_BYTES))
def test_what_is_said_to_fit_fits_and_one_that_is_too_long_is_cut(channel):
    lines = [
        Line(f"{number}号接待日已发布" * 8, "地点：区工商联会议室", "/reception-days/2026-12-15")
        for number in range(300)
    ]
    most = fitting(channel, lines, frame="x" * 300)
    text = digest(channel, lines[:most], organ="安澜区工商业联合会", address="https://portal.example", keyword="接待日")
    assert 1 <= most < 300
    assert len(text.encode()) <= MOST_BYTES[channel]
    assert f"\n{most}. " in text
    huge = [Line("长" * 10_000)]
    assert fitting(channel, huge, frame="") == 1
    assert len(digest(channel, huge, organ="", address="").encode()) <= MOST_BYTES[channel]
