"""Closing: the queues of every step, batches, and the papers."""
