"""Coded checks of an economy: in accounts (`money`), in tonnes and TWh (`physical`), of energy goods (`mines`)."""
