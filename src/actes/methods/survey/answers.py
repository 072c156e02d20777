"""Read answers on a scale: what is an answer, what is “don't know”, what is missing.

In: one row per respondent and question. Out: `Survey`. Only here: codes are never taken for
numbers, and what is assumed of a survey that does not say how it was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.survey.design import SurveyDesign
from actes.methods.survey.weights import trim_weights
from actes.numbers import format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["COLUMNS", "Scale", "Survey", "prepare_survey"]

NEEDED = ("unit", "question", "answer")
COLUMNS = (*NEEDED, "weight", "stratum", "cluster", "wave", "area")

MUCH_SILENCE = 0.20
FEW_DOF = 12


@dataclass(frozen=True)
class Scale:
    """How answers are coded.

    Parameters
    ----------
    low, high
        Ends of the scale, both answers.
    favourable_is_high
        Whether the high end is the favourable one.
    dont_know
        Codes outside the scale for “don't know” or “no opinion”.
    top
        How many of the most favourable answers count as favourable.
    """

    low: int = 1
    high: int = 5
    favourable_is_high: bool = True
    dont_know: tuple[int, ...] = (8, 9, 88, 99)
    top: int = 2

    @property
    def levels(self) -> tuple[int, ...]:
        """Answers, from the least to the most favourable."""
        levels = tuple(range(self.low, self.high + 1))
        return levels if self.favourable_is_high else levels[::-1]

    @property
    def favourable(self) -> tuple[int, ...]:
        """Answers that count as favourable."""
        return self.levels[-self.top :]


@dataclass(frozen=True)
class Survey:
    """Answers ready to be estimated.

    Parameters
    ----------
    frame
        `COLUMNS`, plus ``is_dont_know`` and ``is_favourable`` (1, 0, NaN without an answer);
        ``answer`` is NaN for “don't know” and for nothing; one row per respondent and question.
    scale
        How they were coded.
    questions, waves, areas
        In the order met, except the waves: sorted.
    missing
        ``question, n, n_answers, n_dont_know, n_missing, silent_share``.
    n_trimmed
        Respondents whose weight was cut.
    caveats
        Reserves.
    """

    frame: pd.DataFrame
    scale: Scale
    questions: tuple[str, ...]
    waves: tuple[object, ...]
    areas: tuple[object, ...]
    missing: pd.DataFrame
    n_trimmed: int
    caveats: tuple[Caveat, ...]

    def rows(self, question: str) -> pd.DataFrame:
        """Rows of one question: everybody who was asked, answered or not."""
        return self.frame[self.frame["question"] == question]

    def design(self, question: str) -> SurveyDesign:
        """Return the design of those who were asked; strata and clusters are within waves."""
        rows = self.rows(question)
        strata = rows.groupby(["wave", "stratum"], sort=False, observed=True).ngroup()
        return SurveyDesign.build(
            rows["weight"].to_numpy(float),
            strata=strata.to_numpy(),
            clusters=rows["cluster"].to_numpy(),
        )


def prepare_survey(table: pd.DataFrame, scale: Scale, *, weight_cap: float = 5.0) -> Survey:
    """Check the answers against the scale, set codes apart, trim the weights of each wave.

    Parameters
    ----------
    table
        `COLUMNS`, of which only `NEEDED` must be there; ``answer`` numeric or missing. Without
        weights everybody counts alike; without strata there is one; without clusters each
        respondent is one; without waves or areas there is a single one. Each is a reserve.
    weight_cap
        Weights above so many times their wave's median are cut (`trim_weights`).

    Raises
    ------
    ParameterError
        P370, a scale that contradicts itself.
    TableError
        P371, weights; P372, answers that are neither on the scale nor a declared code; P373, a
        respondent with several weights; P374, two answers of one respondent to one question;
        P375, a stratum, cluster, wave or area missing; P376, no cluster to compare with.
    """
    _check_scale(scale)
    frame = _completed(table)[list(COLUMNS)].reset_index(drop=True)
    _check_design(frame)
    frame = _read_answers(frame, scale)
    frame, n_trimmed = _trimmed(frame, weight_cap)
    missing = _missing_table(frame)
    survey = Survey(
        frame=frame,
        scale=scale,
        questions=tuple(str(name) for name in frame["question"].unique()),
        waves=tuple(sorted(frame["wave"].unique(), key=_wave_order)),
        areas=tuple(frame["area"].unique()),
        missing=missing,
        n_trimmed=n_trimmed,
        caveats=(),
    )
    return Survey(**{**survey.__dict__, "caveats": tuple(_caveats(survey, table, weight_cap))})


def _completed(table: pd.DataFrame) -> pd.DataFrame:
    """Give a survey that does not say how it was drawn the simplest design."""
    assumed: dict[str, Any] = {
        "weight": 1.0,
        "stratum": 1,
        "cluster": table["unit"],
        "wave": _("the only one"),
        "area": _("all together"),
    }
    return table.assign(**{name: value for name, value in assumed.items() if name not in table})


def _wave_order(wave: object) -> tuple[bool, float, str]:
    """Sort numbers as numbers, then words."""
    is_number = isinstance(wave, (int, float)) or str(wave).isdigit()
    return (not is_number, float(str(wave)) if is_number else 0.0, str(wave))


def _check_scale(scale: Scale) -> None:
    inside = [code for code in scale.dont_know if scale.low <= code <= scale.high]
    n_levels = scale.high - scale.low + 1
    if n_levels < 2 or inside or not 1 <= scale.top < n_levels:
        raise ParameterError(
            "P370",
            _("The scale of the answers contradicts itself."),
            found=_("from {low} to {high}, {top} favourable, codes {codes}").format(
                low=scale.low,
                high=scale.high,
                top=scale.top,
                codes=", ".join(map(str, scale.dont_know)),
            ),
            expected=_(
                "two answers at least, not all favourable, and no “don't know” code on the scale"
            ),
            next_step=_("Read the questionnaire again, then correct the parameters."),
        )


def _check_design(frame: pd.DataFrame) -> None:
    design = ["stratum", "cluster", "wave", "area", "unit", "question"]
    n_unknown = int(frame[design].isna().to_numpy().sum())
    if n_unknown:
        raise TableError(
            "P375",
            _("Some respondents have no stratum, cluster, wave, area or question."),
            found=_("{n} missing cells").format(n=n_unknown),
            next_step=_("Complete the design: the margins of error rest on it."),
        )
    people = frame.groupby(["wave", "unit"], observed=True)["weight"]
    n_several = int((people.nunique() > 1).sum())
    if n_several:
        raise TableError(
            "P373",
            _("Some respondents have several weights in one wave."),
            found=ngettext("{n} respondent", "{n} respondents", n_several).format(n=n_several),
            expected=_("one weight for each respondent"),
            next_step=_("Correct the weights in the source file."),
        )
    n_repeated = int(frame.duplicated(["wave", "unit", "question"]).sum())
    if n_repeated:
        raise TableError(
            "P374",
            _("Some respondents answer one question several times."),
            found=ngettext("{n} repeated row", "{n} repeated rows", n_repeated).format(
                n=n_repeated
            ),
            expected=_("one row for each respondent and question"),
            next_step=_("Keep one answer for each."),
        )


def _read_answers(frame: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    import numpy as np  # heavy

    answers = frame["answer"].to_numpy(dtype=float, na_value=np.nan)
    is_dont_know = np.isin(answers, scale.dont_know)
    is_answer = np.isin(answers, scale.levels)
    n_wrong = int((~(is_answer | is_dont_know | np.isnan(answers))).sum())
    if n_wrong:
        raise TableError(
            "P372",
            _("Some answers are neither on the scale nor a code for “don't know”."),
            found=ngettext("{n} answer", "{n} answers", n_wrong).format(n=n_wrong),
            expected=_("whole numbers from {low} to {high}, or one of the codes declared").format(
                low=scale.low, high=scale.high
            ),
            next_step=_("Declare the code: read as a number, it would move every mean."),
        )
    known = np.where(is_answer, answers, np.nan)
    favourable = np.where(is_answer, np.isin(answers, scale.favourable), np.nan)
    return frame.assign(answer=known, is_dont_know=is_dont_know, is_favourable=favourable)


def _trimmed(frame: pd.DataFrame, cap: float) -> tuple[pd.DataFrame, int]:
    import pandas as pd  # heavy

    # Checked here too, before a median is taken of them.
    SurveyDesign.build(frame["weight"].to_numpy(float))
    people = frame.drop_duplicates(["wave", "unit"])
    parts, n_trimmed = [], 0
    for _wave, rows in people.groupby("wave", observed=True):
        weights, n = trim_weights(rows["weight"].to_numpy(float), cap=cap)
        n_trimmed += n
        parts.append(rows[["wave", "unit"]].assign(weight=weights))
    cut = pd.concat(parts)
    return frame.drop(columns="weight").merge(cut, on=["wave", "unit"], how="left"), n_trimmed


def _missing_table(frame: pd.DataFrame) -> pd.DataFrame:
    groups = frame.groupby("question", sort=False, observed=True)
    table = groups.agg(
        n=("unit", "size"), n_answers=("answer", "count"), n_dont_know=("is_dont_know", "sum")
    ).reset_index()
    table["n_missing"] = table["n"] - table["n_answers"] - table["n_dont_know"]
    table["silent_share"] = 1 - table["n_answers"] / table["n"]
    return table


def _caveats(survey: Survey, table: pd.DataFrame, cap: float) -> Iterator[Caveat]:
    yield from _assumed_caveats(table)
    if "weight" in table and table["weight"].nunique() == 1:
        text = _(
            "All weights are equal. If respondents came by themselves (open web panel), no margin "
            "of error holds, whatever is printed here: the sample speaks for itself only."
        )
        yield Caveat("equal-weights", text)
    if survey.n_trimmed:
        text = ngettext(
            "{n} weight above {cap} times the median was cut, and its excess shared among all.",
            "{n} weights above {cap} times the median were cut, and their excess shared among all.",
            survey.n_trimmed,
        )
        yield Caveat("trimmed-weights", text.format(n=survey.n_trimmed, cap=f"{cap:g}"))
    yield from _design_caveats(survey)
    silent = survey.missing[survey.missing["silent_share"] > MUCH_SILENCE]
    for question, part in zip(silent["question"], silent["silent_share"], strict=True):
        text = _(
            "{share} gave no answer to “{question}”: those who answered may think otherwise than "
            "they."
        )
        shown = format_percent(float(part), 0)
        yield Caveat("silence", text.format(share=shown, question=question))
    counts = survey.frame.groupby("question", observed=True)["wave"].nunique()
    n_partial = int((counts < len(survey.waves)).sum())
    if n_partial:
        text = ngettext(
            "{n} question was not asked in every wave: it can't be followed over time.",
            "{n} questions were not asked in every wave: they can't be followed over time.",
            n_partial,
        )
        yield Caveat("not-in-every-wave", text.format(n=n_partial))


def _assumed_caveats(table: pd.DataFrame) -> Iterator[Caveat]:
    words = {
        "weight": _(
            "The data have no weights: every respondent counts alike, and the shares are those of "
            "the sample. If respondents came by themselves (open web panel), no margin of error "
            "holds."
        ),
        "cluster": _(
            "The data name no clusters: each respondent is taken as drawn apart. If persons were "
            "drawn together (households, blocks), the margins are too narrow."
        ),
        "stratum": _(
            "The data name no strata: the sample is taken as drawn from the whole population at "
            "once. If it was stratified, the margins are somewhat too wide."
        ),
    }
    if not {"cluster", "stratum"} & set(table):
        text = _(
            "The data name neither strata nor clusters: a simple random sample is assumed. If "
            "persons were drawn together (households, blocks), the margins are too narrow."
        )
        yield Caveat("simple-random", text)
        words = {"weight": words["weight"]}
    for name, text in words.items():
        if name not in table:
            yield Caveat(f"no-{name}", text)


def _design_caveats(survey: Survey) -> Iterator[Caveat]:
    design = survey.design(survey.questions[0])
    dof = design.dof()
    if dof < 1:
        raise TableError(
            "P376",
            _("Every stratum has a single cluster: no margin of error can be computed."),
            expected=_("at least two clusters in some stratum"),
            next_step=_("Group strata that are alike, or name smaller clusters."),
        )
    if design.n_lonely:
        text = ngettext(
            "{n} stratum has a single cluster: its variance is taken from the distance to the "
            "mean of all, which is prudent.",
            "{n} strata have a single cluster: their variance is taken from the distance to the "
            "mean of all, which is prudent.",
            design.n_lonely,
        )
        yield Caveat("lonely-cluster", text.format(n=design.n_lonely))
    if dof < FEW_DOF:
        text = _(
            "Few clusters ({clusters} in {strata} strata): the margins of error are themselves "
            "uncertain."
        )
        yield Caveat(
            "few-clusters", text.format(clusters=design.n_clusters, strata=design.n_strata)
        )
