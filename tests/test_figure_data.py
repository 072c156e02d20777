"""What a reader takes away from a figure: a CSV that no spreadsheet runs, a table that is read."""

from __future__ import annotations

import csv
import io

import pytest

from actes.publish.figure_data import ROWS_SHOWN, csv_text, data_files, table_html
from actes.publish.styled_tables import with_cell_styles


def column(title: str, how: str) -> dict[str, object]:
    return {"name": title, "title": title, "format": how, "is_count": False}


def figure(columns: list[dict[str, object]], rows: list[list[object]]) -> dict[str, object]:
    return {"kind": "figure", "data": {"columns": columns, "rows": rows}}


def test_the_csv_is_the_standard_one() -> None:
    record = figure(
        [column("Mois", "month"), column("Part", "percent:1"), column("Nombre", "integer")],
        [["2024-01-01", 0.125, -12345], ["2024-02-01", None, {"masked_below": 5}]],
    )
    files = data_files("a/fig-x", record, "fr-CA")
    assert files["a/fig-x.csv"] == (
        b"\xef\xbb\xbfMois,Part,Nombre\r\n2024-01-01,0.125,-12345\r\n2024-02-01,,< 5\r\n"
    )
    shown = files["a/fig-x.csv.html"].decode()
    assert shown.startswith("<!--2 2-->\n")
    assert '<th scope="col" class="n">' in shown  # above figures, set as they are
    assert '<th scope="row">janvier 2024</th><td class="n">12,5\u202f%</td>' in shown


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", " =1", "\r=1", "＝1", "|x"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    record = figure([column(text, "text")], [[text], [f"a{text}"]])
    content = data_files("f", record, "en")["f.csv"].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows == [[f"'{text}"], [f"'{text}"], [f"a{text}"]]


def test_a_number_stays_a_number() -> None:
    record = figure([column("n", "decimal:1")], [[-1.5]])
    assert data_files("f", record, "en")["f.csv"].endswith(b"\r\n-1.5\r\n")


def test_a_long_table_is_cut_on_the_page_and_whole_in_the_file() -> None:
    rows: list[list[object]] = [[n] for n in range(ROWS_SHOWN + 5)]
    files = data_files("f", figure([column("n", "integer")], rows), "en")
    assert files["f.csv.html"].startswith(f"<!--{ROWS_SHOWN} {ROWS_SHOWN + 5}-->".encode())
    assert files["f.csv"].count(b"\r\n") == ROWS_SHOWN + 6


def test_the_title_of_a_column_is_printed_in_its_language() -> None:
    frame = {"columns": [column("Sans l'événement ?", "count")], "rows": [[1]]}
    assert "Sans l’événement\u202f?</th>" in table_html(frame, "fr")
    assert csv_text(frame).startswith("Sans l'événement ?")


@pytest.mark.parametrize(
    "record",
    [
        None,
        "x",
        {},
        {"columns": [], "rows": []},
        {"columns": [column("n", "integer")], "rows": [[1, 2]]},
        {"columns": [column("n", "integer")], "rows": [["x"]]},
        {"columns": [{"title": "n"}], "rows": [[1]]},
        {"columns": 3, "rows": 4},
    ],
)
def test_what_is_no_record_of_ours_gives_no_file(record: object) -> None:
    assert data_files("f", record, "en") == {}


STYLER = """
<style type="text/css">
#T_a_row0_col0 { background-color: #FFD700; color: yellow; font-weight: bold !important; }
#T_a th.col_heading:hover, #T_a .blank { background-color: red; }
#T_a td { text-align: right; }
.gt_table { background-color: #FFFFFF; color: #333333; }
tr.total > td { background-color: rgb(10, 20, 60); font-style: italic; }
</style>
<table id="T_a" class="gt_table" onclick="x()">
<tr><th class="col_heading">a</th><th class="blank">b</th></tr>
<tr><td id="T_a_row0_col0">1 &lt; 2</td><td style="background:url(http://x);color:red">2</td></tr>
<tr class="total"><td colspan="2">3<br></td></tr>
</table>
"""


def test_styles_that_say_something_are_kept_and_can_be_read() -> None:
    html = with_cell_styles(STYLER)
    assert "<style" not in html
    assert "onclick" not in html
    assert 'id="' not in html
    assert (
        '<td style="text-align: right" data-background="#ffd700" data-color="#000000" '
        'data-bold="true">1 &lt; 2</td>'
    ) in html
    assert '<td style="text-align: right">2</td>' in html  # no picture, no colour without a ground
    assert (
        '<td colspan="2" style="text-align: right" data-background="#0a143c" '
        'data-color="#ffffff" data-italic="true">3<br></td>'
    ) in html
    assert '<th data-background="#ff0000" data-color="#000000">b</th>' in html


def test_a_real_pandas_style_goes_through() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [3.5, 4.5]})
    html = with_cell_styles(frame.style.highlight_max(color="lightgreen").to_html())
    assert html.count('data-background="#90ee90"') == 2
