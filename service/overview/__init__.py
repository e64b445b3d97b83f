"""What the app knows about itself: a person's feedback and how it was used, and how Hone is doing."""
