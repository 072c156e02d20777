"""Check what a study is asked to run on, before it runs.

In: a study's declaration, its parameters' values. Out: the validated datasets it names, the
categories as their columns hold them, or one message. Both `run` (before a kernel starts) and
`study.begin` (inside one) ask here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actes.errors import ParameterError, VerdictError, place
from actes.i18n import _, ngettext
from actes.model import Dataset, Rejected
from actes.specs.reading import near
from actes.store import read_dataset_spec, recall_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from actes.specs.dataset import DatasetSpec
    from actes.specs.study import Choice, StudySpec
    from actes.workspace import Workspace

__all__ = ["category_values", "distinct_values", "named_datasets", "with_categories"]


def named_datasets(
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
        P003 a role is missing.
    VerdictError
        V020 its rows stay in their database, V101 not validated, V102 validation fails.
    """
    datasets = {}
    for parameter, name, asked in study.datasets(values):
        _check_roles(workspace, read_dataset_spec(workspace, name), asked.roles, where)
        datasets[parameter] = _validated(workspace, name)
    return datasets


def with_categories(
    workspace: Workspace,
    study: StudySpec,
    values: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    *,
    where: str = "",
) -> dict[str, Any]:
    """Return ``values``, each category as its column holds it.

    The name of an area is often a number: ``"7"`` stands for the 7 of a column of whole numbers,
    and 7 for the ``"7"`` of a column of text.

    Parameters
    ----------
    values, where
        As for `named_datasets`.
    datasets
        What `named_datasets` returned.

    Raises
    ------
    ParameterError
        P003 no column has such categories, P004 one does not occur in the data.
    """
    by_name = {d.name: d for d in datasets.values()}
    found = dict(values)
    for choice, value in study.categories(values):
        dataset = by_name[choice.data]
        _check_column(workspace, dataset.table.spec, choice, where)
        several = value if isinstance(value, list) else [value]
        held = [_held(dataset, choice, one, where) for one in several]
        found[choice.parameter.name] = held if isinstance(value, list) else held[0]
    return found


def category_values(workspace: Workspace, choice: Choice, *, where: str = "") -> list[Any]:
    """Return the values of the column that ``choice`` is made in, in its validated dataset."""
    _check_column(workspace, read_dataset_spec(workspace, choice.data), choice, where)
    return distinct_values(_validated(workspace, choice.data), choice.role)


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


def _check_column(workspace: Workspace, spec: DatasetSpec, choice: Choice, where: str) -> None:
    """Refuse to choose a category where no column has any."""
    if spec.columns_of(choice.role):
        return
    name = choice.parameter.name
    add = _("add to {file}, under “roles”: {line}").format(
        file=workspace.shown(workspace.dataset_file(spec.name)),
        line=f"{choice.role}: <" + _("column") + ">",
    )
    raise ParameterError(
        "P003",
        _(
            "The parameter “{parameter}” chooses a value of the role “{role}”, which no column of "
            "“{name}” plays."
        ).format(parameter=name, role=choice.role, name=spec.name),
        where=where,
        found=", ".join(spec.roles),
        expected=choice.role,
        next_step=_("leave “{parameter}” out, or {add}").format(parameter=name, add=add)
        if choice.is_optional
        else add,
    )


def _held(dataset: Dataset, choice: Choice, wanted: Any, where: str) -> Any:
    """The value of the column that ``wanted`` names."""
    known = distinct_values(dataset, choice.role)
    if wanted in known:
        return wanted
    alike = [value for value in known if str(value) == str(wanted)]
    if alike and choice.parameter.is_name:
        return alike[0]
    raise ParameterError(
        "P004",
        _("The parameter “{parameter}” names a value that “{dataset}” does not have.").format(
            parameter=choice.parameter.name, dataset=dataset.name
        ),
        where=where,
        found=str(wanted) or _("nothing"),
        expected=ngettext(
            "the only value of the column “{column}”",
            "one of the {n} values of the column “{column}”",
            len(known),
        ).format(n=len(known), column=dataset.table.spec.columns_of(choice.role)[0]),
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
