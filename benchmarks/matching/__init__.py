"""How fast rules are matched: ours beside other ways to do it, on the same rules and articles.

python -m benchmarks.matching                     the table, see `--help`
python -m benchmarks.matching.equality            batch engine against reference matcher
"""
