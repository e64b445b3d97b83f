"""Questions with known answers, as others write them down."""
