"""Compute the standard studies: pure functions from arrays and tables to frozen results.

In: counts, series and design choices. Out: dataclasses of estimates, intervals and caveats, and
figures with the numbers behind them. Nothing here reads a file (but the reference sets that the
package carries), knows a dataset's name or declares what is published.

By family: `counts`, `pairing`, `areas` and `dispersion` (Poisson counts of two periods);
`interrupted` (series with a known date of change); `charts` and `style` (their figures);
`caveats` (the reserves that every result carries); `references` (published values that each
method must give back).
"""
