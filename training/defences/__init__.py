"""What keeps a few people, a burst or a script from teaching the retriever; each a pure function over evidence."""
