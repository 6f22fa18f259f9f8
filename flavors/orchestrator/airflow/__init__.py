"""Apache Airflow."""
