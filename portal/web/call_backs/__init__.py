"""Call-backs: whom to call, and what they said."""
