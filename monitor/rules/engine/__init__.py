"""Many rules against many articles, fast: the same matches as the reference matcher, spans included.

The idea: no object per word. The texts of up to 64 articles become arrays, everything a rule can ask
for is a numbered *feature*, and what articles have a feature is one 64-bit *mask*. Rules are clauses
over features, evaluated for all articles of the batch at once, and only the rules that the batch
brings up.

    compiling                                        matching

    Query, score                                     articles
      │ templates, bounds                              │ batch: visible texts of the fields asked for
      ▼                                                ▼
    Bound: clauses over features                     Scan: starts, ends, hashes, blocks of words
      │          │ features                            │ lookup: vocabulary, phrases, sequences,
      │          ▼                                     │         nearness, regexes
      │        Lookup ────────────────────────────────▶▼
      │                                              Found: masks and places of features
      ▼                                                │
    Filing ───────────────────────────────────────────▶▼ filing: rules brought up, bounds evaluated
                                                     pairs of rule and article
                                                       │
                           sure, by the bound alone ◀──┴──▶ the rest
                                      │                       │ pages: the reference matcher on pages
                                      ▼ spans                 ▼        that are cut as far as it reads
                                    Match                   Match

What is where in memory (n features, r rules, w words in the batch):

    Letters          1.1 million numbers, by code point: kind, what it folds to, random bits
    Scan             w × start, end, hash          sums of numbers: hashes of parts of words
    vocabulary       hash tables from hash to text
    Spelling         eight letters a number, text after text
    Masks            2 n × 64 bits                 by feature: who has it; then who has not
    Postings         hits in order of feature      feature → group per article → places
    Requirements     literals in order of rule     the bounds, shared by Filing and Marks
    Filing           entries in order of feature   feature → rules filed under it, and a few others
                                                   of which each of them needs one

Why the result is exact. A bound never misses: it holds for every article that the rule matches
(`clauses.Bound`). When it says all (`exact`, `flat`) a match is read off, else the reference matcher
decides. Words are looked up by 64-bit hashes whose seed differs in each process, and each hit is then
read letter by letter (`Spelling`). Characters whose folding is not one to one go through the text
layer. In articles so long that the matcher stops counting places, the matcher decides.

When rules change. An index never does. `Edition` says which of its rules a set of rules still has, and
in what order; the rules that are new make an index of their own. So sets of rules before and after an
edit share what is compiled, and the old one goes on until the new one takes its place.

To start reading: `index`, then `binding`, `bounds` and `filing`; `scan` and `letters` for the text side.
`engine` is the way in, `edition` makes the answers, `choice` decides when it all pays off.
Importing this package does not import numpy; `engine` does.
"""
