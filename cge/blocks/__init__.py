"""Production and demand written as nests: zero profit, markets and incomes are stated and calibrated from them."""
