"""How the search does in everyday use, from its own log."""
