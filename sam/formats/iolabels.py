"""Labels of Chinese input-output workbooks: codes, wordings in Chinese and English, units, years, regions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from sam.formats.cells import DASHES, label
from sam.registry import AmbiguousProvinceError, Province, UnknownProvinceError, province, provinces, resolve
from sam.tables import read_mapping

#: Column codes of the National Bureau of Statistics and their wordings (spaces and punctuation do not count).
COLUMNS: dict[str, tuple[str, ...]] = {
    "TIU": ("中间使用合计", "中间需求合计", "total intermediate use", "total intermediate uses"),
    "FU101": ("农村居民消费", "农村居民消费支出", "农村居民", "rural household consumption", "rural households"),
    "FU102": ("城镇居民消费", "城镇居民消费支出", "城镇居民", "urban household consumption", "urban households"),
    "THC": ("居民消费", "居民消费支出", "居民消费合计", "居民消费小计", "household consumption",
            "total household consumption"),
    "FU103": ("政府消费", "政府消费支出", "government consumption", "government consumption expenditure"),
    "TC": ("最终消费", "最终消费支出", "最终消费合计", "最终消费支出合计", "消费合计", "final consumption",
           "total consumption", "total final consumption"),
    "FU201": ("固定资本形成总额", "固定资本形成", "gross fixed capital formation", "fixed capital formation"),
    "FU202": ("存货变动", "存货增加", "存货变动额", "changes in inventories", "change in inventories",
              "inventory change", "inventory increase"),
    "GCF": ("资本形成总额", "资本形成总额合计", "资本形成合计", "gross capital formation",
            "total gross capital formation"),
    "EX": ("出口", "export", "exports"),
    "OF": ("国内省外流出", "省外流出", "流出", "调出", "国内流出", "本省流出", "outflow", "domestic outflow",
           "outflow to other provinces"),
    "TFU": ("最终使用合计", "total final use", "total final uses", "total final demand"),
    "IM": ("进口", "import", "imports"),
    "IF": ("国内省外流入", "省外流入", "流入", "调入", "国内流入", "本省流入", "inflow", "domestic inflow",
           "inflow from other provinces"),
    "ERR": ("其他", "其它", "误差", "误差项", "其他误差", "统计误差", "error", "errors", "error term", "others"),
    "GO": ("总产出", "gross output", "total output"),
}  # fmt: skip
ROWS: dict[str, tuple[str, ...]] = {
    "IM": ("进口", "import", "imports"),
    "TII": ("中间投入合计", "total intermediate input", "total intermediate inputs"),
    "VA001": ("劳动者报酬", "compensation of employees", "labor compensation", "labour compensation"),
    "VA002": ("生产税净额", "net taxes on production", "net production tax"),
    "VA003": ("固定资产折旧", "depreciation of fixed assets", "depreciation of fixed capital"),
    "VA004": ("营业盈余", "operating surplus"),
    "TVA": ("增加值合计", "增加值", "total value added", "value added"),
    "TI": ("总投入", "total input", "total inputs"),
}
SUBTOTALS = frozenset({"合计", "小计", "subtotal", "total"})
ORIGINS = {
    "国内": "D", "国内产品": "D", "国内产品中间投入": "D", "国内产品投入": "D", "domestic": "D",
    "domesticproducts": "D",
    "进口": "M", "进口产品": "M", "进口产品中间投入": "M", "进口产品投入": "M", "imports": "M",
    "importedproducts": "M",
}  # fmt: skip
#: What one published unit is in 1e8 yuan.
UNITS = {"元": 1e-8, "千元": 1e-5, "万元": 1e-4, "百万元": 1e-2, "千万元": 1e-1, "亿元": 1.0, "十亿元": 10.0}
_WORDINGS = {
    "yuan": "元", "rmb": "元", "cny": "元", "人民币元": "元", "thousandyuan": "千元", "1000yuan": "千元",
    "10000yuan": "万元", "tenthousandyuan": "万元", "10000rmb": "万元", "rmb10000": "万元",
    "tenthousandrmb": "万元", "10000cny": "万元", "104yuan": "万元",
    "millionyuan": "百万元", "millionrmb": "百万元", "millioncny": "百万元", "106yuan": "百万元",
    "100millionyuan": "亿元", "100millionrmb": "亿元", "100millioncny": "亿元", "108yuan": "亿元", "1e8yuan": "亿元",
    "billionyuan": "十亿元", "billionrmb": "十亿元", "billioncny": "十亿元",
}  # fmt: skip
UNIT_MARK = re.compile(r"(单\s*位|\bunits?\b)\s*[:：/]?\s*(.*)", re.IGNORECASE | re.DOTALL)
NATION = ("全国", "中国", "中华人民共和国", "china", "national")
CODE = re.compile(r"[sS]?(\d{1,3})")
PART = re.compile(
    r"(?!地区)[^\d\s年，,、。()（）;；:：/|_-]{0,8}?"
    r"(州|市(?!场)|县|区(?!域)|盟|旗|兵团|[东西南北中]部|[（(]?[^）)]{0,8}(不含|不包括|除外))"
)  # fmt: skip
PART_EN = re.compile(r"(\s+[a-z]+){0,4}?\s+(prefecture|county|district|corps|without|excluding)\b")
"""What follows the name of a province where a part of it is meant."""


def plain(text: object) -> str:
    """A label without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", label(text)).lower()


def _wordings(keys: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {plain(word): key for key, words in keys.items() for word in words}


_NAMES = {"column": _wordings(COLUMNS), "row": _wordings(ROWS)}
_CODES = {"column": {k.lower(): k for k in COLUMNS}, "row": {k.lower(): k for k in ROWS}}


def key_of_code(text: str, axis: str) -> str:
    """Key whose code this is on the ``column`` or ``row`` axis, else empty."""
    return _CODES[axis].get(plain(text), "")


def key_of_name(text: str, axis: str) -> str:
    """Key whose wording this is, else empty."""
    return _NAMES[axis].get(plain(text), "")


def is_code(text: str, axis: str) -> bool:
    """Whether a text is a sector number or a code of the axis."""
    return bool(CODE.fullmatch(text)) or bool(key_of_code(text, axis))


def is_filler(text: str) -> bool:
    """Dashes, and the word for code that stands over a column of codes."""
    return all(c in DASHES for c in text) or plain(text) in ("代码", "code")


def wordings(axis: str) -> list[str]:
    """Every wording of the axis, for the closest known."""
    return [w for words in (COLUMNS if axis == "column" else ROWS).values() for w in words]


def unit_of(text: str) -> str | None:
    """Unit a cell states: a key of :data:`UNITS`; empty when it states one that is not known; None when none."""
    found = UNIT_MARK.search(label(text))
    if not found:
        return _unit(plain(text))
    words = re.sub(r"(?<=\d)[, ](?=\d{3}(?!\d))", "", found.group(2))
    return _unit(plain(re.split(r"[;,)\]]", words)[0])) or ""


def _unit(word: str) -> str | None:
    word = word.replace("人民币", "") if word != "人民币元" else word
    return word if word in UNITS else _WORDINGS.get(word)


def unit_named(text: str) -> str:
    """Unit as a person writes it on the command line, else empty."""
    return _unit(plain(text)) or ""


def year_of(texts: Iterable[str]) -> int | None:
    """First year between 1980 and 2049 that stands alone."""
    for text in texts:
        if found := re.search(r"(?<!\d)(19[89]\d|20[0-4]\d)(?!\d)", text):
            return int(found.group())
    return None


@lru_cache(maxsize=4096)
def region_named(text: str) -> str:
    """Code of the province a label names, ``CN`` for the nation, else empty."""
    bare = re.sub(r"\d+", "", plain(text))
    if bare in NATION:
        return "CN"
    if len(bare) < 2:
        return ""
    try:
        return resolve(bare)
    except (UnknownProvinceError, AmbiguousProvinceError):
        return ""


def _part(of: Province, text: str) -> bool:
    """Whether a text goes on after the name of a province as the name of a part of it does."""
    full = of.name_zh_full.removeprefix(of.name_zh)
    return any(PART.match(after.removeprefix(full)) for after in text.split(of.name_zh)[1:]) or any(
        PART_EN.match(after) for after in text.split(of.pinyin)[1:]
    )


def region_within(text: str) -> str:
    """Code of the only province whose name stands inside a title or file name; ``CN`` for the nation.

    Empty where the text names a part of a province, such as 海南藏族自治州, or a province without a part.
    """
    low = label(text).lower()
    words = set(re.findall(r"[a-z]+", low))
    found = {
        p.code
        for p in provinces()
        if p.name_zh in low or p.pinyin in words or (" " in p.name_en and p.name_en.lower() in low)
    }
    if any(_part(province(code), low) for code in found):
        return ""
    if len(found) == 1:
        return found.pop()
    return "CN" if not found and any(n in low if n[0] > "z" else n in words for n in NATION) else ""


@lru_cache(maxsize=1)
def nbs42() -> dict[str, tuple[str, ...]]:
    """The 42 sectors of 2017 to 2020: code to its names, the Chinese one first."""
    table = read_mapping("nbs42").fillna("")
    rows = table.astype({"code": str}).itertuples(index=False)
    return {f"{int(r.code):02d}": (r.name_zh, r.name_en, *filter(None, r.aliases.split("|"))) for r in rows}


@lru_cache(maxsize=1)
def _sectors() -> dict[str, str]:
    return {plain(name): code for code, names in nbs42().items() for name in names}


@lru_cache(maxsize=1024)
def sector_named(name: str) -> tuple[str, bool]:
    """Code of the NBS sector a label names or is closest to (empty without one), and whether exactly."""
    known, word = _sectors(), plain(name)
    if word in known:
        return known[word], True
    close = get_close_matches(word, known, 1, cutoff=0.6)
    return (known[close[0]], False) if close else ("", False)
