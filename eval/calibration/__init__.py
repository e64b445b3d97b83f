"""Fits when to answer and when not, on questions of which somebody knows whether the documents answer them."""
