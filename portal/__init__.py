"""The reception-day portal (民营企业接待日)."""
