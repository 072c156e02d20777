"""Measure validation: Great Expectations as Actes runs it, against its stock engine and pandera.

In: nothing. Out: `Measure` for `bench/run.py`. One million rows with dirty cells, 16 expectations;
each engine in a process of its own, which says its seconds (of validation alone, the best of
five) and its peak memory. The verdicts and counts are compared: other ones end the measure.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from measuring import Measure

N_ROWS = 1_000_000
N_TIMES = 5
N_ROUNDS = 3
ENGINES = ("actes", "stock", "pandera")
HERE = Path(__file__)
NAMES = ["id", "code", "categorie", "pdq", "jour", "lat", "nombre", "texte"]
EXPECTATIONS: list[tuple[str, dict[str, Any]]] = [
    ("expect_table_columns_to_match_ordered_list", {"column_list": NAMES}),
    ("expect_table_row_count_to_be_between", {"min_value": 1}),
    ("expect_column_values_to_not_be_null", {"column": "id"}),
    ("expect_column_values_to_be_unique", {"column": "id"}),
    ("expect_column_values_to_not_be_null", {"column": "code"}),
    ("expect_column_values_to_match_regex", {"column": "code", "regex": "^[0-9]{6}$"}),
    ("expect_column_value_lengths_to_be_between", {"column": "code", "max_value": 6}),
    ("expect_column_values_to_not_be_null", {"column": "categorie"}),
    ("expect_column_values_to_be_in_set", {"column": "categorie", "value_set": ["Vol", "Fraude"]}),
    ("expect_column_values_to_be_between", {"column": "pdq", "min_value": 1, "max_value": 49}),
    ("expect_column_values_to_not_be_null", {"column": "jour"}),
    ("expect_column_values_to_be_between", {"column": "lat", "min_value": 45.2}),
    ("expect_column_values_to_be_between", {"column": "nombre", "min_value": 0}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["pdq", "jour", "categorie"]}),
    ("expect_column_values_to_match_regex", {"column": "texte", "regex": "^dossier-[0-9]+$"}),
    ("expect_column_unique_value_count_to_be_between", {"column": "texte", "min_value": 1}),
]


def main() -> None:
    """Print what each engine took: seconds, peak memory in MB."""
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else N_ROWS
    for engine, found in engines(n_rows).items():
        print(f"{engine:8} {found['seconds']:7.2f} s {found['memory_mb']:6.0f} MB")  # noqa: T201


def measures() -> list[Measure]:
    """Actes against the stock engine and against pandera: seconds of validation, peak memory."""
    found = engines(N_ROWS)
    what = "16 attentes sur 1 million de lignes"
    peers = {
        "stock": "moteur pandas de Great Expectations, même Parquet typé",
        "pandera": "pandera, même Parquet typé",
    }
    ours = found["actes"]
    return [
        *(Measure(what, peer, ours["seconds"], found[n]["seconds"]) for n, peer in peers.items()),
        *(
            Measure(f"mémoire : {what}", peer, ours["memory_mb"], found[n]["memory_mb"], "Mo")
            for n, peer in peers.items()
        ),
    ]


def engines(n_rows: int) -> dict[str, dict[str, Any]]:
    """Validate the same rows by each engine; seconds, peak memory in MB, what was found."""
    with tempfile.TemporaryDirectory(prefix="actes-bench-") as folder:
        path = Path(folder) / "lot.parquet"
        # apart: a process begins with the peak memory of the one that it comes from
        _apart("write", path, str(n_rows))
        # in turn, so that what slows the machine down for a while slows each of them
        rounds = [{name: _apart(name, path) for name in ENGINES} for _round in range(N_ROUNDS)]
        found = {
            name: min((each[name] for each in rounds), key=lambda one: one["seconds"])
            for name in ENGINES
        }
    if found["actes"]["counts"] != found["stock"]["counts"]:
        raise SystemExit("the two engines do not find the same")
    return found


def write(path: Path, n_rows: int) -> None:
    """Write the rows, some of them at fault."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    random = np.random.default_rng(1)
    identifiers = np.arange(n_rows)
    identifiers[:50] = 7
    days = np.datetime64("2015-01-01") + random.integers(0, 3650, n_rows)
    kinds = np.array(["Vol", "Fraude", "Autre"])[random.integers(0, 3, n_rows)]
    columns = [
        pa.array(identifiers),
        pa.array(np.char.zfill(random.integers(0, 10**6, n_rows).astype(str), 6)),
        pa.array(kinds, mask=random.random(n_rows) < 0.01),
        pa.array(random.integers(1, 51, n_rows)),
        pa.array(days.astype("datetime64[D]")),
        pa.array(random.normal(45.5, 0.1, n_rows), mask=random.random(n_rows) < 0.02),
        pa.array(random.integers(-1, 500, n_rows)),
        pa.array(np.char.add("dossier-", random.integers(0, n_rows // 2, n_rows).astype(str))),
    ]
    table = pa.table(dict(zip(NAMES, columns, strict=True)))
    parquet.write_table(table, path, compression="zstd", row_group_size=1 << 17)


def _apart(work: str, path: Path, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", str(HERE), "--apart", work, str(path), *more]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _one(engine: str, path: Path, *n_rows: str) -> dict[str, Any]:
    import resource

    if engine == "write":
        write(path, int(n_rows[0]))
        return {}
    run = _pandera if engine == "pandera" else _great_expectations
    seconds, counts = run(engine, path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"seconds": seconds, "memory_mb": peak, "counts": counts}


def _great_expectations(engine: str, path: Path) -> tuple[float, Any]:
    import time
    from contextlib import nullcontext

    from actes.validate.checkpoint import quietly
    from actes.validate.project import SAFE_RESULTS

    with quietly():
        import great_expectations as gx
        from great_expectations.expectations.expectation_configuration import (
            ExpectationConfiguration,
        )

        from actes.validate.engine import in_sql

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_pandas_filesystem("s", base_directory=path.parent)
        batch = source.add_parquet_asset("a").add_batch_definition_path("b", path.name)
        asked = [ExpectationConfiguration(type=kind, kwargs=k) for kind, k in EXPECTATIONS]
        times = []
        for _time in range(N_TIMES):
            chosen = (
                in_sql(context, source, scratch=path.parent) if engine == "actes" else nullcontext()
            )
            with chosen:
                start = time.perf_counter()
                validator = context.get_validator(batch_request=batch.build_batch_request())
                results = validator.graph_validate(asked, {"result_format": dict(SAFE_RESULTS)})
                times.append(time.perf_counter() - start)
            source._execution_engine = None
        counts = sorted(
            [
                r.expectation_config.type,
                str(r.expectation_config.kwargs.get("column")),
                bool(r.success),
                r.result.get("unexpected_count"),
                r.result.get("observed_value"),
            ]
            for r in results
        )
    return min(times), json.loads(json.dumps(counts, default=str))


def _pandera(_engine: str, path: Path) -> tuple[float, Any]:
    import time

    import pandas as pd
    import pandera.pandas as pa

    columns = {
        "id": pa.Column(int, unique=True),
        "code": pa.Column(
            str, [pa.Check.str_matches("^[0-9]{6}$"), pa.Check.str_length(max_value=6)]
        ),
        "categorie": pa.Column(str, pa.Check.isin(["Vol", "Fraude"])),
        "pdq": pa.Column(int, pa.Check.in_range(1, 49)),
        "jour": pa.Column(None),
        "lat": pa.Column(float, pa.Check.ge(45.2), nullable=True),
        "nombre": pa.Column(int, pa.Check.ge(0)),
        "texte": pa.Column(str, pa.Check.str_matches("^dossier-[0-9]+$")),
    }
    schema = pa.DataFrameSchema(columns, unique=["pdq", "jour", "categorie"], ordered=True)
    times = []
    for _time in range(N_TIMES):
        start = time.perf_counter()
        try:
            schema.validate(pd.read_parquet(path), lazy=True)
        except pa.errors.SchemaErrors:
            times.append(time.perf_counter() - start)
    return min(times), None


if __name__ == "__main__":
    if "--apart" in sys.argv:
        print(json.dumps(_one(sys.argv[2], Path(sys.argv[3]), *sys.argv[4:])))  # noqa: T201
    else:
        main()
