"""White space is one blank to the soft hash, whatever it is made of."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch import softhash

PIECES = st.sampled_from(
    [b" ", b"  ", b"\t", b"\r\n", b"\f", b"\v", b"<a>", b"x", "é\u00a0".encode(), b"\0", b"-->"]
)


@given(st.lists(PIECES, max_size=60).map(b"".join))
def test_runs_of_white_space_become_one_blank(body: bytes) -> None:
    """As splitting at white space and joining would make it, at its ends too."""
    assert softhash._with_single_blanks(body) == b" ".join(body.split())


@given(st.lists(PIECES, max_size=30), st.sampled_from([b" ", b"\n\n", b"\t \r"]))
def test_other_white_space_is_no_other_document(pieces: list[bytes], blank: bytes) -> None:
    """How a document is indented changes nothing."""
    plain = [piece for piece in pieces if piece.strip()]
    assert softhash.soft_hash(b" ".join(plain)) == softhash.soft_hash(blank.join(plain))
