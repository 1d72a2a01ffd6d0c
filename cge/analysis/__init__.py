"""Questions about results: who causes them, how they depend on assumptions, whether they hold."""
