"""Answers read by people who don't know which version gave them, and the grades they got."""
