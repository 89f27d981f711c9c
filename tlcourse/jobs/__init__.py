"""Whole jobs behind the command line: from a folder to a model, a report and a card."""
