"""Headers of every answer: the content policy, no caching of what is personal, no framing."""

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
A_YEAR = 31_536_000


def send_headers(app: Flask) -> None:
    """Put the security headers on every answer."""

    @app.after_request
    def add(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        if request.endpoint == "static":
            versioned = "v" in request.args or "/vendor/" in request.path
            answer.cache_control.public = True
            answer.cache_control.no_cache = None if versioned else answer.cache_control.no_cache
            answer.cache_control.max_age = A_YEAR if versioned else 300
        else:
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer
