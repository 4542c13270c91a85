"""Whether the portal is alive, ready, and how it is doing."""
