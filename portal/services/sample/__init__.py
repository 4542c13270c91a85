"""The sample district (示例数据): invented from end to end, and the same for the same day."""
