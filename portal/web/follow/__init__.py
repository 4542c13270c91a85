"""The enterprise's own window, reached by the code on its paper; open to everybody who has one."""
