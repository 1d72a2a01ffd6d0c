"""Registry of provinces and sectors: one code list, every usual spelling accepted on input."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cgebase.errors import SAMError
from cgebase.messages import Message, listed, message, near
from sam.tables import read_mapping, read_table

PROVINCE_CODES: tuple[str, ...] = tuple(read_table("provinces")["code"])
NATION = "CN"
"""Code of the nation beside those of its provinces."""
SHIPPED = "china31"
"""Name of the economy that comes with the package."""
MONEY, BASE_YEAR = "CNY", 2021
"""Currency and year of the shipped tables."""
HOUSEHOLDS = ("rural", "urban")
TECHNOLOGIES = ("gco", "gga", "ghy", "gnu", "gwi", "gso", "gbi")
"""Activities that generate electricity."""
FOSSIL = ("gco", "gga")
"""Those of them that burn fossil fuel."""
FUELS = ("coal", "oil", "gas")
"""Fossil fuels of the energy accounts."""
AGGREGATIONS = ("cn12", "cn30", "cn42")
_SUFFIXES = {
    "省": ("省", "sheng", "province"), "市": ("市", "shi", "municipality"),
    "区": ("自治区", "autonomousregion", "zhuangautonomousregion", "huiautonomousregion", "uygurautonomousregion",
           "uyghurautonomousregion"),
}  # fmt: skip
"""What may follow the name of a province, a municipality and an autonomous region, by the last letter of its name."""


@dataclass(frozen=True)
class Province:
    """One province-level region of the model."""

    code: str
    gb2: str
    gb6: str
    name_en: str
    pinyin: str
    name_zh: str
    name_zh_full: str
    abbreviation_zh: str
    region8: str
    tile_row: int
    tile_column: int
    aliases: tuple[str, ...]

    def spellings(self) -> tuple[str, ...]:
        """Return every spelling under which the province is accepted."""
        return (
            self.code,
            self.gb2,
            self.gb6,
            self.name_en,
            self.pinyin,
            self.name_zh,
            self.name_zh_full,
            self.abbreviation_zh,
            *self.aliases,
        )


@dataclass(frozen=True)
class Sector:
    """One sector code of an aggregation."""

    code: str
    aggregation: str
    kind: str
    name_en: str
    name_zh: str


class UnknownNameError(SAMError, LookupError):
    """A name asked for that the tables do not have, or have twice."""

    exit_code = 2


class UnknownProvinceError(UnknownNameError):
    """A name that is no province; carries the closest names."""

    def __init__(self, name: str, closest: tuple[str, ...]):
        self.name, self.closest = name, closest
        hint = message("closest", names=listed(closest)) if closest else message("nothing_similar")
        super().__init__(message("SAM201", name=name, count=len(PROVINCE_CODES), hint=hint))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.name, self.closest)


class AmbiguousProvinceError(UnknownNameError):
    """A name that fits several provinces; carries their codes."""

    def __init__(self, name: str, candidates: tuple[str, ...]):
        self.name, self.candidates = name, candidates
        spelt = listed(f"{c} ({province(c).name_en} {province(c).name_zh})" for c in candidates)
        super().__init__(message("SAM202", name=name, candidates=spelt))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.name, self.candidates)


class UnknownAggregationError(UnknownNameError):
    """A name that is no sector list; the message names those there are."""


@lru_cache(maxsize=1)
def provinces() -> tuple[Province, ...]:
    """Return the 31 provinces in model order."""
    table = read_table("provinces", text_columns=("gb2", "gb6"))
    rows = table.fillna("").to_dict("records")
    return tuple(Province(**{**row, "aliases": tuple(a for a in row["aliases"].split("|") if a)}) for row in rows)


def province(code: str) -> Province:
    """Return the province with this two-letter code."""
    return provinces()[PROVINCE_CODES.index(code)]


@lru_cache(maxsize=1)
def _groupings() -> dict[str, tuple[str, str]]:
    table = read_mapping("region_names").astype(str)
    return {r.code: (r.name_en, r.name_zh) for r in table.itertuples(index=False)}


def region_words(code: str) -> Message:
    """Name of a province or of a region of a shipped grouping; other codes are their own names."""
    if code in PROVINCE_CODES:
        found = province(code)
        return Message(found.name_en, found.name_zh)
    return Message(*_groupings().get(code, (code, code)))


def provincial(codes: Iterable[str]) -> bool:
    """Whether regions are the provinces of the registry."""
    return set(codes) == set(PROVINCE_CODES)


def resolve(name: str | int) -> str:
    """Return the code of a province from any accepted spelling.

    Parameters
    ----------
    name : str or int
        Code, GB/T 2260 number (2 or 6 digits), English, pinyin, Chinese (short or full),
        one-character abbreviation, or an old spelling, alone or with 省, 市, 自治区 or Province
        where the region is one. Case, spaces, hyphens and tone marks do not matter, except that
        tones tell shānxī (SX) from shǎnxī (SN). A name that goes on otherwise is another place:
        海南藏族自治州 lies in Qinghai.

    Raises
    ------
    AmbiguousProvinceError
        Several provinces fit, for example ``"Shan"`` or ``"陕西/山西"``.
    UnknownProvinceError
        None fits; the message names the closest.
    """
    text = str(name).strip()
    exact = _exact()
    code = exact.get(_toned(text)) or _whole(_key(text))
    if code:
        return code
    parts = [_whole(_key(part)) for part in re.split(r"[/|,;、，；]", text)]
    named = tuple(dict.fromkeys(part for part in parts if part))
    if len(named) > 1:
        raise AmbiguousProvinceError(text, named)
    key = _key(text)
    prefix = {code for spelling, code in exact.items() if len(key) > 1 and spelling.startswith(key)}
    candidates = tuple(c for c in PROVINCE_CODES if c in prefix)
    if len(candidates) > 1:
        raise AmbiguousProvinceError(text, candidates)
    lower = {n.lower(): n for p in provinces() for n in (p.name_en, p.name_zh)}
    close = [n for n in lower if n in text.lower()] + difflib.get_close_matches(text.lower(), lower, n=3, cutoff=0.5)
    raise UnknownProvinceError(text, tuple(dict.fromkeys(lower[c] for c in close)))


@lru_cache(maxsize=1)
def _exact() -> dict[str, str]:
    table: dict[str, str] = {}
    clashes = set()
    for item in provinces():
        for spelling in item.spellings():
            key = _toned(spelling) if spelling != _plain(spelling) else _key(spelling)
            if table.setdefault(key, item.code) != item.code:
                clashes.add(key)
    for key in clashes:
        del table[key]
    return table


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


def _toned(text: str) -> str:
    return re.sub(r"[\s\-_'’.]", "", unicodedata.normalize("NFC", text).lower())


def _key(text: str) -> str:
    return _toned(_plain(text))


def _whole(key: str) -> str:
    """Code of the province that a key names, alone or with what may follow its name; else empty."""
    exact = _exact()
    for kind, suffixes in _SUFFIXES.items():
        for suffix in suffixes:
            code = exact.get(key.removesuffix(suffix)) if key.endswith(suffix) else None
            if code and province(code).name_zh_full.endswith(kind):
                return code
    return exact.get(key, "")


@lru_cache(maxsize=4)
def sectors(aggregation: str) -> tuple[Sector, ...]:
    """Return the sectors of an aggregation in model order.

    Parameters
    ----------
    aggregation : {"cn12", "cn30", "cn42"}
        Name of the sector list.

    Returns
    -------
    tuple of Sector
        ``kind`` is ``sector`` (activity and commodity), ``generation`` (activity only) or
        ``busbar`` (commodity ``elb`` only).
    """
    if aggregation not in AGGREGATIONS:
        known = {"near": near(aggregation, AGGREGATIONS), "known": listed(AGGREGATIONS)}
        raise UnknownAggregationError(message("SAM203", name=aggregation, **known))
    table = read_table("sectors")
    table = table[table["aggregation"].isin([aggregation, "all"])]
    columns = ["code", "aggregation", "kind", "name_en", "name_zh"]
    return tuple(Sector(**row) for row in table[columns].to_dict("records"))


def activity_codes(aggregation: str) -> tuple[str, ...]:
    """Return the activity codes, generation last."""
    return tuple(s.code for s in sectors(aggregation) if s.kind != "busbar")


def commodity_codes(aggregation: str) -> tuple[str, ...]:
    """Return the commodity codes, busbar electricity last."""
    return tuple(s.code for s in sectors(aggregation) if s.kind != "generation")
