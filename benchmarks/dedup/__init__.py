"""How good and how fast deduplication and story grouping are, beside simpler methods."""
