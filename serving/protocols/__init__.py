"""The languages the server speaks: its own, Seldon's first, Open Inference's second."""
