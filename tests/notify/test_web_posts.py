"""One request on the web: neither a redirect is followed nor a slow answer waited for."""

import pytest

from portal.notify.web_posts import MOST_BYTES, NoAnswer, ask
from tests.gateways import a_gateway


def test_a_redirect_is_an_answer_and_not_followed():
    with a_gateway() as there, a_gateway(status=307) as here:
        here.headers["Location"] = there.url
        assert ask("POST", here.url, body=b"{}").status == 307
        assert there.taken == []


def test_an_answer_that_does_not_come_is_not_waited_for():
    with a_gateway(late=2) as here, pytest.raises(NoAnswer):
        ask("POST", here.url, body=b"{}", seconds=0.2)


def test_an_answer_that_never_ends_is_cut():
    with a_gateway(text="x" * (MOST_BYTES * 3)) as here:
        assert len(ask("GET", here.url).text) == MOST_BYTES


def test_nobody_there_is_no_answer():
    with pytest.raises(NoAnswer):
        ask("GET", "http://127.0.0.1:9/")
