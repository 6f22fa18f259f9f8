"""A model server as processes of this machine: kept alive, replaced, ended."""
