"""Kernels and solver: a theory on given sets, evaluated, linearised and solved."""
