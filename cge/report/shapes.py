"""A map of the user's own instead of tiles: GeoJSON with the number under which it was approved. None is carried."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from cge.measure.sense import MARK
from cge.report import style
from cge.report.style import ReportError, region_name, signed
from cgebase.arrays import Array
from cgebase.errors import CGEError
from cgebase.messages import LANGUAGES, Message, joined, listed, message
from sam.registry import NATION, provincial, resolve

CODES = ("adcode", "code", "gb", "pac", "省代码", "行政区划代码")
"""Names of properties whose numbers are codes of places; other numbers may be anything."""
NUMBER = 0.07
"""Part of the width of a map that a number takes."""
DEPTHS = {"Polygon": 1, "MultiPolygon": 2, "LineString": 0, "MultiLineString": 1}
"""Kinds of geometry, with how deep their lines of points lie."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """Outlines on paper, in the units of one plane.

    Parameters
    ----------
    regions : mapping of str to list of ndarray (n, 2)
        Rings by region of the results.
    others : list of ndarray (n, 2)
        Rings of places that are not in the model.
    lines : list of ndarray (n, 2)
    approval : str
        The number that stands below the map.
    """

    regions: dict[str, list[Array]]
    others: list[Array]
    lines: list[Array]
    approval: str

    def __deepcopy__(self, _: Any) -> Shapes:
        """Itself: tables that carry it copy what they carry at every step."""
        return self


def read_shapes(path: Path, approval: str, regions: Collection[str]) -> Shapes:
    """Read a map whose features name regions, by code or in any usual spelling.

    Parameters
    ----------
    approval : str
        Number of approval, as 审图号 in China.
    regions : collection of str
        Codes of the results; features of other places are drawn grey.

    Raises
    ------
    ReportError
        The file is no GeoJSON, or regions have no feature; all of them.
    """
    try:
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
        found = [(_named(f.get("properties") or {}, regions), *_rings(f["geometry"])) for f in features]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise ReportError(message("CGE618", path=path)) from error
    faults = [message("CGE618.two", names=listed(sorted(names))) for names, *_ in found if len(names) > 1]
    there = {code for names, *_ in found for code in names}
    lost = [Message(*(region_name(c, x) for x in LANGUAGES)) for c in regions if c != NATION and c not in there]
    faults += [message("CGE618.lost", names=listed(lost))] if lost else []
    faults += [] if approval.strip() else [message("CGE618.approval")]
    if faults:
        raise ReportError(joined(message("CGE618.faults", path=path), faults))
    flat = _plane([line for _, _, lines in found for line in lines])
    out = Shapes({}, [], [], approval.strip())
    for names, closed, lines in found:
        places = [out.regions.setdefault(code, []) for code in names] or [out.others]
        (places[0] if closed else out.lines).extend(flat(line) for line in lines)
    return out


def _named(properties: dict[str, Any], regions: Collection[str]) -> set[str]:
    """Regions that the properties of a feature name: texts first, then numbers that are codes."""
    texts = {code for value in properties.values() if isinstance(value, str) and not value.isdecimal()
             for code in _codes(value, regions)}  # fmt: skip
    numbers = {code for key, value in properties.items() if key.lower() in CODES
               for code in _codes(str(value), regions)}  # fmt: skip
    return texts or numbers


def _codes(text: str, regions: Collection[str]) -> Iterator[str]:
    for code in regions:
        if text in (code, *(region_name(code, x) for x in LANGUAGES)):
            yield code
            return
    if provincial(set(regions) - {NATION}):
        try:
            yield resolve(text)
        except CGEError:
            return


def _rings(geometry: dict[str, Any]) -> tuple[bool, list[Array]]:
    """Whether a geometry is closed, and its lines of points."""
    lines = [geometry["coordinates"]]
    for _ in range(DEPTHS[geometry["type"]]):
        lines = [part for line in lines for part in line]
    points = [np.array([p[:2] for p in line], dtype=float) for line in lines]
    if not all(p.ndim == 2 and len(p) > 1 and np.isfinite(p).all() for p in points):
        raise ValueError(geometry["type"])
    return "Polygon" in geometry["type"], points


def _plane(lines: Sequence[Array]) -> Any:
    """The way from points of a file to paper: degrees by an equal-area cone, Snyder 1987 p. 100; others as they are."""
    points = np.concatenate(lines)
    low, high = points.min(0), points.max(0)
    if not (np.all(low >= (-180, -90)) and np.all(high <= (180, 90))):
        return lambda line: line
    west, (south, north) = np.radians((low[0] + high[0]) / 2), np.radians([low[1], high[1]])
    first, second = (south + part * (north - south) for part in (1 / 6, 5 / 6))
    n = (np.sin(first) + np.sin(second)) / 2
    if abs(n) < 1e-6:
        return lambda line: line
    c = np.cos(first) ** 2 + 2 * n * np.sin(first)

    def projected(line: Array) -> Array:
        x, y = np.radians(line).T
        rho, angle = np.sqrt(np.maximum(c - 2 * n * np.sin(y), 0.0)) / n, n * (x - west)
        return np.column_stack([rho * np.sin(angle), -rho * np.cos(angle)])

    return projected


def middle(rings: Sequence[Array]) -> tuple[Array, float]:
    """Centre of the largest ring of a region, (2,), and the width of that ring."""
    areas = []
    for ring in rings:
        x, y = (ring - ring[0]).T
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        areas.append((abs(cross.sum()) / 2, cross))
    at = int(np.argmax([area for area, _ in areas]))
    ring, cross = rings[at], areas[at][1]
    if not cross.sum():
        return ring.mean(0), 0.0
    moved = ring - ring[0]
    centre = ((moved + np.roll(moved, -1, 0)) * cross[:, None]).sum(0) / (3 * cross.sum()) + ring[0]
    return centre, float(np.ptp(ring[:, 0]))


def draw_map(
    axes: Axes, values: pd.Series, bound: float, focus: str, marked: Collection[str], shapes: Shapes
) -> None:
    """Outlines of the user's own map; numbers where they have room."""
    shade = mpl.colormaps[style.DIVERGING]
    for rings, tint, strong in (
        (shapes.others, style.NOWHERE, False),
        *((of, shade(0.5 + 0.5 * float(values[c]) / bound), c == focus) for c, of in shapes.regions.items()),
    ):
        if rings:
            outline = Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))
            axes.add_patch(PathPatch(outline, facecolor=tint, edgecolor="black" if strong else "#888888",
                                     lw=1.4 if strong else 0.4, zorder=2 if strong else 1))  # fmt: skip
    for line in shapes.lines:
        axes.plot(*line.T, color=style.QUIET, lw=0.8)
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.axis("off")
    room = NUMBER * float(np.ptp(axes.get_xlim()))
    for code, rings in shapes.regions.items():
        centre, wide = middle(rings)
        if wide > room:
            v = float(values[code])
            tint = shade(0.5 + 0.5 * v / bound)
            ink = "white" if 0.299 * tint[0] + 0.587 * tint[1] + 0.114 * tint[2] < 0.5 else "black"
            number = signed(v, 1) + (MARK if code in marked else "")
            axes.text(float(centre[0]), float(centre[1]), number, ha="center", va="center", fontsize=6.5, color=ink,
                      zorder=3)  # fmt: skip
