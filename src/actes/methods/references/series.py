"""Published values for `comparer-comptes` and `serie-interrompue`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from actes.methods.counts import compare_counts
from actes.methods.interrupted.design import Specification, design_matrix
from actes.methods.interrupted.fit import fit_interrupted
from actes.methods.interrupted.statespace import fit_arima, fit_structural
from actes.methods.references.reference import Reference, reference_table

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.interrupted.fit import InterruptedFit
    from actes.methods.interrupted.statespace import LikelihoodFit

__all__ = ["REFERENCES", "seat_belts"]


def seat_belts() -> pd.DataFrame:
    """Read the British road casualties, indexed by month from January 1969."""
    import pandas as pd  # heavy

    table = reference_table("seatbelts")
    table.index = pd.period_range("1969-01", periods=len(table), freq="M")
    return table


@cache
def _drivers_killed_arima() -> LikelihoodFit:
    """Fit R's example: log10 of drivers killed or injured, to December 1982."""
    import numpy as np  # heavy
    import pandas as pd

    drivers = seat_belts()["drivers"].iloc[:168]
    constant = pd.DataFrame({"constant": np.ones(len(drivers))})
    return fit_arima(np.log10(drivers.to_numpy(float)), constant, seasonal_order=(1, 0, 0, 12))


@cache
def _law_arima() -> LikelihoodFit:
    import numpy as np  # heavy
    import pandas as pd

    table = seat_belts()
    regressors = pd.DataFrame(
        {
            "constant": 1.0,
            "kms": table["kms"] / 1e4,
            "petrol": table["PetrolPrice"],
            "law": table["law"].astype(float),
        }
    )
    values = np.log10(table["drivers"].to_numpy(float))
    return fit_arima(values, regressors, seasonal_order=(1, 0, 0, 12))


@cache
def _law_structural() -> LikelihoodFit:
    import numpy as np  # heavy
    import pandas as pd

    table = seat_belts()
    regressors = pd.DataFrame({"petrol": np.log(table["PetrolPrice"]), "law": table["law"] * 1.0})
    return fit_structural(np.log(table["drivers"].to_numpy(float)), regressors, season=12)


@cache
def _law_quasipoisson() -> InterruptedFit:
    import numpy as np  # heavy
    import pandas as pd

    table = seat_belts()
    covariates = table[["kms", "PetrolPrice"]].apply(np.log)
    asked = Specification(pd.Period("1983-02", "M"), hac_lags=0)
    return fit_interrupted(table["drivers"], asked, covariates=covariates)


@cache
def _hartnagel() -> LikelihoodFit:
    table = reference_table("hartnagel_canada")
    regressors = table[["tfr", "partic", "degrees", "mconvict"]].astype(float)
    regressors.insert(0, "constant", 1.0)
    return fit_arima(table["fconvict"].to_numpy(float), regressors, order=(2, 0, 0))


def _noise(fit: LikelihoodFit, term: str) -> float:
    return float(fit.noise.set_index("term")["estimate"].to_dict()[term])


def _row(term: str, column: str) -> float:
    return float(_law_quasipoisson().coefficients.set_index("term")[column].to_dict()[term])


@cache
def _hartnagel_ols() -> Any:
    """Fit the same regression without memory: the step before AR(2)."""
    import statsmodels.api as sm  # heavy

    table = reference_table("hartnagel_canada")
    regressors = sm.add_constant(table[["tfr", "partic", "degrees", "mconvict"]])
    return sm.OLS(table["fconvict"], regressors).fit()


@cache
def _law_ols() -> Any:
    """Fit the segmented model by least squares of logs, on the study's own design."""
    import numpy as np  # heavy
    import pandas as pd
    import statsmodels.api as sm

    table = seat_belts()
    covariates = table[["kms", "PetrolPrice"]].apply(np.log)
    asked = Specification(pd.Period("1983-02", "M"))
    matrix = design_matrix(pd.PeriodIndex(table.index), asked, covariates)
    logs = np.log(table["drivers"])
    return sm.OLS(logs, matrix).fit(cov_type="HAC", cov_kwds={"maxlags": 12})


def _durbin_watson(fit: Any) -> float:
    from statsmodels.stats.stattools import durbin_watson  # heavy

    return float(durbin_watson(fit.resid))


_COUNTS = "comparer-comptes"
_SERIES = "serie-interrompue"
_KT = "Krishnamoorthy & Thomson 2004, J. Stat. Plan. Inference 119"
_R_POISSON = "R, ?poisson.test, second example"
_R_ARIMA = "R, ?UKDriverDeaths, arima(1,0,0)(1,0,0)12"
_R_LAW = "R, ?UKDriverDeaths, same model with kms, PetrolPrice, law"
_HD = "Harvey & Durbin 1986, JRSS A 149"
_FOX = "Fox & Weisberg, An R Companion, appendix on time series"
_OURS = "computed here, November 2026"


def _poisson_test() -> tuple[float, float, float]:
    change = compare_counts(
        21, 11, exposure_before=1083 + 1050 + 878, exposure_after=800, test="exact"
    )
    return change.p, change.ratio_low, change.ratio_high


REFERENCES: tuple[Reference, ...] = (
    Reference(_COUNTS, "E-test, 0 v 3", 0.0884, _KT, lambda: compare_counts(0, 3).p, 5e-5),
    Reference(_COUNTS, "E-test, 6 v 2", 0.1748748, _KT, lambda: compare_counts(6, 2).p, 5e-8),
    Reference(
        _COUNTS,
        "exact test, 6 v 2",
        0.289,
        "binomial law, 2 among 8",
        lambda: compare_counts(6, 2, test="exact").p,
        5e-4,
    ),
    Reference(_COUNTS, "exact test, p", 0.07967, _R_POISSON, lambda: _poisson_test()[0], 5e-6),
    Reference(_COUNTS, "exact test, low", 0.8584264, _R_POISSON, lambda: _poisson_test()[1], 5e-7),
    Reference(_COUNTS, "exact test, high", 4.2772659, _R_POISSON, lambda: _poisson_test()[2], 5e-7),
    *(
        Reference(_SERIES, f"drivers, {name}", published, _R_ARIMA, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("ar1", 0.4378, lambda: _noise(_drivers_killed_arima(), "ar.L1"), 1e-3),
            ("sar1", 0.6281, lambda: _noise(_drivers_killed_arima(), "ar.S.L12"), 1e-3),
            ("mean", 3.2274, lambda: _drivers_killed_arima().coefficients["constant"], 2e-4),
            ("sigma2", 0.00157, lambda: _noise(_drivers_killed_arima(), "sigma2"), 5e-6),
            ("log-likelihood", 300.85, lambda: _drivers_killed_arima().loglikelihood, 5e-3),
            ("AIC", -593.7, lambda: _drivers_killed_arima().aic, 5e-2),
        )
    ),
    *(
        Reference(_SERIES, f"drivers with law, {name}", published, _R_LAW, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("law", -0.0963, lambda: _law_arima().coefficients["law"], 2e-4),
            ("petrol", -1.2224, lambda: _law_arima().coefficients["petrol"], 2e-3),
            ("log-likelihood", 349.73, lambda: _law_arima().loglikelihood, 5e-3),
        )
    ),
    Reference(
        _SERIES,
        "seat-belt law, fall in %, structural model",
        23.0,
        f"{_HD}: their regressors differ",
        lambda: 100 * (1 - 2.718281828459045 ** float(_law_structural().coefficients["law"])),
        3.0,
    ),
    *(
        Reference(_SERIES, f"structural, {name}", value, _OURS, obtained, tolerance, "anchor")
        for name, value, obtained, tolerance in (
            ("law", -0.235922, lambda: _law_structural().coefficients["law"], 1e-4),
            ("petrol", -0.281649, lambda: _law_structural().coefficients["petrol"], 5e-4),
            ("irregular", 0.00408398, lambda: _noise(_law_structural(), "sigma2.irregular"), 1e-5),
            ("level", 0.00022371, lambda: _noise(_law_structural(), "sigma2.level"), 1e-5),
        )
    ),
    *(
        Reference(_SERIES, f"quasi-Poisson, {name}", value, _OURS, obtained, tolerance, "anchor")
        for name, value, obtained, tolerance in (
            ("law", -0.214518, lambda: _row("level", "coefficient"), 1e-6),
            ("law, standard error", 0.038960, lambda: _row("level", "se"), 1e-6),
            ("slope per year", 0.071134, lambda: _row("slope", "coefficient"), 1e-6),
            ("slope, standard error", 0.033114, lambda: _row("slope", "se"), 1e-6),
            ("dispersion", 10.0309, lambda: _law_quasipoisson().dispersion or 0.0, 1e-4),
        )
    ),
    *(
        Reference(_SERIES, f"Hartnagel, AR(2), {name}", published, _FOX, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("constant", 83.34028, lambda: _hartnagel().coefficients["constant"], 2e-2),
            ("tfr", -0.03999, lambda: _hartnagel().coefficients["tfr"], 2e-5),
            ("partic", 0.28761, lambda: _hartnagel().coefficients["partic"], 1e-4),
            ("degrees", -0.20984, lambda: _hartnagel().coefficients["degrees"], 1e-4),
            ("mconvict", 0.07569, lambda: _hartnagel().coefficients["mconvict"], 2e-5),
            ("phi 1", 1.06835, lambda: _noise(_hartnagel(), "ar.L1"), 5e-5),
            ("phi 2", -0.55073, lambda: _noise(_hartnagel(), "ar.L2"), 5e-5),
            ("log-likelihood", -144.7073, lambda: _hartnagel().loglikelihood, 5e-4),
            ("AIC", 305.4145, lambda: _hartnagel().aic, 1e-3),
        )
    ),
    *(
        Reference(_SERIES, f"Hartnagel, least squares, {name}", published, _FOX, obtained, tol)
        for name, published, obtained, tol in (
            ("constant", 127.640, lambda: _hartnagel_ols().params["const"], 5e-4),
            ("tfr", -0.046567, lambda: _hartnagel_ols().params["tfr"], 5e-7),
            ("partic", 0.253416, lambda: _hartnagel_ols().params["partic"], 5e-7),
            ("degrees", -0.212049, lambda: _hartnagel_ols().params["degrees"], 5e-7),
            ("mconvict", 0.059105, lambda: _hartnagel_ols().params["mconvict"], 5e-7),
            ("R squared", 0.6948, lambda: _hartnagel_ols().rsquared, 5e-5),
            ("Durbin-Watson", 0.617, lambda: _durbin_watson(_hartnagel_ols()), 5e-4),
        )
    ),
    *(
        Reference(_SERIES, f"least squares of logs, {name}", value, _OURS, obtained, tol, "anchor")
        for name, value, obtained, tol in (
            ("law", -0.213836, lambda: _law_ols().params["level"], 1e-6),
            ("law, textbook HAC error", 0.020985, lambda: _law_ols().bse["level"], 1e-6),
            ("Durbin-Watson", 1.370, lambda: _durbin_watson(_law_ols()), 5e-4),
        )
    ),
)
