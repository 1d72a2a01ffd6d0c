"""Kinds of account, their order and names, and how an account's id is read."""

from __future__ import annotations

from typing import NamedTuple

KINDS: dict[str, tuple[str, str]] = {
    "act": ("activity", "生产活动"), "com": ("commodity", "商品"), "fac": ("factor", "要素"),
    "tax": ("tax", "税收"), "pool": ("national pool", "全国汇集"), "hh": ("households", "居民"),
    "gov": ("government", "政府"), "sav": ("saving", "储蓄"), "inv": ("investment", "投资"),
    "row": ("abroad", "国外"),
}  # fmt: skip
"""Name of each kind in English and Chinese, in the order of a square table."""
REGION_ONLY = ("gov", "inv", "sav")
"""Kinds of account that have no item: ``gov:XJ``, ``inv:XJ``; the others read ``kind:item:region``."""
NATIONAL = ("pool:capital", "gov:central", "sav")
"""Accounts that every country has once; where there are several its code follows, ``sav:NORTH``."""
ITEMS: dict[str, tuple[str, str]] = {
    "labour": ("labour", "劳动"), "capital": ("capital", "资本"), "resource": ("land and resources", "土地与资源"),
    "production": ("on production", "生产税"), "import": ("on imports", "进口税"), "income": ("on income", "所得税"),
    "rural": ("rural", "农村"), "urban": ("urban", "城镇"), "central": ("central", "中央"),
}  # fmt: skip
"""Names of the items that are no sectors."""


class Account(NamedTuple):
    """Parts of an account's id; ``region`` is empty where the account is national."""

    kind: str
    item: str
    region: str


def parse(name: str) -> Account:
    """Kind, item and region of an account's id.

    >>> parse("com:agr:XJ")
    Account(kind='com', item='agr', region='XJ')
    >>> parse("gov:central").region
    ''
    """
    kind, *rest = name.split(":")
    regional = len(rest) == 2 or (kind in REGION_ONLY and rest != ["central"])
    region = rest.pop() if regional and rest else ""
    return Account(kind, "".join(rest), region)


def is_national(name: str) -> bool:
    """Whether an account is one that a country has once."""
    return any(name == own or name.startswith(f"{own}:") for own in NATIONAL)


def kind_name(kind: str, language: str) -> str:
    """Name of a kind of account; the id itself where there is none."""
    return KINDS[kind][language == "zh"] if kind in KINDS else kind


def item_name(item: str, language: str) -> str:
    """Name of an item that is no sector; the id itself where there is none."""
    return ITEMS[item][language == "zh"] if item in ITEMS else item
