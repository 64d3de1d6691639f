"""What the plain reader says of a document that it does not read. Pure."""


class Odd(Exception):
    """Something that has to be read with more patience."""
