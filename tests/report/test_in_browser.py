"""The page in a real browser: quiet, alone, usable by mouse and keys, readable at all widths."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hetorch_heir.export.result import ExportResult
from hetorch_heir.report.data import Layer, LayerNoise, Report
from hetorch_heir.report.page import render_page
from tests.report.browser import ARROW_DOWN, ARROW_RIGHT, ENTER, ESCAPE, Browser, open_browser

DESKTOP, PHONE = 1280, 390
VISIBLE = """
const articles = [...document.querySelectorAll('.detail')];
return articles.filter(one => one.offsetParent).map(one => one.id);
"""
OVERLAPS = """
const drawn = [...document.querySelectorAll('#graph .frame, #graph .end rect')];
const boxes = drawn.map(one => one.getBoundingClientRect());
let found = 0;
boxes.forEach((one, i) => boxes.slice(i + 1).forEach(other => {
  if (one.left < other.right - 1 && other.left < one.right - 1
      && one.top < other.bottom - 1 && other.top < one.bottom - 1) found += 1;
}));
return [boxes.length, found];
"""
CLIPPED = """
return [...document.querySelectorAll('#graph a')].filter(node => {
  const frame = node.querySelector('.frame').getBoundingClientRect();
  const texts = [...node.querySelectorAll('text')].map(one => one.getBoundingClientRect());
  const outside = texts.some(one =>
    one.left < frame.left || one.right > frame.right || one.bottom > frame.bottom);
  const crossing = texts.some((one, i) => texts.slice(i + 1).some(other =>
    one.left < other.right && other.left < one.right
    && one.top < other.bottom - 4 && other.top < one.bottom - 4));
  return outside || crossing;
}).map(node => node.textContent.replace(/\\s+/g, ' '));
"""
COLLIDING_TICKS = """
const apart = (one, other) => one.right <= other.left || other.right <= one.left
  || one.bottom <= other.top || other.bottom <= one.top;
const meet = (ticks) => ticks.some((one, i) => i && !apart(one, ticks[i - 1]));
return [...document.querySelectorAll('.plot')].filter(plot => ['.x-tick', '.y-tick'].some(kind =>
  meet([...plot.querySelectorAll(kind)].map(one => one.getBoundingClientRect())))).map(one => one.ariaLabel);
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def report(exported: ExportResult) -> Report:
    return exported.report()


@pytest.fixture(scope="module")
def page(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_page(report))
    return path


def stretched(report: Report, count: int) -> Report:
    """A report on a network of many layers, with ways around every three of them and long names."""
    layers: list[Layer] = []
    for number in range(count):
        inputs: tuple[int | str, ...] = ("x",) if number == 0 else (number - 1,)
        if number >= 3 and number % 3 == 0:
            inputs = (*inputs, number - 3)
        path = f"stages.{number // 6}.blocks.{number}.a_rather_long_name.convolution{number}"
        layers.append(
            replace(
                report.layers[number % len(report.layers)], modules=(path,), kinds=("Conv2d",), inputs=inputs
            )
        )
    own = [[one for one in report.data if one.layer == n] for n in range(len(report.layers))]
    data = tuple(replace(one, layer=n) for n in range(count) for one in own[n % len(own)])
    noise = tuple(LayerNoise(number, 1e-6, 22.0 - number / count, 9.5) for number in range(count))
    return replace(report, layers=tuple(layers), data=data, noise=noise, outputs=((count - 1,),))


def test_the_page_is_quiet_and_asks_for_nothing(browser: Browser, page: Path) -> None:
    browser.look(DESKTOP)
    browser.open(page)
    browser.click("#graph a[data-layer='1']")
    browser.hover(".plot", 40, 0)
    assert browser.console() == []
    assert {url.split("#")[0] for url in browser.requests() if not url.startswith("data:")} == {page.as_uri()}


def test_a_click_shows_the_details_of_a_layer(browser: Browser, page: Path, report: Report) -> None:
    browser.look(DESKTOP)
    browser.open(page)
    assert browser.run(VISIBLE) == []
    browser.click("#graph a[data-layer='2']")
    assert browser.run(VISIBLE) == ["layer-3"]
    shown = browser.run("return document.querySelector('#layer-3').innerText")
    assert report.layers[2].name in shown
    assert report.layers[2].places[0] in "".join(shown.split("\n"))
    assert all(one.name in shown for one in report.layers[2].operations)
    browser.click("#layer-table tbody tr:first-child a")
    assert browser.run(VISIBLE) == ["layer-1"]
    current = "return document.querySelector('#graph a[aria-current]').dataset.layer"
    assert browser.run(current) == "0"


def test_layers_are_reached_by_keys(browser: Browser, page: Path) -> None:
    browser.look(DESKTOP)
    browser.open(page)
    browser.run("document.querySelector('#graph a').focus()")
    browser.press(ENTER)
    assert browser.run(VISIBLE) == ["layer-1"]
    browser.press(ARROW_DOWN)
    assert browser.run(VISIBLE) == ["layer-2"]
    assert browser.run("return document.activeElement.dataset.layer") == "1"
    browser.press(ESCAPE)
    assert browser.run(VISIBLE) == []


def test_a_link_leads_to_a_layer(browser: Browser, page: Path) -> None:
    browser.look(DESKTOP)
    browser.open(page, "#layer-2")
    assert browser.run(VISIBLE) == ["layer-2"]


def test_charts_tell_their_values(browser: Browser, page: Path, report: Report) -> None:
    browser.look(DESKTOP)
    browser.open(page)
    tip = "const tip = document.querySelector('#tip'); return tip.hidden ? null : tip.textContent"
    assert browser.run(tip) is None
    browser.run("document.querySelector('#levels .plot').scrollIntoView({block: 'center'})")
    browser.hover("#levels .plot", 0, 0)
    middle = report.layers[len(report.layers) // 2].name
    assert browser.run(tip).startswith(middle)
    browser.run("document.querySelector('#noise .plot').focus()")
    browser.press(ARROW_RIGHT)
    assert "bits of precision" in browser.run(tip)


def test_tables_are_sorted_by_their_heads(browser: Browser, page: Path) -> None:
    browser.look(DESKTOP)
    browser.open(page)
    cells = "[...document.querySelectorAll('#layer-table tbody td:nth-child(3)')]"
    column = f"return {cells}.map(one => +one.innerText)"
    unsorted = browser.run(column)
    browser.click("#layer-table th:nth-child(3) button")
    assert browser.run(column) == sorted(unsorted) != unsorted


@pytest.mark.parametrize("count", [3, 40, 200])
def test_nothing_overlaps_at_any_size(browser: Browser, report: Report, tmp_path: Path, count: int) -> None:
    path = tmp_path / "long.html"
    path.write_text(render_page(stretched(report, count)))
    for width, scheme in ((DESKTOP, "light"), (PHONE, "dark")):
        browser.look(width, scheme=scheme)
        browser.open(path)
        boxes, overlaps = browser.run(OVERLAPS)
        assert (boxes, overlaps) == (count + 2, 0)
        assert browser.run(CLIPPED) == []
        assert browser.run(COLLIDING_TICKS) == []
        assert browser.run("return document.documentElement.scrollWidth") <= width
        assert browser.console() == []


def test_a_phone_shows_details_over_the_page(browser: Browser, page: Path) -> None:
    browser.look(PHONE)
    browser.open(page)
    browser.click("#graph a[data-layer='0']")
    assert browser.run(VISIBLE) == ["layer-1"]
    browser.run("return new Promise(done => setTimeout(done, 300))")
    box = browser.run(
        "const b = document.querySelector('#details').getBoundingClientRect(); return [b.top, b.bottom]"
    )
    assert 200 < box[0] < box[1] <= 900
    browser.click("#close")
    assert browser.run(VISIBLE) == []


def pixels(picture: bytes) -> np.ndarray[Any, Any]:
    from matplotlib.image import imread

    return np.asarray(imread(io.BytesIO(picture), format="png"))[..., :3]


def test_pictures_show_something_in_light_and_dark(browser: Browser, page: Path) -> None:
    means: dict[str, float] = {}
    for width, scheme in itertools.product((DESKTOP, PHONE), ("light", "dark")):
        browser.look(width, scheme=scheme)
        browser.open(page)
        seen = pixels(browser.screenshot())
        assert seen.shape[:2] == (900, width)
        assert len(np.unique((seen * 15).astype(int).reshape(-1, 3), axis=0)) > 20
        means[scheme] = float(seen.mean())
    assert means["dark"] < 0.25 < 0.75 < means["light"]
