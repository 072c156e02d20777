"""Check what a study is asked to run on, before it runs.

In: a study's declaration, its parameters' values. Out: the validated datasets it names, or one
message. Both `run` (before a kernel starts) and `study.begin` (inside one) ask here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actes.errors import ParameterError, VerdictError, place
from actes.i18n import _
from actes.model import Dataset, Rejected
from actes.specs.reading import near
from actes.store import read_dataset_spec, recall_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from actes.specs.dataset import DatasetSpec
    from actes.specs.study import StudySpec
    from actes.workspace import Workspace

__all__ = [
    "category_values",
    "check_categories",
    "check_inputs",
    "distinct_values",
    "named_datasets",
]


def check_inputs(
    workspace: Workspace, study: StudySpec, values: Mapping[str, Any], *, where: str = ""
) -> dict[str, Dataset]:
    """Return the datasets that ``values`` name, by parameter, each with a passing verdict.

    Parameters
    ----------
    values
        Complete and checked (`StudySpec.check`).
    where
        What messages point at.

    Raises
    ------
    SpecError
        S001 when a dataset isn't there.
    ParameterError
        P003 a role is missing, P004 a category does not occur in the data.
    VerdictError
        V020 its rows stay in their database, V101 not validated, V102 validation fails.
    """
    datasets = named_datasets(workspace, study, values, where=where)
    check_categories(study, values, datasets, where=where)
    return datasets


def named_datasets(
    workspace: Workspace, study: StudySpec, values: Mapping[str, Any], *, where: str = ""
) -> dict[str, Dataset]:
    """Return the datasets that ``values`` name, whatever the categories: see `check_inputs`."""
    datasets = {}
    for parameter, name, asked in study.datasets(values):
        # A category is chosen in a column: its role is needed, even when it is optional.
        chosen = (role for _p, _value, role, of in study.categories(values) if of == name)
        needed = tuple(dict.fromkeys((*asked.roles, *chosen)))
        _check_roles(workspace, read_dataset_spec(workspace, name), needed, where)
        datasets[parameter] = _validated(workspace, name)
    return datasets


def check_categories(
    study: StudySpec,
    values: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    *,
    where: str = "",
) -> None:
    """Refuse a category that does not occur in its dataset: see `check_inputs`."""
    by_name = {d.name: d for d in datasets.values()}
    for parameter, value, role, name in study.categories(values):
        for wanted in value if isinstance(value, list) else [value]:
            _check_category(by_name[name], role, wanted, parameter, where)


def category_values(workspace: Workspace, name: str, role: str, *, where: str = "") -> list[Any]:
    """Return the values of the column that plays ``role`` in the validated dataset ``name``."""
    _check_roles(workspace, read_dataset_spec(workspace, name), (role,), where)
    return distinct_values(_validated(workspace, name), role)


def _validated(workspace: Workspace, name: str) -> Dataset:
    if read_dataset_spec(workspace, name).stays:
        raise VerdictError(
            "V020",
            _("The rows of “{name}” stay in their database: no study runs on them.").format(
                name=name
            ),
            next_step=_("remove “stay” from its dataset.yml, so that what is studied is kept"),
        )
    known = recall_dataset(workspace, name)
    if isinstance(known, Dataset):
        return known
    command = f"actes validate {name}"
    if isinstance(known, Rejected):
        raise VerdictError(
            "V102",
            _("The dataset “{name}” does not pass its validation: no study runs on it.").format(
                name=name
            ),
            found="; ".join(f"{f.where}: {f.message}" for f in known.verdict.findings[:3]),
            next_step=_("see every finding with: {command}").format(command=command),
        )
    raise VerdictError(
        "V101",
        _("The dataset “{name}” has no verdict: no study runs on it.").format(name=name),
        next_step=command,
    )


def _check_roles(
    workspace: Workspace, spec: DatasetSpec, roles: tuple[str, ...], where: str
) -> None:
    missing = [role for role in roles if not spec.columns_of(role)]
    if not missing:
        return
    file = workspace.shown(workspace.dataset_file(spec.name))
    column = _("column")
    raise ParameterError(
        "P003",
        _("The study needs a role that no column of “{name}” plays.").format(name=spec.name),
        where=where or place(file, key="roles"),
        found=", ".join(spec.roles),
        expected=", ".join(missing),
        next_step=_("add to {file}, under “roles”: {line}").format(
            file=file, line=f"{missing[0]}: <{column}>"
        ),
    )


def _check_category(dataset: Dataset, role: str, wanted: Any, parameter: str, where: str) -> None:
    known = distinct_values(dataset, role)
    if wanted in known:
        return
    raise ParameterError(
        "P004",
        _("The parameter “{parameter}” names a value that “{dataset}” does not have.").format(
            parameter=parameter, dataset=dataset.name
        ),
        where=where,
        found=str(wanted),
        expected=_("one of the {n} values of the column “{column}”").format(
            n=len(known), column=dataset.table.spec.columns_of(role)[0]
        ),
        next_step=near(str(wanted), map(str, known)),
    )


def distinct_values(dataset: Dataset, role: str) -> list[Any]:
    """Distinct values of the column that plays ``role``, sorted, missing ones left out."""
    (column,) = dataset.table.spec.columns_of(role)
    return list(_distinct(dataset.table.path, column))


@lru_cache(maxsize=64)
def _distinct(table: Path, column: str) -> tuple[Any, ...]:
    """Read a column once: a table is named by its bytes, which do not change under that name."""
    from pyarrow import compute, parquet  # heavy

    found: set[Any] = set()
    with parquet.ParquetFile(table) as file:
        for batch in file.iter_batches(columns=[column]):
            found.update(compute.unique(batch.column(column)).to_pylist())
    return tuple(sorted(found - {None}))
