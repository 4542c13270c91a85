"""One whole reception day as two people of the office live it, with every step timed and every press counted."""
