"""Feed and subscription formats: bytes in, values out, and back. Pure; each format is a module."""
