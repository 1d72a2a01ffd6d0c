"""Words of the figures of a SAM in English and Chinese."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "yuan": "1e8 yuan",
        "money": "{name} sells other provinces {sold:,.0f} (1e8 yuan) and buys {bought:,.0f} from them: "
                 "a {side} of {net:.0%} of its GDP",
        "surplus": "surplus", "deficit": "deficit",
        "columns": "who buys|which goods|who is paid|whose income|government|what for",
        "money_note": "Money flows from left to right, 1e8 yuan of {year}. Goods and the activities that make them "
                      "are one node, so inputs leave on the right as they enter on the left. {source}",
        "inputs": "{name}: the largest input is {commodity} into {activity}, {value:,.0f} (1e8 yuan); "
                  "ten cells hold {share:.0%} of all {total:,.0f}",
        "inputs_note": "Purchases of each activity (column) by commodity (row), 1e8 yuan of {year}, logarithmic "
                       "scale; grey: none; values below {least:g} share the lightest tint. {source}",
        "activity": "activity that buys", "commodity": "commodity bought",
        "trade": "{within:.0%} of trade between provinces stays in its region; the largest flow is {origin} to "
                 "{destination}, {value:,.0f} (1e8 yuan)",
        "trade_note": "Goods and services sold by the province in the row to that in the column, 1e8 yuan of {year}, "
                      "logarithmic scale, provinces by region; modelled, not observed. {name} is framed. {source}",
        "seller": "sells", "buyer": "buys",
        "distance": "Between provinces trade falls with distance as in 2007 ({close} of {count} goods within 0.1); "
                    "between the eight regions it falls faster ({steeper} of {count})",
        "distance_free": "Trade of all goods falls with distance to the power {elasticity:.2f}",
        "distance_note": "Poisson estimates with an effect for each origin and destination. Used by the build: "
                         "estimates over pairs of eight regions in 2007, so the diamonds are like for like. Bilateral "
                         "flows are modelled from them, so agreement shows that balancing kept the pattern, not that "
                         "it is observed. {source}",
        "km": "distance between capitals, km", "flow": "trade relative to the size of both provinces",
        "line": "all goods: elasticity {elasticity:.2f}", "others": "other pairs", "focus": "pairs with {name}",
        "fitted": "this SAM, 31 provinces", "regions8": "this SAM, eight regions", "used": "2007, used by the build",
        "elasticity": "elasticity of trade to distance",
        "source": "Sectors {aggregation}. 31 province-level regions; Hong Kong, Macao and Taiwan are not in the SAM.",
    },
    "zh": {
        "yuan": "亿元",
        "money": "{name}售往其他省份{sold:,.0f}亿元，购入{bought:,.0f}亿元：{side}占地区生产总值的{net:.0%}",
        "surplus": "顺差", "deficit": "逆差",
        "columns": "谁购买|何种商品|付给谁|谁的收入|政府|用于何处",
        "money_note": "资金由左向右流动，{year}年，亿元。商品与生产它的活动合为一个节点，"
                      "因此中间投入在左侧流入、右侧流出。\n{source}",
        "inputs": "{name}：最大的中间投入是{activity}购买{commodity}，{value:,.0f}亿元；"
                  "前十个单元格占全部{total:,.0f}亿元的{share:.0%}",
        "inputs_note": "各生产活动（列）购买的各类商品（行），{year}年，亿元，对数色标；灰色为无；"
                       "低于{least:g}的值用最浅色。\n{source}",
        "activity": "购买方（生产活动）", "commodity": "所购商品",
        "trade": "省际贸易的{within:.0%}在区域内部；最大的流量是{origin}售往{destination}，{value:,.0f}亿元",
        "trade_note": "行省份售给列省份的商品和服务，{year}年，亿元，对数色标，省份按区域排列；为模型估计值而非观测值。"
                      "{name}加框。\n{source}",
        "seller": "销售方", "buyer": "购买方",
        "distance": "省际贸易随距离的衰减与2007年一致（{count}类商品中{close}类相差不到0.1）；"
                    "八区域之间衰减更快（{count}类中{steeper}类）",
        "distance_free": "全部商品的贸易随距离的{elasticity:.2f}次方衰减",
        "distance_note": "泊松估计，含每个来源地和目的地的固定效应。构建所用：2007年八区域之间的估计值，与菱形同口径。"
                         "双边流量由其推算，因此一致只说明平衡过程保持了这一格局，并非观测结果。\n{source}",
        "km": "省会间距离（公里）", "flow": "相对两省规模的贸易额",
        "line": "全部商品：弹性{elasticity:.2f}", "others": "其他省份对", "focus": "含{name}的省份对",
        "fitted": "本矩阵，31省", "regions8": "本矩阵，八区域", "used": "2007年，构建所用",
        "elasticity": "贸易对距离的弹性",
        "source": "行业分类{aggregation}。31个省级地区；社会核算矩阵不含香港、澳门和台湾。",
    },
}  # fmt: skip
