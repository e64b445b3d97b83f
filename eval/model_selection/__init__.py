"""Models compared on a person's own questions and documents."""
