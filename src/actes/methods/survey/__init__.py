"""Estimate what citizens think from a weighted sample, with the margins that its design allows.

In: answers, weights, strata, clusters. Out: shares, means and differences with their intervals.
One job a module: `answers` reads a scale, `weights` trims and rakes, `design` linearises,
`estimates` compares, `association` tests a table, `reliability` judges a scale of several items.
"""

from actes.methods.survey.answers import Scale, Survey, prepare_survey
from actes.methods.survey.association import RaoScott, rao_scott
from actes.methods.survey.comparisons import (
    AreaComparison,
    ItemTable,
    WaveComparison,
    compare_areas,
    compare_waves,
    estimate_items,
    level_shares,
)
from actes.methods.survey.design import SurveyDesign
from actes.methods.survey.estimates import Estimate, difference, mean, share
from actes.methods.survey.reliability import Reliability, cronbach_alpha
from actes.methods.survey.weights import rake_weights, trim_weights

__all__ = [
    "AreaComparison",
    "Estimate",
    "ItemTable",
    "RaoScott",
    "Reliability",
    "Scale",
    "Survey",
    "SurveyDesign",
    "WaveComparison",
    "compare_areas",
    "compare_waves",
    "cronbach_alpha",
    "difference",
    "estimate_items",
    "level_shares",
    "mean",
    "prepare_survey",
    "rake_weights",
    "rao_scott",
    "share",
    "trim_weights",
]
