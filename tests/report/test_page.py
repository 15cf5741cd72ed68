"""The page: whole, alone, escaped, and with the numbers that ``--json`` has."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from hetorch_heir.core.files import OutputError
from hetorch_heir.export.result import ExportResult
from hetorch_heir.report.data import KeyPart, LayerNoise, Report
from hetorch_heir.report.page import render_page
from tests.report.html_reading import Element, fields, read_html


@pytest.fixture(scope="module")
def report(exported: ExportResult) -> Report:
    return exported.report()


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    return render_page(report)


@pytest.fixture(scope="module")
def page(text: str) -> Element:
    return read_html(text)


def test_the_layers_have_the_numbers_of_the_json(page: Element, exported: ExportResult) -> None:
    (table,) = page.all("table", id="layer-table")
    rows = table.all("tbody")[0].all("tr")
    layers = [layer.values() for layer in exported.layer_costs()]
    assert len(rows) == len(layers) > 3
    for row, layer in zip(rows, layers, strict=True):
        shown = fields(row)
        assert shown == {name: str(layer[name]) for name in shown}
        exact = {
            one.attributes["data-exact"]: one.attributes["data-sort"]
            for one in row.all("td")
            if "data-exact" in one.attributes
        }
        assert exact == {name: str(layer[name]) for name in ("milliseconds", "held_bytes")}
        assert {"rotations", "products", "ct_products", "level", "levels"} <= set(shown)
    total, summary = fields(table.all("tfoot")[0].all("tr")[0]), exported.summary()
    assert total == {name: str(summary[name]) for name in total}
    (embedded,) = page.all("script", id="summary")
    assert json.loads(embedded.text) == json.loads(json.dumps(summary))


def test_nothing_is_fetched(page: Element, text: str) -> None:
    assert not re.search(r"(?:https?:)?//[a-z0-9]", text, re.IGNORECASE)
    assert not page.all("img") + page.all("iframe") + page.all("object") + page.all("use")
    assert all("src" not in one.attributes for one in page.every())
    assert [one.attributes["href"] for one in page.all("link")] == ["data:,"]
    (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy.attributes["content"].startswith("default-src 'none'")
    assert not re.search(r"@import|url\((?!#)", text)


def test_names_are_escaped(report: Report) -> None:
    hostile = "</script><script>alert(1)</script>\"'<b>&amp;!"
    layer = replace(report.layers[0], modules=(hostile,), kinds=(hostile,), places=(hostile,))
    summary = {**report.summary, "warnings": [hostile], "model": hostile}
    changed = replace(
        report, name=hostile, inputs=("x",), layers=(layer, *report.layers[1:]), summary=summary
    )
    text = render_page(changed)
    page = read_html(text)
    assert len(page.all("script")) == 2
    assert not page.all("b")
    assert "alert(1)</script>" not in text.replace("</script>\n</body>", "")
    assert page.all("h1")[0].text == hostile
    assert page.all("aside", **{"class": "warnings"})[0].all("li")[0].text == hostile


def test_every_layer_has_a_box_and_details(page: Element, report: Report) -> None:
    nodes = [one for one in page.all("a") if "data-layer" in one.attributes]
    articles = {one.attributes["id"]: one for one in page.all("article")}
    assert len(nodes) == len(articles) == len(report.layers)
    for node, layer in zip(nodes, report.layers, strict=True):
        article = articles[node.attributes["href"].removeprefix("#")]
        assert article.all("h3")[0].text == layer.name
        assert layer.name in node.attributes["aria-label"]
        operations = {
            row.all("th")[0].whole_text: row.all("td")[0].text for row in article.all("tbody")[0].all("tr")
        }
        assert operations == {one.name: str(one.count) for one in layer.operations}
        for place in layer.places:
            assert re.search(r"conftest\.py:\d+$", place)
            assert place in article.whole_text


def test_identifiers_are_unique_and_links_lead_somewhere(page: Element) -> None:
    identifiers = [one.attributes["id"] for one in page.every() if "id" in one.attributes]
    assert len(identifiers) == len(set(identifiers))
    links = [one.attributes["href"] for one in page.all("a")]
    assert all(link.startswith("#") and link[1:] in identifiers for link in links)


def test_charts_have_axes_and_values_to_read(page: Element, report: Report) -> None:
    plots = page.all("div", role="img")
    assert len(plots) == 2 + 2 * len(report.activations) + 2
    for plot in plots:
        assert plot.all("text", **{"class": "x-tick"})
        assert plot.all("text", **{"class": "y-tick"})
        assert json.loads(plot.attributes["data-tips"])
        assert plot.attributes["aria-label"]
        assert all("nan" not in one.attributes["d"] for one in plot.all("path"))


def test_parameters_and_keys_are_listed(page: Element, report: Report, exported: ExportResult) -> None:
    whole = page.all("section", id="parameters")[0].whole_text
    for name, value, why in exported.summary()["parameters"]:
        assert name in whole and value in whole and " ".join(why.split()) in whole
    rows = page.all("table", id="key-table")[0].all("tbody")[0].all("tr")
    assert len(rows) == len(report.keys)


def test_noise_and_bootstraps_are_shown(report: Report) -> None:
    noise = tuple(LayerNoise(number, 2.0**-20, 20.5 - number, 12.25) for number in range(len(report.layers)))
    refreshed = replace(report.data[3], operation="bootstrap", level=4)
    data = (*report.data[:3], refreshed, *report.data[4:])
    page = read_html(render_page(replace(report, noise=noise, data=data)))
    (section,) = page.all("section", id="noise")
    tips = json.loads(section.all("div", role="img")[0].attributes["data-tips"])
    assert "20.5 bits of precision" in tips[0]
    assert "12.2 bits below the modulus" in tips[0]
    (mark,) = page.all("circle", **{"class": "bootstrap"})
    assert mark.whole_text == "bootstrap to level 4"


def test_keys_of_unknown_size_are_told_apart(report: Report) -> None:
    bootstrap = KeyPart("bootstrap", 0, None, 1, ((0, 1),), (0, 0))
    text = read_html(render_page(replace(report, keys=(*report.keys, bootstrap)))).whole_text
    assert f"{len(report.keys)} evaluation keys, without those of bootstraps" in text


def test_a_report_is_written_whole_or_not_at_all(exported: ExportResult, tmp_path: Path, text: str) -> None:
    path = tmp_path / "out.html"
    exported.write_report(path)
    assert path.read_text() == text
    with pytest.raises(OutputError, match="no folder"):
        exported.write_report(tmp_path / "missing" / "out.html")
    assert [one.name for one in tmp_path.iterdir()] == ["out.html"]
