"""What the program tells about itself: logs, and the points at which tests may kill it."""
