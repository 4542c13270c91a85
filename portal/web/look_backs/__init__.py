"""Look-backs: the list, who looks, what was found."""
