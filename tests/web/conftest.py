"""Several browsers in one test: each request is asked anew who is behind it."""

from collections.abc import Iterator

import pytest
from flask import Flask, g


@pytest.fixture(autouse=True)
def a_person_a_request(app: Flask) -> Iterator[None]:
    """The test's own application context outlives its requests, and with it the person Flask-Login remembers there."""

    def forget() -> None:
        g.pop("_login_user", None)

    before = app.before_request_funcs.setdefault(None, [])
    before.insert(0, forget)
    yield
    before.remove(forget)
