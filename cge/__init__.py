"""Multi-region computable general equilibrium model of the Chinese provinces."""
