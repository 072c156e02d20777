"""Published values for `prevision-appels`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from actes.methods.forecast.airline import fit_seasonal_arima
from actes.methods.references.reference import Reference, reference_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from actes.methods.forecast.airline import ArimaFit

__all__ = ["REFERENCES"]

_STUDY = "prevision-appels"
_R_ARIMA = "R, ?arima, USAccDeaths, arima(0,1,1)(0,1,1)12"
_R_PREDICT = "R, ?predict.Arima, USAccDeaths, six months ahead"
_FORECASTS = (8336.037, 7531.829, 8314.644, 8616.869, 9488.916, 9859.757)


@cache
def _accidents() -> ArimaFit:
    values = reference_table("us_acc_deaths")["value"].to_numpy(float)
    return fit_seasonal_arima(values, season=12, horizon=6)


def _forecast(step: int) -> Callable[[], float]:
    return lambda: float(_accidents().location[step])


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(_STUDY, f"accidental deaths, {name}", published, _R_ARIMA, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("ma1", -0.4303, lambda: _accidents().parameters["ma.L1"], 1e-4),
            ("sma1", -0.5528, lambda: _accidents().parameters["ma.S.L12"], 1e-4),
            ("sigma2", 99347.0, lambda: _accidents().sigma2, 15.0),
            ("log-likelihood", -425.44, lambda: _accidents().loglikelihood, 5e-3),
            ("AIC", 856.88, lambda: _accidents().aic, 5e-3),
        )
    ),
    *(
        Reference(
            _STUDY, f"accidental deaths, month {k + 1}", value, _R_PREDICT, _forecast(k), 0.05
        )
        for k, value in enumerate(_FORECASTS)
    ),
)
