"""The planning study as data: accounts, statements, pathways, events and plans, computed with and checked."""
