"""A synthetic multi-region SAM of any size, out of balance, for tests and timings of the balance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sam.matrix import SAM


def provincial_sam(regions: int, sectors: int, *, seed: int = 0, links: float = 1.0) -> SAM:
    """Provinces with activities, commodities, two factors, two households, government, saving and the world.

    Parameters
    ----------
    regions, sectors : int
    seed : int
    links : float
        Share of pairs of provinces that trade a good.
    """
    rng = np.random.default_rng(seed)
    parts: list[pd.DataFrame] = []

    def put(rows: list[str], columns: list[str], values: np.ndarray) -> None:
        parts.append(pd.DataFrame({"row": rows, "column": columns, "value": values}))

    for r in range(regions):
        size = np.exp(rng.normal(4, 1))
        act, com = ([f"{kind}:s{s}:R{r}" for s in range(sectors)] for kind in ("act", "com"))
        own = size * np.exp(rng.normal(0, 1, sectors))
        put(act, com, own)
        shares = rng.dirichlet(np.full(sectors, 0.3), sectors) * rng.uniform(0.3, 0.7, sectors)[:, None]
        for s in range(sectors):
            put(com, [act[s]] * sectors, shares[s] * own[s])
        added = own * (1 - shares.sum(1))
        for factor, share in (("lab", 0.5), ("cap", 0.4)):
            put([f"{factor}:R{r}"] * sectors, act, share * added)
            income = share * added.sum() * np.array([0.3, 0.7])
            put([f"hh:rural:R{r}", f"hh:urban:R{r}"], [f"{factor}:R{r}"] * 2, income)
        put([f"gov:R{r}"] * sectors, act, 0.1 * added)
        for holder, share in (("hh:rural", 0.25), ("hh:urban", 0.45), ("gov", 0.2), ("inv", 0.3)):
            put(com, [f"{holder}:R{r}"] * sectors, share * added.sum() * rng.dirichlet(np.ones(sectors)))
        put([f"inv:R{r}"] * 3, [f"hh:rural:R{r}", f"hh:urban:R{r}", f"gov:R{r}"], size * rng.uniform(0.5, 2, 3))
        put(com, ["row"] * sectors, 0.2 * own * rng.random(sectors))
        put(["row"] * sectors, com, 0.2 * own * rng.random(sectors))
        for s in range(regions):
            traded = (rng.random(sectors) < links) & (s != r)
            origin = [f"com:s{k}:R{s}" for k in np.flatnonzero(traded)]
            here = [f"com:s{k}:R{r}" for k in np.flatnonzero(traded)]
            put(origin, here, own[traded] * np.exp(rng.normal(-4, 1, traded.sum())))
    put(["row"] * regions, [f"inv:R{r}" for r in range(regions)], np.exp(rng.normal(2, 1, regions)))
    put([f"inv:R{r}" for r in range(regions)], ["row"] * regions, np.exp(rng.normal(2, 1, regions)))
    cells = pd.concat(parts, ignore_index=True)
    cells = cells[cells["value"] > 0].groupby(["row", "column"], as_index=False)["value"].sum()
    return SAM(cells=cells, sources=("synthetic",))
