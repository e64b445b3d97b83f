"""What the app can tell about itself: a person's feedback and what became of it, and how Hone is doing."""
