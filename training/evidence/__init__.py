"""What the log and the labels say of passages: one file a kind of evidence, `usable.py` for all of them."""
