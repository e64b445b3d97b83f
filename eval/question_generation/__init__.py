"""Candidate questions made from passages, each checked by a round trip through the live search."""
