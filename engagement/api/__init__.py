"""The records of this app over the API."""
