"""A pipeline behind FastAPI, as its documentation advises.

A typed body, the model loaded once, and a plain function for work that blocks, which
FastAPI runs in its pool of threads.
"""

import os

import joblib  # type: ignore[import-untyped]
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
pipeline = joblib.load(os.environ["PIPELINE"])


class Customer(BaseModel):
    """The values of one customer."""

    gender: str
    is_senior: int
    partner: str
    dependents: str
    tenure_months: int
    phone_service: str
    multiple_lines: str
    internet_service: str
    online_security: str
    online_backup: str
    device_protection: str
    tech_support: str
    streaming_tv: str
    streaming_movies: str
    contract: str
    paperless_billing: str
    payment_method: str
    monthly_charges_usd: float
    total_charges_usd: float


class Answer(BaseModel):
    """What the pipeline says."""

    probability: float


@app.get("/health")
def health() -> dict[str, str]:
    """Say that the model is loaded."""
    return {"status": "ready"}


@app.post("/predict")
def predict(customer: Customer) -> Answer:
    """Score one customer."""
    frame = pd.DataFrame([customer.model_dump()])
    return Answer(probability=float(pipeline.predict_proba(frame)[0, 1]))
