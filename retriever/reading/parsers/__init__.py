"""One parser a module; only a reading worker imports them."""
