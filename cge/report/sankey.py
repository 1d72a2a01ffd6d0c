"""Flows between columns of nodes as ribbons whose width is their value."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Curve

BAR = 0.018
"""Width of a node; the columns lie on a unit interval."""
GAP = 0.026
"""Room between two nodes, as a share of the tallest column, so that labels of thin nodes do not meet."""


def layout(links: pd.DataFrame) -> pd.DataFrame:
    """Place of each node.

    Parameters
    ----------
    links : DataFrame
        ``source, target, value``, and of both ends the column (``source_column``) and the rank in it
        (``source_rank``).

    Returns
    -------
    DataFrame
        Index node; ``column, size, top`` with 0 at the top, downwards, in units of the values. A node is as tall
        as the larger of what enters and what leaves. One that is alone in its column lies at the height of those
        it trades with.
    """
    ends = [
        links[[side, f"{side}_column", f"{side}_rank"]].set_axis(["node", "column", "rank"], axis=1)
        for side in ("source", "target")
    ]
    nodes = pd.concat(ends).drop_duplicates("node").sort_values(["column", "rank"]).set_index("node")
    enters, leaves = (links.groupby(side)["value"].sum() for side in ("target", "source"))
    nodes["size"] = pd.DataFrame({"in": enters, "out": leaves}).reindex(nodes.index).max(axis=1)
    gap = GAP * nodes.groupby("column")["size"].sum().max()
    nodes["top"] = nodes.groupby("column")["size"].cumsum() - nodes["size"]
    nodes["top"] += gap * nodes.groupby("column").cumcount()
    middle = nodes["top"] + nodes["size"] / 2
    for name in nodes.index[~nodes["column"].duplicated(keep=False)]:
        by = pd.concat([links[links["target"] == name].set_index("source")["value"],
                        links[links["source"] == name].set_index("target")["value"]])  # fmt: skip
        height = float(np.average(middle[by.index], weights=by)) - nodes.loc[name, "size"] / 2
        nodes.loc[name, "top"] = max(height, 0.0)
    return nodes


def draw(axes: Axes, links: pd.DataFrame, colours: Mapping[str, str], labels: Mapping[str, str]) -> pd.DataFrame:
    """Draw ribbons, nodes and their labels; returns the layout.

    Parameters
    ----------
    links : DataFrame
        As in `layout`.
    colours : mapping
        Colour of each node; a ribbon takes that of the end named first here.
    labels : mapping
        Words beside each node.
    """
    nodes = layout(links)
    last = int(nodes["column"].max())
    tall = float((nodes["top"] + nodes["size"]).max())
    x = nodes["column"] / last
    leaving, entering = nodes["top"].copy(), nodes["top"].copy()
    rank = {name: k for k, name in enumerate(colours)}
    order = ["source_column", "target_column", "target_rank", "source_rank"]
    for link in links.sort_values(order).itertuples():
        start = leaving[link.source]
        leaving[link.source] += link.value
        end = entering[link.target]
        entering[link.target] += link.value
        tint = min((link.source, link.target), key=lambda n: rank[n])
        axes.add_patch(_ribbon(x[link.source] + BAR, x[link.target], start, end, link.value, colours[tint]))
    for name, node in nodes.iterrows():
        at = x[name]
        axes.add_patch(Rectangle((at, node["top"]), BAR, node["size"], color=colours[str(name)], lw=0, zorder=3))
        place = _beside(at, node, last, 0.006 * tall, alone=(nodes["column"] == node["column"]).sum() == 1)
        axes.text(
            place[0], place[1], labels[str(name)], fontsize=8, ha=place[2], va=place[3], zorder=4, linespacing=0.95,
            bbox={"facecolor": "white", "alpha": 0.72, "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip
    axes.set_xlim(-0.005, 1 + BAR + 0.005)
    axes.set_ylim(1.01 * tall, -0.01 * tall)
    axes.axis("off")
    return nodes


def _beside(at: float, node: pd.Series, last: int, rise: float, *, alone: bool) -> tuple[float, float, str, str]:
    """Place of a label: right of its node, left of it in the last column, above one that is alone."""
    middle = node["top"] + node["size"] / 2
    if alone:
        return at + BAR, node["top"] - rise, "right", "bottom"
    if node["column"] == last:
        return at - 0.004, middle, "right", "center"
    return at + BAR + 0.004, middle, "left", "center"


def _ribbon(left: float, right: float, start: float, end: float, value: float, colour: str) -> PathPatch:
    """Area between two cubic curves of the same height."""
    middle = (left + right) / 2
    upper = [(left, start), (middle, start), (middle, end), (right, end)]
    lower = [(right, end + value), (middle, end + value), (middle, start + value), (left, start + value)]
    codes = [Curve.MOVETO, *[Curve.CURVE4] * 3, Curve.LINETO, *[Curve.CURVE4] * 3, Curve.CLOSEPOLY]
    points = np.array([*upper, *lower, (left, start)])
    return PathPatch(Curve(points, codes), facecolor=colour, alpha=0.34, lw=0, zorder=1)
