"""Pages: read the request, call one thing, answer."""
