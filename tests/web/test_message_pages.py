"""One's own messages, the office's view of every one, and the mail address of an account."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal.domain.messages import Channel, MessageState
from portal.domain.people import Role
from portal.services.messages import tell
from portal.services.outbox import mark_failed
from portal.store.models.messages import Message
from portal.store.models.people import Account
from tests.conftest import NOW


@pytest.fixture
def office(sign_in):
    return sign_in(Role.OFFICE)


def account_id(session, username="office"):
    return session.scalar(select(Account.id).where(Account.username == username))


def told(session, subject="轮值提醒", *, username="office", **given):
    given = {"key": subject, "now": NOW} | given
    tell(session, [account_id(session, username)], given.pop("key"), subject, **given)
    session.commit()
    return session.scalars(select(Message).where(Message.subject == subject).order_by(Message.id)).first()


def exported(browser, address):
    return CalamineWorkbook.from_filelike(BytesIO(browser.get(address).data)).get_sheet_by_index(0).to_python()


def read(browser, address="/messages/"):
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_without_messages_the_page_says_what_will_come_here(office):
    page = read(office)
    assert "还没有消息" in page
    assert "messages.xlsx" not in page


def test_unread_messages_come_first_and_are_counted_in_the_top_bar(office, session):
    known = told(session, "读过的消息")
    known.read_at = NOW
    late = told(session, "后说的旧消息", now=NOW - timedelta(days=3), key="b")
    told(session, "昨天的消息", now=NOW - timedelta(days=1), key="c")
    page = read(office)
    assert page.index("昨天的消息") < page.index("后说的旧消息") < page.index("读过的消息")
    assert '<b class="count">2<span' in page
    assert late.read_at is None, "looking at the list reads nothing"


def test_a_message_of_the_future_is_neither_shown_nor_counted(office, session):
    told(session, "明早的消息", due_at=NOW + timedelta(hours=1))
    page = read(office)
    assert "明早的消息" not in page
    assert 'class="count"' not in page


def test_opening_a_message_marks_it_read_and_goes_where_it_leads(office, session):
    message = told(session, url="/duty/")
    answer = office.post(f"/messages/{message.id}/open")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/duty/")
    session.refresh(message)
    assert message.read_at == NOW
    assert "未读</span>" not in read(office, "/messages/?show=unread").partition("<table")[2]


def test_a_message_that_leads_nowhere_comes_back_to_the_list(office, session):
    message = told(session)
    assert office.post(f"/messages/{message.id}/open").headers["Location"] == "/messages/"
    assert "没有未读的消息" in read(office, "/messages/?show=unread")


def test_nobody_reads_or_opens_the_messages_of_somebody_else(office, sign_in, session):
    message = told(session, "给办公室的消息")
    other = sign_in(Role.SUPERVISOR)
    assert "给办公室的消息" not in read(other)
    assert other.post(f"/messages/{message.id}/open").status_code == 404
    assert other.post("/messages/read-all").status_code == 303
    session.refresh(message)
    assert message.read_at is None
    assert office.post("/messages/999/open").status_code == 404


def test_all_messages_that_have_come_are_marked_read_at_once(office, session):
    come, coming = told(session, "到了的"), told(session, "没到的", due_at=NOW + timedelta(minutes=1))
    assert office.post("/messages/read-all").status_code == 303
    session.expire_all()
    assert (come.read_at, coming.read_at) == (NOW, None)


def test_the_list_goes_on_by_key_and_loses_no_message(office, session):
    for number in range(60):
        told(session, f"消息{number:02}", key=f"k{number}", now=NOW - timedelta(minutes=number))
    session.scalars(select(Message).where(Message.subject == "消息30")).one().read_at = NOW
    session.commit()
    first = read(office)
    onward = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = read(office, onward)
    seen = [f"消息{number:02}" in page for page in (first, second) for number in range(60)]
    assert sum(seen) == 60
    assert "消息30" in second, "what was read comes last"


def test_messages_are_exported(office, session):
    told(session, body="12月15日")
    assert exported(office, "/messages/messages.xlsx")[-1][1:3] == ["轮值提醒", "12月15日"]


def test_the_top_bar_costs_no_statement_of_its_own(office, session, statements):
    read(office, "/account/")
    statements.clear()
    read(office, "/account/")
    none = [it for it in statements if not it.startswith(("BEGIN", "PRAGMA"))]
    told(session)
    read(office, "/account/")
    statements.clear()
    assert '<b class="count">1<span' in read(office, "/account/")
    assert len([it for it in statements if not it.startswith(("BEGIN", "PRAGMA"))]) == len(none)


def test_a_hundred_unread_messages_are_said_as_more_than_99(office, session):
    for number in range(101):
        told(session, f"消息{number}", key=f"k{number}")
    assert "99+" in read(office)


# --- the office's view -------------------------------------------------------------


def a_mail(session, state=MessageState.FAILED, **given):
    session.scalars(select(Account)).first().email = "lianluo@example.gov.cn"
    session.commit()
    told(session)
    mail = session.scalars(select(Message).where(Message.channel == Channel.MAIL)).one()
    mail.state = state
    for name, value in given.items():
        setattr(mail, name, value)
    session.commit()
    return mail


def test_the_office_sees_what_became_of_every_message_without_addresses(office, session):
    a_mail(session, attempts=5, error="邮件服务器拒收（550）")
    page = read(office, "/messages/outbox")
    assert "邮件服务器拒收（550）" in page
    assert "1 条发送失败" in page
    assert "example.gov.cn" not in page
    assert "轮值提醒" not in read(office, "/messages/outbox?state=waiting")
    assert "没有符合条件" in read(office, "/messages/outbox?q=没有这个")
    assert 'data-label="操作"></td>' in page, "a cell with nothing to do is empty, so that a telephone leaves it out"
    rows = [row[3:6] for row in exported(office, "/messages/outbox.xlsx?channel=mail")]
    assert rows[-1] == ["邮件", "轮值提醒", "发送失败"]
    assert not any("站内" in row for row in rows)


def test_a_mail_that_was_sent_is_said_to_be_sent_and_one_for_the_morning_to_be_on_its_way(office, session):
    a_mail(session, MessageState.SENT, attempts=1, sent_at=NOW, due_at=NOW + timedelta(minutes=2))
    told(session, "明早的提醒", due_at=NOW + timedelta(hours=20))
    sent = read(office, "/messages/outbox?channel=mail&q=轮值")
    assert "11月22日 09:00 送达" in sent
    assert "待送达" not in sent
    coming = read(office, "/messages/outbox?channel=in_app&q=明早")
    assert "待送达" in coming
    assert "11月23日 05:00 送达" in coming


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT, Role.SYSTEM])
def test_only_the_office_sees_the_outbox(sign_in, role):
    assert sign_in(role).get("/messages/outbox").status_code == 403


@pytest.mark.usefixtures("office")
def test_a_mail_given_up_while_it_was_on_its_way_stays_given_up(session):
    mail = a_mail(session, MessageState.DROPPED, attempts=1, error="办公室决定不再发送")
    assert mark_failed(session, [mail.id], "邮件服务器拒收（550）", for_good=True) == 0
    session.commit()
    assert (mail.state, mail.error) == (MessageState.DROPPED, "办公室决定不再发送")


def test_a_failed_mail_is_sent_again_or_given_up(office, session):
    mail = a_mail(session, attempts=5, error="拒收")
    assert office.post(f"/messages/outbox/{mail.id}/retry").status_code == 303
    session.refresh(mail)
    assert (mail.state, mail.attempts, mail.due_at, mail.error) == (MessageState.WAITING, 0, NOW, "")
    office.post(f"/messages/outbox/{mail.id}/drop")
    session.refresh(mail)
    assert mail.state is MessageState.DROPPED
    answer = office.post(f"/messages/outbox/{mail.id}/drop", follow_redirects=True)
    assert "不能变更" in answer.get_data(as_text=True)


def test_a_message_in_the_portal_is_no_mail_to_send_again(office, session):
    message = told(session)
    assert office.post(f"/messages/outbox/{message.id}/retry").status_code == 404


# --- the mail address --------------------------------------------------------------


def test_a_person_keeps_a_mail_address_that_is_sealed_in_the_database(office, session):
    assert office.post("/account/email", data={"email": " Lianluo.Yuan@example.gov.cn "}).status_code == 303
    session.expire_all()
    assert session.get_one(Account, account_id(session)).email == "Lianluo.Yuan@example.gov.cn"
    raw = session.connection().exec_driver_sql("SELECT email FROM account WHERE username = 'office'").scalar()
    assert "example" not in raw
    assert "Lianluo.Yuan@example.gov.cn" in read(office, "/account/")
    office.post("/account/email", data={"email": ""})
    session.expire_all()
    assert session.get_one(Account, account_id(session)).email is None


@pytest.mark.parametrize(
    "wrong", ["lianluo", "a@b", "a b@example.cn", "a@example.cn\r\nBcc: x@y.cn", "张@example.cn", "a" * 130]
)
def test_a_wrong_mail_address_is_refused_beside_its_field_and_kept(office, session, wrong):
    answer = office.post("/account/email", data={"email": wrong})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="email-error"' in page
    assert page.count("<h1") == 1
    assert session.get_one(Account, account_id(session)).email is None


def test_htmx_gets_the_form_of_the_address_back(office):
    answer = office.post("/account/email", data={"email": "x"}, headers={"HX-Request": "true"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<h1" not in page
    assert 'id="email_form"' in page


def test_the_system_administrator_enters_an_address_and_sees_it_masked(sign_in, session):
    sign_in(Role.OFFICE)
    system, number = sign_in(Role.SYSTEM), account_id(session)
    given = {"display_name": "工商联办公室", "email": "bangong@example.gov.cn"}
    assert system.post(f"/admin/accounts/{number}/edit", data=given).status_code == 303
    for address in (f"/admin/accounts/{number}", f"/admin/accounts/{number}/edit"):
        page = read(system, address)
        assert "b***@example.gov.cn" in page
        assert "bangong@" not in page
    system.post(f"/admin/accounts/{number}/edit", data=given | {"email": ""})
    session.expire_all()
    assert session.get_one(Account, number).email == "bangong@example.gov.cn"
    refused = system.post(f"/admin/accounts/{number}/edit", data=given | {"email": "错"})
    assert refused.status_code == 422
    assert "email-error" in refused.get_data(as_text=True)
