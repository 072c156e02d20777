"""Published values for `carte-autocorrelation`, on the sample maps that libpysal carries."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

from actes.methods.autocorrelation import global_moran, local_moran
from actes.methods.autocorrelation.polygons import contiguity, read_polygons
from actes.methods.references.reference import Reference

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.autocorrelation import GlobalMoran

__all__ = ["REFERENCES"]

_STUDY = "carte-autocorrelation"
_ESDA = "esda, Moran, docstring"
_SPDEP = "spdep, poly2nb(columbus), links of both directions"
_GEODA = "spdep and GeoDa, Columbus, queen contiguity"
_ANSELIN = "Anselin 1988, Spatial Econometrics, Columbus example"
_OURS = "computed here, November 2026"
_SEED = 12345


def _sample(example: str, file: str, read: Any) -> Any:
    """Read a file of libpysal's examples."""
    from contextlib import closing
    from importlib import resources

    from libpysal.io import open as opened  # heavy

    source = resources.files("libpysal") / "examples" / example / file
    with resources.as_file(source) as path, closing(opened(str(path))) as handle:
        return read(handle)


def _weights(example: str, file: str) -> Any:
    return _sample(example, file, lambda handle: handle.read())


def _columns(example: str, file: str, *names: str) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd

    def read(table: Any) -> pd.DataFrame:
        return pd.DataFrame({name: np.array(table.by_col(name), float) for name in names})

    table: pd.DataFrame = _sample(example, file, read)
    return table


@cache
def _moran(example: str, file: str, weights: str, column: str) -> GlobalMoran:
    value = _columns(example, file, column)[column].to_numpy()
    return global_moran(value, _weights(example, weights), seed=_SEED)


_SAINT_LOUIS = partial(_moran, "stl", "stl_hom.dbf", "stl.gal", "HR8893")
_SIDS = partial(_moran, "sids2", "sids2.dbf", "sids2.gal", "SIDR74")
_COLUMBUS = partial(_moran, "columbus", "columbus.dbf", "columbus.gal", "CRIME")


@cache
def _n_links(rule: Literal["queen", "rook"]) -> float:
    """Count the links that Columbus's outlines make, each in both directions."""
    from importlib import resources

    source = resources.files("libpysal") / "examples" / "columbus" / "columbus.json"
    features = json.loads(source.read_text(encoding="utf-8"))["features"]
    outlines, _caveats = read_polygons(json.dumps(feature["geometry"]) for feature in features)
    names = [str(n) for n in range(len(outlines))]
    return float(sum(map(len, contiguity(outlines, names, rule).values())))


@cache
def _clusters() -> pd.DataFrame:
    value = _columns("columbus", "columbus.dbf", "CRIME")["CRIME"].to_numpy()
    weights = _weights("columbus", "columbus.gal")
    return local_moran(value, weights, sides="directed", seed=_SEED)


def _n_flagged(quadrant: str) -> float:
    table = _clusters()
    return float(((table["p"] < 0.05) & (table["quadrant"] == quadrant)).sum())


@cache
def _least_squares() -> Any:
    """Fit crime on income and housing value, the first step of the map's diagnostics."""
    import statsmodels.formula.api as smf  # heavy

    table = _columns("columbus", "columbus.dbf", "CRIME", "INC", "HOVAL")
    return smf.ols("CRIME ~ INC + HOVAL", table).fit()


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(_STUDY, name, published, _ESDA, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("Saint Louis, I", 0.244, lambda: _SAINT_LOUIS().i, 5e-4),
            ("Saint Louis, expected I", -0.012987012987, lambda: _SAINT_LOUIS().expected, 1e-12),
            (
                "Saint Louis, normal p",
                0.00027147862770937614,
                lambda: _SAINT_LOUIS().p_norm,
                1e-12,
            ),
            ("SIDS, I", 0.248, lambda: _SIDS().i, 5e-4),
            ("SIDS, normal p", 0.0001158330781489969, lambda: _SIDS().p_norm, 1e-12),
        )
    ),
    Reference(_STUDY, "Columbus, queen links", 236, _SPDEP, lambda: _n_links("queen"), 0),
    Reference(_STUDY, "Columbus, rook links", 200, _SPDEP, lambda: _n_links("rook"), 0),
    *(
        Reference(_STUDY, f"Columbus, {name}", published, _GEODA, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("I", 0.500188557, lambda: _COLUMBUS().i, 5e-10),
            ("variance of I", 0.0086892892, lambda: _COLUMBUS().variance, 5e-11),
            ("z of I", 5.589383, lambda: _COLUMBUS().z, 5e-7),
            ("permutation p of I", 0.001, lambda: _COLUMBUS().p, 0),
        )
    ),
    *(
        Reference(_STUDY, f"Columbus, least squares, {name}", published, _ANSELIN, obtained, tol)
        for name, published, obtained, tol in (
            ("constant", 68.6189, lambda: _least_squares().params["Intercept"], 1e-4),
            ("its error", 4.73548, lambda: _least_squares().bse["Intercept"], 1e-5),
            ("income", -1.59731, lambda: _least_squares().params["INC"], 1e-5),
            ("its error, income", 0.334131, lambda: _least_squares().bse["INC"], 1e-6),
            ("housing", -0.273931, lambda: _least_squares().params["HOVAL"], 1e-6),
            ("its error, housing", 0.103199, lambda: _least_squares().bse["HOVAL"], 1e-6),
            ("R squared", 0.5524, lambda: _least_squares().rsquared, 5e-5),
        )
    ),
    Reference(
        _STUDY,
        "Columbus, mean of local I",
        0.4899806,
        "identity: I (n - 1) / n, Anselin 1995",
        lambda: float(_clusters()["i"].mean()),
        5e-8,
    ),
    *(
        Reference(
            _STUDY,
            f"Columbus, areas {quadrant}, directed p below 5 %",
            n,
            _OURS,
            partial(_n_flagged, quadrant),
            0,
            "anchor",
        )
        for quadrant, n in (("high-high", 11), ("low-high", 1), ("low-low", 7), ("high-low", 1))
    ),
)
