"""The least a Flask application can do: every figure is also told as a ratio to it, in the same server and run."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "hello"
