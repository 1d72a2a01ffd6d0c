"""From public tables to a balanced social accounting matrix of 31 Chinese provinces."""
