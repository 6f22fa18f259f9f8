"""Policies: what a model must show before anybody relies on it."""
