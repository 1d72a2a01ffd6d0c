"""The equation language: sets, symbols, statements, functional forms, checks; it knows no economics."""
