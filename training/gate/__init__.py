"""Whether a candidate may serve: the live model and the candidate on the same held-out questions."""
