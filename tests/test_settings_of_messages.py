"""The settings of robots and of text messages: what does not fit together stops the start with one clear line."""

import pytest

from portal.config import SettingsRefused, host_list, load_settings, read_headers
from portal.notify.sms import gateway_of

SMS = {"sms_url": "https://sms.example.gov.cn/send", "sms_body": '{"to":"{phone}","say":"{text}"}'}


@pytest.mark.parametrize(
    "given, named",
    [
        ({"sms_url": "sms.example.gov.cn"}, "PORTAL_SMS_URL"),
        ({"sms_url": "https://user:pw@sms.example.gov.cn/"}, "PORTAL_SMS_URL"),
        ({"sms_url": "https://短信.example/"}, "PORTAL_SMS_URL"),
        ({"sms_url": "https://h:0/"}, "PORTAL_SMS_URL"),
        ({"sms_body": None}, "PORTAL_SMS_BODY"),
        ({"sms_url": None}, "PORTAL_SMS_URL"),
        ({"sms_body": '{"to":"{phone}"}'}, "{text}"),
        ({"sms_body": "to={phone}&say={text}"}, "JSON"),
        ({"sms_method": "PUT"}, "PORTAL_SMS_METHOD"),
        ({"sms_method": "GET"}, "PORTAL_SMS_TYPE"),
        ({"sms_type": "xml"}, "PORTAL_SMS_TYPE"),
        ({"sms_headers": "no colon here"}, "PORTAL_SMS_HEADERS"),
        ({"sms_headers": "X-Key: 中文"}, "PORTAL_SMS_HEADERS"),
        ({"sms_ok": "code(0"}, "PORTAL_SMS_OK"),
        ({"robot_hosts": "https://im.example.gov.cn"}, "PORTAL_ROBOT_HOSTS"),
    ],
)
def test_what_cannot_work_is_named_in_one_line(tmp_path, given, named):
    with pytest.raises(SettingsRefused, match=named) as refused:
        load_settings(instance=tmp_path, **{name: value for name, value in (SMS | given).items() if value is not None})
    said = str(refused.value)
    assert "\n" not in said
    assert said.endswith("。")


def test_a_gateway_is_read_from_its_settings(tmp_path):
    settings = load_settings(instance=tmp_path, **SMS, sms_headers="X-Key: 8f2c; Accept: text/plain; q=1\nX-B: 2")
    gateway = gateway_of(settings)
    assert gateway.headers == {"X-Key": "8f2c", "Accept": "text/plain; q=1", "X-B": "2"}
    assert "8f2c" not in repr(gateway)
    assert gateway_of(load_settings(instance=tmp_path)) is None
    assert read_headers("") == {}


def test_hosts_are_compared_in_small_letters_and_parted_by_any_comma():
    assert host_list("IM.example.gov.cn，127.0.0.1:9000, b.example") == (
        "im.example.gov.cn",
        "127.0.0.1:9000",
        "b.example",
    )
