"""Copies of an installation while it runs, and bringing one back: `manage.py backup` and `manage.py restore`."""
