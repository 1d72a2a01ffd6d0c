"""The way of an integral in panels: where it misses part of the change, and only there, a panel is halved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cgebase.arrays import Array

NODES = 3
"""Gauss-Legendre points of a panel."""
ENOUGH = 4e-3
"""What all panels together may miss of the largest change; it is spread inside each panel."""
HALVES = ((0.0, 0.5), (0.5, 1.0))
SMALLEST = 1e-9
"""Changes below this are none, so that nothing divides by them."""
Named = dict[str, Array]
Spread = Callable[[Sequence[Callable[[], Any]]], list[Any]]
"""Results of calls, in their order."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Part of the way: what each cause adds by quadrature, and the change that it adds up to.

    Parameters
    ----------
    effect : dict of str to ndarray, (kind, cause, r)
    change : dict of str to ndarray, (r,)
    """

    start: float
    end: float
    effect: Named
    change: Named

    @property
    def middle(self) -> float:
        """Where it is halved."""
        return (self.start + self.end) / 2

    def gap(self, name: str) -> Array:
        """Change of a measure less what its causes add up to, (r,)."""
        return np.asarray(self.change[name] - self.effect[name].sum((0, 1)))

    def closed(self) -> Named:
        """Effects that add up to the change: what is missed is spread in proportion."""
        out = {}
        for name, effect in self.effect.items():
            size = np.abs(effect).sum((0, 1))
            out[name] = effect + np.abs(effect) / np.where(size > 0, size, 1.0) * self.gap(name)
        return out


@dataclass(frozen=True)
class Integral:
    """Effects along the whole way.

    Parameters
    ----------
    effect : dict of str to ndarray, (kind, cause, r)
        Adds up to the change between the ends.
    end : dict of str to ndarray, (r,)
        Values at the end.
    missed : dict of str to float
        What quadrature missed of the whole before it was spread, relative to the largest change.
    points : int
        Points at which slopes were taken.
    """

    effect: Named
    end: Named
    missed: dict[str, float]
    points: int


def integrate(
    slope: Callable[[float], Callable[[], Named]], value: Callable[[float], Callable[[], Named]], first: Named, *,
    spread: Spread, most: int, begin: Sequence[tuple[float, float]] = HALVES, nodes: int = NODES,
    enough: float = ENOUGH,
) -> Integral:  # fmt: skip
    """Integrate slopes from 0 to 1, at points that the integral chooses.

    Parameters
    ----------
    slope, value : callable
        Of a point: the call that gives the slopes there, and the call that gives the values.
    first : dict of str to ndarray
        Values at 0.
    spread : callable
        Makes the calls of a round.
    most : int
        Points that may be taken.
    begin : sequence of (float, float)
        Panels at first.
    nodes : int
        Gauss-Legendre points of a panel.
    enough : float
        What all panels together may miss of the largest change.
    """
    places, weights = np.polynomial.legendre.leggauss(nodes)
    places, weights = (places + 1) / 2, weights / 2
    known, panels, ways, used = {0.0: first}, list[Panel](), [*begin], 0
    while True:
        at = [float(a + (b - a) * x) for a, b in ways for x in places]
        new = sorted({end for way in ways for end in way} - set(known))
        found = spread([*map(slope, at), *map(value, new)])
        known.update(zip(new, found[len(at) :], strict=True))
        used += len(at)
        for k, (a, b) in enumerate(ways):
            here = found[nodes * k : nodes * (k + 1)]
            effect = {n: (b - a) * sum(w * s[n] for w, s in zip(weights, here, strict=True)) for n in first}
            panels.append(Panel(a, b, effect, {n: known[b][n] - known[a][n] for n in first}))
        scale = {n: max(float(np.abs(known[1.0][n] - first[n]).max()), SMALLEST) for n in first}
        halved = _coarse(panels, scale, (most - used) // (2 * nodes), enough)
        if not halved:
            break
        panels = [p for p in panels if p not in halved]
        ways = [way for p in halved for way in ((p.start, p.middle), (p.middle, p.end))]
    panels.sort(key=lambda p: p.start)
    parts = [p.closed() for p in panels]
    whole = {n: np.sum([x[n] for x in parts], axis=0) for n in first}
    return Integral(whole, known[1.0], _missed(panels, scale), used)


def _missed(panels: Sequence[Panel], scale: Mapping[str, float]) -> dict[str, float]:
    """What quadrature misses of the whole change by measure, relative to the scale."""
    gaps = {n: np.sum([p.gap(n) for p in panels], axis=0) for n in scale}
    return {n: float(np.abs(gap).max()) / scale[n] for n, gap in gaps.items()}


def _coarse(panels: Sequence[Panel], scale: Mapping[str, float], room: int, enough: float) -> list[Panel]:
    """Panels to be halved: none where all together miss little enough, else those that miss most."""
    if max(_missed(panels, scale).values()) <= enough:
        return []
    missed = [max(_missed([p], scale).values()) for p in panels]
    worst = sorted(range(len(panels)), key=lambda k: -missed[k])
    return [panels[k] for k in worst if missed[k] >= missed[worst[0]] / 2][:room]
