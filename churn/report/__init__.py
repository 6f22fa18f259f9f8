"""Every HTML page of the project, from one template."""
