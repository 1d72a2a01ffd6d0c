"""Coded checks of an economy: what each demands, in accounts (`money`) and in tonnes and TWh (`physical`)."""
