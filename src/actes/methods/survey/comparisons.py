"""Answer the manager: how many are favourable, has it changed, which areas differ.

In: `Survey`. Out: tables of estimates, tests corrected for their number, reserves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.survey.association import RaoScott, rao_scott
from actes.methods.survey.estimates import difference, mean, share

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.survey.answers import Survey
    from actes.methods.survey.estimates import Estimate

__all__ = [
    "AreaComparison",
    "ItemTable",
    "WaveComparison",
    "compare_areas",
    "compare_waves",
    "estimate_items",
    "level_shares",
]


@dataclass(frozen=True)
class ItemTable:
    """Each question's share of favourable answers, in one wave.

    Parameters
    ----------
    items
        ``question, n, share, se, low, high, deff, mean, mean_se``; estimates are NaN below
        ``min_n`` answers.
    wave
        Which one.
    caveats
        Reserves.
    """

    items: pd.DataFrame
    wave: object
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True)
class WaveComparison:
    """Each question's change between the first two waves asked for.

    Parameters
    ----------
    changes
        ``question, n_first, n_second, first, second, difference, low, high, detectable, p, q``:
        ``detectable`` is the smallest change found four times in five (`Estimate.detectable`).
    first, second
        The waves.
    caveats
        Reserves.
    """

    changes: pd.DataFrame
    first: object
    second: object
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True)
class AreaComparison:
    """One question, area by area, in one wave.

    Parameters
    ----------
    areas
        ``area, n, share, se, low, high, deff, difference, difference_low, difference_high,
        detectable, p, q``: differences from the rest of the population.
    overall
        Share of the whole population.
    test
        Whether areas differ at all.
    n_tests
        How many areas were tested.
    caveats
        Reserves.
    """

    areas: pd.DataFrame
    overall: Estimate
    test: RaoScott
    n_tests: int
    caveats: tuple[Caveat, ...]


def estimate_items(
    survey: Survey, *, wave: object, alpha: float = 0.05, min_n: int = 30
) -> ItemTable:
    """Estimate each question's favourable share and mean in a wave.

    Means are of the favourable direction: the least favourable answer is 1.

    Raises
    ------
    ParameterError
        P379, no question with ``min_n`` answers (as `compare_waves` and `compare_areas`).
    """
    import numpy as np  # heavy
    import pandas as pd

    records = []
    for question in survey.questions:
        rows, design = survey.rows(question), survey.design(question)
        domain = (rows["wave"] == wave).to_numpy()
        part = share(design, rows["is_favourable"].to_numpy(), domain=domain, alpha=alpha)
        ranks = _ranks(survey, rows["answer"].to_numpy())
        average = mean(design, ranks, domain=domain, alpha=alpha)
        shown: tuple[float, ...] = (part.value, part.se, part.low, part.high, part.deff)
        shown += (average.value, average.se)
        if part.n < min_n:
            shown = (np.nan,) * len(shown)
        records.append((question, part.n, *shown))
    columns = ["question", "n", "share", "se", "low", "high", "deff", "mean", "mean_se"]
    items = pd.DataFrame(records, columns=columns)
    return ItemTable(items, wave, _small_caveats(items["n"], min_n))


def level_shares(survey: Survey, *, wave: object, min_n: int = 30) -> pd.DataFrame:
    """Share of each answer, from the least favourable, and of “don't know” among the asked.

    Returns
    -------
    DataFrame
        ``question, n``, one column per level (its code as text), ``dont_know``; weighted. The
        levels add up to 1; questions below ``min_n`` answers are left out.
    """
    import numpy as np  # heavy
    import pandas as pd

    records = []
    for question in survey.questions:
        rows = survey.rows(question)
        rows = rows[rows["wave"] == wave]
        weights, answers = rows["weight"].to_numpy(float), rows["answer"].to_numpy()
        n = int(np.isfinite(answers).sum())
        if n < max(min_n, 1):
            continue
        answered = weights[np.isfinite(answers)].sum()
        record: dict[str, object] = {"question": question, "n": n}
        for level in survey.scale.levels:
            record[str(level)] = float(weights[answers == level].sum() / answered)
        silent = weights[rows["is_dont_know"].to_numpy(bool)].sum()
        record["dont_know"] = float(silent / weights.sum())
        records.append(record)
    return pd.DataFrame(records)


def compare_waves(survey: Survey, *, alpha: float = 0.05, min_n: int = 30) -> WaveComparison:
    """Compare the last two waves, question by question.

    Raises
    ------
    ParameterError
        P377, a single wave.
    """
    import numpy as np  # heavy
    import pandas as pd

    if len(survey.waves) < 2:
        raise ParameterError(
            "P377",
            _("A change is asked for, and there is a single wave."),
            next_step=_("Choose another comparison, or add the answers of an earlier wave."),
        )
    first, second = survey.waves[-2:]
    records = []
    for question in survey.questions:
        rows, design = survey.rows(question), survey.design(question)
        values = rows["is_favourable"].to_numpy()
        domains = [(rows["wave"] == wave).to_numpy() for wave in (first, second)]
        before, after = (share(design, values, domain=domain, alpha=alpha) for domain in domains)
        change = difference(design, values, first=domains[0], second=domains[1], alpha=alpha)
        shown: tuple[float, ...] = (before.value, after.value)
        shown += (change.value, change.low, change.high, change.detectable(alpha=alpha), change.p)
        if min(before.n, after.n) < min_n:
            shown = (np.nan,) * len(shown)
        records.append((question, before.n, after.n, *shown))
    columns = ["question", "n_first", "n_second", "first", "second", "difference", "low", "high"]
    changes = pd.DataFrame(records, columns=[*columns, "detectable", "p"])
    changes["q"] = corrected(changes["p"])
    small = changes[["n_first", "n_second"]].min(axis=1)
    return WaveComparison(changes, first, second, _small_caveats(small, min_n))


def compare_areas(
    survey: Survey, question: str, *, wave: object, alpha: float = 0.05, min_n: int = 30
) -> AreaComparison:
    """Compare each area with the rest of the population, for one question and one wave.

    Raises
    ------
    ParameterError
        P441, a single area; P379, none with ``min_n`` answers.
    """
    import numpy as np  # heavy
    import pandas as pd

    _check_several_areas(survey)
    rows, design = survey.rows(question), survey.design(question)
    values, areas = rows["is_favourable"].to_numpy(), rows["area"].to_numpy()
    in_wave = (rows["wave"] == wave).to_numpy()
    records = []
    for area in sorted(set(areas[in_wave]), key=str):
        here = in_wave & (areas == area)
        part = share(design, values, domain=here, alpha=alpha)
        gap = difference(design, values, first=in_wave & ~here, second=here, alpha=alpha)
        shown: tuple[float, ...] = (part.value, part.se, part.low, part.high, part.deff)
        shown += (gap.value, gap.low, gap.high, gap.detectable(alpha=alpha), gap.p)
        if part.n < min_n:
            shown = (np.nan,) * len(shown)
        records.append((area, part.n, *shown))
    columns = ["area", "n", "share", "se", "low", "high", "deff", "difference"]
    columns += ["difference_low", "difference_high", "detectable", "p"]
    table = pd.DataFrame(records, columns=columns)
    table["q"] = corrected(table["p"])
    is_large = np.isin(areas, table.loc[table["n"] >= min_n, "area"])
    test = rao_scott(design, values, areas, domain=in_wave & is_large & np.isfinite(values))
    return AreaComparison(
        areas=table,
        overall=share(design, values, domain=in_wave, alpha=alpha),
        test=test,
        n_tests=int(table["p"].notna().sum()),
        caveats=_small_caveats(table["n"], min_n),
    )


def _check_several_areas(survey: Survey) -> None:
    if len(survey.areas) < 2:
        raise ParameterError(
            "P441",
            _("Areas are to be compared, and there is a single one."),
            next_step=_("Choose another comparison, or give the role “area” to a column."),
        )


def corrected(p: pd.Series) -> np.ndarray:
    """Benjamini & Hochberg's (1995, *JRSS B* 57) q for each known p; NaN stays NaN."""
    import numpy as np  # heavy
    from statsmodels.stats.multitest import multipletests

    values = p.to_numpy(float)
    q = np.full(len(values), np.nan)
    known = np.isfinite(values)
    if known.any():
        q[known] = multipletests(values[known], method="fdr_bh")[1]
    return q


def _ranks(survey: Survey, answers: np.ndarray) -> np.ndarray:
    low, high = survey.scale.low, survey.scale.high
    return answers - low + 1 if survey.scale.favourable_is_high else high - answers + 1


def _small_caveats(sizes: pd.Series, min_n: int) -> tuple[Caveat, ...]:
    """Say how many rows are too small, and refuse when all of them are: P379."""
    n_small = int((sizes < min_n).sum())
    if not n_small:
        return ()
    if n_small == len(sizes):
        raise ParameterError(
            "P379",
            _("No group has enough answers to be estimated."),
            found=_("at most {n} answers in a group").format(n=int(sizes.max())),
            expected=_("at least {min_n}").format(min_n=min_n),
            next_step=_("Group the areas, or accept a smaller least number of answers."),
        )
    text = ngettext(
        "{n} row rests on fewer than {min_n} answers: nothing is estimated for it.",
        "{n} rows rest on fewer than {min_n} answers: nothing is estimated for them.",
        n_small,
    )
    return (Caveat("small-group", text.format(n=n_small, min_n=min_n)),)
