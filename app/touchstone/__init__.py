"""Touchstone says what is known about a photo, video or recording before you believe it."""

__version__ = "0.1.0"
