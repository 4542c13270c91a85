"""The portal as it really runs: server processes on a loopback port, and browsers that talk HTTP to them."""
