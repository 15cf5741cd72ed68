"""The tests, by the folders of the source."""
