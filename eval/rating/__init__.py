"""Grading what searches showed, without golden labels, and checking the grades against people."""
