"""The bundle a model reads: balanced SAM, emissions, electricity, and what they are measured in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from cgebase.brief import Brief
from cgebase.errors import SAMError
from cgebase.messages import Message, both, joined, listed, message, refused
from cgebase.whole import write_whole
from sam.choices import Choices, read_choices
from sam.classification import BUSBAR
from sam.country import CHINA, Country
from sam.folder import (
    ABOUT,
    COLUMNS,
    MANIFEST,
    TABLES,
    UNREADABLE,
    compared,
    read_folder,
    table_in,
    text_table,
    write_folder,
    write_sums,
)
from sam.formats.moneyunits import parse_unit
from sam.groups import Groups, codes_of, groups_of, read_groups
from sam.matrix import SAM
from sam.own import MONEY, own_of
from sam.registry import AGGREGATIONS, NATION, TECHNOLOGIES

SHIPPED = Path(__file__).parent / "data" / "economy"
FOR_CHINA = ("physical",)
"""Tables that another country cannot have."""
OPTIONAL = ("margins", "physical", "energy")
"""Tables that an economy of the user's own may leave out."""
_OWN_CODES = {
    "regions": "SAM334.regions", "sectors": "SAM334.sectors", "households": "SAM334.households",
    "factors": "SAM334.factors",
}  # fmt: skip


def empty_table(name: str) -> pd.DataFrame:
    """A table of an economy without rows."""
    columns = COLUMNS[name]
    return pd.DataFrame({c: pd.Series(dtype=float if c == columns[-1] else str) for c in columns})


@dataclass(frozen=True, repr=False, eq=False)
class Economy(Brief):
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
    groups : Groups
        What its regions, sectors, households and factors hold.
    physical : DataFrame
        ``good, flow, region, other, amount``: coal, crude, gas and oil ``made``; coal ``imported``, ``exported``,
        ``used``, and ``sold`` to another region; Mt, gas in bcm.
    energy : DataFrame
        ``region, user, carrier, fuel, purpose, mtce``: energy of fuels, ``burnt`` or ``feedstock``.
    country : Country
        What is known of the country beside its accounts.
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
    groups: Groups
    physical: pd.DataFrame = field(default_factory=lambda: empty_table("physical"))
    energy: pd.DataFrame = field(default_factory=lambda: empty_table("energy"))
    country: Country = CHINA

    @property
    def households(self) -> tuple[str, ...]:
        """Households in model order."""
        return tuple(self.groups.households)

    @cached_property
    def nations(self) -> Mapping[str, str]:
        """Country of every region; that of the registry where there is one."""
        of = self.country.nations
        return {r: of.get(held[0], NATION) for r, held in self.groups.regions.items()}

    @property
    def countries(self) -> tuple[str, ...]:
        """Countries in the order of their first regions."""
        return tuple(dict.fromkeys(self.nations.values()))

    def save(self, folder: Path) -> None:
        """Write the tables as compressed CSV, in place of whatever the folder held, see `sam.folder.write_folder`."""
        tables = {f"{n}.csv.gz": getattr(self, n) for n in TABLES[1:]}
        write_folder(folder, {ABOUT: about_table(self.sam, self.groups), "sam.csv.gz": self.sam.cells} | tables)


def save_sam(sam: SAM, folder: Path) -> None:
    """Write ``sam.csv.gz`` and what it is measured in, the SAM's part of an economy on disk."""
    write_folder(folder, {ABOUT: about_table(sam), "sam.csv.gz": sam.cells})


def about_table(sam: SAM, groups: Groups | None = None) -> pd.DataFrame:
    """What ``about.csv`` holds: unit, year, aggregation with its choices, groups of its own, sources, history."""
    rows = [("unit", sam.unit), ("year", str(sam.year))]
    if sam.aggregation:
        rows += [("aggregation", sam.aggregation), *(("choice", c) for c in sam.choices.texts())]
    if groups is not None and (sam.aggregation not in AGGREGATIONS or groups != groups_of(sam.aggregation)):
        rows += [("group", g) for g in groups.texts()]
    rows += [("source", s) for s in sam.sources] + [("history", h) for h in sam.history]
    return pd.DataFrame(rows, columns=["field", "text"])


@dataclass(frozen=True)
class _Said:
    """What ``about.csv`` says; a folder without it holds 1e8 yuan of 2021, built with the usual choices."""

    unit: str = "1e8 CNY"
    year: int = 2021
    aggregation: str = ""
    groups: Groups | None = None
    choices: Choices = Choices()
    sources: tuple[str, ...] = ()
    history: tuple[str, ...] = ()

    def sam(self, cells: pd.DataFrame, aggregation: str) -> SAM:
        """Cells with what is said of them."""
        return SAM(
            cells=cells, unit=self.unit, year=self.year, aggregation=aggregation,
            sources=self.sources, history=self.history, choices=self.choices,
        )  # fmt: skip


def described_sam(cells: pd.DataFrame, files: Mapping[str, bytes], faults: list[Message]) -> SAM:
    """Cells with what ``about.csv`` says of them; without it they are 1e8 yuan of 2021."""
    said = _read_about(files, faults)
    return said.sam(cells, said.aggregation)


def _read_about(files: Mapping[str, bytes], faults: list[Message]) -> _Said:
    if ABOUT not in files:
        return _Said()
    try:
        texts = text_table(ABOUT, files[ABOUT]).groupby("field")["text"].agg(tuple)
        groups = read_groups(texts["group"]) if "group" in texts else None
        return _Said(
            unit=texts["unit"][0], year=int(texts["year"][0]), aggregation=texts.get("aggregation", ("",))[0],
            groups=groups, choices=read_choices(texts.get("choice", ())),
            sources=texts.get("source", ()), history=texts.get("history", ()),
        )  # fmt: skip
    except SAMError as error:
        faults.append(both(error))
    except (*UNREADABLE, KeyError, ValueError) as error:
        faults.append(message("SAM108", file=ABOUT, reason=str(error).splitlines()[0]))
    return _Said()


def shipped_aggregations() -> tuple[str, ...]:
    """Aggregations with a built economy in the package."""
    return tuple(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir()))


def _read(name: str, files: Mapping[str, bytes], faults: list[Message]) -> pd.DataFrame:
    """One table with its numbers as numbers; what is wrong joins ``faults`` with its line."""
    columns, file = COLUMNS[name], table_in(files, name)
    if not file[0]:
        return empty_table(name)
    try:
        frame = text_table(*file)
    except UNREADABLE as error:
        faults.append(refused(error, Path(file[0]), "SAM104"))
        return pd.DataFrame(columns=list(columns))
    lost = [c for c in columns if c not in frame.columns]
    if lost:
        faults.append(message("SAM105", file=file[0], missing=listed(lost), found=listed(frame.columns)))
        return pd.DataFrame(columns=list(columns))
    number = columns[-1]
    parsed = pd.to_numeric(frame[number], errors="coerce")
    for k in frame.index[~np.isfinite(parsed)]:
        faults.append(message("SAM106", file=file[0], line=k + 2, column=number, value=frame[number][k]))
    for c in columns[:-1]:
        for k in frame.index[frame[c].str.strip() == ""]:
            faults.append(message("SAM106.empty", file=file[0], line=k + 2, column=c))
    return frame.assign(**{number: parsed})[list(columns)]


def held_aggregation(folder: Path, default: str = "cn30") -> str:
    """Sector list that the economy in a folder says it has."""
    return _read_about(compared(folder)[0], []).aggregation or default


def held_groups(folder: Path) -> Groups | None:
    """What the codes of the economy in a folder hold; None where they are those of its sector list."""
    return _read_about(compared(folder)[0], []).groups


def load_sam(folder: Path) -> SAM:
    """Read the SAM of an economy of the user's own, whatever other tables are there.

    Raises
    ------
    SAMError
        No ``sam.csv``, a folder that is not as it was written, or its faults by line.
    """
    refuse_missing(folder, TABLES[1:])
    files, faults = read_folder(folder), list[Message]()
    sam = described_sam(_read("sam", files, faults), files, faults)
    _refuse_unreadable(folder, faults)
    return sam


def refuse_missing(folder: Path, optional: Sequence[str] = OPTIONAL) -> None:
    """Refuse a folder without the tables that are not optional.

    Raises
    ------
    SAMError
        Names them.
    """
    there = {p.name for p in folder.iterdir()} if folder.is_dir() else set()
    missing = [n for n in TABLES if n not in optional and not {f"{n}.csv", f"{n}.csv.gz"} & there]
    if missing:
        raise SAMError(message("SAM101", folder=folder, tables=listed(f"{n}.csv" for n in missing)))


def _refuse_unreadable(folder: Path, faults: Sequence[Message]) -> None:
    if faults:
        raise SAMError(joined(message("SAM103", folder=folder, count=len(faults)), faults))


def load_economy(aggregation: str = "cn30", *, folder: Path | None = None) -> Economy:
    """Read a built economy.

    Raises
    ------
    SAMError
        No such aggregation; names those there are. A folder that cannot be read; lists every fault.

    Notes
    -----
    The codes of an economy aggregated by files of the user's own stand in its ``about.csv``.
    """
    if folder is None and aggregation not in shipped_aggregations():
        raise SAMError(message("SAM102", aggregation=aggregation, shipped=listed(shipped_aggregations())))
    folder = SHIPPED / aggregation if folder is None else folder
    if (folder / MANIFEST).is_file():
        return _load_own(folder)
    refuse_missing(folder)
    files, faults = read_folder(folder), list[Message]()
    frames = {n: _read(n, files, faults) for n in TABLES}
    said = _read_about(files, faults)
    _refuse_unreadable(folder, faults)
    if said.groups is None and said.aggregation not in ("", aggregation):
        raise SAMError(message("SAM333", folder=folder, found=said.aggregation, asked=aggregation))
    if said.groups is not None:
        aggregation = said.aggregation
    groups = said.groups or groups_of(aggregation)
    commodities, activities = codes_of(aggregation, groups)
    sam = said.sam(frames.pop("sam"), aggregation)
    return Economy(
        sam=sam, aggregation=aggregation, regions=tuple(groups.regions), commodities=commodities,
        activities=activities, groups=groups, **frames,
    )  # fmt: skip


def _load_own(folder: Path) -> Economy:
    """An economy of another country; its SAM is brought to 1e8 of its currency.

    Raises
    ------
    SAMError
        As :func:`load_economy`; or tables that a country of one's own cannot have.
    """
    refuse_missing(folder, TABLES[1:])
    files, faults = read_folder(folder), list[Message]()
    own = own_of(files, folder)
    frames = {n: _read(n, files, faults) for n in TABLES}
    faults += [message("SAM215", file=n) for n in FOR_CHINA if len(frames[n])]
    _refuse_unreadable(folder, faults)
    multiple = (parse_unit(own.unit) or (MONEY, ""))[0]
    cells = frames.pop("sam")
    cells["value"] *= multiple / MONEY
    sam = SAM(cells, f"1e8 {own.currency}", own.year, own.code, own.sources, own.history)
    codes, made = tuple(own.sectors), set(frames["generation"]["technology"])
    technologies = tuple(g for g in TECHNOLOGIES if g in made)
    return Economy(
        sam=sam, aggregation=own.code, regions=tuple(own.regions),
        commodities=(*codes, BUSBAR) if technologies else codes, activities=(*codes, *technologies),
        groups=own.groups, country=own, **frames,
    )  # fmt: skip


def accept(folder: Path) -> list[Message]:
    """Accept the files of a folder as they are: write their digests, and in the history of ``about.csv`` what differs.

    Returns
    -------
    list of Message
        What differs from what was written; empty where nothing does.

    Raises
    ------
    SAMError
        No SAM, no ``about.csv``, or files that cannot be read; all faults.
    """
    refuse_missing(folder, TABLES[1:])
    files, differences = compared(folder)
    own = MANIFEST in files
    faults = [] if own or ABOUT in files else [message("SAM113", file=ABOUT)]
    for name in TABLES:
        _read(name, files, faults)
    if own:
        own_of(files, folder)
    _read_about(files, faults)
    _refuse_unreadable(folder, faults)
    if differences and own:
        write_sums(folder, files)
    elif differences:
        words = "accepted by hand: " + "; ".join(differences)
        about = text_table(ABOUT, files[ABOUT])
        line = pd.DataFrame({"field": ["history"], "text": [words]})
        write_whole(folder / ABOUT, pd.concat([about, line]).to_csv(index=False))
        write_sums(folder, files)
    return differences


def holds_sam_only(folder: Path) -> bool:
    """Whether a folder has a SAM and none of the other tables of an economy."""
    files = compared(folder)[0]
    return [n for n in TABLES if table_in(files, n)[0]] == ["sam"]


def bare(sam: SAM) -> Economy:
    """A SAM as an economy without tonnes, TWh and codes: what its accounts mean is not known."""
    tables = {n: _read(n, {}, []) for n in TABLES[1:]}
    regions = tuple(sorted(set(sam.accounts["region"]) - {""}))
    return Economy(
        sam=sam, aggregation=sam.aggregation, regions=regions, commodities=(), activities=(),
        groups=Groups({}, {}, {}, {}), **tables,
    )  # fmt: skip


def refuse_other_year(economy: Economy, year: int) -> None:
    """Refuse an economy of another year than paths start from.

    Raises
    ------
    SAMError
        Names both.
    """
    if economy.sam.year != year:
        raise SAMError(message("SAM339", found=economy.sam.year, year=year))


def refuse_other_codes(
    economy: Economy, aggregation: str, *, kinds: Sequence[str] = tuple(_OWN_CODES), grouped: bool = False
) -> None:
    """Refuse an economy whose codes are not those of a shipped aggregation, or regions that do not hold provinces.

    Parameters
    ----------
    kinds : sequence of str
        Which codes must be those: regions, sectors, households, factors.
    grouped : bool
        Regions may hold several provinces.

    Raises
    ------
    SAMError
        Names what differs.
    """
    wanted = groups_of(aggregation)
    other = [k for k in kinds if set(getattr(economy.groups, k)) != set(getattr(wanted, k))]
    provinces = {p for held in economy.groups.regions.values() for p in held}
    if grouped and "regions" in other and provinces <= set(wanted.regions):
        other.remove("regions")
    if other:
        differing = listed(message(_OWN_CODES[k], count=len(getattr(economy.groups, k))) for k in other)
        raise SAMError(message("SAM334", aggregation=aggregation, found=economy.aggregation, differing=differing))
