"""When to poll which feed. Pure: the time and the chance come in as arguments."""
