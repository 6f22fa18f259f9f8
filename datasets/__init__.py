"""The businesses Holdfast knows: contracts, features and labels of each."""
