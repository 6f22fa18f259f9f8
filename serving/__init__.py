"""The model server: follows the ledger's release and answers over HTTP."""
