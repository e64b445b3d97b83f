"""The sections of the admin page, one file each."""
