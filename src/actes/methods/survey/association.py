"""Test whether two categories are associated in a weighted, clustered sample.

In: a design, two category columns. Out: `RaoScott`. Only here: the correction of Pearson's test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from actes.methods.survey.design import SurveyDesign

__all__ = ["RaoScott", "rao_scott"]


@dataclass(frozen=True)
class RaoScott:
    """A test of independence.

    Parameters
    ----------
    pearson
        Pearson's statistic of the weighted shares, uncorrected.
    f, dof, dof_error, p
        Corrected statistic, its degrees of freedom (fractional), probability. NaN when a
        category is alone.
    """

    pearson: float
    f: float
    dof: float
    dof_error: float
    p: float


def rao_scott(
    design: SurveyDesign,
    rows: np.ndarray,
    columns: np.ndarray,
    *,
    domain: np.ndarray | None = None,
) -> RaoScott:
    """Second-order corrected test of Rao & Scott (1984, *Annals of Statistics* 12, 46-60).

    The matrix of design effects compares the linearised covariance of the cells with that of a
    simple random sample; F refers to Thomas & Rao (1987, *JASA* 82, 630-636).

    Parameters
    ----------
    rows, columns
        Shape (n,): categories; missing ones are left out.
    """
    import numpy as np  # heavy
    import pandas as pd
    from scipy.stats import f as fisher

    inside = np.ones(len(rows), bool) if domain is None else domain
    row, row_names = pd.factorize(pd.Series(rows).where(inside), sort=True)
    column, column_names = pd.factorize(pd.Series(columns).where(inside), sort=True)
    members = (row >= 0) & (column >= 0)
    n, n_rows, n_columns = int(members.sum()), len(row_names), len(column_names)
    if n_rows < 2 or n_columns < 2:
        nan = float("nan")
        return RaoScott(nan, nan, nan, nan, nan)
    cells = np.zeros((len(row), n_rows * n_columns))
    cells[np.flatnonzero(members), (row * n_columns + column)[members]] = 1
    total = design.weights[members].sum()
    shares = (design.weights[:, None] * cells).sum(axis=0) / total
    influence = np.where(members[:, None], cells - shares, 0) / total
    effects = _design_effects(design.covariance(influence), shares, n, n_rows, n_columns)
    pearson = _pearson(shares.reshape(n_rows, n_columns), n)
    trace = float(np.trace(effects))
    dof = trace**2 / float(np.trace(effects @ effects))
    dof_error = dof * design.dof(members)
    statistic = pearson / trace
    return RaoScott(pearson, statistic, dof, dof_error, float(fisher.sf(statistic, dof, dof_error)))


def _design_effects(
    covariance: np.ndarray, shares: np.ndarray, n: int, n_rows: int, n_columns: int
) -> np.ndarray:
    import numpy as np  # heavy

    # The contrasts of association: what is left of the products once the margins are taken out.
    row = np.kron(np.eye(n_rows)[:, 1:], np.ones((n_columns, 1)))
    column = np.kron(np.ones((n_rows, 1)), np.eye(n_columns)[:, 1:])
    margins = np.column_stack([np.ones(n_rows * n_columns), row, column])
    products = np.kron(np.eye(n_rows)[:, 1:], np.eye(n_columns)[:, 1:])
    contrasts = products - margins @ np.linalg.lstsq(margins, products, rcond=None)[0]
    inverse = np.where(shares > 0, 1 / np.where(shares > 0, shares, 1), 0)
    scaled = contrasts * inverse[:, None]
    simple = contrasts.T @ scaled / n
    return np.asarray(np.linalg.pinv(simple) @ (scaled.T @ covariance @ scaled))


def _pearson(shares: np.ndarray, n: int) -> float:
    expected = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0, keepdims=True)
    return float(n * (((shares - expected) ** 2)[expected > 0] / expected[expected > 0]).sum())
