"""Compare two Poisson counts: ratio, interval, test.

In: events in two periods (one pair or arrays of pairs), exposures if they differ. Out: `Change`,
or the same quantities as a table. Only here: the choice of test and the interval that goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = [
    "Change",
    "TestName",
    "check_counts",
    "compare_counts",
    "compare_pairs",
    "name_of_interval",
    "name_of_test",
]

TestName = Literal["etest", "exact", "z"]


@dataclass(frozen=True)
class Change:
    """Two counts compared.

    Parameters
    ----------
    before, after
        Events in each period.
    expected
        Events in the second period had the rate not changed.
    ratio, ratio_low, ratio_high
        Rate ratio, after to before, and its interval; inf when nothing happened before.
    z
        Variance-stabilised difference; its variance is 1 under chance.
    p
        Two-sided, by ``test``; by ``z / sqrt(inflation)`` when there is inflation. NaN for 0 v 0.
    test, alpha, inflation
        How it was computed.
    """

    before: int
    after: int
    expected: float
    ratio: float
    ratio_low: float
    ratio_high: float
    z: float
    p: float
    test: TestName
    alpha: float
    inflation: float

    @property
    def is_testable(self) -> bool:
        """Whether there was at least one event to compare."""
        return self.before + self.after > 0


def compare_counts(
    before: int,
    after: int,
    *,
    exposure_before: float = 1.0,
    exposure_after: float = 1.0,
    test: TestName = "etest",
    alpha: float = 0.05,
    inflation: float = 1.0,
) -> Change:
    """Compare one pair of counts: see `compare_pairs` for the methods and the errors.

    Parameters
    ----------
    before, after
        Events in each period.
    exposure_before, exposure_after
        What the counts are relative to (days, residents); only their ratio matters here.
    inflation
        Variance relative to Poisson (see `actes.methods.dispersion`).
    """
    import numpy as np  # heavy

    check_exposures([exposure_before, exposure_after])
    row = compare_pairs(
        np.array([before]),
        np.array([after]),
        np.array([exposure_after / exposure_before]),
        test=test,
        alpha=alpha,
        inflation=inflation,
    ).iloc[0]
    return Change(
        before=int(before),
        after=int(after),
        expected=float(row["expected"]),
        ratio=float(row["ratio"]),
        ratio_low=float(row["ratio_low"]),
        ratio_high=float(row["ratio_high"]),
        z=float(row["z"]),
        p=float(row["p_inflated"]),
        test=test,
        alpha=alpha,
        inflation=inflation,
    )


def compare_pairs(
    before: ArrayLike,
    after: ArrayLike,
    exposure_ratio: ArrayLike,
    *,
    test: TestName = "etest",
    alpha: float = 0.05,
    inflation: float = 1.0,
    null_ratio: float = 1.0,
) -> pd.DataFrame:
    """Compare pairs of Poisson counts, one by one.

    Tests, two-sided: ``etest``, Krishnamoorthy & Thomson 2004 (*Journal of Statistical Planning
    and Inference* 119, 23-35); ``exact``, the conditional binomial test (Przyborowski & Wilenski
    1940, *Biometrika* 31); ``z``, the normal test on the difference of Anscombe roots

        z = 2 (sqrt(after + 3/8) - sqrt(d (before + 3/8))) / sqrt(1 + d)

    with d the ratio expected by the null hypothesis (Gu, Ng, Tang & Schucany 2008, *Biometrical
    Journal* 50, 283-298). The division by sqrt(1 + d) is needed because both counts are random:
    without it, which is right when the first value is known exactly, chance alone would give z a
    variance of 1 + d, about 2.

    Intervals: given the total, the later count is binomial, so an interval for that share gives
    one for the ratio: Wilson's score interval (``etest``, ``z``) or Clopper & Pearson's
    (``exact``). Unlike a root-finding interval both hold when one count is zero. With inflation,
    both counts are divided by it first (quasi-likelihood), which widens the interval.

    Parameters
    ----------
    before, after
        Counts, shape (n,).
    exposure_ratio
        Exposure after over exposure before, shape (n,) or a scalar.
    null_ratio
        Rate ratio of the null hypothesis (1: no change).

    Returns
    -------
    DataFrame
        ``before, after, expected, ratio, ratio_low, ratio_high, z, p, z_inflated, p_inflated``;
        NaN for z and p where both counts are zero, for the ratio too.

    Raises
    ------
    TableError
        P200 or P201, a negative or fractional count; P202, an exposure that is not positive.
    ParameterError
        P207, an unknown test; P208, ``alpha`` outside ]0, 0.5].
    """
    import numpy as np  # heavy
    import pandas as pd

    check_counts(before)
    check_counts(after)
    check_exposures(exposure_ratio)
    _check_choices(test, alpha)
    first, later = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    exposure = np.broadcast_to(np.asarray(exposure_ratio, dtype=float), first.shape)
    null = exposure * null_ratio
    z, p = _z_and_p(first, later, null, test)
    z_inflated, p_inflated = _inflated(z, p, inflation)
    low, high = _ratio_interval(first / inflation, later / inflation, exposure, test, alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = later / (first * exposure)
    return pd.DataFrame(
        {
            "before": first.astype(int),
            "after": later.astype(int),
            "expected": first * null,
            "ratio": ratio,
            "ratio_low": low,
            "ratio_high": high,
            "z": z,
            "p": p,
            "z_inflated": z_inflated,
            "p_inflated": p_inflated,
        }
    )


def _z_and_p(
    before: np.ndarray, after: np.ndarray, null: np.ndarray, test: TestName
) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np  # heavy
    from statsmodels.stats.rates import test_poisson_2indep

    is_testable = before + after > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        stabilised = test_poisson_2indep(after, null, before, np.ones_like(null), method="sqrt")
    z = np.where(is_testable, stabilised.statistic, np.nan)
    p = np.where(is_testable, stabilised.pvalue, np.nan)
    if test != "z":
        one = _etest_p if test == "etest" else _exact_p
        triples = zip(before[is_testable], after[is_testable], null[is_testable], strict=True)
        p[is_testable] = [one(int(b), int(a), float(d)) for b, a, d in triples]
    return z, p


def _etest_p(before: int, after: int, null: float) -> float:
    from scipy.stats import poisson_means_test  # heavy

    return min(float(poisson_means_test(before, 1, after, null).pvalue), 1.0)


def _exact_p(before: int, after: int, null: float) -> float:
    from scipy.stats import binomtest  # heavy

    return float(binomtest(after, before + after, null / (1 + null)).pvalue)


def _inflated(z: np.ndarray, p: np.ndarray, inflation: float) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np  # heavy
    from scipy.stats import norm

    if inflation == 1:
        return z, p
    smaller = z / np.sqrt(inflation)
    return smaller, 2 * norm.sf(np.abs(smaller))


def _ratio_interval(
    before: np.ndarray, after: np.ndarray, exposure: np.ndarray, test: TestName, alpha: float
) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np  # heavy
    from statsmodels.stats.proportion import proportion_confint

    method = "beta" if test == "exact" else "wilson"
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = proportion_confint(after, before + after, alpha=alpha, method=method)
        # The limits are exactly 0 and 1 when a count is zero; rounding must not spoil that.
        low, high = np.where(after == 0, 0.0, low), np.where(before == 0, 1.0, high)
        is_known = before + after > 0
        lower = np.where(is_known, low / (1 - low) / exposure, np.nan)
        upper = np.where(is_known, high / (1 - high) / exposure, np.nan)
    return lower, upper


def name_of_test(test: TestName) -> str:
    """Name a test for a table's note."""
    names = {
        "etest": _("E-test of Krishnamoorthy and Thomson (2004)"),
        "exact": _("exact conditional (binomial) test"),
        "z": _("variance-stabilised z test"),
    }
    return names[test]


def name_of_interval(test: TestName) -> str:
    """Name the interval that goes with a test."""
    return _("exact (Clopper–Pearson)") if test == "exact" else _("score (Wilson)")


def check_counts(counts: ArrayLike) -> None:
    """Refuse what cannot be counts of events: P200 (negative), P201 (fractional or missing)."""
    import numpy as np  # heavy

    values = np.asarray(counts, dtype=float)
    n_negative = int((values < 0).sum())
    n_fractional = int((~np.isfinite(values)).sum() + (values != np.round(values)).sum())
    if n_negative:
        raise TableError(
            "P200",
            _("Counts of events cannot be negative."),
            found=ngettext("{n} negative value", "{n} negative values", n_negative).format(
                n=n_negative
            ),
            expected=_("whole numbers, zero or more"),
            next_step=_("Correct the source file, then ingest it again."),
        )
    if n_fractional:
        raise TableError(
            "P201",
            _("These counts are not all whole numbers."),
            found=ngettext(
                "{n} value that is fractional or missing",
                "{n} values that are fractional or missing",
                n_fractional,
            ).format(n=n_fractional),
            expected=_("whole numbers, zero or more"),
            next_step=_("Give counts of events, not rates: exposures have their own column."),
        )


def check_exposures(exposures: ArrayLike) -> None:
    """Refuse exposures that are zero, negative or missing: P202."""
    import numpy as np  # heavy

    values = np.asarray(exposures, dtype=float)
    n_wrong = int((~(np.isfinite(values) & (values > 0))).sum())
    if n_wrong:
        raise TableError(
            "P202",
            _("An exposure must be a positive number."),
            found=ngettext(
                "{n} exposure that is zero, negative or missing",
                "{n} exposures that are zero, negative or missing",
                n_wrong,
            ).format(n=n_wrong),
            expected=_("days, residents or another quantity above zero"),
            next_step=_("Correct the exposures, or leave them out when they do not differ."),
        )


def _check_choices(test: str, alpha: float) -> None:
    if test not in get_args(TestName):
        raise ParameterError(
            "P207",
            _("There is no such test of two counts."),
            found=test,
            expected=", ".join(get_args(TestName)),
            next_step=_("Choose one of these tests."),
        )
    if not 0 < alpha <= 0.5:
        raise ParameterError(
            "P208",
            _("The risk of a false alarm must be a small share."),
            found=str(alpha),
            expected=_("more than 0, at most 0.5"),
            next_step=_("0.05 is usual."),
        )
