"""The API: what programs post and get, under ``/v1``."""
