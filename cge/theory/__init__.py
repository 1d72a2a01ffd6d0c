"""The model: every symbol and equation, one chapter per file, and its closures; :mod:`cge.theory.chapters` has all."""
