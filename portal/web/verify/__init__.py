"""Whether a printed slip is genuine and current; open to everybody."""
