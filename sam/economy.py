"""The bundle a model reads: balanced SAM, emissions, electricity, and what they are measured in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sam.errors import SAMError
from sam.matrix import SAM
from sam.registry import PROVINCE_CODES, activity_codes, commodity_codes

SHIPPED = Path(__file__).parent / "data" / "economy"
TABLES = ("sam", "emissions", "generation", "electricity_use", "network", "margins")
ABOUT = "about.csv"


@dataclass(frozen=True)
class Economy:
    """A province-level economy of one year.

    Parameters
    ----------
    sam : SAM
        Balanced, 1e8 yuan.
    emissions : DataFrame
        ``region, user, carrier, mt``; user is an activity or ``hh:rural``/``hh:urban``.
    generation : DataFrame
        ``region, technology, twh``.
    electricity_use : DataFrame
        ``region, twh``.
    network : DataFrame
        ``origin, destination, twh``.
    margins : DataFrame
        ``commodity, origin, destination, value``: transport that comes with goods from another province, 1e8 yuan.
    """

    sam: SAM
    emissions: pd.DataFrame
    generation: pd.DataFrame
    electricity_use: pd.DataFrame
    network: pd.DataFrame
    margins: pd.DataFrame
    aggregation: str
    regions: tuple[str, ...]
    commodities: tuple[str, ...]
    activities: tuple[str, ...]

    def save(self, folder: Path) -> None:
        """Write the tables as compressed CSV."""
        folder.mkdir(parents=True, exist_ok=True)
        tables = {"sam": self.sam.cells} | {n: getattr(self, n) for n in TABLES[1:]}
        for name, frame in tables.items():
            target = folder / f"{name}.csv.gz"
            part = folder / f"{name}.csv.gz.part"
            frame.to_csv(part, index=False, float_format="%.17g", compression={"method": "gzip", "mtime": 0})
            part.replace(target)
        _about(self.sam).to_csv(folder / ABOUT, index=False)


def _about(sam: SAM) -> pd.DataFrame:
    rows = [("unit", sam.unit), ("year", str(sam.year))]
    rows += [("source", s) for s in sam.sources] + [("history", h) for h in sam.history]
    return pd.DataFrame(rows, columns=["field", "text"])


def _sam(cells: pd.DataFrame, aggregation: str, about: Path) -> SAM:
    """Cells with what ``about.csv`` says of them; a folder without it holds 1e8 yuan of 2021."""
    if not about.exists():
        return SAM(cells=cells, aggregation=aggregation)
    texts = pd.read_csv(about).groupby("field")["text"].agg(tuple)
    return SAM(
        cells=cells, unit=texts["unit"][0], year=int(texts["year"][0]), aggregation=aggregation,
        sources=texts.get("source", ()), history=texts.get("history", ()),
    )  # fmt: skip


def shipped_aggregations() -> tuple[str, ...]:
    """Aggregations with a built economy in the package."""
    return tuple(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir()))


def load_economy(aggregation: str = "cn30", *, folder: Path | None = None) -> Economy:
    """Read a built economy.

    Raises
    ------
    SAMError
        No such aggregation; names those there are.
    """
    folder = SHIPPED / aggregation if folder is None else folder
    missing = [n for n in TABLES if not (folder / f"{n}.csv.gz").exists()]
    if missing:
        text = (
            f"no built economy {aggregation!r}: tables {missing} are absent; shipped: "
            f"{', '.join(shipped_aggregations())}; build one with `cge sam build --aggregation {aggregation}`"
        )
        raise SAMError(text)
    frames = {n: pd.read_csv(folder / f"{n}.csv.gz") for n in TABLES}
    return Economy(
        sam=_sam(frames.pop("sam"), aggregation, folder / ABOUT),
        aggregation=aggregation,
        regions=tuple(PROVINCE_CODES),
        commodities=tuple(commodity_codes(aggregation)),
        activities=tuple(activity_codes(aggregation)),
        **frames,
    )
