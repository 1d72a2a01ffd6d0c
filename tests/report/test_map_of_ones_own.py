"""A map that a user brings: read by the names in it, shown whole with its number of approval, refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.patches import PathPatch
from reporting import CAPTION, comparison

from cge.report import style
from cge.report.figures import FIGURES, settings
from cge.report.shapes import middle, read_shapes
from cge.report.style import ReportError
from sam.registry import PROVINCE_CODES, provinces

APPROVAL = "GS(2024)0000"


def square(west: float, south: float, side: float = 2.0) -> list[list[list[float]]]:
    ends = [(west, south), (west + side, south), (west + side, south + side), (west, south + side), (west, south)]
    return [[list(point) for point in ends]]


def drawn() -> list[dict[str, Any]]:
    """Squares for provinces, two parts of one, a place that is not in the model, and a line; drawn by us."""
    out = [
        {"type": "Feature", "properties": {"name": p.name_zh, "childrenNum": 11, "center": [1, 2]},
         "geometry": {"type": "Polygon", "coordinates": square(80 + 4 * p.tile_column, 50 - 3 * p.tile_row)}}
        for p in provinces()
    ]  # fmt: skip
    out[0] = out[0] | {"geometry": {"type": "MultiPolygon", "coordinates": [square(84, 50), square(84.2, 53, 0.5)]}}
    out[1]["properties"] = {"adcode": "120000", "level": "province"}
    out.append({"type": "Feature", "properties": {"name": "台湾省"},
                "geometry": {"type": "Polygon", "coordinates": square(120, 22)}})
    out.append({"type": "Feature", "properties": None,
                "geometry": {"type": "LineString", "coordinates": [[108, 20], [112, 10]]}})  # fmt: skip
    return out


def written(folder: Path, features: Any) -> Path:
    path = folder / "mine.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_features_are_regions_by_name_or_code_and_others_stay(tmp_path: Path) -> None:
    shapes = read_shapes(written(tmp_path, drawn()), APPROVAL, [*PROVINCE_CODES, "CN"])
    assert set(shapes.regions) == set(PROVINCE_CODES) and len(shapes.others) == len(shapes.lines) == 1
    assert len(shapes.regions[provinces()[0].code]) == 2 and shapes.approval == APPROVAL


def test_the_cone_keeps_areas_and_a_plane_stays(tmp_path: Path) -> None:
    """A square of degrees is as large as on the sphere; coordinates in metres are not touched."""
    shapes = read_shapes(written(tmp_path, drawn()), APPROVAL, PROVINCE_CODES)
    for p in provinces()[1:]:
        (ring,) = shapes.regions[p.code]
        x, y = ring.T
        south = np.radians(50 - 3 * p.tile_row)
        sphere = np.radians(2) * (np.sin(south + np.radians(2)) - np.sin(south))
        # straight lines between the corners cut a little off a parallel
        assert abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2) == pytest.approx(sphere, rel=2e-3)
        assert middle([ring])[0] == pytest.approx(ring[:4].mean(0), rel=1e-2)
    metres = [f | {"geometry": {"type": "Polygon", "coordinates": square(1e6, 1e6)}} for f in drawn()[:31]]
    (ring,) = read_shapes(written(tmp_path, metres), APPROVAL, PROVINCE_CODES).regions["XJ"]
    assert ring.tolist() == square(1e6, 1e6)[0]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_figure_of_regions_shows_it_with_its_number(tmp_path: Path, language: str) -> None:
    data = comparison()
    data.attrs[style.MAP] = read_shapes(written(tmp_path, drawn()), APPROVAL, [*PROVINCE_CODES, "CN"])
    with mpl.rc_context(settings()):  # type: ignore[arg-type]
        figure, _ = FIGURES["regions"](data, language, "XJ", CAPTION | {"year": "2060", "fitted": ""})
    assert APPROVAL in figure.get_supxlabel()
    patches = [[p for p in axes.patches if isinstance(p, PathPatch)] for axes in figure.axes]
    assert sorted(map(len, patches))[-2:] == [32, 32]


def wrong(change: Callable[[list[dict[str, Any]]], Any]) -> Any:
    return change(drawn())


@pytest.mark.parametrize(("features", "approval", "said"), [
    (wrong(lambda f: f[3:]), APPROVAL, "no feature names Beijing, Tianjin, Hebei"),
    (wrong(lambda f: [{**f[0], "properties": {"name": "北京", "other": "新疆"}}, *f[1:]]), APPROVAL, "several regions"),
    (drawn(), " ", "number of approval is empty"),
    (wrong(lambda f: [{**f[0], "geometry": {"type": "Point", "coordinates": [1, 2]}}]), APPROVAL, "expected GeoJSON"),
    (wrong(lambda f: [{**f[0], "geometry": {"type": "Polygon", "coordinates": [[["a", 1]]]}}]), APPROVAL,
     "expected GeoJSON"),
    (5, APPROVAL, "expected GeoJSON"), ([None], APPROVAL, "expected GeoJSON"),
])  # fmt: skip
def test_what_is_no_map_of_these_regions_is_refused(tmp_path: Path, features: Any, approval: str, said: str) -> None:
    with pytest.raises(ReportError) as caught:
        read_shapes(written(tmp_path, features), approval, PROVINCE_CODES)
    assert said in str(caught.value)


def test_a_map_and_its_number_go_together_and_are_not_ignored(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = call("report", tmp_path, "--map", tmp_path / "a.geojson")
    assert code == 2 and "--map and --approval go together" in err
    monkeypatch.setattr("cge.study.results.Results.load", lambda _: SimpleNamespace(policies=()))
    code, _, err = call("report", tmp_path, "--map", tmp_path / "a.geojson", "--approval", APPROVAL)
    assert code == 2 and "--map changes nothing here" in err
