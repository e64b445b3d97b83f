"""The product itself on many companies' documents: what it finds, cites, quotes, refuses, and how sure it is."""
