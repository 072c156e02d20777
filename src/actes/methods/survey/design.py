"""Give the variance of an estimate the sample's own design: strata, clusters, weights.

In: weights, strata, clusters, linearised variables. Out: covariances, degrees of freedom. Only
here: Taylor linearisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import TableError
from actes.i18n import _, ngettext

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

__all__ = ["SurveyDesign"]


@dataclass(frozen=True)
class SurveyDesign:
    """How the sample was drawn (made by `SurveyDesign.build`).

    Parameters
    ----------
    weights
        Shape (n,), above zero: how many persons each respondent stands for.
    clusters
        Shape (n,): number of each respondent's cluster, from 0; clusters are nested in strata.
    stratum_of
        Shape (n_clusters,): number of each cluster's stratum, from 0.
    """

    weights: np.ndarray
    clusters: np.ndarray
    stratum_of: np.ndarray

    @classmethod
    def build(
        cls,
        weights: ArrayLike,
        *,
        strata: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
    ) -> SurveyDesign:
        """Number strata and clusters; without clusters each respondent is one.

        A cluster's name may be used again in another stratum: it is then another cluster.

        Raises
        ------
        TableError
            P371, weights that are missing, zero or negative; P375, a stratum or cluster missing.
        """
        import numpy as np  # heavy
        import pandas as pd

        w = np.asarray(weights, dtype=float)
        _check_weights(w)
        stratum = pd.factorize(pd.Series(np.zeros(len(w)) if strata is None else strata))[0]
        cluster = pd.factorize(pd.Series(np.arange(len(w)) if clusters is None else clusters))[0]
        _check_known(stratum, cluster)
        pairs = pd.MultiIndex.from_arrays([stratum, cluster])
        codes, known = pd.factorize(pairs)
        return cls(w, codes, np.array([pair[0] for pair in known]))

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.stratum_of)

    @property
    def n_strata(self) -> int:
        """Number of strata."""
        return int(self.stratum_of.max()) + 1

    @property
    def n_lonely(self) -> int:
        """Strata of a single cluster: their own variance can't be seen."""
        import numpy as np  # heavy

        return int((np.bincount(self.stratum_of) == 1).sum())

    def dof(self, domain: np.ndarray | None = None) -> int:
        """Clusters minus strata, of the strata where the domain has members."""
        import numpy as np  # heavy

        members = np.ones(len(self.weights), bool) if domain is None else domain
        strata = np.unique(self.stratum_of[self.clusters[members]])
        is_used = np.isin(self.stratum_of, strata)
        return int(is_used.sum()) - len(strata)

    def covariance(self, linearised: np.ndarray) -> np.ndarray:
        """Covariance of weighted totals of linearised variables.

        ``sum over strata of n_h / (n_h - 1) · sum over clusters of (z_hi - z_h)(z_hi - z_h)'``,
        z the weighted total of a cluster and z_h its mean over the stratum, clusters drawn with
        replacement (Binder 1983, *International Statistical Review* 51; Särndal, Swensson &
        Wretman 1992, chapter 5). A stratum of a single cluster is centred on the mean of all the
        clusters, which is prudent.

        Parameters
        ----------
        linearised
            Shape (n, k): influence of each respondent on each of k estimates, unweighted.
        """
        import numpy as np  # heavy

        k = linearised.shape[1]
        totals = np.zeros((self.n_clusters, k))
        np.add.at(totals, self.clusters, linearised * self.weights[:, None])
        sizes = np.bincount(self.stratum_of)
        sums = np.zeros((self.n_strata, k))
        np.add.at(sums, self.stratum_of, totals)
        centres = sums / sizes[:, None]
        centres[sizes == 1] = totals.mean(axis=0)
        factors = np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), 1.0)
        gaps = totals - centres[self.stratum_of]
        return np.asarray((gaps * factors[self.stratum_of][:, None]).T @ gaps)


def _check_weights(weights: np.ndarray) -> None:
    import numpy as np  # heavy

    n_wrong = int((~(np.isfinite(weights) & (weights > 0))).sum())
    if n_wrong:
        raise TableError(
            "P371",
            _("A weight must be a positive number."),
            found=ngettext(
                "{n} weight that is missing, zero or negative",
                "{n} weights that are missing, zero or negative",
                n_wrong,
            ).format(n=n_wrong),
            expected=_("for each respondent, how many persons he or she stands for"),
            next_step=_("Give every respondent a weight: 1 for all if there are none."),
        )


def _check_known(strata: np.ndarray, clusters: np.ndarray) -> None:
    n_unknown = int((strata < 0).sum() + (clusters < 0).sum())
    if n_unknown:
        raise TableError(
            "P375",
            _("Some respondents have no stratum or no cluster."),
            found=_("{n} missing cells").format(n=n_unknown),
            next_step=_("Complete the design: the margins of error rest on it."),
        )
