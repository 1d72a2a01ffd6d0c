"""A country of the user's own, as the manifest ``economy.toml`` of its folder says: codes, names, years, money, growth.

Its sectors name the sector of the shipped tables that each is like: elasticities, cost of abatement and the place in
production follow from that. Beside it ``paths.csv`` may hold GDP, emissions, labour and population by year and the
capital stock; without it everything grows by the rates of the manifest, or stays.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cgebase.arrays import Array
from cgebase.columns import LONGEST_LABEL
from cgebase.errors import SAMError
from cgebase.messages import LANGUAGES, Message, joined, listed, message, near
from sam.assumed import Given
from sam.country import Trends
from sam.folder import LINES, MANIFEST, OF_COUNTRY, PATHS, POTENTIALS, text_table
from sam.formats.moneyunits import parse_unit
from sam.groups import FACTORS, Groups, Members
from sam.registry import NATION, TECHNOLOGIES, UnknownNameError, commodity_codes

BUILD = "cn30"
"""Sector list of the shipped tables that sectors are like."""
LIKE = tuple(c for c in commodity_codes(BUILD) if c != "elb")
MONEY = 1e8
"""Units of currency in the model's unit of money."""
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,23}")
RESERVED = (NATION, "all", "elb", *TECHNOLOGIES)
"""Codes that the model uses itself."""
RATES = ("gdp", "emissions", "labour", "population")
ITEMS = (*RATES, "capital")
FILES = {
    PATHS: ("item", "region", "year", "value", "unit", "source"), LINES: ("origin", "destination", "gw", "source"),
    POTENTIALS: ("region", "what", "value", "unit", "source"),
}  # fmt: skip
"""Columns of the files beside the manifest."""
NUMBERS = ("year", "value", "gw")
OFFERED = {**dict.fromkeys(TECHNOLOGIES, "TWh"), "storage": "Mt CO2", "storage_cost": "CNY of 2021 per t"}
"""What ``potentials.csv`` may say, with its unit: generation a year, and all that can ever be stored."""
NAMED = ("regions", "sectors", "households")
"""Tables whose entries have names."""
KEYS = {
    "schema": int, "code": str, "title": dict, "year": int, "last_year": int, "unit": str, "sources": list,
    "history": list, "currency": dict, "growth": dict, "regions": dict, "sectors": dict, "households": dict,
    "countries": dict,
}  # fmt: skip
NEEDED = ("schema", "code", "title", "year", "last_year", "unit", "sources", "currency", "regions", "sectors",
          "households")  # fmt: skip
MOST_TILES = 40
"""Rows and columns of a tile map at most."""
FARTHEST = 200
"""Years that a run may reach beyond its base year."""


@dataclass(frozen=True)
class Own:
    """A country by its manifest.

    Parameters
    ----------
    code : str
        Short name; that of its sector list too.
    title : Message
    year, last_year : int
        Base year, and the last that a study may solve.
    unit : str
        Of the values in ``sam.csv``.
    rate : float
        CNY of 2021 that a unit of the currency is worth: amounts of the shipped tables are divided by it.
    rate_source : str
    sources, history : tuple of str
    regions, households : mapping of str to Message
    sectors : mapping of str to (Message, str)
        Names, and the code of the shipped tables that a sector is like.
    growth : mapping of str to float
        Per year, of :data:`RATES`; none is 0.
    nations : mapping of str to str
        Country of every region; empty where all are of one.
    countries : mapping of str to Message
        Names of countries of several regions.
    tiles : mapping of str to tuple of int
        Row and column of regions on a tile map.
    table : DataFrame
        ``paths.csv``; empty where there is none.
    wires, offered : DataFrame
        ``lines.csv`` and ``potentials.csv``, the same.
    """

    code: str
    title: Message
    year: int
    last_year: int
    unit: str
    rate: float
    rate_source: str
    sources: tuple[str, ...]
    history: tuple[str, ...]
    regions: Mapping[str, Message]
    households: Mapping[str, Message]
    sectors: Mapping[str, tuple[Message, str]]
    growth: Mapping[str, float]
    nations: Mapping[str, str]
    countries: Mapping[str, Message]
    tiles: Mapping[str, tuple[int, ...]]
    table: pd.DataFrame = field(compare=False, repr=False)
    wires: pd.DataFrame = field(compare=False, repr=False)
    offered: pd.DataFrame = field(compare=False, repr=False)

    @property
    def published(self) -> bool:
        """The shipped tables do not speak of it."""
        return False

    @property
    def begin(self) -> int:
        """The year after the base year."""
        return self.year + 1

    @property
    def currency(self) -> str:
        """Three letters."""
        found = parse_unit(self.unit)
        return found[1] if found else ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Regions."""
        return tuple(self.regions)

    @property
    def list_name(self) -> str:
        """That of the country."""
        return self.code

    @property
    def roles(self) -> Mapping[str, str]:
        """What sectors are like."""
        return {s: like for s, (_, like) in self.sectors.items()}

    @property
    def household_codes(self) -> tuple[str, ...]:
        """Households."""
        return tuple(self.households)

    @property
    def focus(self) -> str:
        """The first region."""
        return next(iter(self.regions))

    def resolve(self, name: str) -> str:
        """A region by code or by its name in either language.

        Raises
        ------
        UnknownNameError
            No region has this name; names those there are.
        """
        text = str(name).strip()
        for code, words in self.regions.items():
            if text == code or text.casefold() in (words.casefold(), words.zh.casefold()):
                return code
        known = [*self.regions, *self.regions.values()]
        raise UnknownNameError(message("SAM216", name=text, near=near(text, known), known=listed(self.regions)))

    @property
    def groups(self) -> Groups:
        """Regions and households that hold themselves; sectors that hold what they are like."""
        return Groups(
            {r: (r,) for r in self.regions}, {s: (like,) for s, (_, like) in self.sectors.items()},
            {h: (h,) for h in self.households}, {f: (f,) for f in FACTORS},
        )  # fmt: skip

    def role(self, code: str) -> str:
        """Code of the shipped tables that a sector is like."""
        return self.sectors[code][1] if code in self.sectors else code

    def words(self, code: str) -> Message | None:
        """Name of a region, sector or household, of a country, or of all of it."""
        if code == NATION:
            return self.title
        named = {**self.households, **{s: name for s, (name, _) in self.sectors.items()},
                 **self.countries, **self.regions}  # fmt: skip
        return named.get(code)

    def observed(self, first_years: str) -> int:
        """The base year."""
        return self.year

    def trends(
        self, regions: Members, years: Sequence[int], *, gdp: str, population: str, emissions: str, first_years: str,
        given: Given,
    ) -> Trends:  # fmt: skip
        """Paths of ``paths.csv``, and growth by the manifest where it has none; choices are of the shipped paths.

        Raises
        ------
        SAMError
            A path ends before the years do.
        """
        to = {item: self._index(item, list(regions), years) for item in RATES}
        stock = self._level("capital", list(regions))
        return Trends(
            gdp=to["gdp"], emissions=to["emissions"],
            labour=to["labour" if self._has("labour") or "labour" in self.growth else "population"],
            people=to["population"] * np.nan_to_num(self.people(regions), nan=1.0), process=to["emissions"] / to["gdp"],
            capital=None if np.isnan(stock).any() else stock,
        )  # fmt: skip

    def _has(self, item: str) -> bool:
        return bool((self.table["item"] == item).any())

    def _level(self, item: str, regions: list[str]) -> Array:
        """Base-year level by region, (r,); not a number where none is given."""
        rows = self.table[(self.table["item"] == item) & (self.table["year"] == self.year)]
        return rows.set_index("region")["value"].reindex(regions).to_numpy(float)

    def _index(self, item: str, regions: list[str], years: Sequence[int]) -> Array:
        """Levels over those of the base year, (t, r), at constant growth between the years given."""
        rows = self.table[self.table["item"] == item]
        if item != "gdp" and rows["year"].nunique() < 2:
            rows = rows[:0]
        if rows.empty:
            grown = (1 + self.growth.get(item, 0.0)) ** (np.array(years, float) - self.year)
            return np.repeat(grown[:, None], len(regions), axis=1)
        wide = np.log(rows.pivot(index="year", columns="region", values="value")[regions])
        if years[-1] > wide.index[-1]:
            raise SAMError(message("SAM214", file=PATHS, item=item, last=wide.index[-1], asked=years[-1]))
        grown = np.array([np.interp(years, wide.index, wide[r]) for r in regions]).T
        return np.asarray(np.exp(grown - wide.loc[self.year].to_numpy()))

    def settled(self, regions: Members) -> Array:
        """People of the one household; not a number where there are several, or people are not given."""
        alone = np.nan if len(self.households) > 1 else 1.0
        return np.repeat(self.people(regions)[None] * alone, len(self.households), axis=0)

    def people(self, regions: Members) -> Array:
        """People of the base year, 1e4 persons; not a number where they are not given."""
        return self._level("population", list(regions))

    def distances(self, regions: Members) -> Array:
        """No distances are known: zero."""
        return np.zeros((len(regions), len(regions)))

    def resources(self, regions: Members) -> pd.DataFrame:
        """Those of ``potentials.csv``; a technology that it leaves out has no limit, storage is none."""
        none = pd.Series(0.0, index=list(regions))
        out = pd.DataFrame({"gwi": np.inf, "gso": np.inf, "storage": none, "storage_cost": none})
        for row in self.offered.itertuples():
            out.loc[row.region, row.what] = row.value
        return out.assign(storage_cost=out["storage_cost"] * self.rate)

    def lines(self, regions: Members) -> pd.DataFrame:
        """Those of ``lines.csv``."""
        return self.wires[["origin", "destination", "gw"]]


def is_code(text: str) -> bool:
    """Whether a text can be the code of a country, region, sector or household."""
    return bool(CODE.fullmatch(text)) and text not in RESERVED


def held_own(folder: Path) -> Own | None:
    """The country of a folder, None where its economy is China's by ``about.csv``."""
    names = (MANIFEST, *OF_COUNTRY)
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
    return own_of(files, folder) if MANIFEST in files else None


def own_of(files: Mapping[str, bytes], folder: Path) -> Own:
    """The country that the files of a folder say.

    Raises
    ------
    SAMError
        Every fault of the manifest and of the paths at once.
    """
    try:
        said = tomllib.loads(files[MANIFEST].decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SAMError(message("SAM205", file=folder / MANIFEST, reason=error)) from error
    faults = list(_form(said))
    faults = faults or list(_meaning(said))
    read = {file: pd.DataFrame({c: pd.Series(dtype=float if c in NUMBERS else str) for c in columns})
            for file, columns in FILES.items()}  # fmt: skip
    for file in [f for f in FILES if f in files and not faults]:
        read[file], more = READERS[file](files[file], said)
        faults = [*faults, *more]
    if faults:
        raise SAMError(joined(message("SAM206", file=folder / MANIFEST, count=len(faults)), faults))
    return Own(
        code=said["code"], title=_name(said["title"]), year=said["year"], last_year=said["last_year"],
        unit=said["unit"], rate=float(said["currency"]["cny"]), rate_source=said["currency"]["source"],
        sources=tuple(said["sources"]), history=tuple(said.get("history", ())),
        regions={k: _name(v) for k, v in said["regions"].items()},
        households={k: _name(v) for k, v in said["households"].items()},
        sectors={k: (_name(v), v["like"]) for k, v in said["sectors"].items()},
        nations={r: of for r, of in _countries(said).items() if len(set(_countries(said).values())) > 1},
        countries={k: _name(v) for k, v in said.get("countries", {}).items()},
        tiles={r: tuple(v["tile"]) for r, v in said["regions"].items() if "tile" in v},
        growth={k: float(v) for k, v in said.get("growth", {}).items()}, table=read[PATHS],
        wires=read[LINES], offered=read[POTENTIALS],
    )  # fmt: skip


def _countries(said: Mapping[str, Any]) -> dict[str, str]:
    """Country that every region names; empty text where it names none."""
    return {r: given.get("country", "") for r, given in said["regions"].items()}


def _name(given: Mapping[str, Any]) -> Message:
    return Message(given["en"], given["zh"])


def _form(said: Mapping[str, Any]) -> list[Message]:
    """Keys that are missing, unknown, or of another type."""
    faults = [message("SAM207", where=k) for k in NEEDED if k not in said]
    tables: list[tuple[str, Any, Mapping[str, type | tuple[type, ...]], tuple[str, ...]]] = [("", said, KEYS, ())]
    number: tuple[type, ...] = (int, float)
    for key in (*NAMED, "countries"):
        form: dict[str, type] = {"en": str, "zh": str}
        more: dict[str, dict[str, type]] = {"regions": {"country": str, "tile": list}, "sectors": {"like": str}}
        form |= more.get(key, {})
        needed = tuple(k for k in form if k not in ("country", "tile"))
        held = said.get(key)
        tables += [(f"{key}.{c}", t, form, needed) for c, t in held.items()] if isinstance(held, dict) else []
    names = ("en", "zh")
    tables += [("title", said.get("title", {}), dict.fromkeys(names, str), names)]
    tables += [("currency", said.get("currency", {}), {"cny": number, "source": str}, ("cny", "source"))]
    tables += [("growth", said.get("growth", {}), dict.fromkeys(RATES, number), ())]
    for where, table, form_, needed in tables:
        at = f"{where}." if where else ""
        if not isinstance(table, dict):
            continue
        faults += [message("SAM207", where=f"{at}{k}") for k in needed if k not in table]
        for k, v in table.items():
            if k not in form_:
                faults.append(message("SAM208", where=f"{at}{k}", near=near(k, form_), known=listed(form_)))
            elif not isinstance(v, form_[k]) or isinstance(v, bool):
                faults.append(message("SAM209", where=f"{at}{k}", found=repr(v)[:60]))
    return faults


def _meaning(said: Mapping[str, Any]) -> list[Message]:
    """Values that cannot be."""
    faults = []

    def wrong(where: str, found: object, want: str, **facts: object) -> None:
        faults.append(message("SAM210", where=where, found=found, want=message(f"own.{want}", **facts)))

    if said["schema"] != 1:
        wrong("schema", said["schema"], "schema")
    named_ = (*NAMED, *(k for k in ("countries",) if k in said))
    for where, codes in [("code", [said["code"]]), *((k, list(said[k])) for k in named_)]:
        for code in codes:
            if not is_code(code):
                wrong(where, code, "code")
    for key in NAMED:
        if not said[key]:
            wrong(key, "{}", "some")
    named = [("title", said["title"]), *((f"{k}.{c}", of) for k in named_ for c, of in said[k].items())]
    for where, words in named:
        for language in LANGUAGES:
            if len(words[language]) > LONGEST_LABEL:
                found = message("letters", count=len(words[language]))
                wrong(f"{where}.{language}", found, "label", most=LONGEST_LABEL)
    if parse_unit(said["unit"]) is None:
        wrong("unit", said["unit"], "unit")
    if not 0 < said["currency"]["cny"] < np.inf:
        wrong("currency.cny", said["currency"]["cny"], "rate")
    if not 1000 <= said["year"] < said["last_year"] <= said["year"] + FARTHEST:
        wrong("last_year", said["last_year"], "years")
    for key, value in said.get("growth", {}).items():
        if not -0.2 <= value <= 0.2:
            wrong(f"growth.{key}", value, "growth")
    for code, given in said["sectors"].items():
        if given["like"] not in LIKE:
            hint = {"near": near(given["like"], LIKE), "known": listed(LIKE)}
            faults.append(message("SAM211", where=f"sectors.{code}.like", found=given["like"], **hint))
    tiles = {code: given["tile"] for code, given in said["regions"].items() if "tile" in given}
    for code, at in tiles.items():
        whole = len(at) == 2 and all(type(k) is int and 1 <= k <= MOST_TILES for k in at)
        if not whole or list(tiles.values()).count(at) > 1:
            wrong(f"regions.{code}.tile", at, "tile", most=MOST_TILES)
    faults += _of_countries(said)
    texts = [*said["sources"], *said.get("history", ())]
    if not said["sources"] or not all(isinstance(t, str) and t.strip() for t in texts):
        wrong("sources", said["sources"], "sources")
    return faults


def _of_countries(said: Mapping[str, Any]) -> list[Message]:
    """What is wrong with the countries of regions: some have none, one has no name, or a code that is not its own."""
    of, names = _countries(said), said.get("countries", {})
    there = set(of.values()) - {""}
    if "" in of.values():
        lost = [r for r, country in of.items() if not country]
        return [message("SAM212", regions=listed(lost))] if there or names else []
    alone = {c for c in there if [r for r, country in of.items() if country == c] == [c]}
    faults = [message("SAM212.name", code=c) for c in sorted(there - alone - set(names))] if len(there) > 1 else []
    faults += [message("SAM212.idle", code=c) for c in sorted(set(names) - (there - alone))]
    return faults + [message("SAM212.twice", code=c) for c in sorted((there - alone) & set(of))]


def _parsed(file: str, content: bytes) -> tuple[pd.DataFrame, pd.DataFrame, list[Message]]:
    """A file as text and with numbers, and the columns that it lacks."""
    table = text_table(file, content)
    lost = [c for c in FILES[file] if c not in table]
    if lost:
        return table, table, [message("SAM105", file=file, missing=listed(lost), found=listed(table.columns))]
    numbers = {c: pd.to_numeric(table[c], errors="coerce") for c in FILES[file] if c in NUMBERS}
    return table, table.assign(**numbers), []


def _read_lines(content: bytes, said: Mapping[str, Any]) -> tuple[pd.DataFrame, list[Message]]:
    """Power lines between regions, GW, and what is wrong with them by line."""
    table, numbers, lost = _parsed(LINES, content)
    if lost:
        return table, lost
    good = (
        table["origin"].isin(said["regions"]) & table["destination"].isin(said["regions"])
        & table["origin"].ne(table["destination"]) & (numbers["gw"] > 0) & np.isfinite(numbers["gw"])
        & table["source"].str.strip().ne("") & ~table.duplicated(["origin", "destination"], keep=False)
    )  # fmt: skip
    return numbers, [message("SAM213.lines", file=LINES, line=k + 2, text=",".join(table.loc[k]))
                     for k in table.index[~good]]  # fmt: skip


def _read_potentials(content: bytes, said: Mapping[str, Any]) -> tuple[pd.DataFrame, list[Message]]:
    """What nature offers regions, and what is wrong with it by line."""
    table, numbers, lost = _parsed(POTENTIALS, content)
    if lost:
        return table, lost
    good = (
        table["region"].isin(said["regions"]) & table["what"].isin(OFFERED)
        & table["unit"].eq(table["what"].map(OFFERED)) & (numbers["value"] > 0) & np.isfinite(numbers["value"])
        & table["source"].str.strip().ne("") & ~table.duplicated(["region", "what"], keep=False)
    )  # fmt: skip
    return numbers, [message("SAM213.potentials", file=POTENTIALS, line=k + 2, text=",".join(table.loc[k]),
                             known=listed(f"{what} ({unit})" for what, unit in OFFERED.items()))
                     for k in table.index[~good]]  # fmt: skip


def _read_paths(content: bytes, said: Mapping[str, Any]) -> tuple[pd.DataFrame, list[Message]]:
    """The table of paths, and what is wrong with it by line."""
    table, numbers, lost = _parsed(PATHS, content)
    if lost:
        return table, lost
    good = (
        table["item"].isin(ITEMS) & table["region"].isin(said["regions"]) & table["source"].str.strip().ne("")
        & numbers["year"].between(said["year"], said["last_year"] + FARTHEST) & (numbers["value"] > 0)
        & np.isfinite(numbers["value"]) & ~table.duplicated(["item", "region", "year"], keep=False)
    )  # fmt: skip
    faults = [message("SAM213", file=PATHS, line=k + 2, text=",".join(table.loc[k])) for k in table.index[~good]]
    if not faults:
        for item, rows in numbers.groupby("item"):
            wide = rows.pivot(index="year", columns="region", values="value").reindex(columns=list(said["regions"]))
            if wide.isna().any(axis=None) or said["year"] not in wide.index:
                faults.append(message("SAM213.holes", file=PATHS, item=item, year=said["year"]))
    return numbers, faults


READERS = {PATHS: _read_paths, LINES: _read_lines, POTENTIALS: _read_potentials}
