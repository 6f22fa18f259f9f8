"""What runs inside the servers that ours is measured against."""
