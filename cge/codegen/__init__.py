"""From statements to compiled kernels: derivatives, printing, caching."""
